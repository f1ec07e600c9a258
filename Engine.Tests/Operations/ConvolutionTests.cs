namespace Engine.Tests.Operations;

using static Oracle;

public class ConvolutionTests
{
    private static readonly object[] Cases =
    [
        new object[] { new[] { 2, 5, 6, 3 }, new[] { 3, 2, 3, 4 }, new ConvolutionGeometry() },
        new object[] { new[] { 1, 7, 5, 4 }, new[] { 3, 3, 2, 6 }, new ConvolutionGeometry { Groups = 2, Strides = (2, 1), Padding = (1, 1, 1, 0) } },
        new object[] { new[] { 2, 6, 6, 3 }, new[] { 3, 3, 1, 3 }, new ConvolutionGeometry { Groups = 3, Padding = (1, 1, 1, 1) } },
        new object[] { new[] { 2, 8, 9, 2 }, new[] { 3, 2, 2, 3 }, new ConvolutionGeometry { Dilation = (2, 3), Padding = (0, 2, 1, 3), Strides = (1, 2) } },
        new object[] { new[] { 1, 1, 1, 1 }, new[] { 1, 1, 1, 1 }, new ConvolutionGeometry() },
        new object[] { new[] { 1, 2, 2, 1 }, new[] { 2, 2, 1, 2 }, new ConvolutionGeometry { Padding = (5, 4, 3, 6) } },
    ];

    [TestCaseSource(nameof(Cases))]
    public void A_convolution_is_its_formula(int[] input, int[] window, ConvolutionGeometry geometry)
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(input, dtype), k = Normal(window, dtype, 2), b = Normal([window[3]], dtype, 3);
            Tensor y = x.Convolution2D(k, b, geometry, relu: true);
            Shape shape = geometry.OutputShape(input, window);
            AssertClose(y, shape, Map(shape, at => Math.Max(0, Window(x, k, geometry, at) + At(b, at[3]))));
            AssertClose(x.Convolution2D(k, null, geometry), shape, Map(shape, at => Window(x, k, geometry, at)));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void The_three_convolutions_have_gradients_of_both_orders(int[] input, int[] window, ConvolutionGeometry geometry)
    {
        Shape output = geometry.OutputShape(input, window);
        Tensor x = Normal(input), k = Normal(window, seed: 2), b = Normal([window[3]], seed: 3), dy = Normal(output, seed: 4), c = Normal([input[3]], seed: 5);
        AssertGradients(t => t[0].Convolution2D(t[1], t[2], geometry), [x, k, b]);
        AssertGradients(t => t[0].Convolution2D(t[1], t[2], geometry, relu: true), [x, k, b]);
        AssertGradients(t => t[0].ConvolutionInputGradient(t[1], input, t[2], geometry, relu: true), [dy, k, c]);
        AssertGradients(t => t[0].ConvolutionKernelGradient(t[1], window, geometry), [x, dy]);
    }

    [TestCaseSource(nameof(Cases))]
    public void The_transposed_convolution_is_the_adjoint(int[] input, int[] window, ConvolutionGeometry geometry)
    {
        Tensor x = Normal(input), k = Normal(window, seed: 2), y = Normal(geometry.OutputShape(input, window), seed: 3);
        double left = Inner(x.Convolution2D(k, null, geometry), y);
        Assert.That(Inner(x, y.ConvolutionInputGradient(k, input, null, geometry)), Is.EqualTo(left).Within(1e-10));
        Assert.That(Inner(k, x.ConvolutionKernelGradient(y, window, geometry)), Is.EqualTo(left).Within(1e-10));
    }

