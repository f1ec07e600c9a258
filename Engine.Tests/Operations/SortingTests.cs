namespace Engine.Tests.Operations;

using static Oracle;

public class SortingTests
{
    [TestCase(0, false)]
    [TestCase(1, true)]
    [TestCase(-1, false)]
    public void Sort_orders_each_line(int axis, bool descending)
    {
        Shape shape = [4, 5, 3];
        int along = axis < 0 ? 2 : axis;
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(shape, dtype);
            AssertClose(x.Sort(axis, descending), shape, Map(shape, at =>
            {
                int[] other = [.. at];
                IEnumerable<double> line = Enumerable.Range(0, shape[along]).Select(i => { other[along] = i; return At(x, other); });
                return (descending ? line.OrderDescending() : line.Order()).ElementAt(at[along]);
            }));
        }
        AssertGradients(t => t[0].Sort(axis, descending), [Normal(shape)]);
    }

    [Test]
    public void Equal_elements_keep_their_order_and_NaN_is_largest()
    {
        Tensor x = Tensor.From<float>(2, float.NaN, 1, 2, float.NegativeInfinity, 1);
        Assert.That(x.ArgSort().ToArray<int>(), Is.EqualTo([4, 2, 5, 0, 3, 1]));
        Assert.That(x.ArgSort(descending: true).ToArray<int>(), Is.EqualTo([1, 0, 3, 2, 5, 4]));
        Assert.That(Tensor.From<long>(3, 1, 2).ArgSort().ToArray<int>(), Is.EqualTo([1, 2, 0]));
        Assert.That(Tensor.From<bool>(true, false).Sort().ToArray<bool>(), Is.EqualTo([false, true]));
        Assert.That(Tensor.From<int>(3, 1, 2).Sort(descending: true).ToArray<int>(), Is.EqualTo([3, 2, 1]));
        Assert.That(Tensor.Zeros([2, 0]).ArgSort().Shape, Is.EqualTo(Shape.Create([2, 0])));
    }

    [Test]
    public void Top_k_gives_the_largest_and_their_places()
    {
        Tensor x = Tensor.From<double>([1, 5, 3, 4, 4, 0], [2, 3]);
        (Tensor values, Tensor indices) = x.TopK(2);
        Assert.That(values.ToArray<double>(), Is.EqualTo([5.0, 3, 4, 4]));
        Assert.That(indices.ToArray<int>(), Is.EqualTo([1, 2, 0, 1]));
        (values, indices) = x.TopK(1, axis: 0);
        Assert.That(values.ToArray<double>(), Is.EqualTo([4.0, 5, 3]));
        Assert.That(indices.ToArray<int>(), Is.EqualTo([1, 0, 0]));
        AssertGradients(t => t[0].TopK(3, 0).Values, [Normal([5, 2])]);
        Errors.Assert<ValueException>(() => x.TopK(4), "topK", "k = 4", "0 to 3");
        Errors.Assert<ShapeException>(() => x.TopK(1, 2), "topK", "axis 2");
        Errors.Assert<ShapeException>(() => x.ArgSort(2), "argSort", "axis 2");
    }
}
