using Engine.Layers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Transposed convolutions against their formula in double, against the convolution whose adjoint they are, and PyTorch.</summary>
public class TransposedConvolutionTests
{
    private sealed record Case(Shape Input, int Filters, Size2D Kernel)
    {
        public Size2D Strides { get; init; } = 1;

        public Size2D Dilation { get; init; } = 1;

        public Padding Padding { get; init; }

        public Size2D? OutputPadding { get; init; }

        /// <summary>What is cut away above and to the left, worked out by hand; and the output's size.</summary>
        public (int Top, int Left, int Height, int Width) Expected { get; init; }
    }

    private static readonly Case[] Cases =
    [
        new([2, 3, 4, 3], 2, (3, 2)) { Expected = (0, 0, 5, 5) },
        new([1, 1, 1, 1], 1, 1) { Expected = (0, 0, 1, 1) },
        // (3 − 1)·2 + 3 = 7 rows; a window of 2 in steps of 3 leaves a column empty: (4 − 1)·3 + max(2, 3) = 12.
        new([2, 3, 4, 2], 3, (3, 2)) { Strides = (2, 3), Expected = (0, 0, 7, 12) },
        new([2, 3, 4, 2], 3, (3, 2)) { Strides = (2, 3), OutputPadding = (1, 0), Expected = (0, 0, 8, 11) },
        // 3·2 rows under a window of 3: one row too many, at the end. 2·3 columns under 5: two, one on each side.
        new([1, 3, 2, 2], 2, (3, 5)) { Strides = (2, 3), Padding = Padding.Same, Expected = (0, 1, 6, 6) },
        // Windows shorter than the steps cut nothing away.
        new([1, 2, 3, 1], 2, 2) { Strides = 3, Padding = Padding.Same, Expected = (0, 0, 6, 9) },
        // (4 − 1)·2 + 1 + 1 = 8 rows of 9 that are reached, the odd one cut at the end; (3 − 1)·3 + 0 + 2 = 8 columns of 10, one on each side.
        new([2, 4, 3, 2], 2, (3, 4)) { Strides = (2, 3), Padding = Padding.Same, OutputPadding = (1, 2), Expected = (0, 1, 8, 8) },
        // A window of 3 dilated by 2 reaches over 5, one of 2 by 3 over 4.
        new([1, 3, 4, 2], 3, (3, 2)) { Dilation = (2, 3), Expected = (0, 0, 7, 7) },
        new([1, 3, 4, 2], 3, (3, 2)) { Dilation = (2, 3), Padding = Padding.Same, Expected = (2, 1, 3, 4) },
        new([1, 4, 4, 2], 2, 3) { Strides = 2, Padding = Padding.Explicit(1, 0, 2, 1), OutputPadding = (0, 1), Expected = (1, 2, 8, 7) },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Conv2DTranspose_is_the_formula(object given)
    {
        var c = (Case)given;
        foreach (Activation activation in new[] { Activation.Linear, Activation.ReLU, Activation.Tanh })
        foreach (DType dtype in Floats)
        {
            Conv2DTranspose layer = Layer(c, activation);
            Tensor x = Normal(c.Input, dtype);
            layer.Apply(x);
            layer.Bias!.Assign(Normal(layer.Bias.Shape, dtype, 9));
            Shape shape = [c.Input[0], c.Expected.Height, c.Expected.Width, c.Filters];
            Assert.That(layer.OutputShape(c.Input.Remove(0)), Is.EqualTo(shape.Remove(0)));
            Assert.That(layer.Kernel.Shape, Is.EqualTo(Shape.Create([c.Kernel.Height, c.Kernel.Width, c.Filters, c.Input[3]])));
            double[] sums = Map(shape, at => At(layer.Bias, at[3]));
            Spread(c, x, layer.Kernel, sums);
            AssertClose(layer.Apply(x), shape, [.. sums.Select(sum =>
                activation == Activation.ReLU ? Math.Max(0, sum) : activation == Activation.Tanh ? Math.Tanh(sum) : sum)]);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void It_is_the_adjoint_of_the_convolution(object given)
    {
        var c = (Case)given;
        Conv2DTranspose transposed = Layer(c, Activation.Linear);
        Tensor y = Normal(c.Input);
        Tensor back = transposed.Apply(y);
        (int top, int left) = (c.Expected.Top, c.Expected.Left);
        int bottom = Missing(c.Input[1], c.Strides.Height, c.Kernel.Height, c.Dilation.Height, back.Shape[1], top);
        int right = Missing(c.Input[2], c.Strides.Width, c.Kernel.Width, c.Dilation.Width, back.Shape[2], left);
        var convolution = new Conv2D(
            c.Input[3], c.Kernel, strides: c.Strides, padding: Padding.Explicit(top, bottom, left, right), dilation: c.Dilation);
        Tensor x = Normal(back.Shape, seed: 4);
        Assert.That(convolution.Apply(x).Shape, Is.EqualTo(y.Shape));
        convolution.Kernel.Assign(transposed.Kernel);
        Assert.That(Inner(convolution.Apply(x), y), Is.EqualTo(Inner(x, back)).Within(1e-10));

        static int Missing(int n, int stride, int window, int dilation, int length, int before) =>
            Math.Max(0, (n - 1) * stride + (window - 1) * dilation + 1 - length - before);
    }

    [TestCase("valid", 1, 1, null, 0, 9)]
    [TestCase("valid", 4, 1, null, 0, 28)]
    [TestCase("valid", 2, 2, 1, 0, 18)]
    [TestCase("same", 2, 1, null, 0, 14)]
    [TestCase("same", 2, 1, 0, 1, 13)]
    [TestCase("explicit", 2, 1, 1, 1, 13)]
    public void Conv1DTranspose_is_the_formula(string padding, int stride, int dilation, int? outputPadding, int left, int steps)
    {
        Padding around = padding switch { "same" => Padding.Same, "explicit" => Padding.Explicit(5, 5, 1, 2), _ => Padding.Valid };
        foreach (DType dtype in Floats)
        {
            var layer = new Conv1DTranspose(
                4, 3, Activation.Sigmoid, stride, around, outputPadding, dilation, biasInitializer: Initializer.RandomNormal(0, 1));
            Tensor x = Normal([2, 7, 2], dtype);
            Tensor y = layer.Apply(x);
            Shape shape = [2, steps, 4];
            Assert.That(layer.OutputShape([7, 2]), Is.EqualTo(shape.Remove(0)));
            Assert.That(layer.Kernel.Shape, Is.EqualTo(Shape.Create([3, 4, 2])));
            AssertClose(y, shape, Map(shape, at =>
            {
                double sum = At(layer.Bias!, at[2]);
                for (int i = 0; i < 7; i++)
                for (int p = 0; p < 3; p++)
                for (int c = 0; c < 2; c++)
                {
                    if (i * stride + p * dilation - left == at[1]) sum += At(x, at[0], i, c) * At(layer.Kernel, p, at[2], c);
                }
                return 1 / (1 + Math.Exp(-sum));
            }));
        }
    }

    [TestCase("transposed")]
    [TestCase("transposed_padded")]
    [TestCase("transposed_dilated")]
    public void Conv2DTranspose_and_its_gradients_agree_with_PyTorch(string name)
    {
        Conv2DTranspose layer = name switch
        {
            "transposed" => new(3, (3, 2), Activation.ReLU, (2, 1), dtype: DType.Float64),
            "transposed_padded" => new(2, (4, 3), strides: (2, 3), padding: Padding.Explicit(1, 1, 1, 1), outputPadding: (1, 2)),
            _ => new(2, (3, 2), strides: 2, padding: Padding.Explicit(1, 1, 0, 0), outputPadding: (0, 1), dilation: (2, 3)),
        };
        Tensor x = TorchReference.Get($"{name}.x");
        layer.Apply(x);
        layer.Kernel.Assign(TorchReference.Get($"{name}.kernel"));
        layer.Bias!.Assign(TorchReference.Get($"{name}.bias"));
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x);
        TorchReference.AssertEqual(y, $"{name}.y");
        Tensor[] gradients = tape.Gradients((y * y).Sum(), [x, layer.Kernel, layer.Bias]);
        TorchReference.AssertEqual(gradients[0], $"{name}.dx");
        TorchReference.AssertEqual(gradients[1], $"{name}.dkernel");
        TorchReference.AssertEqual(gradients[2], $"{name}.dbias");
    }

    [Test]
    public void Multiply_adds_are_inputs_times_window_times_filters()
    {
        Assert.That(new Conv2DTranspose(8, (4, 3), strides: 2).MultiplyAdds([7, 5, 16]), Is.EqualTo(7L * 5 * 16 * 12 * 8));
        Assert.That(new Conv1DTranspose(8, 4, strides: 2).MultiplyAdds([7, 16]), Is.EqualTo(7L * 16 * 4 * 8));
    }

    [Test]
    public void Weights_have_Keras_names()
    {
        var layer = new Conv2DTranspose(2, 3);
        layer.Apply(Normal([1, 4, 4, 1], DType.Float32));
        Assert.That(layer.Variables.Select(v => v.Name), Is.EqualTo(new[] { "conv2d_transpose/kernel", "conv2d_transpose/bias" }));
        var without = new Conv1DTranspose(2, 3, useBias: false);
        without.Apply(Normal([1, 4, 1], DType.Float32));
        Assert.That(without.Bias, Is.Null);
        Assert.That(without.Variables.Select(v => v.Name), Is.EqualTo(new[] { "conv1d_transpose/kernel" }));
    }

    [Test]
    public void Inputs_that_do_not_fit_are_refused()
    {
        Errors.Assert<ShapeException>(() => new Conv2DTranspose(2, 3).Apply(Normal([4, 8, 8])), "[batch, height, width, channels] is wanted");
        Errors.Assert<ShapeException>(() => new Conv1DTranspose(2, 3).Apply(Normal([4, 8])), "[batch, steps, channels] is wanted");
        Errors.Assert<ShapeException>(() => new Conv2DTranspose(2, 3).Apply(Normal([4, 0, 8, 1])), "no elements");
        Errors.Assert<ShapeException>(() => new Conv2DTranspose(2, 3).Apply(Normal([4, 3, 8, 0])), "0 channels");
        Errors.Assert<ShapeException>(
            () => new Conv2DTranspose(2, 3, padding: Padding.Explicit(2, 1, 0, 0)).Apply(Normal([4, 1, 8, 1])),
            "1 positions", "(2, 1, 0, 0) makes 0");
        Errors.Assert<ShapeException>(
            () => new Conv1DTranspose(2, 2, strides: 2, padding: Padding.Same, outputPadding: 0).Apply(Normal([4, 1, 1])), "same makes 0");
        var layer = new Conv2DTranspose(5, 3);
        layer.Apply(Normal([2, 8, 8, 4], DType.Float32));
        Errors.Assert<ShapeException>(() => layer.Apply(Normal([2, 8, 8, 6], DType.Float32)), "6 channels", "[3, 3, 5, 4] was built for 4");
    }

    [Test]
    public void Sizes_outside_their_range_are_refused_at_once()
    {
        Errors.Assert<ValueException>(() => new Conv2DTranspose(0, 3), "Conv2DTranspose", "filters is 0");
        Errors.Assert<ValueException>(() => new Conv2DTranspose(1, (0, 3)), "kernelSize is (0, 3)");
        Errors.Assert<ValueException>(() => new Conv2DTranspose(1, 3, strides: (1, 0)), "strides is (1, 0)");
        Errors.Assert<ValueException>(() => new Conv2DTranspose(1, 3, dilation: 0), "dilation is (0, 0)");
        Errors.Assert<ValueException>(
            () => new Conv2DTranspose(1, 3, strides: (2, 1), outputPadding: 1), "outputPadding is (1, 1) for strides (2, 1)");
        Errors.Assert<ValueException>(() => new Conv2DTranspose(1, 3, padding: Padding.Causal), "padding causal");
        Errors.Assert<ValueException>(() => new Conv1DTranspose(1, 0), "Conv1DTranspose", "kernelSize is 0");
        Errors.Assert<ValueException>(() => new Conv1DTranspose(1, 1, strides: -1), "strides is -1");
        Errors.Assert<ValueException>(() => new Conv1DTranspose(1, 1, outputPadding: -1), "outputPadding is -1 for strides 1");
        Errors.Assert<ValueException>(() => new Conv1DTranspose(1, 1, padding: Padding.Causal), "padding causal");
    }

    private static Conv2DTranspose Layer(Case c, Activation activation) =>
        new(c.Filters, c.Kernel, activation, c.Strides, c.Padding, c.OutputPadding, c.Dilation);

    /// <summary>Adds each input position times the kernel to where it reaches.</summary>
    private static void Spread(Case c, Tensor x, Tensor kernel, double[] sums)
    {
        (int top, int left, int height, int width) = c.Expected;
        for (int n = 0; n < c.Input[0]; n++)
        for (int i = 0; i < c.Input[1]; i++)
        for (int j = 0; j < c.Input[2]; j++)
        for (int p = 0; p < c.Kernel.Height; p++)
        for (int q = 0; q < c.Kernel.Width; q++)
        {
            int row = i * c.Strides.Height + p * c.Dilation.Height - top, column = j * c.Strides.Width + q * c.Dilation.Width - left;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (int f = 0; f < c.Filters; f++)
            for (int channel = 0; channel < c.Input[3]; channel++)
                sums[((n * height + row) * width + column) * c.Filters + f] += At(x, n, i, j, channel) * At(kernel, p, q, f, channel);
        }
    }
}
