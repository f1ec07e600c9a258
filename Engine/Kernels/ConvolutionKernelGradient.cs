using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The gradient of a convolution for its kernel: x transposed times dy, where every tap of the window is a shifted view of x.</summary>
/// <remarks>Images are summed in a number of partial sums that depends on the shape alone, and these are added in order.</remarks>
internal static unsafe class ConvolutionKernelGradient<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MaxParts = 8;

    // Partial sums take this much memory at most, or that of two.
    private const int MaxPartialElements = 1 << 22;

    // Pixels of dy that are summed before the next tile of dw begins: they stay in the second-level cache.
    private const int PixelsPerBand = 256;

    /// <summary>See <see cref="Convolution.KernelGradient{T}"/> and <see cref="ConvolutionPooling.KernelGradient{T}"/>, whose dy is that of the
    /// pooled result: then <paramref name="pool"/> has sizes.</summary>
    public static void Compute(in ConvolutionShape shape, T* x, T* dy, T* dw, T* db, T* y, in PoolingShape pool = default, T* places = null)
    {
        nint size = shape.KernelSize, partSize = size + shape.OutputChannels;
        nint bandRows = Math.Clamp(PixelsPerBand / shape.OutputWidth, 1, shape.OutputHeight);
        nint bands = (shape.OutputHeight + bandRows - 1) / bandRows, stepHeight = places == null ? 1 : pool.StrideHeight;
        bands = Math.Min(bands, shape.OutputHeight / stepHeight);
        nint units = shape.Batch * bands;
        nint parts = Math.Clamp((nint)(shape.Operations / Gemm.ChunkOperations), 1, Math.Clamp(MaxPartialElements / partSize, 2, MaxParts));
        parts = Math.Max(1, Math.Min(parts, units));
        T* sums = GemmScratch.Rent<T>(ScratchUse.Shared, parts * partSize);
        var job = new PartJob
        {
            Shape = shape, X = x, Dy = dy, Y = y, Sums = sums, PartSize = partSize, Parts = (int)parts, Bands = bands, Units = units,
            WithBias = db != null, Pool = pool, Places = places, StepHeight = stepHeight,
        };
        WorkerTeam.Run(job, (int)parts);
        Add(sums, partSize, parts, dw, size);
        if (db != null)
        {
            Add(sums + size, partSize, parts, db, shape.OutputChannels);
        }
    }

    // dy where y is positive, else 0.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mask(T* dy, T* y, T* masked, nint count)
    {
        nint i = 0;
        for (; i + V.Count <= count; i += V.Count)
        {
            V.Store(V.And(V.Load(dy + i), V.GreaterThan(V.Load(y + i), V.Zero)), masked + i);
        }

        for (; i < count; i++)
        {
            masked[i] = y[i] > T.Zero ? dy[i] : T.Zero;
        }
    }

    /// <summary>Adds partial sums, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(T* sums, nint step, nint parts, T* total, nint count)
    {
        nint i = 0;
        for (; i + V.Count <= count; i += V.Count)
        {
            V sum = V.Load(sums + i);
            for (nint part = 1; part < parts; part++)
            {
                sum += V.Load(sums + (part * step) + i);
            }

            V.Store(sum, total + i);
        }

        for (; i < count; i++)
        {
            T sum = sums[i];
            for (nint part = 1; part < parts; part++)
            {
                sum += sums[(part * step) + i];
            }

            total[i] = sum;
        }
    }

    /// <summary>Adds rows that lie one after the other to a row of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows(T* rows, nint count, nint width, T* sum)
    {
        // Side by side and two rows at a time: one chain of sums alone would wait for every addition before the next.
        nint i = 0, even = count & ~1;
        for (; i + (4 * V.Count) <= width; i += 4 * V.Count)
        {
            V a0 = V.Load(sum + i), a1 = V.Load(sum + i + V.Count), a2 = V.Load(sum + i + (2 * V.Count)), a3 = V.Load(sum + i + (3 * V.Count));
            V b0 = V.Zero, b1 = V.Zero, b2 = V.Zero, b3 = V.Zero;
            T* row = rows + i;
            for (nint pair = 0; pair < even; pair += 2, row += 2 * width)
            {
                a0 += V.Load(row);
                a1 += V.Load(row + V.Count);
                a2 += V.Load(row + (2 * V.Count));
                a3 += V.Load(row + (3 * V.Count));
                b0 += V.Load(row + width);
                b1 += V.Load(row + width + V.Count);
                b2 += V.Load(row + width + (2 * V.Count));
                b3 += V.Load(row + width + (3 * V.Count));
            }

            if (even < count)
            {
                a0 += V.Load(row);
                a1 += V.Load(row + V.Count);
                a2 += V.Load(row + (2 * V.Count));
                a3 += V.Load(row + (3 * V.Count));
            }

            V.Store(a0 + b0, sum + i);
            V.Store(a1 + b1, sum + i + V.Count);
            V.Store(a2 + b2, sum + i + (2 * V.Count));
            V.Store(a3 + b3, sum + i + (3 * V.Count));
        }

        for (; i + V.Count <= width; i += V.Count)
        {
            V total = V.Load(sum + i);
            for (nint row = 0; row < count; row++)
            {
                total += V.Load(rows + (row * width) + i);
            }

            V.Store(total, sum + i);
        }

        for (; i < width; i++)
        {
            T total = sum[i];
            for (nint row = 0; row < count; row++)
            {
                total += rows[(row * width) + i];
            }

            sum[i] = total;
        }
    }

    private struct PartJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* X, Dy, Y, Sums;
        public nint PartSize, Bands, Units;
        public int Parts;
        public bool WithBias;

        // Rows that stay together, and the windows over them.
        public nint StepHeight;
        public PoolingShape Pool;
        public T* Places;

        public readonly void Run(int chunk)
        {
            T* sum = Sums + (chunk * PartSize);
            new Span<T>(sum, checked((int)PartSize)).Clear();
            nint endUnit = new EvenSplit(Units, Parts).Start(chunk + 1);
            for (nint unit = new EvenSplit(Units, Parts).Start(chunk); unit < endUnit; unit++)
            {
                nint band = unit % Bands;
                var steps = new EvenSplit(Shape.OutputHeight / StepHeight, Bands);
                nint end = band + 1 < Bands ? steps.Start(band + 1) * StepHeight : Shape.OutputHeight;
                Band(unit / Bands, steps.Start(band) * StepHeight, end, sum);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Band(nint image, nint firstRow, nint endRow, T* sum)
        {
            nint rows = endRow - firstRow, width = Shape.OutputWidth, channels = Shape.InputChannels, filters = Shape.OutputChannels;
            ConvolutionBand<T> band = ConvolutionBand<T>.Of(
                X + (image * Shape.InputHeight * Shape.InputWidth * channels), Shape.InputHeight, Shape.InputWidth, channels,
                (firstRow * Shape.StrideHeight) - Shape.PadTop, -Shape.PadLeft,
                ((rows - 1) * Shape.StrideHeight) + (Shape.DilationHeight * (Shape.KernelHeight - 1)) + 1,
                ((width - 1) * Shape.StrideWidth) + (Shape.DilationWidth * (Shape.KernelWidth - 1)) + 1);
            nint start = ((image * Shape.OutputHeight) + firstRow) * width * filters;
            T* dy = Dy + start;
            if (Places != null)
            {
                dy = GemmScratch.Rent<T>(ScratchUse.MaskedRows, rows * width * filters);
                PoolingJob<V, T>.Rows(Pool, image, (int)(firstRow / StepHeight), (int)(endRow / StepHeight), dy, null, Dy, Places);
            }
            else if (Y != null)
            {
                // A band at a time: what passes the mask is used while it is in the cache, and never takes another trip to memory.
                dy = GemmScratch.Rent<T>(ScratchUse.MaskedRows, rows * width * filters);
                Mask(Dy + start, Y + start, dy, rows * width * filters);
            }

            if (WithBias)
            {
                AddRows(dy, rows * width, filters, sum + Shape.KernelSize);
            }

            // Row i of dw belongs to a tap and a channel: the same pixels, shifted.
            nint m = Shape.KernelSize / filters, groupInputs = Shape.GroupInputs;
            T** taps = GemmScratch.RentPointers<T>(ScratchUse.RowPointers, (2 * m) + (2 * rows));
            T** targets = taps + m;
            nint i = 0;
            for (nint p = 0; p < Shape.KernelHeight; p++)
            {
                for (nint q = 0; q < Shape.KernelWidth; q++)
                {
                    T* tap = band.Data + (p * Shape.DilationHeight * band.RowStride) + (q * Shape.DilationWidth * channels);
                    for (nint channel = 0; channel < groupInputs; channel++, i++)
                    {
                        taps[i] = tap + channel;
                        targets[i] = sum + (i * filters);
                    }
                }
            }

            nint* rowOffsets = (nint*)(targets + m), dyRows = rowOffsets + rows;
            for (nint row = 0; row < rows; row++)
            {
                rowOffsets[row] = row * Shape.StrideHeight * band.RowStride;
                dyRows[row] = row * width;
            }

            for (int group = 0; group < Shape.Groups; group++)
            {
                Group(group, rows, taps, targets, rowOffsets, dyRows, dy);
                for (i = 0; i < m; i++)
                {
                    taps[i] += groupInputs;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Group(int group, nint rows, T** taps, T** targets, nint* rowOffsets, nint* dyRows, T* dy)
        {
            nint m = Shape.KernelSize / Shape.OutputChannels, n = Shape.GroupOutputs, filters = Shape.OutputChannels, width = Shape.OutputWidth;
            var tiling = new GemmTiling<V, T>(n);
            var tile = new GemmTile<T>
            {
                RunOffsets = rowOffsets, RunRows = dyRows, Runs = rows, RunLength = width,
                StepA = (nint)Shape.StrideWidth * Shape.InputChannels, Accumulate = true,
            };
            for (nint t = 0; t < tiling.Tiles; t++)
            {
                nint first = tiling.First(t), tileWidth = tiling.Width(t), column = (group * n) + first;
                tile.B = dy + column;
                tile.StepB = filters;
                if (first + tileWidth > n)
                {
                    // Filters beyond the group's last must not be read: the columns are copied, with zeros.
                    tile.B = GemmScratch.Rent<T>(ScratchUse.PackedB, rows * width * tileWidth);
                    GemmPacking.PackColumns(dy + column, filters, 1, rows * width, n - first, tileWidth, tile.B);
                    tile.StepB = tileWidth;
                }

                tile.Column = column;
                tile.Bias = null;
                tile.Rows = taps;
                tile.Targets = targets;
                EvenSplit rowTiles = EvenSplit.AtMost(m, GemmTiling<V, T>.MaxRowsOf(tiling.Vectors(t)));
                for (nint rowTile = 0; rowTile < rowTiles.Parts; rowTile += tile.More + 1)
                {
                    int tileRows = (int)rowTiles.Length(rowTile);
                    tile.More = rowTiles.AlikeFrom(rowTile) - 1;
                    GemmEdges<V, T>.Run(ref tile, tileRows, tiling.Vectors(t), n - first);
                    tile.Rows += tileRows * (tile.More + 1);
                    tile.Targets += tileRows * (tile.More + 1);
                }
            }
        }
    }
}
