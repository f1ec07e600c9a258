using System.Numerics;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>Pooling against scalar loops in double, at every register width, in poisoned buffers.</summary>
[NonParallelizable]
internal sealed unsafe class PoolingTests
{
    private static readonly int[] Widths = [512, 256, 128, 0];
    private static readonly PoolingKind[] Kinds = Enum.GetValues<PoolingKind>();

    private static readonly PoolingShape[] Shapes =
    [
        Shape(1, 1, 1, 1, 1, 1, 1, 1),
        Shape(2, 6, 8, 17, 2, 2, 2, 2),
        Shape(2, 7, 9, 33, 2, 2, 2, 2),
        Shape(1, 9, 10, 5, 3, 2, 3, 2),
        Shape(2, 8, 8, 19, 3, 3, 2, 2) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 },
        Shape(1, 7, 7, 16, 3, 3, 1, 1) with { PadTop = 2, PadRight = 2 },
        Shape(1, 11, 12, 3, 2, 2, 3, 4),
        Shape(3, 1, 23, 6, 1, 4, 1, 3) with { PadLeft = 1, PadRight = 3 },
        Shape(1, 5, 6, 40, 5, 6, 5, 6),
        Shape(1, 40, 50, 20, 2, 2, 2, 2),
        Shape(1, 6, 6, 8, 2, 2, 2, 2) with { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 },
    ];

    [Test]
    public void Forward_equals_the_formula([ValueSource(nameof(Widths))] int width, [ValueSource(nameof(Kinds))] PoolingKind kind)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach (PoolingShape shape in Shapes)
        {
            Check<float>(kind, shape, 1e-6);
            Check<double>(kind, shape, 1e-14);
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void A_tie_sends_its_gradient_to_the_first_maximum(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        PoolingShape shape = Shape(1, 2, 4, 1, 2, 2, 2, 2);
        float[] x = [1, 5, 3, 3, 5, 5, 3, 3], y = new float[2], dy = [7, 9], dx = new float[8];
        fixed (float* px = x, py = y, pdy = dy, pdx = dx)
        {
            Pooling.Forward(PoolingKind.Max, shape, px, py);
            Pooling.Backward(PoolingKind.Max, shape, px, py, pdy, pdx);
        }

        Assert.That(y, Is.EqualTo(new float[] { 5, 3 }));
        Assert.That(dx, Is.EqualTo(new float[] { 0, 7, 9, 0, 0, 0, 0, 0 }));
    }

    [TestCaseSource(nameof(Widths))]
    public void A_maximum_over_NaN_is_NaN_and_its_gradient_goes_to_the_first_NaN(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach (int stride in new[] { 4, 1 })
        {
            foreach (int channels in new[] { 1, 16 })
            {
                PoolingShape shape = Shape(1, 1, 4, channels, 1, 4, 1, stride);
                float[] values = [2, float.NaN, 9, float.NaN];
                float[] x = new float[4 * channels], y = new float[channels], dy = new float[channels], dx = new float[4 * channels];
                for (int i = 0; i < x.Length; i++)
                {
                    x[i] = values[i / channels];
                }

                Array.Fill(dy, 3);
                fixed (float* px = x, py = y, pdy = dy, pdx = dx)
                {
                    Pooling.Forward(PoolingKind.Max, shape, px, py);
                    Pooling.Backward(PoolingKind.Max, shape, px, py, pdy, pdx);
                }

                Assert.That(y, Is.All.NaN);
                for (int i = 0; i < dx.Length; i++)
                {
                    Assert.That(dx[i], Is.EqualTo(i / channels == 1 ? 3 : 0), $"{width} bits, stride {stride}, {i}");
                }
            }
        }
    }

    [Test]
    public void One_NaN_anywhere_in_the_window_is_the_maximum_and_takes_the_gradient(
        [ValueSource(nameof(Widths))] int width, [Values(2, 4, 5)] int window, [Values(1, 16)] int channels)
    {
        using IDisposable _ = SimdWidth.Force(width);
        PoolingShape shape = Shape(1, 1, window, channels, 1, window, 1, window);
        for (int place = 0; place < window; place++)
        {
            float[] x = new float[window * channels], y = new float[channels], dy = new float[channels], dx = new float[window * channels];
            for (int i = 0; i < x.Length; i++)
            {
                x[i] = i / channels == place ? float.NaN : i % 3 == 0 ? float.PositiveInfinity : -i;
            }

            Array.Fill(dy, 3);
            fixed (float* px = x, py = y, pdy = dy, pdx = dx)
            {
                Pooling.Forward(PoolingKind.Max, shape, px, py);
                Pooling.Backward(PoolingKind.Max, shape, px, py, pdy, pdx);
            }

            Assert.That(y, Is.All.NaN);
            Assert.That(dx, Is.EqualTo(Enumerable.Range(0, x.Length).Select(i => i / channels == place ? 3f : 0f)));
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void Bits_do_not_depend_on_the_number_of_threads(PoolingKind kind)
    {
        PoolingShape shape = Shape(3, 60, 41, 24, 3, 3, 2, 2) with { PadTop = 1, PadLeft = 1 };
        int inputs = 3 * 60 * 41 * 24, outputs = 3 * shape.OutputHeight * shape.OutputWidth * 24;
        byte[]? first = null;
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            int former = Parallelism.MaxThreads;
            Parallelism.MaxThreads = threads;
            try
            {
                using var x = new GuardedBuffer<float>(inputs, 1);
                using var dy = new GuardedBuffer<float>(outputs, 2);
                using var result = new GuardedBuffer<float>(inputs + outputs, 3);
                Pooling.Forward(kind, shape, x.Pointer, result.Pointer);
                Pooling.Backward(kind, shape, x.Pointer, result.Pointer, dy.Pointer, result.Pointer + outputs);
                byte[] bits = MemoryMarshal.AsBytes(result.Span).ToArray();
                first ??= bits;
                Assert.That(bits.AsSpan().SequenceEqual(first), Is.True, $"{threads} threads");
            }
            finally
            {
                Parallelism.MaxThreads = former;
            }
        }
    }

    private static PoolingShape Shape(int batch, int height, int width, int channels, int windowHeight, int windowWidth, int strideHeight, int strideWidth)
        => new()
        {
            Batch = batch, InputHeight = height, InputWidth = width, Channels = channels, WindowHeight = windowHeight, WindowWidth = windowWidth,
            StrideHeight = strideHeight, StrideWidth = strideWidth,
        };

    private static void Check<T>(PoolingKind kind, PoolingShape s, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = s.Batch * s.InputHeight * s.InputWidth * s.Channels, outputs = s.Batch * s.OutputHeight * s.OutputWidth * s.Channels;
        using var x = new GuardedBuffer<T>(inputs, 1);
        using var y = new GuardedBuffer<T>(outputs, 2);
        using var dy = new GuardedBuffer<T>(outputs, 3);
        using var dx = new GuardedBuffer<T>(inputs, 4);
        Pooling.Forward(kind, s, x.Pointer, y.Pointer);
        Pooling.Backward(kind, s, x.Pointer, y.Pointer, dy.Pointer, dx.Pointer);
        var gradient = new double[inputs];
        for (int n = 0; n < s.Batch; n++)
        for (int i = 0; i < s.OutputHeight; i++)
        for (int j = 0; j < s.OutputWidth; j++)
        for (int c = 0; c < s.Channels; c++)
        {
            var window = new List<int>();
            for (int p = 0; p < s.WindowHeight; p++)
            for (int q = 0; q < s.WindowWidth; q++)
            {
                int h = (i * s.StrideHeight) + p - s.PadTop, w = (j * s.StrideWidth) + q - s.PadLeft;
                if (h >= 0 && h < s.InputHeight && w >= 0 && w < s.InputWidth)
                {
                    window.Add((((((n * s.InputHeight) + h) * s.InputWidth) + w) * s.Channels) + c);
                }
            }

            int at = (((((n * s.OutputHeight) + i) * s.OutputWidth) + j) * s.Channels) + c;
            double got = double.CreateChecked(y.Span[at]), incoming = double.CreateChecked(dy.Span[at]);
            if (kind is PoolingKind.Max or PoolingKind.RectifiedMax)
            {
                int best = window[0];
                foreach (int candidate in window)
                {
                    best = x.Span[candidate] > x.Span[best] ? candidate : best;
                }

                Assert.That(y.Span[at], Is.EqualTo(x.Span[best]));
                gradient[best] += kind == PoolingKind.Max || x.Span[best] > T.Zero ? incoming : 0;
                continue;
            }

            double divisor = kind switch
            {
                PoolingKind.Average => window.Count,
                PoolingKind.AverageCountingPadding => s.WindowHeight * s.WindowWidth,
                _ => 1,
            };
            double sum = 0;
            foreach (int index in window)
            {
                sum += double.CreateChecked(x.Span[index]);
                gradient[index] += incoming / divisor;
            }

            Assert.That(got, Is.EqualTo(sum / divisor).Within(tolerance * 30), $"{kind} {s}");
        }

        for (int i = 0; i < inputs; i++)
        {
            if (!(Math.Abs(double.CreateChecked(dx.Span[i]) - gradient[i]) <= tolerance * 10))
            {
                Assert.Fail($"{typeof(T).Name} {kind} {s}: gradient [{i}] got {dx.Span[i]}, wanted {gradient[i]}");
            }
        }

        y.AssertMarginsUntouched();
        dx.AssertMarginsUntouched();
    }
}
