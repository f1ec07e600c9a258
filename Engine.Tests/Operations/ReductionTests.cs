namespace Engine.Tests.Operations;

using static Oracle;

public class ReductionTests
{
    private static readonly (string Name, Func<Tensor, int[], bool, Tensor> Operation, Func<double[], double> Formula)[] Reductions =
    [
        ("sum", (x, axes, keep) => x.Sum(axes, keep), v => v.Sum()),
        ("mean", (x, axes, keep) => x.Mean(axes, keep), v => v.Average()),
        ("variance", (x, axes, keep) => x.Variance(axes, keep), v => v.Sum(e => Square(e - v.Average())) / v.Length),
        ("standardDeviation", (x, axes, keep) => x.StandardDeviation(axes, keep), v => Math.Sqrt(v.Sum(e => Square(e - v.Average())) / v.Length)),
        ("min", (x, axes, keep) => x.Min(axes, keep), v => v.Min()),
        ("max", (x, axes, keep) => x.Max(axes, keep), v => v.Max()),
        ("product", (x, axes, keep) => x.Product(axes, keep), v => v.Aggregate(1.0, (a, b) => a * b)),
        ("logSumExp", (x, axes, keep) => x.LogSumExp(axes, keep), v => Math.Log(v.Sum(Math.Exp))),
        ("norm", (x, axes, keep) => x.Norm(axes, 2, keep), v => Math.Sqrt(v.Sum(Square))),
        ("norm 1", (x, axes, keep) => x.Norm(axes, 1, keep), v => v.Sum(Math.Abs)),
        ("norm 3", (x, axes, keep) => x.Norm(axes, 3, keep), v => Math.Cbrt(v.Sum(e => Math.Abs(e * e * e)))),
        ("norm infinity", (x, axes, keep) => x.Norm(axes, double.PositiveInfinity, keep), v => v.Max(Math.Abs)),
    ];

    private static readonly int[][] Axes = [[], [0], [-1], [1], [0, 2], [2, 1], [-3, 1, 2]];

    private static IEnumerable<TestCaseData> Cases() => Reductions.Select((f, i) => new TestCaseData(i).SetArgDisplayNames(f.Name));

    [TestCaseSource(nameof(Cases))]
    public void A_reduction_is_its_formula_along_any_axes(int which)
    {
        (string name, Func<Tensor, int[], bool, Tensor> operation, Func<double[], double> formula) = Reductions[which];
        foreach (Shape shape in new Shape[] { [3, 4, 2], [1, 5, 1] })
        {
            foreach (int[] axes in Axes)
            {
                foreach (DType dtype in Floats)
                {
                    Tensor x = Normal(shape, dtype);
                    Shape kept = shape, dropped = [];
                    for (int axis = 0; axis < 3; axis++)
                    {
                        if (Reduced(axis)) kept = kept.With(axis, 1);
                        else dropped = dropped.Insert(-1, shape[axis]);
                    }
                    double[] expected = Map(kept, at => formula(Line(at)));
                    AssertClose(operation(x, axes, true), kept, expected);
                    AssertClose(operation(x, axes, false), dropped, expected);

                    bool Reduced(int axis) => axes.Length == 0 || axes.Contains(axis) || axes.Contains(axis - 3);

                    double[] Line(int[] at)
                    {
                        Shape within = shape;
                        for (int axis = 0; axis < 3; axis++) within = Reduced(axis) ? within : within.With(axis, 1);
                        return Map(within, inner => At(x, [.. inner.Select((i, axis) => Reduced(axis) ? i : at[axis])]));
                    }
                }
            }
        }
        AssertGradients(t => operation(t[0], [0, 2], false), [Normal([3, 4, 2])]);
        if (which > 1 && name is not ("min" or "max" or "product")) Errors.Assert<DTypeException>(() => operation(Tensor.From<int>(1, 2), [], false), "Int32");
        Errors.Assert<ShapeException>(() => operation(Normal([2, 2]), [2], false), "axis 2", "[2, 2]");
        Errors.Assert<ShapeException>(() => operation(Normal([2, 2]), [0, -2], false), "axis -2", "twice");
    }

    [Test]
    public void Rank_0_and_nothing_reduce_too()
    {
        Tensor scalar = Tensor.Scalar(3);
        Assert.That(scalar.Sum().ToScalar(), Is.EqualTo(3));
        Assert.That(scalar.Max().ToScalar(), Is.EqualTo(3));
        Tensor none = Tensor.Zeros([0, 2]);
        Assert.That(none.Sum(0).ToArray<float>(), Is.EqualTo([0f, 0]));
        Assert.That(none.Product([0]).ToArray<float>(), Is.EqualTo([1f, 1]));
        Assert.That(none.Mean(0).ToArray<float>(), Is.All.NaN);
        Errors.Assert<ShapeException>(() => none.Max([0]), "max", "[0, 2]", "no elements");
        Errors.Assert<ShapeException>(() => none.Min(), "min", "no elements");
        Errors.Assert<ShapeException>(() => none.ArgMax(0), "argMax", "no elements");
    }

