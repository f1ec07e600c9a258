using System.Numerics;

namespace Engine.Kernels;

/// <summary>Convolution, ReLU and the maximum over windows that tile its result in one pass, and the kernel's gradient back through
/// all three.</summary>
/// <remarks>
/// A band of the convolution's result is pooled while it lies in the cache, and its gradient is made of the pooled one's in the same way: the
/// largest tensors of a network never exist. Of each window the place of its maximum is kept. F-C1, F-P1.
/// </remarks>
internal static unsafe class ConvolutionPooling
{
    // Of the convolution's result, which stays in the second-level cache until it is pooled.
    private const int BandBytes = 131_072;

    // Longer sums take their time anyway, and their kernels are not packed anew for each band in no time.
    private const int MaxProducts = 160;

    /// <summary>Whether there is such a pass: for first layers, whose results are large for what they take, and where a window is a tile of
    /// <see cref="Winograd"/>'s.</summary>
    public static bool Applies(in ConvolutionShape shape, in PoolingShape pool) =>
        pool.Tiles && (Winograd.Applies(shape) ? pool is { WindowHeight: 2, WindowWidth: 2 } : BandsPay(shape));

    /// <summary>Whether <see cref="KernelGradient{T}"/> is there, where <see cref="Applies"/>; else <see cref="Spread"/> comes first.</summary>
    public static bool HasKernelGradient(in ConvolutionShape shape) => Convolution.MasksKernelGradient(shape);

    private static bool BandsPay(in ConvolutionShape shape) =>
        shape.KernelHeight * shape.KernelWidth * shape.GroupInputs <= MaxProducts && Convolution.MasksKernelGradient(shape);

