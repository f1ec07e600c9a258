using Engine.Kernels;
using Engine.Layers;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Layers that change images at random in training.</summary>
public class AugmentationTests
{
    private static readonly Func<Layer>[] Makers =
    [
        () => new RandomFlip(), () => new RandomRotation(0.3), () => new RandomTranslation(0.2, 0.3), () => new RandomZoom(0.4),
        () => new RandomCrop(5, 4), () => new RandomContrast(0.5, (-10, 10)), () => new RandomBrightness(0.2, (-10, 10)),
    ];

    private static IEnumerable<int> Every => Enumerable.Range(0, Makers.Length);

    [Test]
    public void Flips_mirror_about_half_of_the_images([Values] FlipMode mode)
    {
        Tensor x = Normal([400, 3, 4, 2], DType.Float32), y = new RandomFlip(mode).Apply(x, training: true);
        int across = 0, down = 0, both = 0;
        for (int n = 0; n < 400; n++)
        {
            float[] flipped = y[n].ToArray<float>();
            bool Is(params int[] axes) => flipped.SequenceEqual(axes.Length == 0 ? x[n].ToArray<float>() : x[n].Flip(axes).ToArray<float>());
            Assert.That(Is() || Is(0) || Is(1) || Is(0, 1));
            if (Is(1) || Is(0, 1)) across++;
            if (Is(0) || Is(0, 1)) down++;
            if (Is(0, 1)) both++;
        }
        // Five standard deviations of a binomial count.
        Assert.That(across, mode == FlipMode.Vertical ? Is.Zero : Is.EqualTo(200).Within(50));
        Assert.That(down, mode == FlipMode.Horizontal ? Is.Zero : Is.EqualTo(200).Within(50));
        Assert.That(both, mode == FlipMode.HorizontalAndVertical ? Is.EqualTo(100).Within(44) : Is.Zero);
    }

    [Test]
    public void A_quarter_turn_is_counter_clockwise([Values] Interpolation interpolation)
    {
        Tensor x = Normal([2, 4, 4, 3]);
        Tensor y = new RandomRotation((0.25, 0.25), FillMode.Constant, interpolation, fillValue: 9).Apply(x, training: true);
        // Places lie within rounding of pixels, so a little of a neighbour may come in, or of the constant at the border.
        double[] expected = Map(x.Shape, at => At(x, at[0], at[2], 3 - at[1], at[3])), actual = Values(y);
        for (int i = 0; i < expected.Length; i++) Assert.That(actual[i], Is.EqualTo(expected[i]).Within(1e-12));
    }

    [Test]
    public void Moves_go_down_and_to_the_right([Values] FillMode mode)
    {
        Tensor x = Normal([2, 4, 5, 3]);
        Tensor y = new RandomTranslation((0.25, 0.25), (-0.4, -0.4), mode, fillValue: 9).Apply(x, training: true);
        AssertClose(y, x.Shape, Map(x.Shape, at =>
        {
            int row = at[1] - 1, column = at[2] + 2;
            if (mode == FillMode.Constant && (row < 0 || column > 4)) return 9;
            row = row >= 0 ? row : mode == FillMode.Wrap ? 3 : 0;
            column = column <= 4 ? column : mode switch { FillMode.Wrap => column - 5, FillMode.Reflect => 9 - column, _ => 4 };
            return At(x, at[0], row, column, at[3]);
        }));
    }

    [Test]
    public void Zooms_stretch_about_the_middle()
    {
        Tensor x = Normal([2, 5, 7, 2]);
        Tensor smaller = new RandomZoom((1, 1), fillMode: FillMode.Constant, fillValue: 9).Apply(x, training: true);
        AssertClose(smaller, x.Shape, Map(x.Shape, at =>
        {
            int row = 2 * at[1] - 2, column = 2 * at[2] - 3;
            return row is < 0 or > 4 || column is < 0 or > 6 ? 9 : At(x, at[0], row, column, at[3]);
        }));
        Tensor larger = new RandomZoom((-0.5, -0.5), (0, 0)).Apply(x, training: true);
        AssertClose(larger, x.Shape, Map(x.Shape, at =>
        {
            double row = 1 + at[1] / 2.0;
            int above = (int)row, below = Math.Min(above + 1, 4);
            return At(x, at[0], above, at[2], at[3]) * (1 - row + above) + At(x, at[0], below, at[2], at[3]) * (row - above);
        }));
    }

