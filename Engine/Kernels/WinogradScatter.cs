using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The input gradient of a 3×3 convolution by <see cref="WinogradTransform{V, T}"/>: dx = Σ B[(A dy Aᵀ) · (G w Gᵀ)ᵀ]Bᵀ, a 4×4 piece
/// of a tile.</summary>
/// <remarks>
/// The adjoint of <see cref="WinogradGather{V, T}"/>, over the same tiles: no more of them than dy has, where gathering dx from its padded
/// gradient would take one more row and column. Pieces overlap by two rows and columns. Tiles go row by row, so what a tile leaves to
/// its right neighbour is at hand, and what a row of tiles leaves to the next is carried along.
/// </remarks>
internal static unsafe class WinogradScatter<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // What a block's gradients and products take of the second-level cache, beside the kernel's positions that pass by.
    private const int BlockBytes = 262_144;

    // Few images are cut into bands, of so many rows of tiles at least: each computes the row above its first once more.
    private const int Units = 16, BandRows = 8;

    /// <summary>See <see cref="Convolution.InputGradient{T}"/>.</summary>
    public static void InputGradient(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
    {
        nint rows = (shape.OutputHeight + 1) / 2, columns = (shape.OutputWidth + 1) / 2;
        nint padded = GemmTiling<V, T>.PaddedColumns(shape.InputChannels), bytes = Winograd<V, T>.Positions * (shape.OutputChannels + padded) * sizeof(T);
        nint mostTiles = Math.Clamp(BlockBytes / bytes / 6 * 6, 24, 96);
        nint bands = Math.Clamp((Units + shape.Batch - 1) / shape.Batch, 1, Math.Max(1, rows / BandRows)), units = shape.Batch * bands;
        nint mostChunks = Math.Clamp(shape.Batch * rows * columns / mostTiles, 1, Math.Min(units, 256));
        double operations = 2.0 * Winograd<V, T>.Positions * shape.Batch * rows * columns * shape.InputChannels * shape.OutputChannels;
        var job = new BandJob
        {
            Shape = shape, Dy = dy, Dx = dx, Bias = bias, Relu = relu, TileColumns = columns, Padded = padded, MostTiles = mostTiles,
            Kernel = Winograd<V, T>.PackKernel(w, shape.InputChannels, shape.OutputChannels, adjoint: true),
            Bands = new EvenSplit(rows, bands),
            Chunks = new EvenSplit(units, Math.Clamp((nint)(operations / Gemm.ChunkOperations), 1, mostChunks)),
        };
        WorkerTeam.Run(job, (int)job.Chunks.Parts);
    }

    private struct BandJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* Dy, Dx, Kernel, Bias;
        public bool Relu;
        public nint TileColumns, Padded, MostTiles;
        public EvenSplit Bands, Chunks;

        public readonly void Run(int chunk)
        {
            // Inside an image the row of tiles above comes first, of which only what it leaves counts.
            nint first = Chunks.Start(chunk), above = first % Bands.Parts > 0 ? 1 : 0;
            Tiles((FirstRow(first) - above) * TileColumns, FirstRow(Chunks.Start(chunk + 1)) * TileColumns, above * TileColumns);
        }

        private readonly nint FirstRow(nint unit) => (unit / Bands.Parts * Bands.Start(Bands.Parts)) + Bands.Start(unit % Bands.Parts);

        // Neighbouring tiles from the first of a row to the last of another, of which some at the beginning write nothing.
        private readonly void Tiles(nint first, nint end, nint silent)
        {
            nint channels = Shape.InputChannels, carried = (TileColumns + 1) * 4 * channels;
            T* carry = GemmScratch.Rent<T>(ScratchUse.Band, carried + channels), aside = carry + carried;
            new Span<T>(carry, checked((int)carried)).Clear();
            EvenSplit blocks = EvenSplit.AtMost(end - first, MostTiles);
            nint longest = blocks.Length(0), filters = Shape.OutputChannels;
            nint gradientStep = Winograd<V, T>.Step(longest * filters), productStep = Winograd<V, T>.Step((longest + 2) * Padded);
            T* gradients = GemmScratch.Rent<T>(ScratchUse.Pieces, (Winograd<V, T>.Positions * (gradientStep + productStep)) + filters);
            T* products = gradients + (Winograd<V, T>.Positions * gradientStep);
            T* zeros = products + (Winograd<V, T>.Positions * productStep);
            new Span<T>(zeros, (int)filters).Clear();
            for (nint position = 0; position < Winograd<V, T>.Positions; position++)
            {
                // A tile of zeros before the last tile of the block before and the block's own.
                new Span<T>(products + (position * productStep), (int)Padded).Clear();
            }

            for (nint block = 0; block < blocks.Parts; block++)
            {
                nint start = first + blocks.Start(block), count = blocks.Length(block);
                Multiply(start, count, zeros, gradients, gradientStep, products, productStep);
                Scatter(start, count, first + silent, carry, aside, products, productStep);
                for (nint position = 0; position < Winograd<V, T>.Positions; position++)
                {
                    T* tile = products + (position * productStep) + Padded;
                    new Span<T>(tile + (count * Padded), (int)Padded).CopyTo(new Span<T>(tile, (int)Padded));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Multiply(nint first, nint count, T* zeros, T* gradients, nint gradientStep, T* products, nint productStep)
        {
            nint height = Shape.OutputHeight, width = Shape.OutputWidth, filters = Shape.OutputChannels;
            T** pixels = stackalloc T*[4];
            for (nint i = 0; i < count; i++)
            {
                (nint image, nint row, nint column) = Place(first + i);
                Winograd<V, T>.ListPixels(
                    Dy + (image * height * width * filters), height, width, filters, 2 * row, 2 * column, 2, zeros, pixels);
                T* to = gradients + (i * filters);
                WinogradTransform<V, T>.GradientRow<Zero>(pixels, 0, filters, to, gradientStep);
                WinogradTransform<V, T>.GradientRow<One>(pixels, 0, filters, to + (4 * gradientStep), gradientStep);
                WinogradTransform<V, T>.GradientRow<Two>(pixels, 0, filters, to + (8 * gradientStep), gradientStep);
                WinogradTransform<V, T>.GradientRow<Three>(pixels, 0, filters, to + (12 * gradientStep), gradientStep);
            }

            GemmDriver<V, T>.MultiplyInline(
                Winograd<V, T>.Positions, count, new(gradients, filters, 1), gradientStep, new(Kernel, filters, Padded), filters * Padded,
                products + (2 * Padded), productStep, Padded, accumulate: false);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Scatter(nint first, nint count, nint writes, T* carry, T* aside, T* products, nint step)
        {
            nint lastRow = Bands.Start(Bands.Parts) - 1, lastColumn = TileColumns - 1;
            T* tile = products + (2 * Padded);
            for (nint i = 0; i < count; i++, tile += Padded)
            {
                (nint image, nint row, nint column) = Place(first + i);
                bool written = first + i >= writes;
                Write(image, row, column, written, tile, column > 0 ? tile - Padded : products, carry, aside, step);
                if (column < lastColumn)
                {
                    continue;
                }

                Write(image, row, column + 1, written, products, tile, carry, aside, step);
                for (nint under = 0; row == lastRow && under <= TileColumns; under++)
                {
                    Write(image, row + 1, under, written, products, products, carry, aside, step);
                }
            }
        }

        // Two rows and columns of dx: what a tile, its left neighbour and the tiles above add to them.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Write(nint image, nint row, nint column, bool written, T* tile, T* left, T* carry, T* aside, nint step)
        {
            nint channels = Shape.InputChannels, height = Shape.InputHeight, width = Shape.InputWidth;
            nint y = (2 * row) - Shape.PadTop, x = (2 * column) - Shape.PadLeft;
            bool upper = written && (nuint)y < (nuint)height, lower = written && (nuint)(y + 1) < (nuint)height;
            bool here = (nuint)x < (nuint)width, next = (nuint)(x + 1) < (nuint)width;
            T* to = Dx + ((((image * height) + y) * width) + x) * channels, under = to + (width * channels);
            WinogradTransform<V, T>.Piece(
                tile, left, step, channels, carry + (column * 4 * channels), Bias, Relu, upper && here ? to : aside,
                upper && next ? to + channels : aside, lower && here ? under : aside, lower && next ? under + channels : aside);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly (nint Image, nint Row, nint Column) Place(nint tile)
        {
            nint row = (nint)((uint)tile / (uint)TileColumns), rows = Bands.Start(Bands.Parts);
            nint image = (nint)((uint)row / (uint)rows);
            return (image, row - (image * rows), tile - (row * TileColumns));
        }
    }
}
