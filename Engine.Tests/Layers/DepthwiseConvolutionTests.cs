using Engine.Layers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Depthwise and separable convolutions against their formulas in double, and PyTorch.</summary>
public class DepthwiseConvolutionTests
{
    [TestCase(1, "valid", 0, 0, 4, 3)]
    [TestCase(3, "same", 0, 0, 3, 3)]
    [TestCase(2, "explicit", 1, 2, 3, 4)]
    public void DepthwiseConv2D_is_the_formula(int multiplier, string padding, int top, int left, int height, int width)
    {
        (Padding around, Size2D strides, Size2D dilation) = padding switch
        {
            // In steps of 2 three windows of 2, in the rows dilated by 2, reach over 7 of 6 rows and 6 of 5 columns: one more at each end.
            "same" => (Padding.Same, (Size2D)2, new Size2D(2, 1)),
            "explicit" => (Padding.Explicit(1, 0, 2, 1), (2, 2), (1, 1)),
            _ => (Padding.Valid, (1, 1), (2, 2)),
        };
        foreach (Activation activation in new[] { Activation.Linear, Activation.ReLU })
        foreach (DType dtype in Floats)
        {
            var layer = new DepthwiseConv2D(
                2, activation, strides, around, multiplier, dilation, biasInitializer: Initializer.RandomNormal(0, 1));
            Tensor x = Normal([2, 6, 5, 3], dtype);
            Tensor y = layer.Apply(x);
            Shape shape = [2, height, width, 3 * multiplier];
            Assert.That(layer.OutputShape([6, 5, 3]), Is.EqualTo(shape.Remove(0)));
            Assert.That(layer.Kernel.Shape, Is.EqualTo(Shape.Create([2, 2, 3, multiplier])));
            AssertClose(y, shape, Map(shape, at =>
            {
                double sum = At(layer.Bias!, at[3]) + Depthwise(x, layer.Kernel, at, strides, dilation, top, left);
                return activation == Activation.ReLU ? Math.Max(0, sum) : sum;
            }));
        }
    }

    [TestCase(1, 1, "valid", 0, 7)]
    [TestCase(2, 1, "same", 1, 5)]
    [TestCase(1, 3, "causal", 6, 9)]
    public void DepthwiseConv1D_and_SeparableConv1D_are_the_formulas(int stride, int dilation, string padding, int left, int steps)
    {
        Padding around = padding switch { "same" => Padding.Same, "causal" => Padding.Causal, _ => Padding.Valid };
        foreach (DType dtype in Floats)
        {
            var layer = new DepthwiseConv1D(
                3, Activation.Tanh, stride, around, 2, dilation, biasInitializer: Initializer.RandomNormal(0, 1));
            var separable = new SeparableConv1D(
                5, 3, Activation.ReLU, stride, around, dilation, 2, biasInitializer: Initializer.RandomNormal(0, 1));
            Tensor x = Normal([2, 9, 3], dtype);
            (Tensor y, Tensor z) = (layer.Apply(x), separable.Apply(x));
            (Shape each, Shape mixed) = ([2, steps, 6], [2, steps, 5]);
            Assert.That(layer.OutputShape([9, 3]), Is.EqualTo(each.Remove(0)));
            Assert.That(separable.OutputShape([9, 3]), Is.EqualTo(mixed.Remove(0)));
            Assert.That(layer.Kernel.Shape, Is.EqualTo(Shape.Create([3, 3, 2])));
            Assert.That(separable.PointwiseKernel.Shape, Is.EqualTo(Shape.Create([1, 6, 5])));
            AssertClose(y, each, Map(each, at => Math.Tanh(At(layer.Bias!, at[2]) + Line(layer.Kernel, at[0], at[1], at[2]))));
            AssertClose(z, mixed, Map(mixed, at =>
            {
                double sum = At(separable.Bias!, at[2]);
                for (int e = 0; e < 6; e++) sum += Line(separable.DepthwiseKernel, at[0], at[1], e) * At(separable.PointwiseKernel, 0, e, at[2]);
                return Math.Max(0, sum);
            }));

            double Line(Tensor kernel, int n, int i, int channel)
            {
                double sum = 0;
                for (int p = 0; p < 3; p++)
                {
                    int step = i * stride + p * dilation - left;
                    if (step is >= 0 and < 9) sum += At(x, n, step, channel / 2) * At(kernel, p, channel / 2, channel % 2);
                }
                return sum;
            }
        }
    }