    [Test]
    public void Integers_reduce_exactly()
    {
        Tensor x = Tensor.From<int>([3, -1, 2, 5, 5, 0], [2, 3]);
        Assert.That(x.Sum(1).ToArray<int>(), Is.EqualTo([4, 10]));
        Assert.That(x.Product([1]).ToArray<int>(), Is.EqualTo([-6, 0]));
        Assert.That(x.Max([0]).ToArray<int>(), Is.EqualTo([5, 5, 2]));
        Assert.That(x.Min([0]).ToArray<int>(), Is.EqualTo([3, -1, 0]));
        Assert.That(x.ArgMax().ToArray<int>(), Is.EqualTo([0, 0]));
        Assert.That(x.ArgMin(0, keepDims: true).Shape, Is.EqualTo(Shape.Create([1, 3])));
        Assert.That(x.ArgMin(0).ToArray<int>(), Is.EqualTo([0, 0, 1]));
        Assert.That(Tensor.From<float>(1, float.NaN, 2).ArgMax().ToArray<int>(), Is.EqualTo([1]));
        Errors.Assert<DTypeException>(() => Tensor.From<bool>(true).Sum(), "sum", "Bool");
        Errors.Assert<ShapeException>(() => x.ArgMax(2), "argMax", "axis 2");
        Errors.Assert<ShapeException>(() => x.ArgMin(-3), "argMin", "axis -3");
    }

    [Test]
    public void Any_and_all_reduce_truth()
    {
        Tensor x = Tensor.From<bool>([true, false, true, true, false, false], [3, 2]);
        Assert.That(x.Any([1]).ToArray<bool>(), Is.EqualTo([true, true, false]));
        Assert.That(x.All([1]).ToArray<bool>(), Is.EqualTo([false, true, false]));
        Assert.That(x.Any([0], keepDims: true).Shape, Is.EqualTo(Shape.Create([1, 2])));
        Assert.That(x.Any().ToScalar(), Is.EqualTo(1));
        Assert.That(x.All().ToScalar(), Is.EqualTo(0));
        Assert.That(Tensor.From<float>(0, -2).Any().ToScalar(), Is.EqualTo(1));
    }

    [TestCase(0, false)]
    [TestCase(1, true)]
    [TestCase(-1, false)]
    public void A_running_sum_adds_up_along_an_axis(int axis, bool reverse)
    {
        Shape shape = [3, 4, 2];
        int along = axis < 0 ? 2 : axis;
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(shape, dtype);
            AssertClose(x.CumulativeSum(axis, reverse), shape, Map(shape, at =>
            {
                int[] index = [.. at];
                double sum = 0;
                for (int i = 0; i < shape[along]; i++)
                {
                    index[along] = i;
                    if (reverse ? i >= at[along] : i <= at[along]) sum += At(x, index);
                }
                return sum;
            }));
        }
        AssertGradients(t => t[0].CumulativeSum(axis, reverse), [Normal(shape)]);
        Errors.Assert<DTypeException>(() => Tensor.From<int>(1).CumulativeSum(), "cumulativeSum", "Int32");
        Errors.Assert<ShapeException>(() => Normal(shape).CumulativeSum(3), "cumulativeSum", "axis 3");
    }

    [Test]
    public void Gradients_at_ties_zeros_and_infinities_are_what_the_documentation_says()
    {
        Assert.That(Gradient(x => x.Max(), 2, 5, 5), Is.EqualTo([0, 0.5, 0.5]));
        Assert.That(Gradient(x => x.Min(), 2, 5, 2), Is.EqualTo([0.5, 0, 0.5]));
        Assert.That(Gradient(x => x.Product(), 2, 0, 5), Is.EqualTo([0.0, 10, 0]));
        Assert.That(Gradient(x => x.Product(), 0, 0, 5), Is.EqualTo([0.0, 0, 0]));
        Assert.That(Gradient(x => x.Norm(), 0, 0), Is.EqualTo([0.0, 0]));
        Assert.That(Gradient(x => x.Norm(), 3, 4), Is.EqualTo([0.6, 0.8]).Within(1e-15));
        Assert.That(Tensor.From<double>(1e4, 1e4).LogSumExp().ToScalar(), Is.EqualTo(1e4 + Math.Log(2)).Within(1e-11));
        Assert.That(Tensor.From<double>(double.NegativeInfinity, 1).LogSumExp().ToScalar(), Is.EqualTo(1).Within(1e-15));
        Assert.That(Tensor.From<double>(double.NegativeInfinity).LogSumExp().ToScalar(), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Tensor.From<double>(1, 2, 4).Variance(correction: 1).ToScalar(), Is.EqualTo(7.0 / 3).Within(1e-14));
        Errors.Assert<ValueException>(() => Normal([2]).Norm(order: 0), "norm", "order of 0");

        static double[] Gradient(Func<Tensor, Tensor> function, params double[] values)
        {
            Tensor x = Tensor.From<double>(values);
            using var tape = new GradientTape();
            tape.Watch(x);
            return tape.Gradient(function(x), x).ToArray<double>();
        }
    }

    private static double Square(double x) => x * x;
}
