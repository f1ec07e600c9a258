using Engine.Kernels;

namespace Engine.Tests.Tensors;

[TestFixture]
public unsafe class RandomGeneratorTests
{
    private const int Many = 200_000;

    /// <summary>The known-answer vectors for philox4x32, 10 rounds, of the Random123 distribution (kat_vectors).</summary>
    [TestCase(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu,
        0x9b00dbd8u)]
    [TestCase(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u,
        0x6d5451fdu)]
    [TestCase(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdcceb, 0x5001e420u,
        0x24126ea1u)]
    public void Philox_gives_the_published_known_answers(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3) =>
        Assert.That(
            RandomPhilox.Block((ulong)c1 << 32 | c0, (ulong)c3 << 32 | c2, (ulong)k1 << 32 | k0), Is.EqualTo((r0, r1, r2, r3)));

    [TestCase(0ul)]
    [TestCase(0x0FFFFFFFul)]
    [TestCase(0x123456789ul)]
    public void The_vector_form_gives_the_words_of_its_sixteen_blocks(ulong group)
    {
        uint[] words = new uint[RandomPhilox.GroupWords];
        fixed (uint* w = words) RandomPhilox.Group(group, 0xFEDCBA9876543210, w);
        for (int block = 0; block < 16; block++)
        {
            var expected = RandomPhilox.Block(group * 16 + (ulong)block, 0, 0xFEDCBA9876543210);
            Assert.That((words[block], words[16 + block], words[32 + block], words[48 + block]), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Equal_seeds_give_equal_numbers_and_other_seeds_others()
    {
        float[] first = new float[100], second = new float[100], third = new float[100];
        new RandomGenerator(seed: 7).FillUniform<float>(first);
        new RandomGenerator(seed: 7).FillUniform<float>(second);
        new RandomGenerator(seed: 8).FillUniform<float>(third);
        Assert.Multiple(() =>
        {
            Assert.That(second, Is.EqualTo(first));
            Assert.That(third.Zip(first).Count(p => p.First == p.Second), Is.Zero);
            Assert.That(new RandomGenerator().Seed, Is.EqualTo(RandomGenerator.DefaultSeed));
        });
    }

    [Test]
    public void A_fill_is_the_beginning_of_every_longer_fill()
    {
        double[] whole = new double[10_000];
        new RandomGenerator(3).FillTruncatedNormal<double>(whole);
        foreach (int length in new[] { 0, 1, 2, 31, 32, 33, 63, 64, 65, 1000, 4097 })
        {
            double[] part = KernelsGuarded(length);
            new RandomGenerator(3).FillTruncatedNormal(part.AsSpan(5, length));
            Assert.That(part[5..(5 + length)], Is.EqualTo(whole[..length]));
            Assert.That(part[..5].Concat(part[(5 + length)..]), Is.All.EqualTo(-77));
        }
    }

    private static double[] KernelsGuarded(int length)
    {
        double[] values = new double[length + 10];
        Array.Fill(values, -77);
        return values;
    }

    [Test]
    public void A_restored_state_goes_on_with_the_same_numbers()
    {
        var generator = new RandomGenerator(5).Split("layer");
        generator.FillNormal<float>(new float[333]);
        generator.Split();
        RandomState state = generator.State;
        float[] next = new float[500], resumed = new float[500];
        generator.FillNormal<float>(next);
        double child = generator.Split().NextDouble();
        var restored = new RandomGenerator(state);
        restored.FillNormal<float>(resumed);
        Assert.That(resumed, Is.EqualTo(next));
        Assert.That(restored.Split().NextDouble(), Is.EqualTo(child));
        Assert.That(restored.State, Is.EqualTo(generator.State));
    }

    [Test]
    public void Children_are_reproducible_and_independent()
    {
        var parent = new RandomGenerator(9);
        double[] before = [parent.Split("a").NextDouble(), parent.Split("b").NextDouble(), parent.Split(1).NextDouble(),
            parent.Split(2).NextDouble()];
        double[] unnamed = [parent.Split().NextDouble(), parent.Split().NextDouble()];
        parent.NextDouble();
        Assert.That(parent.Split("a").NextDouble(), Is.EqualTo(before[0]));
        Assert.That(parent.Split(2).NextDouble(), Is.EqualTo(before[3]));
        double[] all = [.. before, .. unnamed, parent.Split("").NextDouble(), parent.Split("ab").NextDouble(),
            parent.Split("ba").NextDouble(), new RandomGenerator(9).NextDouble()];
        Assert.That(all, Is.Unique);
        float[] one = new float[Many], other = new float[Many];
        parent.Split("dense_1").FillNormal<float>(one);
        parent.Split("dense_2").FillNormal<float>(other);
        double correlation = one.Zip(other, (a, b) => (double)a * b).Average();
        Assert.That(Math.Abs(correlation), Is.LessThan(5 / Math.Sqrt(Many)));
    }

    [Test]
    public void Numbers_do_not_depend_on_the_register_width()
    {
        foreach (int width in new[] { 512, 256, 128, 0 })
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] uniform = new float[999], normal = new float[999];
            new RandomGenerator(1).FillUniform(uniform.AsSpan(), -1, 3);
            new RandomGenerator(1).FillNormal(normal.AsSpan());
            float[] wide = new float[999], wideNormal = new float[999];
            using IDisposable hardware = SimdWidth.Force(512);
            new RandomGenerator(1).FillUniform(wide.AsSpan(), -1, 3);
            new RandomGenerator(1).FillNormal(wideNormal.AsSpan());
            Assert.That(uniform, Is.EqualTo(wide));
            Assert.That(normal, Is.EqualTo(wideNormal).Within(2e-6));
        }
    }

    [Test]
    public void Uniform_numbers_are_uniform()
    {
        double[] x = new double[Many];
        float[] single = new float[Many];
        new RandomGenerator(11).FillUniform<double>(x);
        new RandomGenerator(11).FillUniform<float>(single);
        Assert.That(x, Is.All.InRange(0.0, 0.9999999999999999));
        Assert.That(single, Is.All.InRange(0f, 0.99999994f));
        Assert.That(KolmogorovSmirnov(x, v => v), Is.LessThan(1.95));
        Assert.That(KolmogorovSmirnov([.. single.Select(v => (double)v)], v => v), Is.LessThan(1.95));
        Assert.That(single.Count(v => (int)(v * (1 << 24)) % 2 == 1), Is.EqualTo(Many / 2).Within(1200), "the last of 24 bits is in use");
        Assert.That(x.Count(v => (long)(v * (1L << 53)) % 2 == 1), Is.EqualTo(Many / 2).Within(1200), "the last of 53 bits is in use");
        new RandomGenerator(12).FillUniform<float>(single, 1e8, 1e8 + 8);
        Assert.That(single.Max(), Is.LessThan(1e8f + 8));
    }

    [Test]
    public void Normal_numbers_are_normal()
    {
        double[] x = new double[Many];
        float[] single = new float[Many];
        new RandomGenerator(21).FillNormal<double>(x);
        new RandomGenerator(21).FillNormal<float>(single);
        foreach (double[] z in new[] { x, [.. single.Select(v => (double)v)] })
        {
            Assert.Multiple(() =>
            {
                Assert.That(z.Average(), Is.EqualTo(0).Within(4.5 / Math.Sqrt(Many)));
                Assert.That(z.Average(v => v * v), Is.EqualTo(1).Within(4.5 * Math.Sqrt(2.0 / Many)));
                Assert.That(z.Average(v => v * v * v), Is.EqualTo(0).Within(4.5 * Math.Sqrt(15.0 / Many)));
                Assert.That(z.Average(v => v * v * v * v), Is.EqualTo(3).Within(4.5 * Math.Sqrt(96.0 / Many)));
                Assert.That(KolmogorovSmirnov(z, v => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-v / Math.Sqrt(2))), Is.LessThan(1.95));
                Assert.That(z.Zip(z.Skip(16), (a, b) => a * b).Average(), Is.EqualTo(0).Within(4.5 / Math.Sqrt(Many)));
                Assert.That(z.Zip(z.Skip(1), (a, b) => a * b).Average(), Is.EqualTo(0).Within(4.5 / Math.Sqrt(Many)));
            });
        }
        new RandomGenerator(22).FillNormal<double>(x, 3, 0.5);
        Assert.That(x.Average(), Is.EqualTo(3).Within(2.25 / Math.Sqrt(Many)));
    }

