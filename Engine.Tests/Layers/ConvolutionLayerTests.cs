using Engine.Layers;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Conv2D and Conv1D against the general index form of F-C1 and F-C2, written out in double.</summary>
public class ConvolutionLayerTests
{
    private sealed record Case(Shape Input, int Filters, Size2D Kernel)
    {
        public Size2D Strides { get; init; } = 1;

        public Size2D Dilation { get; init; } = 1;

        public Padding Padding { get; init; }

        /// <summary>The rows above and columns to the left that the padding means, worked out by hand; and the output's size.</summary>
        public (int Top, int Left, int Height, int Width) Expected { get; init; }

        public int Groups { get; init; } = 1;
    }

    private static readonly Case[] Cases =
    [
        new([2, 5, 6, 3], 4, (3, 2)) { Expected = (0, 0, 3, 5) },
        new([1, 1, 1, 1], 1, (1, 1)) { Expected = (0, 0, 1, 1) },
        // 7 rows in steps of 2: 4 positions reach over (4 − 1)·2 + 3 = 9, so 2 more, 1 above.
        // 6 columns in steps of 3: 2 positions reach over 5.
        new([2, 7, 6, 2], 3, (3, 2)) { Strides = (2, 3), Padding = Padding.Same, Expected = (1, 0, 4, 2) },
        // 8 in steps of 2 under 4: (4 − 1)·2 + 4 = 10, so 1 before and 1 after.
        new([1, 8, 8, 1], 2, 4) { Strides = 2, Padding = Padding.Same, Expected = (1, 1, 4, 4) },
        // 8 in steps of 2 under 3: 9 are reached, so the odd one stands at the end.
        new([1, 8, 8, 1], 2, 3) { Strides = 2, Padding = Padding.Same, Expected = (0, 0, 4, 4) },
        // Dilated by 2 and 3, windows of 3 and 2 reach over 5 and 4: 4 more rows, 2 above; 3 more columns, 1 to the left.
        new([2, 6, 7, 2], 2, (3, 2)) { Dilation = (2, 3), Padding = Padding.Same, Expected = (2, 1, 6, 7) },
        new([2, 6, 6, 4], 6, 3) { Groups = 2, Padding = Padding.Explicit(2, 0, 1, 3), Expected = (2, 1, 6, 8) },
        new([2, 6, 6, 3], 3, 3) { Groups = 3, Expected = (0, 0, 4, 4) },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Conv2D_is_the_formula(object given)
    {
        var c = (Case)given;
        foreach (bool flip in new[] { false, true })
        foreach (Activation activation in new[] { Activation.Linear, Activation.ReLU, Activation.Tanh })
        foreach (DType dtype in Floats)
        {
            Conv2D layer = Layer(c, activation, flip);
            Tensor x = Normal(c.Input, dtype);
            Tensor y = layer.Apply(x);
            Randomise(layer);
            y = layer.Apply(x);
            Shape shape = [c.Input[0], c.Expected.Height, c.Expected.Width, c.Filters];
            Assert.That(layer.OutputShape(c.Input.Remove(0)), Is.EqualTo(shape.Remove(0)));
            AssertClose(y, shape, Map(shape, at => Activate(activation, Sum(c, layer, x, flip, at))));
        }
    }

    [TestCase(false, 1, 1, 1, "valid", 0, 7)]
    [TestCase(true, 1, 2, 1, "valid", 0, 5)]
    [TestCase(false, 2, 1, 1, "same", 1, 5)]
    [TestCase(false, 3, 1, 2, "same", 0, 3)]
    [TestCase(true, 1, 3, 2, "explicit", 4, 9)]
    [TestCase(false, 1, 2, 1, "causal", 4, 9)]
    [TestCase(false, 2, 1, 1, "causal", 2, 5)]
    public void Conv1D_is_the_formula(bool flip, int stride, int dilation, int groups, string padding, int left, int steps)
    {
        Padding around = padding switch { "same" => Padding.Same, "causal" => Padding.Causal, "explicit" => Padding.Explicit(0, 0, 4, 2), _ => Padding.Valid };
        foreach (DType dtype in Floats)
        {
            var layer = new Conv1D(
                4, 3, Activation.Sigmoid, stride, around, dilation, groups, flip, biasInitializer: Initializer.RandomNormal(0, 1));
            Tensor x = Normal([2, 9, 2], dtype);
            Tensor y = layer.Apply(x);
            Shape shape = [2, steps, 4];
            Assert.That(layer.OutputShape([9, 2]), Is.EqualTo(shape.Remove(0)));
            AssertClose(y, shape, Map(shape, at =>
            {
                double sum = At(layer.Bias!, at[2]);
                int inputs = 2 / groups, first = at[2] / (4 / groups) * inputs;
                for (int p = 0; p < 3; p++)
                for (int c = 0; c < inputs; c++)
                {
                    int step = at[1] * stride + p * dilation - left;
                    if (step >= 0 && step < 9) sum += At(x, at[0], step, first + c) * At(layer.Kernel, flip ? 2 - p : p, c, at[2]);
                }
                return 1 / (1 + Math.Exp(-sum));
            }));
        }
    }

    [Test]
    public void A_causal_convolution_sees_no_later_step()
    {
        var layer = new Conv1D(3, 3, padding: Padding.Causal, dilation: 2);
        Tensor x = Normal([1, 8, 2]);
        double[] before = Values(layer.Apply(x)), changed = Values(x);
        for (int i = 5 * 2; i < changed.Length; i++) changed[i] += 1;
        double[] after = Values(layer.Apply(Tensor.From<double>(changed, [1, 8, 2])));
        Assert.That(after[..(5 * 3)], Is.EqualTo(before[..(5 * 3)]));
        Assert.That(after[5 * 3], Is.Not.EqualTo(before[5 * 3]));
    }

    [TestCase("conv")]
    [TestCase("conv_dilated")]
    [TestCase("conv_grouped")]
    public void Conv2D_and_its_gradients_agree_with_PyTorch(string name)
    {
        Conv2D layer = name switch
        {
            "conv" => new Conv2D(4, (3, 2), Activation.ReLU, strides: (2, 1), padding: Padding.Explicit(1, 0, 0, 1), dtype: DType.Float64),
            "conv_dilated" => new Conv2D(3, (2, 3), dilation: (2, 3), dtype: DType.Float64),
            _ => new Conv2D(6, 3, padding: Padding.Same, groups: 2, dtype: DType.Float64),
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
    public void A_layer_without_bias_has_none()
    {
        var layer = new Conv2D(2, 3, useBias: false);
        layer.Apply(Normal([1, 4, 4, 1], DType.Float32));
        Assert.That(layer.Bias, Is.Null);
        Assert.That(layer.Variables, Has.Count.EqualTo(1));
        Assert.That(layer.Kernel.Name, Is.EqualTo("conv2d/kernel"));
    }

    [Test]
    public void Multiply_adds_are_outputs_times_window_times_channels_of_a_group()
    {
        Assert.That(new Conv2D(32, 3).MultiplyAdds([28, 28, 1]), Is.EqualTo(26 * 26 * 32 * 9));
        Assert.That(new Conv2D(6, 3, groups: 2).MultiplyAdds([6, 6, 4]), Is.EqualTo(4 * 4 * 6 * 9 * 2));
        Assert.That(new Conv1D(4, 5, strides: 2).MultiplyAdds([9, 3]), Is.EqualTo(3 * 4 * 5 * 3));
    }

    [Test]
    public void A_second_channel_count_is_refused_before_there_are_weights()
    {
        var layer = new Conv2D(32, (3, 3), Activation.ReLU, name: "conv2d_1");
        SymbolicTensor once = layer.Apply(SymbolicTensor.Input(224, 224, 3));
        Assert.That(
            () => layer.Apply(once),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "Conv2D \"conv2d_1\": input has 32 channels (shape [batch, 222, 222, 32]) but the kernel [3, 3, 3, 32] was built for 3. "
                + "A layer applied twice needs the same channel count each time."));
        Assert.That(layer.IsBuilt, Is.False);
    }

    [Test]
    public void A_second_channel_count_is_refused_with_weights()
    {
        var layer = new Conv1D(5, 3);
        layer.Apply(Normal([2, 8, 4], DType.Float32));
        Assert.That(
            () => layer.Apply(Normal([2, 8, 6], DType.Float32)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("6 channels").And.Message.Contains("[3, 4, 5] was built for 4"));
    }

    [Test]
    public void Inputs_that_do_not_fit_are_refused()
    {
        Assert.That(
            () => new Conv2D(2, 3).Apply(Normal([4, 8, 8], DType.Float32)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[batch, height, width, channels] is wanted"));
        Assert.That(
            () => new Conv2D(2, 5).Apply(Normal([1, 4, 8, 1], DType.Float32)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("does not fit"));
        Assert.That(
            () => new Conv2D(4, 3, groups: 2).Apply(Normal([1, 4, 4, 3], DType.Float32)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("3 channels").And.Message.Contains("2 groups"));
        var layer = new Conv2D(2, 3, dtype: DType.Float64);
        Assert.That(
            () => layer.Apply(Normal([1, 4, 4, 3], DType.Float32)),
            Throws.TypeOf<DTypeException>().With.Message.Contains("Float32").And.Message.Contains("Float64"));
    }

    [Test]
    public void Sizes_outside_their_range_are_refused_at_once()
    {
        AssertRefused(() => new Conv2D(0, 3), "filters is 0");
        AssertRefused(() => new Conv2D(1, (0, 3)), "kernelSize is (0, 3)");
        AssertRefused(() => new Conv2D(1, 3, strides: (1, 0)), "strides is (1, 0)");
        AssertRefused(() => new Conv2D(1, 3, dilation: 0), "dilation is (0, 0)");
        AssertRefused(() => new Conv2D(3, 3, groups: 2), "3 filters in 2 groups");
        AssertRefused(() => new Conv2D(3, 3, groups: 0), "groups is 0");
        AssertRefused(() => new Conv2D(3, 3, padding: Padding.Causal), "padding causal");
        AssertRefused(() => new MaxPooling1D(padding: Padding.Causal), "padding causal");
        AssertRefused(() => new Conv1D(1, 0), "kernelSize is 0");
        AssertRefused(() => new Conv1D(1, 1, strides: -1), "strides is -1");
        AssertRefused(() => new Conv1D(1, 1, dilation: 0), "dilation is 0");
        AssertRefused(() => Padding.Explicit(0, 0, -1, 0), "(0, 0, -1, 0)");

        static void AssertRefused(Func<object> make, string part) =>
            Assert.That(() => make(), Throws.TypeOf<ValueException>().With.Message.Contains(part));
    }

    private static Conv2D Layer(Case c, Activation activation, bool flip) => new(
        c.Filters, c.Kernel, activation, c.Strides, c.Padding, c.Dilation, c.Groups, flip);

    private static void Randomise(Conv2D layer) => layer.Bias!.Assign(Normal(layer.Bias.Shape, layer.Bias.DType, 9));

    private static double Activate(Activation activation, double sum) =>
        activation == Activation.ReLU ? Math.Max(0, sum) : activation == Activation.Tanh ? Math.Tanh(sum) : sum;

    private static double Sum(Case c, Conv2D layer, Tensor x, bool flip, int[] at)
    {
        double sum = At(layer.Bias!, at[3]);
        int inputs = c.Input[3] / c.Groups, first = at[3] / (c.Filters / c.Groups) * inputs;
        for (int p = 0; p < c.Kernel.Height; p++)
        for (int q = 0; q < c.Kernel.Width; q++)
        for (int channel = 0; channel < inputs; channel++)
        {
            int row = at[1] * c.Strides.Height + p * c.Dilation.Height - c.Expected.Top;
            int column = at[2] * c.Strides.Width + q * c.Dilation.Width - c.Expected.Left;
            if (row < 0 || row >= c.Input[1] || column < 0 || column >= c.Input[2]) continue;
            int kp = flip ? c.Kernel.Height - 1 - p : p, kq = flip ? c.Kernel.Width - 1 - q : q;
            sum += At(x, at[0], row, column, first + channel) * At(layer.Kernel, kp, kq, channel, at[3]);
        }
        return sum;
    }
}
