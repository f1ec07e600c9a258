namespace Engine.Tests.Operations;

using static Oracle;

public class GatherTests
{
    private static readonly Tensor Indices = Tensor.From<int>([2, 0, 2, 1, 1, 2], [3, 2]);

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    public void Gather_takes_parts_and_scatter_add_is_its_adjoint(int axis)
    {
        Shape shape = [3, 4, 5];
        int along = axis < 0 ? 2 : axis;
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(shape, dtype), y = x.Gather(Indices, axis);
            Shape expected = shape.Remove(along).Insert(along, 2).Insert(along, 3);
            AssertClose(y, expected, Map(expected, at =>
            {
                List<int> index = [.. at[..along], (int)At(Indices, at[along], at[along + 1]), .. at[(along + 2)..]];
                return At(x, [.. index]);
            }));
        }
        Tensor source = Normal(shape), dy = Normal(source.Gather(Indices, axis).Shape, seed: 2);
        Assert.That(Inner(source, dy.ScatterAdd(Indices, shape[along], along)), Is.EqualTo(Inner(source.Gather(Indices, axis), dy)).Within(1e-12));
        AssertGradients(t => t[0].Gather(Indices, axis), [source]);
        AssertGradients(t => t[0].ScatterAdd(Indices, 3, along), [dy]);
    }

    [Test]
    public void Scatter_add_sums_what_falls_on_one_place()
    {
        Tensor x = Tensor.From<float>([1, 2, 3, 4, 5, 6], [3, 2]);
        Assert.That(x.ScatterAdd(Tensor.From<int>(1, 3, 1), 4).ToArray<float>(), Is.EqualTo([0f, 0, 6, 8, 0, 0, 3, 4]));
        Assert.That(x.Flatten().ScatterAdd(Tensor.From<int>(0, 0, 1, 1, 1, 0), 2).ToArray<float>(), Is.EqualTo([9f, 12]));
    }

    [Test]
    public void Gather_works_for_every_type_and_for_no_indices()
    {
        Tensor none = Tensor.Zeros([0], DType.Int32), two = Tensor.From<int>(1, 0);
        Assert.That(Normal([3, 2]).Gather(none).Shape, Is.EqualTo(Shape.Create([0, 2])));
        Assert.That(Tensor.From<byte>(7, 8).Gather(two).ToArray<byte>(), Is.EqualTo(new byte[] { 8, 7 }));
        Assert.That(Tensor.From<long>(7, 8).Gather(two).ToArray<long>(), Is.EqualTo(new long[] { 8, 7 }));
        Assert.That(Tensor.From<bool>(true, false).Gather(two).ToArray<bool>(), Is.EqualTo([false, true]));
        Assert.That(Tensor.From<bool>(true, false).TakeAlongAxis(two).ToArray<bool>(), Is.EqualTo([false, true]));
    }

    [TestCase(0)]
    [TestCase(1)]
    public void Take_along_axis_takes_elements_and_has_an_adjoint(int axis)
    {
        Shape shape = new Shape().Concat([3, 2, 4]);
        Tensor indices = Tensor.RandomIntegers(shape.With(axis, 5), 0, shape[axis], new RandomGenerator(1)), x = Normal(shape);
        AssertClose(x.TakeAlongAxis(indices, axis), indices.Shape, Map(indices.Shape, at =>
        {
            int[] from = [.. at];
            from[axis] = (int)At(indices, at);
            return At(x, from);
        }));
        Tensor dy = Normal(indices.Shape, seed: 2);
        Assert.That(Inner(x, dy.ScatterAddAlongAxis(indices, shape[axis], axis)), Is.EqualTo(Inner(x.TakeAlongAxis(indices, axis), dy)).Within(1e-12));
        AssertGradients(t => t[0].TakeAlongAxis(indices, axis), [x]);
        AssertGradients(t => t[0].ScatterAddAlongAxis(indices, shape[axis], axis), [dy]);
    }

    [Test]
    public void One_hot_marks_classes()
    {
        Tensor labels = Tensor.From<int>([2, 0], [2]);
        Assert.That(Tensor.OneHot(labels, 3).ToArray<float>(), Is.EqualTo([0f, 0, 1, 1, 0, 0]));
        Assert.That(Tensor.OneHot(labels, 3, DType.Bool).ToArray<bool>(), Is.EqualTo([false, false, true, true, false, false]));
    }

    [Test]
    public void Indices_outside_are_named_with_their_place()
    {
        Tensor x = Normal([3, 4]), low = Tensor.From<int>(0, -1), high = Tensor.From<int>(0, 1, 3), along = Tensor.From<int>([0, 1, 4, 2], [1, 4]);
        Errors.Assert<ValueException>(() => x.Gather(high), "gather", "index 2", "is 3", "3 positions");
        Errors.Assert<ValueException>(() => x.Gather(low), "gather", "index 1", "is -1");
        Errors.Assert<DTypeException>(() => x.Gather(x), "gather", "Float64", "Int32");
        Errors.Assert<ShapeException>(() => x.Gather(low, 2), "gather", "axis 2");
        Errors.Assert<ValueException>(() => x.ScatterAdd(high, 3), "scatterAdd", "index 2", "is 3");
        Errors.Assert<ValueException>(() => x.ScatterAdd(high, -1), "scatterAdd", "-1");
        Errors.Assert<ShapeException>(() => x.ScatterAdd(low, 3), "scatterAdd", "[3, 4]", "[2]");
        Errors.Assert<DTypeException>(() => Tensor.From<int>(1, 2).ScatterAdd(low, 3), "scatterAdd", "Int32");
        Errors.Assert<ValueException>(() => x.TakeAlongAxis(along, 0), "takeAlongAxis", "index 2", "is 4");
        Errors.Assert<ShapeException>(() => x.TakeAlongAxis(high, 0), "takeAlongAxis", "[3]", "[3, 4]");
        Errors.Assert<ShapeException>(() => x.ScatterAddAlongAxis(along, 5, 0), "scatterAddAlongAxis", "[1, 4]", "[3, 4]");
        Errors.Assert<ValueException>(() => Normal([1, 4]).ScatterAddAlongAxis(along, 4, 0), "scatterAddAlongAxis", "index 2", "is 4");
        Errors.Assert<ValueException>(() => Tensor.OneHot(high, 3), "oneHot", "index 2", "is 3");
        Errors.Assert<ShapeException>(() => x[3], "index", "3", "[3, 4]");
        Errors.Assert<ShapeException>(() => x[.., ..5], "index", "..5", "[3, 4]");
        Errors.Assert<ShapeException>(() => x[0, 0, 0], "index", "3 parts", "[3, 4]");
        Errors.Assert<ShapeException>(() => x.Flip(1, -1), "flip", "twice");
    }
}