    [Test]
    public void SeparableConv2D_is_a_depthwise_convolution_and_one_that_mixes()
    {
        foreach (Activation activation in new[] { Activation.Linear, Activation.ReLU })
        foreach (DType dtype in Floats)
        {
            var layer = new SeparableConv2D(
                4, (2, 2), activation, (2, 1), Padding.Same, 1, 2, biasInitializer: Initializer.RandomNormal(0, 1));
            Tensor x = Normal([2, 5, 4, 3], dtype);
            Tensor y = layer.Apply(x);
            Shape shape = [2, 3, 4, 4];
            Assert.That(layer.OutputShape([5, 4, 3]), Is.EqualTo(shape.Remove(0)));
            Assert.That(layer.DepthwiseKernel.Shape, Is.EqualTo(Shape.Create([2, 2, 3, 2])));
            Assert.That(layer.PointwiseKernel.Shape, Is.EqualTo(Shape.Create([1, 1, 6, 4])));
            AssertClose(y, shape, Map(shape, at =>
            {
                double sum = At(layer.Bias!, at[3]);
                for (int e = 0; e < 6; e++)
                    sum += Depthwise(x, layer.DepthwiseKernel, [at[0], at[1], at[2], e], (2, 1), 1, 0, 0) * At(layer.PointwiseKernel, 0, 0, e, at[3]);
                return activation == Activation.ReLU ? Math.Max(0, sum) : sum;
            }));
        }
    }

