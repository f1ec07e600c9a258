using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Forward convolution and input gradient by <see cref="WinogradTransform{V, T}"/>: the same gathering, from a kernel that is turned for the gradient.</summary>
internal static unsafe class WinogradGather<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // What a block's pieces and products take of the second-level cache, beside the kernel's positions that pass by.
    private const int BlockBytes = 262_144;

    /// <summary>See <see cref="Convolution.Forward{T}"/>.</summary>
    public static void Forward(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, bool relu)
        => Start(
            new BlockJob
            {
                Source = x, SourceHeight = shape.InputHeight, SourceWidth = shape.InputWidth, SourceChannels = shape.InputChannels,
                Top = -shape.PadTop, Left = -shape.PadLeft,
                Target = y, TargetHeight = shape.OutputHeight, TargetWidth = shape.OutputWidth, TargetChannels = shape.OutputChannels,
                Bias = bias, Relu = relu,
            },
            shape.Batch,
            w,
            adjoint: false);

    /// <summary>See <see cref="Convolution.InputGradient{T}"/>.</summary>
    public static void InputGradient(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
        => Start(
            new BlockJob
            {
                Source = dy, SourceHeight = shape.OutputHeight, SourceWidth = shape.OutputWidth, SourceChannels = shape.OutputChannels,
                Top = shape.PadTop - 2, Left = shape.PadLeft - 2,
                Target = dx, TargetHeight = shape.InputHeight, TargetWidth = shape.InputWidth, TargetChannels = shape.InputChannels,
                Bias = bias, Relu = relu,
            },
            shape.Batch,
            w,
            adjoint: true);

    private static void Start(BlockJob job, nint batch, T* w, bool adjoint)
    {
        job.Kernel = Winograd<V, T>.PackKernel(
            w, adjoint ? job.TargetChannels : job.SourceChannels, adjoint ? job.SourceChannels : job.TargetChannels, adjoint);
        job.TileColumns = (job.TargetWidth + 1) / 2;
        job.TilesOfImage = job.TileColumns * ((job.TargetHeight + 1) / 2);
        nint tiles = batch * job.TilesOfImage, padded = GemmTiling<V, T>.PaddedColumns(job.TargetChannels);
        nint bytes = Winograd<V, T>.Positions * (job.SourceChannels + padded) * sizeof(T);
        job.Blocks = EvenSplit.AtMost(tiles, Math.Clamp(BlockBytes / bytes / 6 * 6, 24, 96));
        double operations = 2.0 * Winograd<V, T>.Positions * tiles * job.SourceChannels * job.TargetChannels;
        job.Chunks = new EvenSplit(job.Blocks.Parts, Math.Clamp((nint)(operations / Gemm.ChunkOperations), 1, Math.Min(job.Blocks.Parts, 256)));
        WorkerTeam.Run(job, (int)job.Chunks.Parts);
    }

    private struct BlockJob : IChunkJob
    {
        public T* Source, Target, Kernel, Bias;
        public nint SourceHeight, SourceWidth, SourceChannels, Top, Left;
        public nint TargetHeight, TargetWidth, TargetChannels, TileColumns, TilesOfImage;
        public bool Relu;
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
            nint padded = GemmTiling<V, T>.PaddedColumns(TargetChannels);
            nint pieceStep = Winograd<V, T>.Step(count * SourceChannels), productStep = Winograd<V, T>.Step(count * padded);
            T* pieces = GemmScratch.Rent<T>(ScratchUse.Pieces, Winograd<V, T>.Positions * (pieceStep + productStep));
            T* products = pieces + (Winograd<V, T>.Positions * pieceStep);
            T* zeros = GemmScratch.Rent<T>(ScratchUse.Band, SourceChannels + TargetChannels), aside = zeros + SourceChannels;
            new Span<T>(zeros, (int)SourceChannels).Clear();
            T** pixels = stackalloc T*[16];
            for (nint i = 0; i < count; i++)
            {
                (nint image, nint row, nint column) = Place(first + i);
                Winograd<V, T>.ListPixels(
                    Source + (image * SourceHeight * SourceWidth * SourceChannels), SourceHeight, SourceWidth, SourceChannels, Top + row,
                    Left + column, 4, zeros, pixels);
                WinogradTransform<V, T>.Piece(pixels, SourceChannels, pieces + (i * SourceChannels), pieceStep);
            }

            for (nint position = 0; position < Winograd<V, T>.Positions; position++)
            {
                GemmDriver<V, T>.MultiplyInline(
                    count, new(pieces + (position * pieceStep), SourceChannels, 1),
                    new(Kernel + (position * SourceChannels * padded), SourceChannels, padded), products + (position * productStep), padded);
            }

            for (nint i = 0; i < count; i++)
            {
                (nint image, nint row, nint column) = Place(first + i);
                T* y = Target + ((((image * TargetHeight) + row) * TargetWidth) + column) * TargetChannels;
                bool right = column + 1 < TargetWidth, lower = row + 1 < TargetHeight;
                T* below = y + (TargetWidth * TargetChannels);
                WinogradTransform<V, T>.Results(
                    products + (i * padded), productStep, TargetChannels, Bias, Relu, y, right ? y + TargetChannels : aside,
                    lower ? below : aside, right && lower ? below + TargetChannels : aside);
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
