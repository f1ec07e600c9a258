namespace Engine.Tests.Operations;

using static Oracle;

public class JoiningTests
{
    [Test]
    public void Concat_puts_tensors_in_a_row()
    {
        Tensor a = Normal([2, 3, 4]), b = Normal([2, 1, 4], seed: 2), c = Normal([2, 0, 4], seed: 3);
        AssertClose(
            Tensor.Concat([a, c, b], axis: -2),
            [2, 4, 4],
            Map([2, 4, 4], at => at[1] < 3 ? At(a, at) : At(b, at[0], at[1] - 3, at[2])));
        Assert.That(Tensor.Concat([Tensor.From<int>(1, 2), Tensor.From<int>(3)]).ToArray<int>(), Is.EqualTo([1, 2, 3]));
        Assert.That(Tensor.Concat([Tensor.From<bool>(true), Tensor.From<bool>(false)]).ToArray<bool>(), Is.EqualTo([true, false]));
        AssertGradients(t => Tensor.Concat([t[0], t[1], t[0]], 1), [a, b]);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    public void Stack_and_unstack_undo_each_other(int axis)
    {
        Tensor a = Normal([2, 3]), b = Normal([2, 3], seed: 2);
        Tensor y = Tensor.Stack([a, b], axis);
        AssertClose(axis switch { 0 => y[1], 1 => y[.., 1], _ => y[.., .., 1] }, [2, 3], Values(b));
        Tensor[] parts = y.Unstack(axis);
        Assert.That(parts, Has.Length.EqualTo(2));
        AssertClose(parts[0], [2, 3], Values(a));
        AssertClose(parts[1], [2, 3], Values(b));
        AssertGradients(t => Tensor.Stack([t[0], t[1]], axis), [a, b]);
        AssertGradients(t => t[0].Unstack(axis)[1], [y]);
    }

    [Test]
    public void Split_takes_a_tensor_apart()
    {
        Tensor x = Normal([4, 6]);
        Tensor[] parts = x.Split([1, 3, 2], axis: 1);
        AssertClose(parts[1], [4, 3], Map([4, 3], at => At(x, at[0], at[1] + 1)));
        AssertClose(x.Split(2)[1], [2, 6], Map([2, 6], at => At(x, at[0] + 2, at[1])));
        AssertClose(Tensor.Concat(x.Split(3, -1), -1), [4, 6], Values(x));
        AssertGradients(t => { Tensor[] y = t[0].Split([1, 3, 2], 1); return y[0] * y[2].Sum(1, true); }, [x]);
        AssertGradients(t => t[0].Split(2)[1], [x]);
    }

    [Test]
    public void Pieces_that_do_not_fit_are_named()
    {
        Tensor a = Normal([2, 3]);
        Errors.Assert<ShapeException>(() => Tensor.Concat([]), "concat", "no tensors");
        Errors.Assert<ShapeException>(() => Tensor.Concat([a, Normal([3, 3])], 1), "concat", "tensor 1", "[3, 3]", "[2, 3]");
        Errors.Assert<ShapeException>(() => Tensor.Concat([a], 2), "concat", "axis 2", "[2, 3]");
        Errors.Assert<DTypeException>(() => Tensor.Concat([a, a.Cast(DType.Float32)]), "concat", "Float64", "Float32");
        Errors.Assert<ShapeException>(() => Tensor.Stack([]), "stack", "no tensors");
        Errors.Assert<ShapeException>(() => Tensor.Stack([a, Normal([2, 2])]), "stack", "tensor 1", "[2, 2]");
        Errors.Assert<ShapeException>(() => a.Split([1, 1], 1), "split", "[1, 1]", "2", "3");
        Errors.Assert<ShapeException>(() => a.Split([-1, 4], 1), "split", "-1");
        Errors.Assert<ShapeException>(() => a.Split(2, 1), "split", "2 equal parts", "[2, 3]");
        Errors.Assert<ShapeException>(() => a.Unstack(2), "unstack", "axis 2");
    }
}
