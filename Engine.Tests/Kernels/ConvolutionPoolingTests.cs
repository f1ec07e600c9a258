using System.Numerics;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>The pass through convolution, ReLU and pooling against the kernels that do one thing each, which their own tests hold to the formulas.</summary>
[NonParallelizable]
public sealed unsafe class ConvolutionPoolingTests
{
    private static readonly int[] Widths = [512, 256, 128, 0];

    private static readonly (ConvolutionShape Shape, int Height, int Width)[] Cases =
    [
        (Shape(3, 12, 10, 1, 32, 3, 3), 2, 2),
        (Shape(2, 13, 11, 3, 19, 3, 2) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 2 }, 2, 2),
        (Shape(1, 11, 12, 2, 5, 3, 3) with { StrideHeight = 2, DilationWidth = 2, PadTop = 2, PadLeft = 1 }, 3, 2),
        (Shape(2, 6, 7, 4, 8, 1, 1), 1, 1),
        (Shape(1, 9, 9, 4, 6, 2, 2) with { Groups = 2, PadBottom = 1 }, 2, 3),
        (Shape(1, 3, 4, 1, 4, 2, 2) with { PadTop = 9, PadBottom = 9, PadLeft = 1 }, 2, 2),
        (Shape(1, 64, 70, 1, 33, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 }, 2, 2),
        (Shape(1, 1, 40, 2, 16, 1, 5), 1, 4),
        (Shape(3, 13, 12, 16, 24, 3, 3), 2, 2),
        (Shape(2, 9, 11, 33, 19, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 }, 2, 2),
    ];

    [TestCaseSource(nameof(Widths))]
    public void The_pass_gives_what_convolution_and_pooling_give(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach ((ConvolutionShape shape, int height, int across) in Cases)
        {
            Check<float>(shape, Pool(shape, height, across), 1e-5);
            Check<double>(shape, Pool(shape, height, across), 1e-13);
        }
    }

    [Test]
    public void It_is_for_short_sums_and_transformed_tiles_and_windows_side_by_side()
    {
        ConvolutionShape first = Shape(32, 28, 28, 1, 32, 3, 3), tiles = Shape(32, 13, 13, 32, 64, 3, 3), depthwise = Shape(2, 9, 9, 8, 8, 3, 3) with { Groups = 8 };
        Assert.That(ConvolutionPooling.Applies(first, Pool(first, 2, 2)), Is.True);
        Assert.That(ConvolutionPooling.Applies(first, Pool(first, 2, 2) with { StrideWidth = 1 }), Is.False);
        Assert.That(ConvolutionPooling.Applies(first, Pool(first, 2, 2) with { PadTop = 1 }), Is.False);
        Assert.That(ConvolutionPooling.Applies(tiles, Pool(tiles, 2, 2)), Is.True);
        Assert.That(ConvolutionPooling.Applies(tiles, Pool(tiles, 3, 2)), Is.False);
        Assert.That(ConvolutionPooling.HasKernelGradient(tiles), Is.False);
        Assert.That(ConvolutionPooling.Applies(depthwise, Pool(depthwise, 2, 2)), Is.False);
    }

    [Test]
    public void Bits_do_not_depend_on_the_number_of_threads()
    {
        foreach (ConvolutionShape shape in new[] { Shape(3, 90, 80, 1, 32, 3, 3) with { PadTop = 1 }, Shape(5, 27, 25, 32, 40, 3, 3) })
        {
            AssertSameBits(shape, Pool(shape, 2, 2));
        }
    }

    private static void AssertSameBits(ConvolutionShape shape, PoolingShape pool)
    {
        byte[]? first = null;
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            int former = Parallelism.MaxThreads;
            Parallelism.MaxThreads = threads;
            try
            {
                using var results = new Results<float>(shape, pool);
                byte[] bits = [.. Bytes(results.Y), .. Bytes(results.Places), .. Bytes(results.Spread), .. Bytes(results.Dw), .. Bytes(results.Db)];
                first ??= bits;
                Assert.That(bits.AsSpan().SequenceEqual(first), Is.True, $"{threads} threads");
            }
            finally
            {
                Parallelism.MaxThreads = former;
            }
        }

        static byte[] Bytes(GuardedBuffer<float> buffer) => MemoryMarshal.AsBytes(buffer.Span).ToArray();
    }

    private static void Check<T>(ConvolutionShape shape, PoolingShape pool, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var results = new Results<T>(shape, pool);
        int pooled = results.Y.Span.Length;
        using var whole = new GuardedBuffer<T>((int)shape.OutputSize, 1);
        using var y = new GuardedBuffer<T>(pooled, 1);
        using var dwhole = new GuardedBuffer<T>((int)shape.OutputSize, 1);
        using var dw = new GuardedBuffer<T>((int)shape.KernelSize, 1);
        using var db = new GuardedBuffer<T>(shape.OutputChannels, 1);
        Convolution.Forward(shape, results.X.Pointer, results.W.Pointer, whole.Pointer, results.Bias.Pointer, relu: true);
        Pooling.Forward(PoolingKind.Max, pool, whole.Pointer, y.Pointer);
        Assert.That(Same(results.Y, y), Is.True, $"y of {shape} and {pool}");
        Assert.That(y.Span.ToArray().Count(value => value == T.Zero), Is.LessThan(pooled), "something passes the ReLU");
        Assert.That(y.Span.ToArray(), Has.Some.NaN);

        Pooling.Backward(PoolingKind.RectifiedMax, pool, whole.Pointer, y.Pointer, results.Dy.Pointer, dwhole.Pointer);
        Assert.That(Same(results.Spread, dwhole), Is.True, $"spread of {shape} and {pool}");

        results.AssertMarginsUntouched();
        if (!ConvolutionPooling.HasKernelGradient(shape))
        {
            return;
        }

        // A NaN of x has been tested by then: it would be all that the sums show.
        results.ClearNaN();
        Convolution.KernelGradient(shape, results.X.Pointer, dwhole.Pointer, dw.Pointer, db.Pointer);
        Close(results.Dw, dw, tolerance, $"dw of {shape} and {pool}");
        Close(results.Db, db, tolerance, $"db of {shape} and {pool}");
        results.AssertMarginsUntouched();
    }

    private static bool Same<T>(GuardedBuffer<T> got, GuardedBuffer<T> wanted)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < wanted.Span.Length; i++)
        {
            if (got.Span[i] != wanted.Span[i] && !(T.IsNaN(got.Span[i]) && T.IsNaN(wanted.Span[i])))
            {
                return false;
            }
        }

        return true;
    }

    private static void Close<T>(GuardedBuffer<T> got, GuardedBuffer<T> wanted, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] right = [.. wanted.Span.ToArray().Select(double.CreateChecked)];
        Assert.That(got.Span.ToArray().Select(double.CreateChecked), Is.EqualTo(right).Within(tolerance * (1 + right.Max(Math.Abs))), what);
    }

    private static ConvolutionShape Shape(int batch, int height, int width, int channels, int filters, int kernelHeight, int kernelWidth) => new()
    {
        Batch = batch, InputHeight = height, InputWidth = width, InputChannels = channels, OutputChannels = filters,
        KernelHeight = kernelHeight, KernelWidth = kernelWidth,
    };

    private static PoolingShape Pool(ConvolutionShape shape, int height, int width) => new()
    {
        Batch = shape.Batch, InputHeight = shape.OutputHeight, InputWidth = shape.OutputWidth, Channels = shape.OutputChannels,
        WindowHeight = height, WindowWidth = width, StrideHeight = height, StrideWidth = width,
    };

    /// <summary>The pass forward and back, on an x with one NaN going forward.</summary>
    private sealed class Results<T> : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ConvolutionShape shape;
        private readonly PoolingShape pool;

        public Results(ConvolutionShape shape, PoolingShape pool)
        {
            (this.shape, this.pool) = (shape, pool);
            int pooled = pool.Batch * pool.OutputHeight * pool.OutputWidth * pool.Channels;
            (X, W, Bias) = (new((int)shape.InputSize, 2), new((int)shape.KernelSize, 3), new(shape.OutputChannels, 4));
            (Y, Places, Dy) = (new(pooled, 5), new(pooled, 6), new(pooled, 7));
            (Spread, Dw, Db) = (new((int)shape.OutputSize, 8), new((int)shape.KernelSize, 9), new(shape.OutputChannels, 10));
            X.Span[0] = T.NaN;
            ConvolutionPooling.Forward(shape, pool, X.Pointer, W.Pointer, Bias.Pointer, Y.Pointer, null);
            T[] withoutPlaces = Y.Span.ToArray();
            Y.Span.Clear();
            ConvolutionPooling.Forward(shape, pool, X.Pointer, W.Pointer, Bias.Pointer, Y.Pointer, Places.Pointer);
            Assert.That(Y.Span.ToArray(), Is.EqualTo(withoutPlaces));
            ConvolutionPooling.Spread(pool, Places.Pointer, Dy.Pointer, Spread.Pointer);
            Differentiate();
        }

        public GuardedBuffer<T> X { get; }

        public GuardedBuffer<T> W { get; }

        public GuardedBuffer<T> Bias { get; }

        public GuardedBuffer<T> Y { get; }

        public GuardedBuffer<T> Places { get; }

        public GuardedBuffer<T> Dy { get; }

        public GuardedBuffer<T> Spread { get; }

        public GuardedBuffer<T> Dw { get; }

        public GuardedBuffer<T> Db { get; }

        public void ClearNaN()
        {
            X.Span[0] = T.One;
            Differentiate();
        }

        public void AssertMarginsUntouched()
        {
            foreach (GuardedBuffer<T> buffer in new[] { X, W, Bias, Y, Places, Dy, Spread, Dw, Db })
            {
                buffer.AssertMarginsUntouched();
            }
        }

        public void Dispose()
        {
            foreach (GuardedBuffer<T> buffer in new[] { X, W, Bias, Y, Places, Dy, Spread, Dw, Db })
            {
                buffer.Dispose();
            }
        }

        private void Differentiate()
        {
            if (ConvolutionPooling.HasKernelGradient(shape))
            {
                ConvolutionPooling.KernelGradient(shape, pool, X.Pointer, Places.Pointer, Dy.Pointer, Dw.Pointer, Db.Pointer);
            }
        }
    }
}
