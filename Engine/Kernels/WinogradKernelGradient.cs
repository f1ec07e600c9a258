using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The gradient of a 3×3 convolution for its kernel by <see cref="WinogradTransform{V, T}"/>: dw = Gᵀ[Σ (Bᵀ d B)ᵀ · (A dy Aᵀ)]G over all tiles.</summary>
/// <remarks>Tiles are summed in a number of partial sums that depends on the shape alone, and these are added in order.</remarks>
internal static unsafe class WinogradKernelGradient<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MaxParts = 8;

    // Partial sums take this much memory at most, or that of two.
    private const int MaxPartialElements = 1 << 22;

    // What four positions of a block take of the second-level cache, beside their sums.
    private const int BlockBytes = 196_608;

    private const int PlacesOfTile = 20;

    /// <summary>See <see cref="Convolution.KernelGradient{T}"/>.</summary>
    public static void Compute(in ConvolutionShape shape, T* x, T* dy, T* dw, T* db)
    {
        nint padded = GemmTiling<V, T>.PaddedColumns(shape.OutputChannels), tileColumns = (shape.OutputWidth + 1) / 2;
        nint tilesOfImage = tileColumns * ((shape.OutputHeight + 1) / 2), tiles = shape.Batch * tilesOfImage;
        nint positionSize = shape.InputChannels * padded, partSize = (Winograd<V, T>.Positions * positionSize) + padded;
        EvenSplit blocks = EvenSplit.AtMost(tiles, Math.Clamp(BlockBytes / (4 * (shape.InputChannels + padded) * sizeof(T)), 24, 256));
        nint parts = Math.Clamp((nint)(shape.Operations / Gemm.ChunkOperations), 1, Math.Clamp(MaxPartialElements / partSize, 2, MaxParts));
        parts = Math.Max(1, Math.Min(parts, blocks.Parts));
        T* sums = GemmScratch.Rent<T>(ScratchUse.Shared, parts * partSize);
        WorkerTeam.Run(
            new PartJob
            {
                Shape = shape, X = x, Dy = dy, Sums = sums, PartSize = partSize, Padded = padded, TileColumns = tileColumns,
                TilesOfImage = tilesOfImage, Blocks = blocks, Parts = new EvenSplit(blocks.Parts, parts), WithBias = db != null,
            },
            (int)parts);
        ConvolutionKernelGradient<V, T>.Add(sums, partSize, parts, sums, partSize);
        nint tap = (nint)shape.InputChannels * shape.OutputChannels;
        for (nint channel = 0; channel < shape.InputChannels; channel++)
        {
            WinogradTransform<V, T>.KernelGradient(
                sums + (channel * padded), positionSize, shape.OutputChannels, dw + (channel * shape.OutputChannels), tap);
        }

        if (db != null)
        {
            new Span<T>(sums + (Winograd<V, T>.Positions * positionSize), shape.OutputChannels).CopyTo(new Span<T>(db, shape.OutputChannels));
        }
    }

    private struct PartJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* X, Dy, Sums;
        public nint PartSize, Padded, TileColumns, TilesOfImage;
        public EvenSplit Blocks, Parts;
        public bool WithBias;

        public readonly void Run(int chunk)
        {
            T* sum = Sums + (chunk * PartSize);
            nint end = Parts.Start(chunk + 1);
            for (nint block = Parts.Start(chunk); block < end; block++)
            {
                Block(Blocks.Start(block), Blocks.Length(block), sum, accumulate: block > Parts.Start(chunk));
            }
        }

        // A row of positions at a time, so that a block is four times as long as if all 16 were to stay in the cache.
        private readonly void Block(nint first, nint count, T* sum, bool accumulate)
        {
            T** places = ListPlaces(first, count);
            Row<Zero>(places, count, sum, accumulate);
            Row<One>(places, count, sum, accumulate);
            Row<Two>(places, count, sum, accumulate);
            Row<Three>(places, count, sum, accumulate);
        }

        // For each tile its 16 pixels of x and 4 of dy.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly T** ListPlaces(nint first, nint count)
        {
            nint height = Shape.InputHeight, width = Shape.InputWidth, channels = Shape.InputChannels;
            nint dyHeight = Shape.OutputHeight, dyWidth = Shape.OutputWidth, filters = Shape.OutputChannels;
            T* zeros = GemmScratch.Rent<T>(ScratchUse.Band, Math.Max(channels, filters));
            new Span<T>(zeros, (int)Math.Max(channels, filters)).Clear();
            T** places = GemmScratch.RentPointers<T>(ScratchUse.Segments, count * PlacesOfTile), to = places;
            for (nint tile = first; tile < first + count; tile++, to += PlacesOfTile)
            {
                nint image = (nint)((uint)tile / (uint)TilesOfImage), at = tile - (image * TilesOfImage);
                nint row = (nint)((uint)at / (uint)TileColumns), column = 2 * (at - (row * TileColumns));
                row *= 2;
                Winograd<V, T>.ListPixels(
                    X + (image * height * width * channels), height, width, channels, row - Shape.PadTop, column - Shape.PadLeft, 4, zeros,
                    to);
                Winograd<V, T>.ListPixels(
                    Dy + (image * dyHeight * dyWidth * filters), dyHeight, dyWidth, filters, row, column, 2, zeros, to + 16);
            }

            return places;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row<TRow>(T** places, nint count, T* sum, bool accumulate)
            where TRow : struct, ITileConstant
        {
            nint channels = Shape.InputChannels, filters = Shape.OutputChannels, positionSize = channels * Padded;
            nint pieceStep = Winograd<V, T>.Step(count * channels), gradientStep = Winograd<V, T>.Step(count * Padded);
            T* pieces = GemmScratch.Rent<T>(ScratchUse.Pieces, 4 * (pieceStep + gradientStep)), gradients = pieces + (4 * pieceStep);
            if (Padded > filters)
            {
                // Columns beyond the last filter are multiplied too.
                new Span<T>(gradients, checked((int)(4 * gradientStep))).Clear();
            }

            var tiling = new GemmTiling<V, T>(Padded);
            for (nint tile = 0; tile < count; tile++, places += PlacesOfTile)
            {
                WinogradTransform<V, T>.PieceRow<TRow>(places, channels, pieces + (tile * channels), pieceStep);
                for (nint t = 0; t < tiling.Tiles; t++)
                {
                    // As the product wants its right operand: sliver by sliver.
                    nint begin = tiling.First(t), sliver = tiling.Width(t);
                    WinogradTransform<V, T>.GradientRow<TRow>(
                        places + 16, begin, Math.Min(begin + sliver, filters), gradients + (begin * count) + (tile * sliver), gradientStep);
                }
            }

            GemmDriver<V, T>.MultiplyInline(
                4, channels, new(pieces, 1, channels), pieceStep, new(gradients, count, Padded), gradientStep,
                sum + (4 * TRow.Value * positionSize), positionSize, Padded, accumulate);

            if (WithBias && TRow.Value == 1)
            {
                // Position (1, 1) is the sum of a tile's four gradients.
                T* total = sum + (Winograd<V, T>.Positions * positionSize);
                if (!accumulate)
                {
                    new Span<T>(total, (int)Padded).Clear();
                }

                for (nint t = 0; t < tiling.Tiles; t++)
                {
                    ConvolutionKernelGradient<V, T>.AddRows(
                        gradients + gradientStep + (tiling.First(t) * count), count, tiling.Width(t),
                        total + tiling.First(t));
                }
            }
        }
    }
}
