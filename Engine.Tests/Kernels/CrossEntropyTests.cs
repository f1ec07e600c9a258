using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe class CrossEntropyTests
{
    private const int Rows = 6;

    private static double LogSumExp(ReadOnlySpan<double> x)
    {
        double maximum = double.NegativeInfinity, sum = 0;
        foreach (double v in x) maximum = Math.Max(maximum, v);
        foreach (double v in x) sum += Math.Exp(v - maximum);
        return maximum + Math.Log(sum);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(10)]
    [TestCase(17)]
    [TestCase(40)]
    [TestCase(5000)]
    public void Loss_and_gradient_with_labels_follow_their_formulas(int columns)
    {
        double[] x = KernelRunner.Random<double>(Rows * columns, -6, 6), dy = KernelRunner.Random<double>(Rows, 0.1, 1);
        int[] labels = [0, columns - 1, columns / 2, -1, columns / 3, 0];
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            double[] loss = new double[Rows], kept = new double[Rows * CrossEntropy.Statistics],
                dx = KernelRunner.Guarded(new double[x.Length], double.NaN);
            double[] guarded = KernelRunner.Guarded(x, double.NaN);
            fixed (double* px = guarded, pl = loss, pk = kept, pd = dx, ps = dy)
            fixed (int* label = labels)
            {
                CrossEntropy.Forward(px + 67, label, -1, pl, pk, Rows, columns);
                CrossEntropy.Gradient(px + 67, label, -1, pk, ps, false, pd + 67, Rows, columns);
            }
            double[] gradient = KernelRunner.Inside(dx, x.Length);
            for (int row = 0; row < Rows; row++)
            {
                double total = LogSumExp(x.AsSpan(row * columns, columns));
                double expected = labels[row] < 0 ? 0 : total - x[row * columns + labels[row]];
                Assert.That(loss[row], Is.EqualTo(expected).Within(1e-13), $"width {width}");
                for (int j = 0; j < columns; j++)
                {
                    double slope = Math.Exp(x[row * columns + j] - total) - (j == labels[row] ? 1 : 0);
                    Assert.That(gradient[row * columns + j], Is.EqualTo(labels[row] < 0 ? 0 : slope * dy[row]).Within(1e-14),
                        $"width {width}");
                }
            }
        }
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(16)]
    [TestCase(35)]
    public void Loss_and_gradient_with_soft_targets_follow_their_formulas(int columns)
    {
        double[] x = KernelRunner.Random<double>(Rows * columns, -6, 6), t = KernelRunner.Random<double>(Rows * columns, 0, 1, 2),
            dy = [0.25];
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            double[] loss = new double[Rows], kept = new double[Rows * CrossEntropy.Statistics], dx = new double[x.Length];
            fixed (double* px = x, pt = t, pl = loss, pk = kept, pd = dx, ps = dy)
            {
                CrossEntropy.Forward(px, pt, pl, pk, Rows, columns);
                CrossEntropy.Gradient(px, pt, pk, ps, true, pd, Rows, columns);
            }
            for (int row = 0; row < Rows; row++)
            {
                double total = LogSumExp(x.AsSpan(row * columns, columns)), expected = 0, weight = 0;
                for (int j = row * columns; j < (row + 1) * columns; j++)
                {
                    expected += t[j] * (total - x[j]);
                    weight += t[j];
                }
                Assert.That(loss[row], Is.EqualTo(expected).Within(1e-13 * Math.Max(1, expected)), $"width {width}");
                for (int j = row * columns; j < (row + 1) * columns; j++)
                {
                    Assert.That(dx[j], Is.EqualTo((Math.Exp(x[j] - total) * weight - t[j]) * 0.25).Within(1e-14), $"width {width}");
                }
            }
        }
    }

    [Test]
    public void Logits_of_ten_thousand_give_finite_losses_and_gradients()
    {
        float[] x = [1e4f, -1e4f, 0, -1e4f, 1e4f, 1e4f], dx = new float[6], loss = new float[2], kept = new float[6], dy = [1];
        int[] labels = [1, 2];
        fixed (float* px = x, pd = dx, pl = loss, pk = kept, ps = dy)
        fixed (int* label = labels)
        {
            CrossEntropy.Forward(px, label, null, pl, pk, 2, 3);
            CrossEntropy.Gradient(px, label, null, pk, ps, true, pd, 2, 3);
        }
        Assert.That(loss, Is.EqualTo(new[] { 2e4f, 0.6931472f }).Within(1e-6));
        Assert.That(dx, Is.EqualTo(new[] { 1f, -1f, 0, 0, 0.5f, -0.5f }).Within(1e-6));
    }

    [Test]
    public void A_class_without_weight_may_have_a_logit_of_minus_infinity()
    {
        double[] x = [0, double.NegativeInfinity], t = [1, 0], loss = new double[1], kept = new double[3], dx = new double[2], dy = [1];
        fixed (double* px = x, pt = t, pl = loss, pk = kept, pd = dx, ps = dy)
        {
            CrossEntropy.Forward(px, pt, pl, pk, 1, 2);
            CrossEntropy.Gradient(px, pt, pk, ps, true, pd, 1, 2);
        }
        Assert.That(loss[0], Is.Zero);
        Assert.That(dx, Is.All.EqualTo(0).Within(1e-15));
    }

    [Test]
    public void The_first_label_out_of_range_is_found()
    {
        int[] labels = [0, 9, -100, 10, -1];
        fixed (int* label = labels)
        {
            Assert.That(CrossEntropy.FirstBadLabel(label, 5, 10, -100), Is.EqualTo(3));
            Assert.That(CrossEntropy.FirstBadLabel(label, 5, 10, null), Is.EqualTo(2));
            Assert.That(CrossEntropy.FirstBadLabel(label, 2, 10, null), Is.EqualTo(-1));
        }
    }

    [Test]
    public void Binary_cross_entropy_follows_its_formula_and_keeps_small_losses()
    {
        double[] x = [.. KernelRunner.Random<double>(200, -30, 30), 1e4, -1e4, 1e4, -1e4, 20],
            t = [.. KernelRunner.Random<double>(200, 0, 1, 2), 1, 0, 0, 1, 1];
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            double[] loss = KernelRunner.Binary(default(BinaryCrossEntropyKernel), x, t), dx = new double[x.Length];
            float[] single = KernelRunner.Binary(default(BinaryCrossEntropyKernel), [20f, 1e4f, -1e4f], [1f, 1f, 1f]);
            fixed (double* px = x, pt = t, pd = dx)
            {
                double two = 2;
                Elementwise.Ternary(default(BinaryCrossEntropyGradientKernel), &two, px, pt, pd,
                    Broadcasting.Of([x.Length], [], [x.Length], [x.Length]));
            }
            for (int i = 0; i < x.Length; i++)
            {
                double log1p = Math.Exp(-Math.Abs(x[i])) is var e && e < 1e-9 ? e : Math.Log(1 + e);
                double expected = t[i] * (Math.Max(-x[i], 0) + log1p) + (1 - t[i]) * (Math.Max(x[i], 0) + log1p);
                Assert.That(loss[i], Is.EqualTo(expected).Within(1e-12 * Math.Max(1, expected)), $"x {x[i]}, t {t[i]}");
                Assert.That(dx[i], Is.EqualTo(2 * (1 / (1 + Math.Exp(-x[i])) - t[i])).Within(1e-14));
            }
            Assert.That(single[0], Is.EqualTo(2.0611537e-9f).Within(1e-15));
            Assert.That(single[1..], Is.EqualTo(new[] { 0f, 1e4f }));
        }
    }
}
