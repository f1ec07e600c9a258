using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>The same bits for one thread and many: every kernel that shares out its work.</summary>
[TestFixture]
public unsafe class ThreadIndependenceTests
{
    private const int Length = 300_007;

    private static byte[] Bits(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static TestCaseData Case(string name, Func<float[], float[]> run) => new TestCaseData(run).SetArgDisplayNames(name);

    private static TestCaseData[] Kernels() =>
    [
        Case("unary", x => KernelRunner.Unary(default(GeluKernel), x)),
        Case("binary", x => KernelRunner.Binary(default(SiluGradientKernel), x, x)),
        Case("broadcast", x =>
        {
            float[] y = new float[700 * 425];
            fixed (float* px = x, py = y) Elementwise.Binary(default(SubtractKernel), px, px, py,
                Broadcasting.Of([700, 425], [700, 1], [425]));
            return y;
        }),
        Case("short rows", x =>
        {
            float[] y = new float[100_000 * 3];
            fixed (float* px = x, py = y) Elementwise.Binary(default(SubtractKernel), px, px, py,
                Broadcasting.Of([100_000, 3], [100_000, 1], [3]));
            return y;
        }),
        Case("sum of all", x => KernelRunner.Reduce(default(SumReduction), x, 1, Length, 1)),
        Case("sum of rows", x => KernelRunner.Reduce(default(SumReduction), x[..300_000], 3000, 100, 1)),
        Case("sum of columns", x => KernelRunner.Reduce(default(SumReduction), x[..300_000], 1, 3000, 100)),
        Case("sum of few columns", x => KernelRunner.Reduce(default(SumReduction), x[..300_000], 1, 100_000, 3)),
        Case("sums of rows that share an index, few and many", x =>
        {
            int[] indices = [.. Enumerable.Range(0, 3000).Select(i => i * 7919 % 1009)];
            float[] many = new float[1009 * 100], few = new float[100 * 3000];
            fixed (float* px = x, pm = many, pf = few)
            fixed (int* index = indices)
            {
                RowScatter.Sum(1, px, 100, index, 3000, 100, pm, 1009, 100);
                for (int i = 0; i < 100; i++) index[i] %= 10;
                RowScatter.Sum(1, px, 3000, index, 100, 3000, pf, 10, 3000);
            }
            return [.. many, .. few];
        }),
        Case("softmax and its gradient", x =>
        {
            float[] y = new float[300_000], dx = new float[300_000];
            fixed (float* px = x, py = y, pd = dx)
            {
                Softmax.Forward(px, py, 300, 1000);
                Softmax.Gradient(py, px, pd, 300, 1000);
            }
            return dx;
        }),
        Case("cross-entropy", x =>
        {
            float[] dx = new float[300_000], kept = new float[900], loss = new float[300];
            int[] labels = new int[300];
            fixed (float* px = x, pd = dx, pk = kept, pl = loss)
            fixed (int* label = labels)
            {
                CrossEntropy.Forward(px, label, null, pl, pk, 300, 1000);
                CrossEntropy.Gradient(px, label, null, pk, pl, false, pd, 300, 1000);
            }
            return dx;
        }),
        Case("normalization of columns and its gradient", x => Normalize(new ColumnLayout(1, 3000, 100), x)),
        Case("normalization of few columns", x => Normalize(new ColumnLayout(1, 100_000, 3), x)),
        Case("normalization of the columns of samples", x => Normalize(new ColumnLayout(10, 300, 100), x)),
        Case("normalization of rows and its gradient", x =>
        {
            float[] y = new float[300_000], kept = new float[2 * 3000], dx = new float[300_000], dgamma = new float[100],
                dbeta = new float[100];
            float[] scratch = new float[RowNormalization.ScratchLength(3000, 100)];
            fixed (float* px = x, py = y, pk = kept, pd = dx, pg = dgamma, pb = dbeta, ps = scratch)
            {
                RowNormalization.Forward(px, px, px + 100, 1e-3f, py, pk, 3000, 100);
                RowNormalization.Gradient(px, px, pk, py, pd, pg, pb, ps, 3000, 100);
            }
            return [.. dx, .. dgamma, .. dbeta];
        }),
        Case("adam", x =>
        {
            float[] w = [.. x], m = new float[Length], v = new float[Length];
            fixed (float* p = w, g = x, pm = m, pv = v) OptimizerSteps.Adam(p, g, pm, pv, null, Length,
                new AdamSettings(1e-3, 0.9, 0.999, 1e-7, 0), 1);
            return w;
        }),
        Case("nadam, clipped", x =>
        {
            float[] w = [.. x], m = new float[Length], v = new float[Length];
            fixed (float* p = w, g = x, pm = m, pv = v)
            {
                OptimizerSteps.Nadam(
                    p, g, pm, pv, Length, new StepRate(1e-3, 0), new NadamSettings(0.9, 0.999, 1e-7, 1e-3, 1e-3, 1),
                    new GradientForm(0.3, 0.1));
            }
            return w;
        }),
        Case("sum of squares and moving average", x =>
        {
            float[] average = [.. x];
            fixed (float* a = average, g = x)
            {
                OptimizerSteps.MoveAverage(a, g, Length, 0.9);
                OptimizerSteps.Accumulate(a, g, Length);
                return [.. average, (float)OptimizerSteps.SumOfSquares(g, Length)];
            }
        }),
        Case("running sum", x =>
        {
            float[] y = new float[300_000];
            fixed (float* px = x, py = y) ReductionCumulative.Sum(px, py, 30, 100, 100, reverse: true);
            return y;
        }),
        Case("images sampled and the adjoint", x =>
        {
            float[] y = new float[30 * 50 * 40 * 3], dx = new float[300_000];
            double[] maps = [.. Enumerable.Range(0, 30).SelectMany(n => (double[])[0.9, 0.1 * n, -2, -0.1 * n, 1.1, n])];
            var shape = new ImageSamplingShape(30, 50, 50, 50, 40, 3, true, ImageBorder.Reflect, false);
            fixed (float* px = x, py = y, pd = dx)
            fixed (double* map = maps)
            {
                ImageSampling<float>.Forward(shape, map, px, py, 0);
                ImageSampling<float>.Adjoint(shape, map, pd, py);
            }
            return [.. y, .. dx];
        }),
        Case("random normal", x =>
        {
            float[] y = new float[Length];
            new RandomGenerator(4).FillTruncatedNormal<float>(y);
            return y;
        }),
    ];

    private static float[] Normalize(ColumnLayout layout, float[] x)
    {
        nint columns = layout.Samples * layout.Columns;
        float[] mean = new float[columns], squares = new float[columns], sum = new float[columns], product = new float[columns];
        float[] y = new float[300_000],
            scratch = new float[Math.Max(ColumnSums.ScratchLength(layout), ColumnNormalization.ScratchLength(layout))];
        fixed (float* px = x, py = y, pm = mean, pq = squares, ps = sum, pp = product, work = scratch)
        {
            ColumnSums.Moments(layout, px, pm, pq, work);
            ColumnNormalization.Gradient(layout, px, px, px, py, work);
            ColumnSums.Products(layout, px, py, pm, ps, pp, work);
        }
        return [.. mean, .. squares, .. sum, .. product, .. y];
    }

    [TestCaseSource(nameof(Kernels))]
    public void Any_number_of_threads_gives_the_same_bits(Func<float[], float[]> kernel)
    {
        float[] x = KernelRunner.Random<float>(Length, -3, 3);
        int former = WorkerTeam.Size;
        try
        {
            WorkerTeam.Size = 1;
            byte[] one = Bits(kernel(x));
            foreach (int threads in new[] { 2, 3, 8 })
            {
                WorkerTeam.Size = threads;
                Assert.That(Bits(kernel(x)).AsSpan().SequenceEqual(one), Is.True, $"{threads} threads");
            }
        }
        finally
        {
            WorkerTeam.Size = former;
        }
    }
}
