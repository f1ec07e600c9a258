namespace Engine.Tests.Operations;

using static Oracle;

public class ReshapeTests
{
    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Transposition_moves_each_element_and_its_inverse_moves_it_back(int seed)
    {
        (Tensor x, RandomGenerator random) = Draw(seed);
        int[] order = random.Permutation(x.Rank), inverse = new int[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++) inverse[order[axis]] = axis;
        Tensor y = x.Transpose(order);
        Shape shape = [.. order.Select(axis => x.Shape[axis])];
        AssertClose(y, shape, Map(shape, at => At(x, [.. inverse.Select(axis => at[axis])])));
        AssertClose(y.Transpose(inverse), x.Shape, Values(x));
        AssertClose(x.Transpose(), [.. x.Shape.Reverse()], Values(x.Transpose([.. Enumerable.Range(0, x.Rank).Reverse()])));
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Reshapes_keep_the_elements_and_their_memory(int seed)
    {
        (Tensor x, RandomGenerator random) = Draw(seed);
        Tensor flat = x.Flatten();
        AssertClose(flat, [x.Length], Values(x));
        AssertClose(flat.Reshape(x.Shape), x.Shape, Values(x));
        int axis = random.NextInteger(0, x.Rank + 1);
        AssertClose(x.ExpandDims(axis), x.Shape.Insert(axis, 1), Values(x));
        AssertClose(x.ExpandDims(axis).Squeeze(axis), x.Shape, Values(x));
        AssertClose(x.Squeeze(), [.. x.Shape.Where(length => length != 1)], Values(x));
        if (x.Length == 0) return;
        if (x.Rank > 0) AssertClose(x.Reshape(-1, x.Shape[0]), [x.Length / x.Shape[0], x.Shape[0]], Values(x));
        flat.AsWritableSpan<double>()[0] = 12;
        Assert.That(x.AsSpan<double>()[0], Is.EqualTo(12));
    }

    [FsCheck.NUnit.Property(MaxTest = 150)]
    public void Slices_take_what_NumPys_would_and_placing_them_back_is_the_adjoint(int seed)
    {
        (Tensor x, RandomGenerator random) = Draw(seed);
        int parts = random.NextInteger(0, x.Rank + 1);
        var slices = new Slice[parts];
        var places = new List<int>[x.Rank];
        Shape shape = [];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            int length = x.Shape[axis], kind = axis >= parts ? 3 : random.NextInteger(length == 0 ? 1 : 0, 4);
            int start = random.NextInteger(0, length + 1), end = random.NextInteger(start, length + 1), step = random.NextInteger(1, 4);
            switch (kind)
            {
                case 0:
                    int position = random.NextInteger(0, length);
                    slices[axis] = random.NextInteger(0, 2) == 0 ? position : position - length;
                    places[axis] = [position];
                    break;
                case 1:
                    slices[axis] = start..end;
                    places[axis] = [.. Enumerable.Range(start, end - start)];
                    break;
                case 2:
                    bool backwards = random.NextInteger(0, 2) == 0;
                    slices[axis] = Slice.Every(start..^(length - end), backwards ? -step : step);
                    IEnumerable<int> walked = Enumerable.Range(start, end - start);
                    places[axis] = [.. (backwards ? walked.Reverse() : walked).Where((_, i) => i % step == 0)];
                    break;
                default:
                    if (axis < parts) slices[axis] = ..;
                    places[axis] = [.. Enumerable.Range(0, length)];
                    break;
            }
            if (kind != 0) shape = shape.Insert(-1, places[axis].Count);
        }
        Tensor y = x[slices];
        Shape all = [.. places.Select(list => list.Count)];
        AssertClose(y, shape, Map(all, at => At(x, [.. at.Select((i, axis) => places[axis][i])])));
        Tensor dy = Normal(shape, seed: 5);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor dx = tape.Gradient(x[slices], x, dy);
        Assert.That(Inner(dx, x), Is.EqualTo(Inner(dy, y)).Within(1e-10));
    }

    [Test]
    public void Leading_slices_share_memory_and_others_do_not()
    {
        Tensor x = Tensor.Zeros([3, 4]);
        x[1..2].AsWritableSpan<float>().Fill(1);
        x[2, 1].AsWritableSpan<float>()[0] = 5;
        x[.., 0].AsWritableSpan<float>().Fill(9);
        Assert.That(x.ToArray<float>(), Is.EqualTo([0f, 0, 0, 0, 1, 1, 1, 1, 0, 5, 0, 0]));
    }

    [Test]
    public void Changes_of_form_have_gradients()
    {
        Tensor x = Normal([3, 1, 4]);
        AssertGradients(t => t[0].Reshape(2, -1), [x]);
        AssertGradients(t => t[0].Flatten(), [x]);
        AssertGradients(t => t[0].Squeeze(), [x]);
        AssertGradients(t => t[0].ExpandDims(-1), [x]);
        AssertGradients(t => t[0].Transpose(2, 0, 1), [x]);
    }

    [Test]
    public void Forms_that_do_not_fit_are_named()
    {
        Tensor x = Normal([2, 3]);
        Errors.Assert<ShapeException>(() => x.Reshape(4, 2), "reshape", "[2, 3]", "6", "[4, 2]", "8");
        Errors.Assert<ShapeException>(() => x.Reshape(4, -1), "reshape", "6", "[4, -1]");
        Errors.Assert<ShapeException>(() => x.Reshape(-1, -1), "reshape", "two lengths are -1");
        Errors.Assert<ShapeException>(() => x.Squeeze(0), "squeeze", "axis 0", "[2, 3]");
        Errors.Assert<ShapeException>(() => x.Squeeze(2), "squeeze", "axis 2");
        Errors.Assert<ShapeException>(() => x.ExpandDims(4), "4", "[2, 3]");
        Errors.Assert<ShapeException>(() => x.Transpose(0), "transpose", "1 axes", "[2, 3]");
        Errors.Assert<ShapeException>(() => x.Transpose(0, 0), "transpose", "axis 0", "twice");
        Errors.Assert<ShapeException>(() => x.Transpose(0, 2), "transpose", "axis 2");
    }

    private static (Tensor X, RandomGenerator Random) Draw(int seed)
    {
        var random = new RandomGenerator((ulong)(uint)seed);
        Shape shape = [];
        for (int rank = random.NextInteger(0, 5); shape.Rank < rank;)
            shape = shape.Insert(-1, random.NextInteger(0, 15) == 0 ? 0 : random.NextInteger(1, 5));
        return (Normal(shape, seed: (ulong)(uint)seed), random);
    }
}