    [Test]
    public void Both_and_their_gradients_agree_with_PyTorch()
    {
        Tensor x = TorchReference.Get("separable.x"), kernel = TorchReference.Get("separable.depthwise");
        var depthwise = new DepthwiseConv2D((3, 2), strides: (2, 1), depthMultiplier: 2, dilation: (1, 2), useBias: false);
        depthwise.Apply(x);
        depthwise.Kernel.Assign(kernel);
        TorchReference.AssertEqual(depthwise.Apply(x), "separable.z");
        var layer = new SeparableConv2D(4, (3, 2), strides: (2, 1), dilation: (1, 2), depthMultiplier: 2);
        layer.Apply(x);
        layer.DepthwiseKernel.Assign(kernel);
        layer.PointwiseKernel.Assign(TorchReference.Get("separable.pointwise").Reshape(1, 1, 6, 4));
        layer.Bias!.Assign(TorchReference.Get("separable.bias"));
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x);
        TorchReference.AssertEqual(y, "separable.y");
        Tensor[] gradients = tape.Gradients((y * y).Sum(), [x, layer.DepthwiseKernel, layer.PointwiseKernel, layer.Bias]);
        TorchReference.AssertEqual(gradients[0], "separable.dx");
        TorchReference.AssertEqual(gradients[1], "separable.ddepthwise");
        TorchReference.AssertEqual(gradients[2].Reshape(6, 4), "separable.dpointwise");
        TorchReference.AssertEqual(gradients[3], "separable.dbias");
    }

    [Test]
    public void Multiply_adds_count_both_convolutions()
    {
        Assert.That(new DepthwiseConv2D(3, depthMultiplier: 2).MultiplyAdds([6, 7, 5]), Is.EqualTo(4 * 5 * 10 * 9));
        Assert.That(new DepthwiseConv1D(3).MultiplyAdds([6, 5]), Is.EqualTo(4 * 5 * 3));
        Assert.That(new SeparableConv2D(8, 3, depthMultiplier: 2).MultiplyAdds([6, 7, 5]), Is.EqualTo(4 * 5 * (10 * 9 + 10 * 8)));
        Assert.That(new SeparableConv1D(8, 3, depthMultiplier: 2).MultiplyAdds([6, 5]), Is.EqualTo(4 * (10 * 3 + 10 * 8)));
    }

    [Test]
    public void Weights_have_Keras_names()
    {
        var depthwise = new DepthwiseConv2D(3);
        depthwise.Apply(Normal([1, 4, 4, 2], DType.Float32));
        Assert.That(depthwise.Variables.Select(v => v.Name), Is.EqualTo(new[] { "depthwise_conv2d/kernel", "depthwise_conv2d/bias" }));
        var separable = new SeparableConv1D(3, 3, useBias: false);
        separable.Apply(Normal([1, 4, 2], DType.Float32));
        Assert.That(
            separable.Variables.Select(v => v.Name),
            Is.EqualTo(new[] { "separable_conv1d/depthwise_kernel", "separable_conv1d/pointwise_kernel" }));
    }

    [Test]
    public void Bad_arguments_and_inputs_are_refused()
    {
        Errors.Assert<ValueException>(() => new DepthwiseConv2D((2, 0)), "DepthwiseConv2D", "kernelSize is (2, 0)");
        Errors.Assert<ValueException>(() => new DepthwiseConv2D(2, depthMultiplier: 0), "depthMultiplier is 0");
        Errors.Assert<ValueException>(() => new DepthwiseConv2D(2, padding: Padding.Causal), "padding causal");
        Errors.Assert<ValueException>(() => new DepthwiseConv1D(2, strides: 0), "DepthwiseConv1D", "strides is 0");
        Errors.Assert<ValueException>(() => new SeparableConv2D(0, 2), "SeparableConv2D", "filters is 0");
        Errors.Assert<ValueException>(() => new SeparableConv2D(1, 2, depthMultiplier: -1), "depthMultiplier is -1");
        Errors.Assert<ValueException>(() => new SeparableConv2D(1, 2, padding: Padding.Causal), "padding causal");
        Errors.Assert<ValueException>(() => new SeparableConv1D(1, 2, dilation: 0), "SeparableConv1D", "dilation is 0");
        Errors.Assert<ShapeException>(() => new DepthwiseConv2D(2).Apply(Normal([2, 4, 4])), "[batch, height, width, channels] is wanted");
        Errors.Assert<ShapeException>(() => new DepthwiseConv2D(5).Apply(Normal([2, 4, 4, 1])), "does not fit");
        Errors.Assert<ShapeException>(() => new DepthwiseConv2D(2).Apply(Normal([2, 4, 4, 0])), "0 channels");
        Errors.Assert<ShapeException>(() => new SeparableConv1D(1, 5).Apply(Normal([2, 4, 1])), "does not fit");
        Errors.Assert<ShapeException>(
            () => new DepthwiseConv1D(1, depthMultiplier: int.MaxValue).OutputShape([4, 2]), "2 channels", "depthMultiplier");
        var layer = new SeparableConv2D(5, 3, depthMultiplier: 2);
        layer.Apply(Normal([2, 8, 8, 4]));
        Errors.Assert<ShapeException>(() => layer.Apply(Normal([2, 8, 8, 6])), "6 channels", "[3, 3, 4, 2] was built for 4");
    }

    private static double Depthwise(Tensor x, Tensor kernel, int[] at, Size2D strides, Size2D dilation, int top, int left)
    {
        int multiplier = kernel.Shape[3], channel = at[3] / multiplier;
        double sum = 0;
        for (int p = 0; p < kernel.Shape[0]; p++)
        for (int q = 0; q < kernel.Shape[1]; q++)
        {
            int row = at[1] * strides.Height + p * dilation.Height - top, column = at[2] * strides.Width + q * dilation.Width - left;
            if (row < 0 || row >= x.Shape[1] || column < 0 || column >= x.Shape[2]) continue;
            sum += At(x, at[0], row, column, channel) * At(kernel, p, q, channel, at[3] % multiplier);
        }
        return sum;
    }
}
