using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Forward convolution by <see cref="WinogradTransform{V, T}"/>.</summary>
internal static unsafe class WinogradGather<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // What a block's pieces and products take of the second-level cache, beside the kernel's positions that pass by.
    private const int BlockBytes = 262_144;

    /// <summary>See <see cref="Convolution.Forward{T}"/>.</summary>
    public static void Forward(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, bool relu) =>
        Start(shape, x, w, y, bias, relu, pooled: false, null);

    /// <summary>See <see cref="ConvolutionPooling.Forward{T}"/>, for windows of 2×2: a tile's results are one.</summary>
    public static void ForwardPooled(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, T* places) =>
        Start(shape, x, w, y, bias, relu: true, pooled: true, places);

    private static void Start(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, bool relu, bool pooled, T* places)
    {
        var job = new BlockJob
        {
            Shape = shape, X = x, Y = y, Bias = bias, Relu = relu, Pooled = pooled, Places = places, TileColumns = (shape.OutputWidth + 1) / 2,
            Kernel = Winograd<V, T>.PackKernel(w, shape.InputChannels, shape.OutputChannels, adjoint: false),
        };
        job.TilesOfImage = job.TileColumns * ((shape.OutputHeight + 1) / 2);
        nint tiles = shape.Batch * job.TilesOfImage, padded = GemmTiling<V, T>.PaddedColumns(shape.OutputChannels);
        nint bytes = Winograd<V, T>.Positions * (shape.InputChannels + padded) * sizeof(T);
        job.Blocks = EvenSplit.AtMost(tiles, Math.Clamp(BlockBytes / bytes / 6 * 6, 24, 96));
        double operations = 2.0 * Winograd<V, T>.Positions * tiles * shape.InputChannels * shape.OutputChannels;
        job.Chunks = new EvenSplit(job.Blocks.Parts, Math.Clamp((nint)(operations / Gemm.ChunkOperations), 1, Math.Min(job.Blocks.Parts, 256)));
        WorkerTeam.Run(job, (int)job.Chunks.Parts);
    }

    private struct BlockJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* X, Y, Kernel, Bias, Places;
        public nint TileColumns, TilesOfImage;
        public bool Relu, Pooled;
        public EvenSplit Blocks, Chunks;

        public readonly void Run(int chunk)
        {
            nint end = Chunks.Start(chunk + 1);
            for (nint block = Chunks.Start(chunk); block < end; block++)
            {
                Block(Blocks.Start(block), Blocks.Length(block));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Block(nint first, nint count)
        {
            nint height = Shape.InputHeight, width = Shape.InputWidth, channels = Shape.InputChannels;
            nint resultHeight = Shape.OutputHeight, resultWidth = Shape.OutputWidth, filters = Shape.OutputChannels;
            nint padded = GemmTiling<V, T>.PaddedColumns(filters);
            nint pieceStep = Winograd<V, T>.Step(count * channels), productStep = Winograd<V, T>.Step(count * padded);
            T* pieces = GemmScratch.Rent<T>(ScratchUse.Pieces, Winograd<V, T>.Positions * (pieceStep + productStep));
            T* products = pieces + (Winograd<V, T>.Positions * pieceStep);
            T* zeros = GemmScratch.Rent<T>(ScratchUse.Band, channels + (4 * filters)), aside = zeros + channels;
            new Span<T>(zeros, (int)channels).Clear();
            T** pixels = stackalloc T*[16];
            for (nint i = 0; i < count; i++)
            {
                (nint image, nint row, nint column) = Place(first + i);
                Winograd<V, T>.ListPixels(
                    X + (image * height * width * channels), height, width, channels, row - Shape.PadTop, column - Shape.PadLeft, 4, zeros,
                    pixels);
                WinogradTransform<V, T>.Piece(pixels, channels, pieces + (i * channels), pieceStep);
            }

            GemmDriver<V, T>.MultiplyInline(
                Winograd<V, T>.Positions, count, new(pieces, channels, 1), pieceStep, new(Kernel, channels, padded), channels * padded, products,
                productStep, padded, accumulate: false);
            for (nint i = 0; i < count; i++)
            {
                (nint image, nint row, nint column) = Place(first + i);
                if (Pooled)
                {
                    if (row + 1 < resultHeight && column + 1 < resultWidth)
                    {
                        nint at = ((((image * (resultHeight / 2)) + (row / 2)) * (resultWidth / 2)) + (column / 2)) * filters;
                        WinogradTransform<V, T>.Results(
                            products + (i * padded), productStep, filters, Bias, Relu, aside, aside + filters, aside + (2 * filters),
                            aside + (3 * filters));
                        PoolingJob<V, T>.Pixels(aside, filters, Y + at, Places == null ? null : Places + at);
                    }

                    continue;
                }

                T* y = Y + (((((image * resultHeight) + row) * resultWidth) + column) * filters), below = y + (resultWidth * filters);
                bool right = column + 1 < resultWidth, lower = row + 1 < resultHeight;
                WinogradTransform<V, T>.Results(
                    products + (i * padded), productStep, filters, Bias, Relu, y, right ? y + filters : aside,
                    lower ? below : aside, right && lower ? below + filters : aside);
            }
        }

        // The image of a tile, and the row and column of its first result.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly (nint Image, nint Row, nint Column) Place(nint tile)
        {
            nint image = (nint)((uint)tile / (uint)TilesOfImage), at = tile - (image * TilesOfImage);
            nint row = (nint)((uint)at / (uint)TileColumns);
            return (image, 2 * row, 2 * (at - (row * TileColumns)));
        }
    }
}