    [Test]
    public void Each_image_has_factors_of_its_own_within_the_range()
    {
        // Of an image whose pixels hold their own places the map can be read off where it stays inside.
        Tensor places = Tensor.From<double>(Map([1, 21, 31, 2], at => at[3] == 0 ? at[1] : at[2]), [1, 21, 31, 2]).Tile(200, 1, 1, 1);
        Tensor y = new RandomTranslation((-0.1, 0.3), 0.2).Apply(places, training: true);
        AssertSpread(n => (10 - At(y, n, 10, 15, 0)) / 21, -0.1, 0.3);
        AssertSpread(n => (15 - At(y, n, 10, 15, 1)) / 31, -0.2, 0.2);
        Tensor z = new RandomZoom((-0.4, -0.1), (-0.3, 0.2)).Apply(places, training: true);
        AssertSpread(n => At(z, n, 11, 15, 0) - 11, -0.4, -0.1);
        AssertSpread(n => At(z, n, 10, 16, 1) - 16, -0.3, 0.2);
        Tensor even = new RandomZoom((-0.4, 0.1)).Apply(places, training: true), turned = new RandomRotation((-0.1, 0.2)).Apply(places, training: true);
        for (int n = 0; n < 200; n++)
        {
            Assert.That(At(even, n, 11, 15, 0) - 11, Is.EqualTo(At(even, n, 10, 16, 1) - 16).Within(1e-12));
            double down = At(turned, n, 10, 16, 0) - 10, across = At(turned, n, 10, 16, 1) - 15;
            Assert.That(down * down + across * across, Is.EqualTo(1).Within(1e-12));
        }
        AssertSpread(n => Math.Asin(At(turned, n, 10, 16, 0) - 10) / (2 * Math.PI), -0.1, 0.2);

        static void AssertSpread(Func<int, double> factor, double lower, double upper)
        {
            double[] factors = [.. Enumerable.Range(0, 200).Select(factor)];
            Assert.That(factors, Is.All.InRange(lower - 1e-12, upper + 1e-12));
            Assert.That(factors.Distinct().Count(), Is.GreaterThan(190));
            // The mean of a uniform distribution, within five of its standard deviations.
            Assert.That(factors.Average(), Is.EqualTo((lower + upper) / 2).Within(5 * (upper - lower) / Math.Sqrt(12 * 200)));
        }
    }