    /// <summary>y(n, i, j, f) = max(0, convolution + bias(f)), the largest under the window.</summary>
    /// <param name="shape">The convolution's sizes.</param>
    /// <param name="pool">The pooling's sizes.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="w">(KH, KW, C/groups, F).</param>
    /// <param name="bias">(F), or null.</param>
    /// <param name="y">The pooled result, overwritten.</param>
    /// <param name="places">As large as y: the window's first place, row by row, that has its maximum; −1 where that is 0 or NaN; or null.</param>
    public static void Forward<T>(in ConvolutionShape shape, in PoolingShape pool, T* x, T* w, T* bias, T* y, T* places)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: ForwardJob<Simd512<T>, T>.Start(shape, pool, x, w, bias, y, places); break;
            case 256: ForwardJob<Simd256<T>, T>.Start(shape, pool, x, w, bias, y, places); break;
            case 128: ForwardJob<Simd128<T>, T>.Start(shape, pool, x, w, bias, y, places); break;
            default: ForwardJob<SimdScalar<T>, T>.Start(shape, pool, x, w, bias, y, places); break;
        }
    }

    /// <summary>The gradient of the convolution's result, 0 but at the places.</summary>
    /// <param name="pool">The pooling's sizes.</param>
    /// <param name="places">What <see cref="Forward"/> has noted.</param>
    /// <param name="dy">The gradient of the pooled result.</param>
    /// <param name="dx">(N, H, W, C) of the pooling, overwritten.</param>
    public static void Spread<T>(in PoolingShape pool, T* places, T* dy, T* dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: PoolingJob<Simd512<T>, T>.Start(PoolingKind.RectifiedMax, pool, null, null, dy, dx, places); break;
            case 256: PoolingJob<Simd256<T>, T>.Start(PoolingKind.RectifiedMax, pool, null, null, dy, dx, places); break;
            case 128: PoolingJob<Simd128<T>, T>.Start(PoolingKind.RectifiedMax, pool, null, null, dy, dx, places); break;
            default: PoolingJob<SimdScalar<T>, T>.Start(PoolingKind.RectifiedMax, pool, null, null, dy, dx, places); break;
        }
    }

    /// <summary><see cref="Convolution.KernelGradient{T}"/> of what <see cref="Spread"/> gives, which is never whole.</summary>
    /// <param name="shape">The convolution's sizes.</param>
    /// <param name="pool">The pooling's sizes.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="places">What <see cref="Forward"/> has noted.</param>
    /// <param name="dy">The gradient of the pooled result.</param>
    /// <param name="dw">(KH, KW, C/groups, F), overwritten.</param>
    /// <param name="db">(F), overwritten; or null.</param>
    public static void KernelGradient<T>(in ConvolutionShape shape, in PoolingShape pool, T* x, T* places, T* dy, T* dw, T* db)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: ConvolutionKernelGradient<Simd512<T>, T>.Compute(shape, x, dy, dw, db, null, pool, places); break;
            case 256: ConvolutionKernelGradient<Simd256<T>, T>.Compute(shape, x, dy, dw, db, null, pool, places); break;
            case 128: ConvolutionKernelGradient<Simd128<T>, T>.Compute(shape, x, dy, dw, db, null, pool, places); break;
            default: ConvolutionKernelGradient<SimdScalar<T>, T>.Compute(shape, x, dy, dw, db, null, pool, places); break;
        }
    }

    private struct ForwardJob<V, T> : IChunkJob
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private ConvolutionShape shape;
        private PoolingShape pool;
        private T* x, w, bias, y, places;
        private EvenSplit bands, chunks;

        public static void Start(in ConvolutionShape shape, in PoolingShape pool, T* x, T* w, T* bias, T* y, T* places)
        {
            if (Winograd.Applies(shape))
            {
                WinogradGather<V, T>.ForwardPooled(shape, x, w, y, bias, places);
                return;
            }

            nint windowRow = (nint)pool.StrideHeight * pool.InputWidth * pool.Channels * sizeof(T);
            var job = new ForwardJob<V, T> { shape = shape, pool = pool, x = x, w = w, bias = bias, y = y, places = places };
            job.bands = EvenSplit.AtMost(pool.OutputHeight, Math.Max(1, BandBytes / windowRow));
            nint units = shape.Batch * job.bands.Parts;
            job.chunks = new EvenSplit(units, Math.Clamp((nint)(shape.Operations / Gemm.ChunkOperations), 1, Math.Clamp(units, 1, 256)));
            WorkerTeam.Run(job, (int)job.chunks.Parts);
        }

        public readonly void Run(int chunk)
        {
            for (nint unit = chunks.Start(chunk); unit < chunks.Start(chunk + 1); unit++)
            {
                nint band = unit % bands.Parts;
                Band(unit / bands.Parts, (int)bands.Start(band), (int)bands.Start(band + 1));
            }
        }

        private readonly void Band(nint image, int first, int end)
        {
            // The rows under these windows, and what they read: an image of its own, with the padding that it meets.
            int firstRow = first * pool.StrideHeight, rows = (end - first) * pool.StrideHeight;
            int top = (firstRow * shape.StrideHeight) - shape.PadTop;
            int under = top + ((rows - 1) * shape.StrideHeight) + (shape.DilationHeight * (shape.KernelHeight - 1)) + 1;
            int begin = Math.Clamp(top, 0, shape.InputHeight), height = Math.Clamp(under, begin, shape.InputHeight) - begin;
            int padTop = Math.Max(0, begin - top);
            ConvolutionShape part = shape with { Batch = 1, InputHeight = height, PadTop = padTop, PadBottom = under - top - padTop - height };
            T* results = GemmScratch.Rent<T>(ScratchUse.MaskedRows, (nint)rows * pool.InputWidth * pool.Channels);
            T* source = x + (((image * shape.InputHeight) + begin) * shape.InputWidth * shape.InputChannels);
            ConvolutionGather<V, T>.Forward(part, source, w, results, bias, relu: true);
            PoolingJob<V, T>.Rows(pool, image, first, end, results, y, null, places);
        }
    }
}
