using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe class ReductionTests
{
    private static readonly (int Outer, int Axis, int Inner)[] Views =
    [
        (1, 0, 1), (2, 0, 3), (1, 1, 1), (1, 5, 1), (3, 17, 1), (5, 64, 1), (2, 1000, 1), (1, 5000, 1), (1, 140_000, 1), (2, 140_001, 1),
        (1, 2, 3), (1, 7, 2), (1, 50, 10), (2, 33, 5), (1, 300, 63), (1, 300, 64), (1, 33, 65), (1, 100, 257), (3, 40, 70), (1, 3000, 64),
        (1, 2000, 300),
        (1, 9000, 10), (1, 9001, 3), (4, 100, 1000), (1, 70_000, 2), (2, 1, 5), (1, 4, 5000),
    ];

    private static void Check<R>(R kernel, Func<IEnumerable<double>, double> definition, Func<double, double> magnitude,
        double tolerance = 1)
        where R : struct, IReductionKernel
    {
        foreach ((int outer, int axis, int inner) in Views)
        {
            double[] x = KernelRunner.Random<double>(outer * axis * inner, -2, 2);
            float[] single = [.. x.Select(v => (float)v)];
            foreach (int width in KernelRunner.Widths)
            {
                using IDisposable forced = SimdWidth.Force(width);
                double[] y = KernelRunner.Reduce(kernel, x, outer, axis, inner);
                float[] ySingle = KernelRunner.Reduce(kernel, single, outer, axis, inner);
                for (int o = 0; o < outer; o++)
                {
                    for (int i = 0; i < inner; i += 1 + inner / 7)
                    {
                        double[] terms = [.. Enumerable.Range(0, axis).Select(a => x[(o * axis + a) * inner + i])];
                        double expected = definition(terms), scale = Math.Max(1e-300, terms.Sum(magnitude));
                        string what = $"{typeof(R).Name} [{outer}, {axis}, {inner}] at ({o}, {i}), width {width}";
                        Assert.That(y[o * inner + i], Is.EqualTo(expected).Within(1e-14 * scale * tolerance), what);
                        double expectedSingle = definition(terms.Select(v => (double)(float)v));
                        Assert.That(ySingle[o * inner + i], Is.EqualTo((float)expectedSingle).Within(1e-6 * scale * tolerance), what);
                    }
                }
            }
        }
    }

    [Test]
    public void Sums_follow_the_definition_over_every_view()
    {
        Check(default(SumReduction), x => x.Sum(), Math.Abs);
        Check(default(SumOfSquaresReduction), x => x.Sum(v => v * v), v => v * v);
        Check(default(SumOfMagnitudesReduction), x => x.Sum(Math.Abs), Math.Abs);
    }

    [Test]
    public void Extremes_are_exact_over_every_view()
    {
        Check(default(MaxReduction), x => x.Aggregate(double.NegativeInfinity, Math.Max), _ => 0);
        Check(default(MinReduction), x => x.Aggregate(double.PositiveInfinity, Math.Min), _ => 0);
    }

    [Test]
    public void Products_follow_the_definition()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            foreach (int length in KernelRunner.Lengths)
            {
                double[] x = KernelRunner.Random<double>(length, 0.9, 1.1);
                double expected = x.Aggregate(1.0, (a, b) => a * b);
                Assert.That(KernelRunner.Reduce(default(ProductReduction), x, 1, length, 1)[0],
                    Is.EqualTo(expected).Within(1e-12 * expected));
                double[] columns = KernelRunner.Reduce(default(ProductReduction), [.. x.SelectMany(v => new[] { v, -v })], 1, length, 2);
                Assert.That(columns[1], Is.EqualTo(length % 2 == 0 ? expected : -expected).Within(1e-12 * expected));
            }
        }
    }

    [Test]
    public void Rows_of_every_length_read_nothing_outside()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            foreach (int length in KernelRunner.Lengths)
            {
                float[] x = KernelRunner.Random<float>(length, 1, 2);
                Assert.That(KernelRunner.Reduce(default(SumReduction), x, 1, length, 1)[0],
                    Is.EqualTo(x.Sum(v => (double)v)).Within(1e-6 * length + 1e-30));
            }
        }
    }

    [Test]
    public void Ten_million_terms_are_summed_to_a_millionth_of_their_magnitudes()
    {
        const int count = 10_000_000;
        var x = new float[count];
        double exact = 0, magnitudes = 0;
        foreach (float offset in new[] { 0f, 0.7f })
        {
            var random = new Random(3);
            exact = magnitudes = 0;
            for (int i = 0; i < count; i++)
            {
                x[i] = offset == 0 ? 0.1f : (float)random.NextDouble() - offset;
                exact += x[i];
                magnitudes += Math.Abs(x[i]);
            }
            foreach (int width in KernelRunner.Widths)
            {
                using IDisposable forced = SimdWidth.Force(width);
                fixed (float* source = x)
                {
                    float sum = Reduction.All(default(SumReduction), source, count);
                    Assert.That(Math.Abs(sum - exact) / magnitudes, Is.LessThanOrEqualTo(1e-6), $"width {width}");
                    float column;
                    Reduction.Run(default(SumReduction), source, &column, 1, count / 2, 2);
                }
            }
        }
    }

    [Test]
    public void Nan_reaches_the_extremes_wherever_it_stands()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            for (int position = 0; position < 70; position += 3)
            {
                float[] x = KernelRunner.Random<float>(70, -1, 1);
                x[position] = float.NaN;
                Assert.That(KernelRunner.Reduce(default(MaxReduction), x, 1, 70, 1)[0], Is.NaN);
                Assert.That(KernelRunner.Reduce(default(MinReduction), x, 1, 70, 1)[0], Is.NaN);
                Assert.That(KernelRunner.Reduce(default(MaxReduction), x, 1, 7, 10).Count(float.IsNaN), Is.EqualTo(1));
            }
        }
    }

    [Test]
    public void Argmax_takes_the_first_of_equals_and_the_first_nan()
    {
        float[] x = [1, 3, 3, -0f, 0f, 0f, float.NaN, 9, float.NaN, -5, -5, 2];
        int[] y = new int[4];
        fixed (float* source = x)
        fixed (int* result = y)
        {
            ReductionArg.Max(source, result, 4, 3, 1);
            Assert.That(y, Is.EqualTo(new[] { 1, 0, 0, 2 }));
            ReductionArg.Min(source, result, 4, 3, 1);
            Assert.That(y, Is.EqualTo(new[] { 0, 0, 0, 0 }));
            ReductionArg.Max(source, result, 1, 6, 2);
            Assert.That(y[..2], Is.EqualTo(new[] { 3, 3 }));
        }
        int[] integers = [4, 9, 9, 2];
        fixed (int* source = integers, result = y)
        {
            ReductionArg.Max(source, result, 1, 4, 1);
            Assert.That(y[0], Is.EqualTo(1));
            ReductionArg.Min(source, result, 1, 4, 1);
            Assert.That(y[0], Is.EqualTo(3));
        }
    }

    [Test]
    public void Integers_and_truth_values_are_reduced_over_rows_and_columns()
    {
        int[] x = [1, 2, 3, 4, 5, 6];
        int[] y = new int[3];
        fixed (int* source = x, result = y)
        {
            ReductionInteger.Sum(source, result, 2, 3, 1);
            Assert.That(y[..2], Is.EqualTo(new[] { 6, 15 }));
            ReductionInteger.Sum(source, result, 1, 2, 3);
            Assert.That(y, Is.EqualTo(new[] { 5, 7, 9 }));
            ReductionInteger.Product(source, result, 1, 2, 3);
            Assert.That(y, Is.EqualTo(new[] { 4, 10, 18 }));
            ReductionInteger.Max(source, result, 2, 3, 1);
            Assert.That(y[..2], Is.EqualTo(new[] { 3, 6 }));
            ReductionInteger.Min(source, result, 1, 2, 3);
            Assert.That(y, Is.EqualTo(new[] { 1, 2, 3 }));
            ReductionInteger.Product(source, result, 1, 0, 3);
            Assert.That(y, Is.EqualTo(new[] { 1, 1, 1 }));
        }
        byte[] truth = [0, 1, 1, 1, 0, 0];
        byte[] any = new byte[2];
        fixed (byte* source = truth, result = any)
        {
            ReductionInteger.Max(source, result, 2, 3, 1);
            Assert.That(any, Is.EqualTo(new byte[] { 1, 1 }));
            ReductionInteger.Min(source, result, 3, 1, 2);
            ReductionInteger.Min(source, result, 1, 3, 2);
            Assert.That(any, Is.EqualTo(new byte[] { 0, 0 }));
        }
    }

    [TestCase(1, 5, 1)]
    [TestCase(3, 40, 1)]
    [TestCase(2, 9, 70)]
    [TestCase(2, 9, 3)]
    public void Running_sums_go_forwards_and_backwards(int outer, int axis, int inner)
    {
        foreach (bool reverse in new[] { false, true })
        {
            double[] x = KernelRunner.Random<double>(outer * axis * inner, -1, 1), y = new double[x.Length];
            fixed (double* source = x, result = y) ReductionCumulative.Sum(source, result, outer, axis, inner, reverse);
            for (int i = 0; i < x.Length; i++)
            {
                int column = i % inner, row = i / inner % axis, block = i / inner / axis;
                double expected = 0;
                for (int a = reverse ? row : 0; a < (reverse ? axis : row + 1); a++) expected += x[(block * axis + a) * inner + column];
                Assert.That(y[i], Is.EqualTo(expected).Within(1e-14));
            }
        }
    }

    [Test]
    public void A_running_sum_of_a_million_single_precision_terms_stays_accurate()
    {
        float[] x = new float[1_000_000], y = new float[x.Length];
        Array.Fill(x, 0.1f);
        fixed (float* source = x, result = y) ReductionCumulative.Sum(source, result, 1, x.Length, 1, reverse: false);
        Assert.That(y[^1], Is.EqualTo(0.1f * 1e6).Within(0.01));
    }
}
