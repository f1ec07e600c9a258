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

    // The pooling's gradient does the ReLU's masking on the way: same bits as the ReLU as an operation of its own.
    [TestCase(1, 20, 2, 2)]
    [TestCase(18, 16, 2, 2)]
    [TestCase(2, 5, 3, 2)]
    public void A_pooled_convolution_with_ReLU_has_the_gradients_of_its_parts(int channels, int filters, int window, int stride)
    {
        Tensor x = Normal([3, 13, 12, channels], DType.Float32), kernel = Normal([3, 3, channels, filters], DType.Float32), bias = Normal([filters], DType.Float32);
        Tensor zeros = Tensor.Zeros([filters]);
        foreach (bool askForInput in new[] { true, false })
        {
            Tensor[] together = Gradients(c => c.Convolution2D(kernel, bias, relu: true)), apart = Gradients(c => c.Convolution2D(kernel, bias).ReLU());
            for (int i = 0; i < together.Length; i++) Assert.That(together[i].ToArray<float>(), Is.EqualTo(apart[i].ToArray<float>()), $"gradient {i}");

            Tensor[] Gradients(Func<Tensor, Tensor> convolution)
            {
                using var tape = new GradientTape();
                if (askForInput) tape.Watch(x);
                tape.Watch(kernel);
                tape.Watch(bias);
                Tensor pooled = convolution(x).MaxPooling2D((window, window), (stride, stride));
                return [.. tape.Gradients(pooled.Square().Sum() + pooled.Sum(), askForInput ? [x, kernel, bias] : [kernel, bias]).Select(g => g.Detach())];
            }
        }
    }

    [Test]
    public void The_gradient_for_a_ReLU_s_result_itself_is_not_masked()
    {
        Tensor x = Tensor.From<float>([-1, -2, -3, -4], [1, 2, 2, 1]), kernel = Tensor.Ones([1, 1, 1, 1]);
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Tensor y = x.Convolution2D(kernel, relu: true), loss = y.MaxPooling2D((2, 2)).Sum();
        Assert.That(tape.Gradient(loss, y).ToArray<float>(), Is.EqualTo([1f, 0, 0, 0]), "all are 0, and the first takes it");
        Assert.That(tape.Gradient(loss, x).ToArray<float>(), Is.EqualTo([0f, 0, 0, 0]));
        Assert.That(tape.Gradients(loss, [x, y])[1].ToArray<float>(), Is.EqualTo([1f, 0, 0, 0]));
    }

    [Test]
    public void A_second_use_of_a_ReLU_s_result_adds_its_gradient()
    {
        Tensor x = Normal([2, 6, 6, 3], DType.Float64), kernel = Normal([3, 3, 3, 4], DType.Float64);
        AssertGradients(t => t[0].Convolution2D(t[1], relu: true) is var y ? y.MaxPooling2D((2, 2)).Mean() + y.Square().Mean() : null!, [x, kernel]);
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