    [Test]
    public void Crops_are_parts_of_the_images_from_every_place()
    {
        Tensor x = Normal([300, 4, 5, 2], DType.Float32);
        Tensor y = new RandomCrop(3, 3).Apply(x, training: true);
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([300, 3, 3, 2])));
        var met = new HashSet<(int, int)>();
        for (int n = 0; n < 300; n++)
        {
            (int Top, int Left)[] fitting = [.. from top in Enumerable.Range(0, 2)
                from left in Enumerable.Range(0, 3)
                where x[n, top..(top + 3), left..(left + 3)].ToArray<float>().SequenceEqual(y[n].ToArray<float>())
                select (top, left)];
            Assert.That(fitting, Has.Length.EqualTo(1));
            met.Add(fitting[0]);
        }
        Assert.That(met, Has.Count.EqualTo(6));
    }

    [Test]
    public void A_crop_as_high_or_as_wide_as_the_image_still_moves_along_the_other_axis()
    {
        Tensor x = Normal([40, 4, 5, 1], DType.Float32);
        foreach ((int height, int width) in ((int, int)[])[(4, 3), (2, 5)])
        {
            Tensor y = new RandomCrop(height, width).Apply(x, training: true);
            int[] places = [.. Enumerable.Range(0, 40).Select(n => Enumerable.Range(0, 3).Single(place => (height == 4
                ? x[n, .., place..(place + 3)]
                : x[n, place..(place + 2)]).ToArray<float>().SequenceEqual(y[n].ToArray<float>())))];
            Assert.That(places.Distinct().Order(), Is.EqualTo(new[] { 0, 1, 2 }));
        }
    }

    [Test]
    public void A_crop_of_a_tall_image_is_that_of_the_wide_one_turned()
    {
        Tensor x = Normal([2, 9, 6, 2]), turned = x.Transpose(0, 2, 1, 3);
        foreach ((int height, int width) in ((int, int)[])[(3, 3), (4, 2), (2, 5)])
        {
            Tensor y = new RandomCrop(height, width).Apply(x), other = new RandomCrop(width, height).Apply(turned).Transpose(0, 2, 1, 3);
            AssertClose(y, [2, height, width, 2], Values(other));
        }

        // One of two rows and three columns have about the proportions of 1 to 2.
        Assert.That(new RandomCrop(1, 2).Apply(Normal([1, 2, 3, 1])).Shape, Is.EqualTo(Shape.Create([1, 1, 2, 1])));
    }

    [Test]
    public void Outside_training_a_crop_is_the_middle_with_the_wanted_proportions_resized()
    {
        Tensor x = Normal([2, 6, 9, 2]);
        var layer = new RandomCrop(3, 3);
        Assert.That(layer.OutputShape([6, 9, 2]), Is.EqualTo(Shape.Create([3, 3, 2])));
        // The largest square is columns 1 to 6; of two by two pixels the mean remains.
        AssertClose(layer.Apply(x), [2, 3, 3, 2], Map([2, 3, 3, 2], at =>
        {
            double sum = 0;
            for (int p = 0; p < 4; p++) sum += At(x, at[0], 2 * at[1] + p / 2, 1 + 2 * at[2] + p % 2, at[3]);
            return sum / 4;
        }));
        Assert.That(new RandomCrop(6, 9).Apply(x), Is.SameAs(x));
        AssertClose(new RandomCrop(6, 5).Apply(x), [2, 6, 5, 2], Map([2, 6, 5, 2], at => At(x, at[0], at[1], at[2] + 2, at[3])));
        // Too small an image is enlarged, in training too: 2 of 9 columns have the proportions of 9 to 3.
        Tensor tall = new RandomCrop(9, 3).Apply(x, training: true);
        Assert.That(Values(tall), Is.EqualTo(Values(new RandomCrop(9, 3).Apply(x))));
        Assert.That(At(tall, 0, 0, 0, 0), Is.EqualTo(At(x, 0, 0, 3, 0)).Within(1e-12));
        Assert.That(At(tall, 0, 8, 2, 1), Is.EqualTo(At(x, 0, 5, 4, 1)).Within(1e-12));
    }

    [Test]
    public void Contrast_stretches_about_the_mean_of_each_channel_and_brightness_adds()
    {
        Tensor x = Normal([100, 3, 4, 2]);
        Tensor strong = new RandomContrast(0.25, 0.5, (-1.5, 1.5)).Apply(x, training: true);
        Tensor bright = new RandomBrightness((0.1, 0.2), (-1.5, 1.5)).Apply(x, training: true);
        double[] factors = new double[100], added = new double[100];
        for (int n = 0; n < 100; n++)
        {
            double[] means = [Mean(n, 0), Mean(n, 1)];
            // From a pixel that was not clipped the factor can be read off; it holds for all.
            factors[n] = Read(n, strong, (v, y, c) => (y - means[c]) / (v - means[c]));
            added[n] = Read(n, bright, (v, y, _) => y - v);
            for (int p = 0; p < 24; p++)
            {
                double value = At(x, n, p / 8, p / 2 % 4, p % 2), mean = means[p % 2];
                Assert.That(At(strong, n, p / 8, p / 2 % 4, p % 2), Is.EqualTo(Math.Clamp(mean + factors[n] * (value - mean), -1.5, 1.5)).Within(1e-9));
                Assert.That(At(bright, n, p / 8, p / 2 % 4, p % 2), Is.EqualTo(Math.Clamp(value + added[n], -1.5, 1.5)).Within(1e-9));
            }
        }
        Assert.That(factors, Is.Unique.And.All.InRange(0.75, 1.5));
        Assert.That(factors.Average(), Is.EqualTo(1.125).Within(5 * 0.75 / Math.Sqrt(12 * 100)));
        Assert.That(added, Is.Unique.And.All.InRange(0.3, 0.6));
        Assert.That(added.Average(), Is.EqualTo(0.45).Within(5 * 0.3 / Math.Sqrt(12 * 100)));
        foreach ((double lower, double upper) in ((double, double)[])[(-0.1, 0.5), (1.1, 0.5), (0.5, -0.1), (0.5, 1.1)])
            Errors.Assert<ValueException>(() => new RandomContrast(lower, upper), $"factors {lower} and {upper}");
        Assert.That((new RandomContrast(0, 1).Lower, new RandomContrast(1, 0).Upper), Is.EqualTo((0.0, 0.0)));

        double Mean(int n, int c) => Enumerable.Range(0, 12).Average(p => At(x, n, p / 4, p % 4, c));

        double Read(int n, Tensor y, Func<double, double, int, double> factor)
        {
            int p = Enumerable.Range(0, 24).First(p => Math.Abs(At(y, n, p / 8, p / 2 % 4, p % 2)) < 1.5);
            return factor(At(x, n, p / 8, p / 2 % 4, p % 2), At(y, n, p / 8, p / 2 % 4, p % 2), p % 2);
        }
    }

    [Test]
    public void Defaults_are_those_of_Keras()
    {
        var rotation = new RandomRotation(-0.2);
        Assert.That(rotation.Factor, Is.EqualTo(new FactorRange(-0.2, 0.2)));
        Assert.That((rotation.FillMode, rotation.Interpolation, rotation.FillValue), Is.EqualTo((FillMode.Reflect, Interpolation.Bilinear, 0.0)));
        Assert.That(new RandomFlip().Mode, Is.EqualTo(FlipMode.HorizontalAndVertical));
        Assert.That(new RandomZoom(0.1).WidthFactor, Is.Null);
        Assert.That(new RandomContrast(0.3), Has.Property("Lower").EqualTo(0.3).And.Property("Upper").EqualTo(0.3)
            .And.Property("ValueRange").EqualTo((0.0, 255.0)));
        Assert.That(new RandomBrightness(0.3).ValueRange, Is.EqualTo((0.0, 255.0)));
    }

    [TestCaseSource(nameof(Every))]
    public void Outside_training_images_stay_and_bytes_become_floats(int which)
    {
        Tensor x = Normal([2, 5, 4, 3], DType.Float32);
        Assert.That(Makers[which]().Apply(x), Is.SameAs(x));
        Tensor bytes = Tensor.RandomIntegers([2, 5, 4, 3], 0, 10, new RandomGenerator(1)).Cast(DType.UInt8);
        Layer layer = Makers[which]();
        foreach (bool training in new[] { false, true }) Assert.That(layer.Apply(bytes, training).DType, Is.EqualTo(DType.Float32));
        Assert.That(layer.OutputType(DType.UInt8), Is.EqualTo(DType.Float32));
        Assert.That(Makers[which]().Apply(Tensor.Zeros([0, 5, 4, 3]), training: true).Shape, Is.EqualTo(Shape.Create([0, 5, 4, 3])));
    }

    [TestCaseSource(nameof(Every))]
    public void The_numbers_depend_on_seed_place_step_call_and_image_alone(int which)
    {
        float[] Draw(ulong seed, long step, int images = 12, int calls = 1)
        {
            Layer layer = Makers[which]();
            layer.UseRandom(new LayerRandom(seed) { Step = step });
            Tensor x = Normal([12, 9, 8, 3], DType.Float32)[..images];
            for (int call = 1; call < calls; call++) layer.Apply(x, training: true);
            return layer.Apply(x, training: true).ToArray<float>();
        }

        float[] first = Draw(1, 0);
        Assert.That(Draw(1, 0), Is.EqualTo(first));
        Assert.That(Draw(1, 0, images: 5), Is.EqualTo(first[..(first.Length / 12 * 5)]));
        Assert.That(Draw(1, 1), Is.Not.EqualTo(first));
        Assert.That(Draw(2, 0), Is.Not.EqualTo(first));
        Assert.That(Draw(1, 0, calls: 2), Is.Not.EqualTo(first));
    }

    [TestCaseSource(nameof(Every))]
    public void Any_number_of_threads_gives_the_same_bits(int which)
    {
        Tensor x = Normal([40, 32, 32, 3], DType.Float32);
        (float[] Y, float[] Dx) Run(int threads)
        {
            WorkerTeam.Size = threads;
            Layer layer = Makers[which]();
            using var tape = new GradientTape();
            tape.Watch(x);
            Tensor y = layer.Apply(x, training: true);
            return (y.ToArray<float>(), tape.Gradient((y * y).Sum(), x).ToArray<float>());
        }

        int former = WorkerTeam.Size;
        try
        {
            (float[] y, float[] dx) = Run(1);
            foreach (int threads in new[] { 2, 3, 7 })
            {
                (float[] again, float[] gradient) = Run(threads);
                Assert.That(again, Is.EqualTo(y));
                Assert.That(gradient, Is.EqualTo(dx));
            }
        }
        finally
        {
            WorkerTeam.Size = former;
        }
    }

    [Test]
    public void Bad_arguments_and_inputs_are_refused()
    {
        Errors.Assert<ValueException>(() => new RandomRotation(1.5), "RandomRotation", "factor is (-1.5, 1.5)");
        Errors.Assert<ValueException>(() => new RandomRotation((0.2, 0.1)), "factor is (0.2, 0.1)");
        Errors.Assert<ValueException>(() => new RandomRotation(0.1, fillValue: double.NaN), "fillValue is NaN");
        Errors.Assert<ValueException>(() => new RandomTranslation(double.NaN, 0), "RandomTranslation", "heightFactor is (NaN, NaN)");
        Errors.Assert<ValueException>(() => new RandomTranslation(0, (-2, 0)), "widthFactor is (-2, 0)");
        Errors.Assert<ValueException>(() => new RandomZoom((0, 3)), "RandomZoom", "heightFactor is (0, 3)");
        Errors.Assert<ValueException>(() => new RandomZoom(0, (0.1, 0)), "widthFactor is (0.1, 0)");
        Errors.Assert<ValueException>(() => new RandomCrop(0, 3), "RandomCrop", "height is 0");
        Errors.Assert<ValueException>(() => new RandomCrop(3, -1), "width is -1");
        Errors.Assert<ValueException>(() => new RandomContrast(-0.1), "RandomContrast", "factors -0.1 and -0.1");
        Errors.Assert<ValueException>(() => new RandomContrast(0.1, 1.1), "factors 0.1 and 1.1");
        Errors.Assert<ValueException>(() => new RandomContrast(0.1, (1, 1)), "valueRange is (1, 1)");
        Errors.Assert<ValueException>(() => new RandomBrightness(2), "RandomBrightness", "factor is (-2, 2)");
        Errors.Assert<ValueException>(() => new RandomBrightness(0.1, (0, double.PositiveInfinity)), "valueRange");
        foreach (Func<Layer> make in Makers)
            Errors.Assert<ShapeException>(() => make().Apply(Normal([3, 4, 1])), "[batch, height, width, channels]");
        Errors.Assert<ShapeException>(() => new RandomFlip().Apply(Normal([3, 0, 4, 1])), "no elements");
        Errors.Assert<ShapeException>(() => new RandomContrast(0.1).Apply(Normal([3, 0, 4, 1])), "no elements");
    }
}
