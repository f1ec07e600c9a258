using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Operations;

/// <summary>Images sampled through affine maps against scalar loops in double.</summary>
public class SamplingTests
{
    // A turn with a stretch, a large move, a mirror, and numbers that fall on pixels and between them.
    private static readonly double[][] Maps =
    [
        [0.9, -0.35, 0.6, 0.4, 1.1, -0.7], [1, 0, -7.25, 0, 1, 9.5], [-1, 0, 4, 0, 0.5, 0.25], [0, 1, 0, 1, 0, 0], [2.5, 0.1, -3, 0, -3, 8],
    ];

    [Test]
    public void Sampling_is_its_formula([Values] Interpolation interpolation, [Values] FillMode mode, [Values(1, 3, 11)] int channels)
    {
        double[] maps = [.. Maps.SelectMany(map => map)];
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([5, 4, 5, channels], dtype);
            Tensor y = x.AffineTransform(maps, (6, 3), interpolation, mode, 0.75);
            Shape shape = [5, 6, 3, channels];
            AssertClose(y, shape, Map(shape, at => Sampled(x, Maps[at[0]], at, interpolation, mode)));
            Tensor shared = x.AffineTransform(Maps[0], null, interpolation, mode, 0.75);
            AssertClose(shared, x.Shape, Map(x.Shape, at => Sampled(x, Maps[0], at, interpolation, mode)));
        }
    }

    [Test]
    public void The_identity_keeps_the_bits_and_pixels_without_weight_have_no_part([Values] Interpolation interpolation, [Values] FillMode mode)
    {
        float[] values = Normal([2, 3, 4, 2], DType.Float32).ToArray<float>();
        values[5] = float.NaN;
        Tensor x = Tensor.From<float>(values, [2, 3, 4, 2]);
        Assert.That(x.AffineTransform([1, 0, 0, 0, 1, 0], null, interpolation, mode, 5).ToArray<float>(), Is.EqualTo(values));
    }

    [Test]
    public void The_gradient_is_the_adjoint_at_every_order([Values] Interpolation interpolation, [Values] FillMode mode, [Values(2, 9)] int channels)
    {
        double[] maps = [.. Maps.SelectMany(map => map)];
        Tensor x = Normal([5, 4, 5, channels]), g = Normal([5, 6, 3, channels], seed: 2);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor dx = tape.Gradient((x.AffineTransform(maps, (6, 3), interpolation, mode) * g).Sum(), x);
        Tensor z = Normal(x.Shape, seed: 3);
        Assert.That(Inner(dx, z), Is.EqualTo(Inner(g, z.AffineTransform(maps, (6, 3), interpolation, mode))).Within(1e-10));
    }

    [Test]
    public void Places_far_outside_are_inside_the_limits_of_every_mode()
    {
        Tensor x = Tensor.From<double>([1, 2, 3, 4], [1, 2, 2, 1]);
        double[] far = [0, 0, 1e300, 0, 0, -1e300];
        foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
        {
            Assert.That(x.AffineTransform(far, null, interpolation, FillMode.Constant, 7).ToArray<double>(), Is.All.EqualTo(7));
            Assert.That(x.AffineTransform(far, null, interpolation, FillMode.Nearest).ToArray<double>(), Is.All.EqualTo(2));
            Assert.That(x.AffineTransform(far, null, interpolation, FillMode.Wrap).ToArray<double>(), Is.All.InRange(1, 4));
            Assert.That(x.AffineTransform(far, null, interpolation, FillMode.Reflect).ToArray<double>(), Is.All.InRange(1, 4));
        }
    }

    [Test]
    public void No_images_and_no_channels_give_none()
    {
        Assert.That(Tensor.Zeros([0, 2, 3, 1]).AffineTransform(Maps[0], (4, 5)).Shape, Is.EqualTo(Shape.Create([0, 4, 5, 1])));
        Assert.That(Tensor.Zeros([2, 2, 3, 0]).AffineTransform(Maps[0]).Shape, Is.EqualTo(Shape.Create([2, 2, 3, 0])));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Tensor x = Normal([2, 3, 4, 1]);
        Errors.Assert<ShapeException>(() => Normal([3, 4, 1]).AffineTransform(Maps[0]), "affineTransform", "[3, 4, 1]", "channels");
        Errors.Assert<ShapeException>(() => Normal([1, 0, 4, 1]).AffineTransform(Maps[0]), "at least one pixel");
        Errors.Assert<ShapeException>(() => x.AffineTransform(new double[18]), "18 numbers for 2 images");
        Errors.Assert<ValueException>(() => x.AffineTransform([1, 0, double.NaN, 0, 1, 0]), "NaN in a map");
        Errors.Assert<ValueException>(() => x.AffineTransform(Maps[0], (0, 3)), "(0, 3)");
        Errors.Assert<ValueException>(() => x.AffineTransform(Maps[0], fillValue: double.NegativeInfinity), "fillValue");
        Errors.Assert<DTypeException>(() => x.Cast(DType.Int32).AffineTransform(Maps[0]), "Int32");
    }

    private static double Sampled(Tensor x, double[] map, int[] at, Interpolation interpolation, FillMode mode)
    {
        double column = map[0] * at[2] + map[1] * at[1] + map[2], row = map[3] * at[2] + map[4] * at[1] + map[5];
        if (interpolation == Interpolation.Nearest)
            return Pixel(Math.Round(row, MidpointRounding.AwayFromZero), Math.Round(column, MidpointRounding.AwayFromZero));
        double top = Math.Floor(row), left = Math.Floor(column), down = row - top, right = column - left;
        return (1 - down) * ((1 - right) * Pixel(top, left) + right * Pixel(top, left + 1))
            + down * ((1 - right) * Pixel(top + 1, left) + right * Pixel(top + 1, left + 1));

        double Pixel(double i, double j)
        {
            int r = Brought((int)i, x.Shape[1], mode), c = Brought((int)j, x.Shape[2], mode);
            return r < 0 || c < 0 ? 0.75 : At(x, at[0], r, c, at[3]);
        }
    }

    /// <summary>A place brought inside step by step; -1 for the constant.</summary>
    private static int Brought(int place, int length, FillMode mode)
    {
        while (place < 0 || place >= length)
        {
            switch (mode)
            {
                case FillMode.Constant: return -1;
                case FillMode.Nearest: return place < 0 ? 0 : length - 1;
                case FillMode.Wrap: place += place < 0 ? length : -length; break;
                default: place = place < 0 ? -1 - place : 2 * length - 1 - place; break;
            }
        }
        return place;
    }
}
