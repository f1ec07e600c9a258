namespace Engine.Tests.Operations;

using static Oracle;

public class PoolingTests
{
    private static readonly object[] Cases =
    [
        new object[] { new[] { 2, 4, 6, 3 }, (2, 2), (2, 2), (0, 0, 0, 0) },
        new object[] { new[] { 1, 5, 5, 2 }, (3, 2), (1, 2), (1, 2, 0, 1) },
        new object[] { new[] { 1, 1, 1, 1 }, (1, 1), (1, 1), (0, 0, 0, 0) },
        new object[] { new[] { 1, 7, 6, 1 }, (2, 3), (3, 2), (1, 0, 2, 2) },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Poolings_are_their_formulas(int[] input, (int, int) window, (int, int) strides, (int, int, int, int) padding)
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(input, dtype);
            Tensor max = x.MaxPooling2D(window, strides, padding);
            AssertClose(max, max.Shape, Map(max.Shape, at => Under(at).Max()));
            AssertClose(x.AveragePooling2D(window, strides, padding), max.Shape, Map(max.Shape, at => Under(at).Average()));
            AssertClose(x.SumPooling2D(window, strides, padding), max.Shape, Map(max.Shape, at => Under(at).Sum()));

            List<double> Under(int[] at)
            {
                var values = new List<double>();
                for (int p = 0; p < window.Item1; p++)
                {
                    for (int q = 0; q < window.Item2; q++)
                    {
                        int row = at[1] * strides.Item1 + p - padding.Item1, column = at[2] * strides.Item2 + q - padding.Item3;
                        if (row >= 0 && column >= 0 && row < input[1] && column < input[2]) values.Add(At(x, at[0], row, column, at[3]));
                    }
                }
                return values;
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Poolings_have_gradients_of_both_orders(int[] input, (int, int) window, (int, int) strides, (int, int, int, int) padding)
    {
        Tensor x = Normal(input);
        AssertGradients(t => t[0].MaxPooling2D(window, strides, padding), [x]);
        AssertGradients(t => t[0].AveragePooling2D(window, strides, padding), [x]);
        AssertGradients(t => t[0].SumPooling2D(window, strides, padding), [x]);
    }

    [Test]
    public void Of_equal_maxima_the_first_has_the_gradient_and_NaN_spreads()
    {
        Tensor x = Tensor.From<double>([1, 3, 3, 2], [1, 2, 2, 1]);
        using var tape = new GradientTape();
        tape.Watch(x);
        Assert.That(tape.Gradient(x.MaxPooling2D((2, 2)).Sum(), x).ToArray<double>(), Is.EqualTo([0.0, 1, 0, 0]));
        Assert.That(Tensor.From<float>([1, float.NaN, 3, 2], [1, 2, 2, 1]).MaxPooling2D((2, 2)).ToScalar(), Is.NaN);
    }

    [Test]
    public void Windows_that_do_not_fit_are_named()
    {
        Tensor x = Normal([1, 4, 4, 2]);
        (string Name, Func<Tensor, (int, int), (int, int)?, (int, int, int, int), Tensor> Pool)[] all =
        [
            ("maxPooling2D", (t, window, strides, padding) => t.MaxPooling2D(window, strides, padding)),
            ("averagePooling2D", (t, window, strides, padding) => t.AveragePooling2D(window, strides, padding)),
            ("sumPooling2D", (t, window, strides, padding) => t.SumPooling2D(window, strides, padding)),
        ];
        foreach ((string name, Func<Tensor, (int, int), (int, int)?, (int, int, int, int), Tensor> pool) in all)
        {
            Errors.Assert<ShapeException>(() => pool(x[0], (2, 2), null, default), name, "[4, 4, 2]");
            Errors.Assert<ShapeException>(() => pool(x, (5, 2), null, default), name, "5×2", "4×4");
            Errors.Assert<ValueException>(() => pool(x, (0, 2), null, default), name, "(0, 2)");
            Errors.Assert<ValueException>(() => pool(x, (2, 2), (1, 0), default), name, "(1, 0)");
            Errors.Assert<ValueException>(() => pool(x, (2, 2), null, (2, 0, 0, 0)), name, "(2, 0, 0, 0)", "2×2");
            Errors.Assert<ValueException>(() => pool(x, (2, 2), null, (0, 0, -1, 0)), name, "(0, 0, -1, 0)");
            Errors.Assert<DTypeException>(() => pool(x.Cast(DType.Int32), (2, 2), null, default), name, "Int32");
        }
    }
}
