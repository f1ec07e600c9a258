using Engine.Layers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Padding, cropping and enlarging layers.</summary>
public class BorderLayerTests
{
    [Test]
    public void Padding_puts_zeros_around()
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64, DType.Int32 })
        {
            Tensor x = Tensor.RandomIntegers([2, 3, 4, 2], 1, 9, new RandomGenerator(1)).Cast(dtype), line = x.Reshape(2, 12, 2);
            AssertPadded(new ZeroPadding2D(), x, 1, 1, 1, 1);
            AssertPadded(new ZeroPadding2D((2, 0)), x, 2, 2, 0, 0);
            AssertPadded(new ZeroPadding2D((1, 0), (2, 3)), x, 1, 0, 2, 3);
            AssertLine(new ZeroPadding1D(), line, 1, 1);
            AssertLine(new ZeroPadding1D((0, 3)), line, 0, 3);
        }

        static void AssertPadded(ZeroPadding2D layer, Tensor x, int top, int bottom, int left, int right)
        {
            Shape shape = [2, 3 + top + bottom, 4 + left + right, 2];
            Assert.That(layer.Padding, Is.EqualTo((top, bottom, left, right)));
            AssertLayer(layer, x, shape, at => at[1] >= top && at[1] < 3 + top && at[2] >= left && at[2] < 4 + left
                ? At(x, at[0], at[1] - top, at[2] - left, at[3])
                : 0);
        }

        static void AssertLine(ZeroPadding1D layer, Tensor x, int left, int right) => AssertLayer(
            layer, x, [2, 12 + left + right, 2], at => at[1] >= left && at[1] < 12 + left ? At(x, at[0], at[1] - left, at[2]) : 0);
    }

    [Test]
    public void Cropping_takes_the_border_away()
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64, DType.Int32 })
        {
            Tensor x = Tensor.RandomIntegers([2, 5, 4, 2], 1, 9, new RandomGenerator(1)).Cast(dtype), line = x.Reshape(2, 20, 2);
            AssertLayer(new Cropping2D(), x, x.Shape, at => At(x, at));
            AssertLayer(new Cropping2D((2, 1)), x, [2, 1, 2, 2], at => At(x, at[0], 2, at[2] + 1, at[3]));
            AssertLayer(new Cropping2D((1, 0), (0, 3)), x, [2, 4, 1, 2], at => At(x, at[0], at[1] + 1, at[2], at[3]));
            AssertLayer(new Cropping1D(), line, [2, 18, 2], at => At(line, at[0], at[1] + 1, at[2]));
            AssertLayer(new Cropping1D((4, 0)), line, [2, 16, 2], at => At(line, at[0], at[1] + 4, at[2]));
        }
    }

    [Test]
    public void Upsampling_repeats_pixels_and_steps()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 3, 4, 2], dtype), line = Normal([2, 5, 3], dtype);
            AssertLayer(new UpSampling2D(), x, [2, 6, 8, 2], at => At(x, at[0], at[1] / 2, at[2] / 2, at[3]));
            AssertLayer(new UpSampling2D((1, 3)), x, [2, 3, 12, 2], at => At(x, at[0], at[1], at[2] / 3, at[3]));
            AssertLayer(new UpSampling1D(), line, [2, 10, 3], at => At(line, at[0], at[1] / 2, at[2]));
            AssertLayer(new UpSampling1D(3), line, [2, 15, 3], at => At(line, at[0], at[1] / 3, at[2]));
        }
    }

    [Test]
    public void Bilinear_upsampling_interpolates_between_the_middles_of_pixels()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 3, 4, 2], dtype);
            AssertLayer(new UpSampling2D((2, 3), Interpolation.Bilinear), x, [2, 6, 12, 2], at =>
            {
                double row = Math.Clamp((at[1] + 0.5) / 2 - 0.5, 0, 2), column = Math.Clamp((at[2] + 0.5) / 3 - 0.5, 0, 3);
                int i = Math.Min((int)row, 1), j = Math.Min((int)column, 2);
                double Between(int r) => At(x, at[0], r, j, at[3]) * (1 - column + j) + At(x, at[0], r, j + 1, at[3]) * (column - j);
                return Between(i) * (1 - row + i) + Between(i + 1) * (row - i);
            });
        }
    }

    [Test]
    public void Bilinear_upsampling_and_its_gradient_agree_with_PyTorch()
    {
        Tensor x = TorchReference.Get("upsampled.x");
        var layer = new UpSampling2D((3, 2), Interpolation.Bilinear);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x);
        TorchReference.AssertEqual(y, "upsampled.y");
        TorchReference.AssertEqual(tape.Gradient((y * y).Sum(), x), "upsampled.dx");
    }

    [Test]
    public void Interpolation_alone_multiplies()
    {
        Assert.That(new UpSampling2D().MultiplyAdds([3, 4, 2]), Is.Zero);
        Assert.That(new UpSampling2D(3, Interpolation.Bilinear).MultiplyAdds([3, 4, 2]), Is.EqualTo(4 * 9 * 24));
    }

    [Test]
    public void Bad_arguments_and_inputs_are_refused()
    {
        Errors.Assert<ValueException>(() => new ZeroPadding1D(-1), "ZeroPadding1D", "padding is -1");
        Errors.Assert<ValueException>(() => new ZeroPadding2D((1, -2), (0, 0)), "ZeroPadding2D", "padding is -2");
        Errors.Assert<ValueException>(() => new Cropping1D((0, -3)), "Cropping1D", "cropping is -3");
        Errors.Assert<ValueException>(() => new Cropping2D((-1, 0)), "Cropping2D", "cropping is -1");
        Errors.Assert<ValueException>(() => new UpSampling1D(0), "UpSampling1D", "size is 0");
        Errors.Assert<ValueException>(() => new UpSampling2D((1, 0)), "UpSampling2D", "size is (1, 0)");
        Errors.Assert<ShapeException>(() => new ZeroPadding1D().Apply(Normal([2, 3])), "[batch, steps, channels]");
        Errors.Assert<ShapeException>(() => new ZeroPadding2D().Apply(Normal([2, 3, 4])), "[batch, height, width, channels]");
        Errors.Assert<ShapeException>(() => new ZeroPadding1D((int.MaxValue, 1)).OutputShape([4, 1]), "along axis 1");
        Errors.Assert<ShapeException>(() => new Cropping1D(2).Apply(Normal([2, 4, 1])), "4 positions along axis 1", "2 and 2");
        Errors.Assert<ShapeException>(() => new Cropping2D((0, 0), (1, 3)).Apply(Normal([2, 4, 4, 1])), "4 positions along axis 2", "1 and 3");
        Errors.Assert<ShapeException>(() => new Cropping2D().Apply(Normal([2, 4, 4])), "[batch, height, width, channels]");
        Errors.Assert<ShapeException>(() => new UpSampling1D().Apply(Normal([2, 4])), "[batch, steps, channels]");
        Errors.Assert<ShapeException>(() => new UpSampling2D().Apply(Normal([2, 4, 4])), "[batch, height, width, channels]");
        Errors.Assert<ShapeException>(() => new UpSampling2D().Apply(Normal([2, 0, 4, 1])), "no elements");
        Errors.Assert<ShapeException>(() => new UpSampling1D(int.MaxValue).OutputShape([4, 1]), "along axis 1");
    }

    private static void AssertLayer(Layer layer, Tensor x, Shape shape, Func<int[], double> value)
    {
        Tensor y = layer.Apply(x);
        Assert.That(y.DType, Is.EqualTo(x.DType));
        Assert.That(layer.OutputType(x.DType), Is.EqualTo(x.DType));
        Assert.That(layer.OutputShape(x.Shape.Remove(0)), Is.EqualTo(shape.Remove(0)));
        AssertClose(y, shape, Map(shape, value));
    }
}