    [Test]
    public void Truncated_normal_numbers_stay_within_two_deviations_and_keep_their_shape()
    {
        double[] x = new double[Many];
        float[] single = new float[Many];
        new RandomGenerator(31).FillTruncatedNormal<double>(x, 1, 2);
        new RandomGenerator(31).FillTruncatedNormal<float>(single, 1, 2);
        Assert.That(x, Is.All.InRange(-3.0, 5.0));
        Assert.That(single, Is.All.InRange(-3f, 5f));
        double inside = MathNet.Numerics.SpecialFunctions.Erf(Math.Sqrt(2));
        double Cumulative(double v) =>
            (0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-(v - 1) / 2 / Math.Sqrt(2)) - 0.5 * (1 - inside)) / inside;
        Assert.That(KolmogorovSmirnov(x, Cumulative), Is.LessThan(1.95));
        Assert.That(KolmogorovSmirnov([.. single.Select(v => (double)v)], Cumulative), Is.LessThan(1.95));
    }

    [Test]
    public void Integers_are_equally_likely()
    {
        int[] x = new int[Many];
        new RandomGenerator(41).FillIntegers(x.AsSpan(), -3, 7);
        Assert.That(x, Is.All.InRange(-3, 6));
        for (int v = -3; v < 7; v++) Assert.That(x.Count(n => n == v), Is.EqualTo(Many / 10).Within(5 * Math.Sqrt(Many * 0.09)));
        // A range just over 2³¹ rejects almost half of all words: without that the lower half would come twice as often.
        new RandomGenerator(42).FillIntegers(x.AsSpan(), int.MinValue, 1);
        Assert.That(x.Count(n => n < -(1 << 30)), Is.EqualTo(Many / 2).Within(5 * Math.Sqrt(Many / 4)));
        long[] y = new long[Many];
        new RandomGenerator(43).FillIntegers(y.AsSpan(), long.MinValue, 1L);
        Assert.That(y.Count(n => n < -(1L << 62)), Is.EqualTo(Many / 2).Within(5 * Math.Sqrt(Many / 4)));
        Assert.That(y.Max(), Is.LessThanOrEqualTo(0));
        new RandomGenerator(44).FillIntegers(y.AsSpan(), 5L, 6L);
        Assert.That(y, Is.All.EqualTo(5));
        new RandomGenerator(44).FillIntegers(x.AsSpan(), int.MinValue, int.MaxValue);
        Assert.That(x.Count(n => n < 0), Is.EqualTo(Many / 2).Within(5 * Math.Sqrt(Many / 4)));
    }

    [Test]
    public void Bernoulli_variables_have_their_probability()
    {
        float[] x = new float[Many];
        new RandomGenerator(51).FillBernoulli(x.AsSpan(), 0.3, 2.5f);
        Assert.That(x.Count(v => v == 2.5f), Is.EqualTo(0.3 * Many).Within(5 * Math.Sqrt(Many * 0.21)));
        Assert.That(x.Count(v => v == 0), Is.EqualTo(Many - x.Count(v => v == 2.5f)));
        new RandomGenerator(51).FillBernoulli(x.AsSpan(), 1, 1f);
        Assert.That(x, Is.All.EqualTo(1f));
        new RandomGenerator(51).FillBernoulli(x.AsSpan(), 0, 1f);
        Assert.That(x, Is.All.EqualTo(0f));
    }

    [Test]
    public void Permutations_are_complete_and_equally_likely()
    {
        var generator = new RandomGenerator(61);
        Assert.That(generator.Permutation(5000).Order(), Is.EqualTo(Enumerable.Range(0, 5000)));
        Assert.That(generator.Permutation(0), Is.Empty);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 24_000; i++)
        {
            string order = string.Concat(generator.Permutation(4));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.That(counts, Has.Count.EqualTo(24));
        Assert.That(counts.Values, Is.All.EqualTo(1000).Within(160));
    }

    [Test]
    public void Single_draws_move_on()
    {
        var generator = new RandomGenerator(71);
        Assert.That(Enumerable.Range(0, 100).Select(_ => generator.NextDouble()), Is.Unique);
        Assert.That(Enumerable.Range(0, 100).Select(_ => generator.NextNormal()), Is.Unique);
        Assert.That(Enumerable.Range(0, 1000).Select(_ => generator.NextInteger(-2, 3)).Distinct().Order(),
            Is.EqualTo(Enumerable.Range(-2, 5)));
    }

    [Test]
    public void Bad_parameters_are_named()
    {
        var generator = new RandomGenerator();
        Assert.Multiple(() =>
        {
            Assert.That(() => generator.FillUniform<float>(new float[1], 1, 1),
                Throws.TypeOf<ValueException>().With.Message.Contains("[1, 1)"));
            Assert.That(() => generator.FillUniform<Half>(new Half[1]), Throws.TypeOf<DTypeException>().With.Message.Contains("Half"));
            Assert.That(() => generator.FillNormal<float>(new float[1], 0, -1),
                Throws.TypeOf<ValueException>().With.Message.Contains("deviation -1"));
            Assert.That(() => generator.FillTruncatedNormal<float>(new float[1], double.NaN), Throws.TypeOf<ValueException>());
            Assert.That(() => generator.FillIntegers(new int[1], 3, 3), Throws.TypeOf<ValueException>().With.Message.Contains("[3, 3)"));
            Assert.That(() => generator.FillBernoulli(new float[1], 1.5, 1f), Throws.TypeOf<ValueException>().With.Message.Contains("1.5"));
            Assert.That(() => generator.Permutation(-1), Throws.TypeOf<ValueException>().With.Message.Contains("-1"));
            Assert.That(() => generator.Split(null!), Throws.TypeOf<ValueException>());
        });
    }

    /// <summary>√n times the largest distance between the observed and the wanted cumulative distribution; above 1.95 once in a
    /// thousand.</summary>
    private static double KolmogorovSmirnov(double[] values, Func<double, double> cumulative)
    {
        double[] sorted = [.. values.Order()];
        double distance = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            double wanted = cumulative(sorted[i]);
            distance = Math.Max(distance, Math.Max(wanted - (double)i / sorted.Length, (i + 1.0) / sorted.Length - wanted));
        }
        return distance * Math.Sqrt(sorted.Length);
    }
}
