using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe class SoftmaxTests
{
    private static readonly int[] Columns = [1, 2, 3, 7, 8, 10, 15, 16, 17, 31, 33, 64, 65, 100, 1000, 5003];

    private delegate void RowsFunction(double* x, double* dy, double* y, nint rows, nint columns);

    private static double[] Run(RowsFunction function, double[] x, double[] dy, int rows, int columns)
    {
        double[] input = KernelRunner.Guarded(x, double.NaN), seed = KernelRunner.Guarded(dy, double.NaN);
        double[] output = KernelRunner.Guarded(new double[x.Length], double.NaN);
        fixed (double* px = input, pd = seed, py = output) function(px + 67, pd + 67, py + 67, rows, columns);
        return KernelRunner.Inside(output, x.Length);
    }

    private static double[] Reference(double[] x, int columns, bool logarithm)
    {
        double[] y = new double[x.Length];
        for (int start = 0; start < x.Length; start += columns)
        {
            double maximum = x.Skip(start).Take(columns).Max(), sum = 0;
            for (int j = 0; j < columns; j++) sum += Math.Exp(x[start + j] - maximum);
            for (int j = 0; j < columns; j++)
            {
                double log = x[start + j] - maximum - Math.Log(sum);
                y[start + j] = logarithm ? log : Math.Exp(log);
            }
        }
        return y;
    }

    [TestCaseSource(nameof(Columns))]
    public void Softmax_and_its_logarithm_and_gradients_follow_their_formulas(int columns)
    {
        const int rows = 5;
        double[] x = KernelRunner.Random<double>(rows * columns, -8, 8), dy = KernelRunner.Random<double>(rows * columns, -1, 1, 2);
        double[] softmax = Reference(x, columns, false), logSoftmax = Reference(x, columns, true);
        double[] dx = new double[x.Length], logDx = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int start = i / columns * columns;
            double dot = 0, sum = 0;
            for (int j = start; j < start + columns; j++)
            {
                dot += dy[j] * softmax[j];
                sum += dy[j];
            }
            dx[i] = softmax[i] * (dy[i] - dot);
            logDx[i] = dy[i] - softmax[i] * sum;
        }
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            Assert.Multiple(() =>
            {
                Assert.That(Run((a, _, y, r, c) => Softmax.Forward(a, y, r, c), x, dy, rows, columns), Is.EqualTo(softmax).Within(1e-14));
                Assert.That(Run((a, _, y, r, c) => Softmax.LogForward(a, y, r, c), x, dy, rows, columns),
                    Is.EqualTo(logSoftmax).Within(1e-13));
                Assert.That(Run(Softmax.Gradient, softmax, dy, rows, columns), Is.EqualTo(dx).Within(1e-14));
                Assert.That(Run(Softmax.LogGradient, logSoftmax, dy, rows, columns), Is.EqualTo(logDx).Within(1e-12));
            });
        }
    }

    [Test]
    public void Logits_of_ten_thousand_and_the_infinities_are_safe()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] x = [1e4f, -1e4f, 1e4f, 0, float.NegativeInfinity, 0, 5, float.NaN, 5];
            float[] y = new float[9], log = new float[9], total = new float[3];
            fixed (float* px = x, py = y, pl = log, pt = total)
            {
                Softmax.Forward(px, py, 3, 3);
                Softmax.LogForward(px, pl, 3, 3);
                Softmax.LogSumExp(px, pt, 3, 3);
            }
            Assert.Multiple(() =>
            {
                Assert.That(y[..6], Is.EqualTo(new[] { 0.5f, 0, 0.5f, 0.5f, 0, 0.5f }));
                Assert.That(log[..3], Is.EqualTo(new[] { -0.6931472f, -20000.693f, -0.6931472f }).Within(1).Ulps);
                Assert.That(log[4], Is.EqualTo(float.NegativeInfinity));
                Assert.That(y[6..], Is.All.NaN);
                Assert.That(total[0], Is.EqualTo(1e4f + 0.6931472f));
                Assert.That(total[2], Is.NaN);
            });
        }
    }

    [TestCase(0f)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void NaN_anywhere_in_a_row_shows_in_the_whole_row_whatever_else_stands_there(float others)
    {
        const int columns = 77;
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            for (int at = 0; at < columns; at++)
            {
                float[] x = new float[columns], y = new float[columns], log = new float[columns], total = new float[1];
                Array.Fill(x, others);
                x[at] = float.NaN;
                fixed (float* px = x, py = y, pl = log, pt = total)
                {
                    Softmax.Forward(px, py, 1, columns);
                    Softmax.LogForward(px, pl, 1, columns);
                    Softmax.LogSumExp(px, pt, 1, columns);
                }
                Assert.That(y, Is.All.NaN);
                Assert.That(log, Is.All.NaN);
                Assert.That(total[0], Is.NaN);
            }
        }
    }

    [Test]
    public void Log_sum_exp_has_its_limits()
    {
        double[] x = [double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity, 1, 0, 0];
        double[] y = new double[3];
        fixed (double* px = x, py = y)
        {
            Softmax.LogSumExp(px, py, 3, 2);
            Assert.That(y, Is.EqualTo(new[] { double.NegativeInfinity, double.PositiveInfinity, Math.Log(2) }).Within(1e-15));
            Softmax.LogSumExp(px, py, 3, 0);
            Assert.That(y, Is.All.EqualTo(double.NegativeInfinity));
        }
    }
}