    [Test]
    public void The_one_dimensional_form_is_its_formula()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 9, 4], dtype), k = Normal([3, 2, 6], dtype, 2), b = Normal([6], dtype, 3);
            Tensor y = x.Convolution1D(k, b, stride: 2, dilation: 2, padding: (1, 3), groups: 2, relu: true);
            AssertClose(y, [2, 5, 6], Map([2, 5, 6], at =>
            {
                double sum = At(b, at[2]);
                for (int p = 0; p < 3; p++)
                {
                    int step = 2 * at[1] + 2 * p - 1;
                    for (int c = 0; c < 2; c++) sum += step is >= 0 and < 9 ? At(x, at[0], step, at[2] / 3 * 2 + c) * At(k, p, c, at[2]) : 0;
                }
                return Math.Max(0, sum);
            }));
        }
        AssertGradients(t => t[0].Convolution1D(t[1], t[2], 2, 1, (1, 0)), [Normal([2, 6, 2]), Normal([3, 2, 3], seed: 2), Normal([3], seed: 3)]);
    }

    [Test]
    public void An_empty_batch_gives_an_empty_result_and_kernel_gradients_of_zero()
    {
        Tensor x = Tensor.Zeros([0, 4, 4, 2]), k = Normal([3, 3, 2, 5], DType.Float32), y = x.Convolution2D(k);
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([0, 2, 2, 5])));
        Assert.That(y.ConvolutionInputGradient(k, x.Shape).Shape, Is.EqualTo(x.Shape));
        Assert.That(x.ConvolutionKernelGradient(y, k.Shape).ToArray<float>(), Is.All.Zero);
        Assert.That(x.MaxPooling2D((2, 2)).Shape, Is.EqualTo(Shape.Create([0, 2, 2, 2])));
    }

    [Test]
    public void Operands_that_do_not_fit_are_named()
    {
        Tensor x = Normal([1, 5, 5, 4]), k = Normal([3, 3, 4, 6]);
        Errors.Assert<ShapeException>(() => x[0].Convolution2D(k), "convolution2D", "[5, 5, 4]", "channels");
        Errors.Assert<ShapeException>(() => x.Convolution2D(k[0]), "convolution2D", "kernel", "[3, 4, 6]");
        Errors.Assert<ShapeException>(() => x.Convolution2D(Normal([3, 3, 3, 6])), "convolution2D", "4 channels", "[3, 3, 3, 6]", "for 3");
        Errors.Assert<ShapeException>(() => x.Convolution2D(k, null, new() { Groups = 3 }), "4 channels", "6 filters", "3 groups");
        Errors.Assert<ShapeException>(() => x.Convolution2D(k, null, new() { Groups = 2 }), "2 channels a group", "for 4");
        Errors.Assert<ShapeException>(() => x.Convolution2D(k, Normal([4])), "bias", "[4]", "6 channels");
        Errors.Assert<ShapeException>(() => x.Convolution2D(k, null, new() { Dilation = (1, 3) }), "3×3", "(1, 3)", "5×5");
        Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Strides = (0, 1) }), "strides (0, 1)");
        Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Dilation = (1, 0) }), "dilation (1, 0)");
        Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Padding = (0, 0, -1, 0) }), "padding (0, 0, -1, 0)");
        Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Groups = 0 }), "0 groups");
        Errors.Assert<DTypeException>(() => x.Convolution2D(k.Cast(DType.Float32)), "convolution2D", "Float64", "Float32");
        Errors.Assert<DTypeException>(() => x.Cast(DType.Int32).Convolution2D(k.Cast(DType.Int32)), "convolution2D", "Int32");
        Errors.Assert<DTypeException>(() => x.Convolution2D(k, Tensor.Zeros([6])), "convolution2D", "Float32");
        Errors.Assert<ShapeException>(() => x.ConvolutionInputGradient(k, [1, 5, 5, 4]), "convolutionInputGradient", "[1, 5, 5, 4]", "[1, 3, 3, 6]");
        Errors.Assert<ShapeException>(() => x.ConvolutionKernelGradient(x, k.Shape), "convolutionKernelGradient", "[1, 5, 5, 4]", "[1, 3, 3, 6]");
        Errors.Assert<ShapeException>(() => x.Convolution1D(k), "convolution1D", "[1, 5, 5, 4]", "[3, 3, 4, 6]");
    }

    private static double Window(Tensor x, Tensor k, ConvolutionGeometry geometry, int[] at)
    {
        int inputs = k.Shape[2], group = at[3] / (k.Shape[3] / geometry.Groups);
        double sum = 0;
        for (int p = 0; p < k.Shape[0]; p++)
        {
            for (int q = 0; q < k.Shape[1]; q++)
            {
                int row = at[1] * geometry.Strides.Height + p * geometry.Dilation.Height - geometry.Padding.Top;
                int column = at[2] * geometry.Strides.Width + q * geometry.Dilation.Width - geometry.Padding.Left;
                if (row < 0 || column < 0 || row >= x.Shape[1] || column >= x.Shape[2]) continue;
                for (int c = 0; c < inputs; c++) sum += At(x, at[0], row, column, group * inputs + c) * At(k, p, q, c, at[3]);
            }
        }
        return sum;
    }

    [TestCase(1)]
    [TestCase(4)]
    public void The_gradient_behind_a_relu_is_the_same_whether_or_not_the_input_wants_one(int groups)
    {
        Tensor x = Normal([2, 9, 8, 4], DType.Float32), dy = Normal([2, 7, 6, 4], DType.Float32, 2);
        var kernel = new Variable(Normal([3, 3, 4 / groups, 4], DType.Float32, 3));
        var bias = new Variable(Normal([4], DType.Float32, 4));
        var geometry = new ConvolutionGeometry { Groups = groups };
        Tensor[] Gradients(bool all)
        {
            using var tape = new GradientTape();
            tape.Watch(x);
            Tensor y = x.Convolution2D(kernel, bias, geometry, relu: true);
            Tensor[] sources = all ? [kernel, bias, x] : [kernel, bias];
            return [.. tape.Gradients(y, sources, dy).Select(gradient => gradient.Detach())];
        }

        Tensor[] few = Gradients(all: false), more = Gradients(all: true);
        for (int i = 0; i < few.Length; i++)
            Assert.That(few[i].AsSpan<float>().SequenceEqual(more[i].AsSpan<float>()), Is.True, $"source {i}");
    }
}
