using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>A gathering convolution: chunks are bands of rows of images, or a few whole images.</summary>
/// <remarks>
/// Along each axis the pixels fall into segments whose windows have the same taps inside the source: one long one, and short ones at the
/// borders. A region, a segment of rows times one of columns, is a product of matrices without any padding: nothing is copied, and no zeros
/// are multiplied.
/// </remarks>
internal unsafe struct ConvolutionGatherJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int Batch;
    public T* Source;
    public int SourceHeight, SourceWidth, SourceChannels, GroupInputs;

    // Target pixel (i, j) reads source pixels (OriginRow + i·StepRow + RowTaps[p], OriginColumn + j·StepColumn + ColumnTaps[q]); taps increase.
    public int OriginRow, OriginColumn, StepRow, StepColumn;
    public int RowTapCount, ColumnTapCount;
    public int* RowTaps, ColumnTaps;

    // Packed, one group after the other; rows are (p, q, channel).
    public T* Kernel;
    public T* Target;
    public nint TargetImage, TargetRowStride, TargetColumnStride;
    public int TargetHeight, TargetWidth, GroupOutputs, Groups;
    public T* Bias;
    public bool Relu;

    // Results that no cache will hold are written past it, which saves reading their lines.
    private const nint StreamingBytes = 32 << 20;

    // Tiles that one call of the microkernel computes.
    private const int TilesACall = 16;

    // Cut by Start.
    private bool merged, streams;
    private int bands, imagesPerUnit, chunks, maxBlockRows;
    private nint units;
    private ConvolutionSegment* columnSegments;
    private int columnSegmentCount;

    private readonly nint K => (nint)RowTapCount * ColumnTapCount * GroupInputs;

    /// <summary>Cuts the work by the shape and runs it.</summary>
    /// <param name="panelBytes">What of the packed kernel the microkernel may read for each tile.</param>
    /// <param name="bandBytes">What a unit of work may read of the source.</param>
    public void Start(int panelBytes, int bandBytes)
    {
        if (Batch == 0 || TargetHeight <= 0 || TargetWidth <= 0)
        {
            return;
        }

        merged = Groups == 1;
        for (int q = 1; q < ColumnTapCount; q++)
        {
            merged &= ColumnTaps[q] == ColumnTaps[q - 1] + 1;
        }

        streams = FillsLines() && Batch * TargetImage * sizeof(T) >= StreamingBytes;
        double operations = 2.0 * TargetHeight * TargetWidth * K * GroupOutputs * Groups;
        nint sourceBytes = (nint)SourceHeight * SourceWidth * SourceChannels * sizeof(T);
        nint byWork = Math.Min(TargetHeight / 8, (nint)(operations / (4 * Gemm.ChunkOperations)));
        bands = (int)Math.Clamp(Math.Max(sourceBytes / bandBytes, byWork), 1, TargetHeight);
        imagesPerUnit = bands > 1 ? 1 : Math.Clamp(512 / (TargetHeight * TargetWidth), 1, Batch);
        units = bands * (nint)((Batch + imagesPerUnit - 1) / imagesPerUnit);
        chunks = (int)Math.Clamp((nint)(operations * Batch / Gemm.ChunkOperations), 1, Math.Min(units, 512));
        maxBlockRows = (int)Math.Max(1, panelBytes / (GemmTiling<V, T>.PaddedColumns(GroupOutputs) * sizeof(T)));
        columnSegments = GemmScratch.Rent<ConvolutionSegment>(ScratchUse.Segments, TargetWidth);
        columnSegmentCount = ConvolutionSegment.Cut(
            0, TargetWidth, OriginColumn, StepColumn, SourceWidth, ColumnTaps, ColumnTapCount, columnSegments);
        WorkerTeam.Run(this, chunks);
    }

    // Whether every tile writes whole lines: parts of one would each go to memory alone.
    private readonly bool FillsLines()
    {
        var tiling = new GemmTiling<V, T>(GroupOutputs);
        nint line = 64 / sizeof(T);
        return (nint)Target % 64 == 0 && TargetColumnStride % line == 0 && TargetRowStride % line == 0 && TargetImage % line == 0
            && GroupOutputs % line == 0 && tiling.Width(0) % line == 0 && tiling.Width(tiling.Tiles - 1) % line == 0;
    }

    public readonly void Run(int chunk)
    {
        var share = new EvenSplit(units, chunks);
        nint end = share.Start(chunk + 1);
        for (nint unit = share.Start(chunk); unit < end; unit++)
        {
            if (bands > 1)
            {
                var rows = new EvenSplit(TargetHeight, bands);
                Unit(unit / bands, 1, (int)rows.Start(unit % bands), (int)rows.Start((unit % bands) + 1));
            }
            else
            {
                nint first = unit * imagesPerUnit;
                Unit(first, Math.Min(imagesPerUnit, Batch - first), 0, TargetHeight);
            }
        }

        if (streams && Sse.IsSupported)
        {
            Sse.StoreFence();
        }
    }

    private readonly void Unit(nint firstImage, nint images, int firstRow, int endRow)
    {
        nint pixels = images * (endRow - firstRow) * TargetWidth;
        int taps = RowTapCount * ColumnTapCount;
        T** sources = GemmScratch.RentPointers<T>(ScratchUse.RowPointers, (2 * pixels) + (2 * taps));
        T** targets = sources + pixels;
        nint* runOffsets = (nint*)(targets + pixels), runRows = runOffsets + taps;
        ConvolutionSegment* rowSegments = GemmScratch.Rent<ConvolutionSegment>(ScratchUse.RowSegments, endRow - firstRow);
        int rowSegmentCount = ConvolutionSegment.Cut(
            firstRow, endRow, OriginRow, StepRow, SourceHeight, RowTaps, RowTapCount, rowSegments);
        for (int i = 0; i < rowSegmentCount; i++)
        {
            for (int j = 0; j < columnSegmentCount; j++)
            {
                ConvolutionSegment rows = rowSegments[i], columns = columnSegments[j];
                nint count = ListPixels(firstImage, images, rows, columns, sources, targets);
                if (rows.Taps == 0 || columns.Taps == 0)
                {
                    for (nint p = 0; p < count; p++)
                    {
                        GemmEdges<V, T>.Empty(1, (nint)Groups * GroupOutputs, targets[p], 0, new GemmEpilogue<T>(Bias, Relu));
                    }

                    continue;
                }

                for (int group = 0; group < Groups; group++)
                {
                    int runs = ListRuns(group, rows, columns, runOffsets, runRows);
                    nint length = merged ? (nint)columns.Taps * GroupInputs : GroupInputs;
                    int runsPerBlock = (int)Math.Clamp(maxBlockRows / length, 1, runs);
                    for (int run = 0; run < runs; run += runsPerBlock)
                    {
                        var tile = new GemmTile<T>
                        {
                            RunOffsets = runOffsets + run, RunRows = runRows + run, Runs = Math.Min(runsPerBlock, runs - run),
                            RunLength = length, StepA = 1, Accumulate = run > 0, Relu = Relu && run + runsPerBlock >= runs,
                            Streams = streams && runsPerBlock >= runs,
                        };
                        Tiles(ref tile, group, sources, targets, count);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly nint ListPixels(
        nint firstImage, nint images, ConvolutionSegment rows, ConvolutionSegment columns, T** sources, T** targets)
    {
        nint count = 0, step = (nint)StepColumn * SourceChannels;
        for (nint image = firstImage; image < firstImage + images; image++)
        {
            for (nint row = rows.Start; row < rows.End; row++)
            {
                T* target = Target + (image * TargetImage) + (row * TargetRowStride) + (columns.Start * TargetColumnStride);
                T* source = Source + ((((image * SourceHeight) + OriginRow + (row * StepRow)) * SourceWidth) + OriginColumn) * SourceChannels
                    + (columns.Start * step);
                nint width = columns.End - columns.Start;
                Step(source, step, width, sources + count);
                Step(target, TargetColumnStride, width, targets + count);
                count += width;
            }
        }

        return count;
    }

    // pointers[i] = first + i·step.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(T* first, nint step, nint count, T** pointers)
    {
        nint i = 0, bytes = step * sizeof(T);
        Vector256<long> four = Vector256.Create((long)first) + Vector256.Create(0, bytes, 2 * bytes, 3 * bytes);
        for (; i + 4 <= count && sizeof(nint) == sizeof(long); i += 4)
        {
            four.Store((long*)(pointers + i));
            four += Vector256.Create((long)(4 * bytes));
        }

        for (; i < count; i++)
        {
            pointers[i] = first + (i * step);
        }
    }

    private readonly int ListRuns(int group, ConvolutionSegment rows, ConvolutionSegment columns, nint* offsets, nint* kernelRows)
    {
        int count = 0, columnRuns = merged ? 1 : columns.Taps;
        for (int p = rows.FirstTap; p < rows.FirstTap + rows.Taps; p++)
        {
            for (int q = columns.FirstTap; q < columns.FirstTap + columnRuns; q++)
            {
                offsets[count] = ((((nint)RowTaps[p] * SourceWidth) + ColumnTaps[q]) * SourceChannels) + ((nint)group * GroupInputs);
                kernelRows[count++] = (((nint)p * ColumnTapCount) + q) * GroupInputs;
            }
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Tiles(ref GemmTile<T> tile, int group, T** sources, T** targets, nint count)
    {
        var tiling = new GemmTiling<V, T>(GroupOutputs);
        nint groupColumn = (nint)group * GroupOutputs;
        nint k = K;
        bool first = !tile.Accumulate;
        T* kernel = Kernel + (group * k * GemmTiling<V, T>.PaddedColumns(GroupOutputs));
        EvenSplit rowTiles = EvenSplit.AtMost(count, tiling.MaxRows);
        for (nint rowTile = 0; rowTile < rowTiles.Parts; rowTile += tile.More + 1)
        {
            // As many tiles of the same height as leave their results in the first-level cache, one after the other for each sliver.
            int rows = (int)rowTiles.Length(rowTile);
            tile.More = Math.Min(TilesACall, rowTiles.AlikeFrom(rowTile)) - 1;
            tile.Rows = sources;
            tile.Targets = targets;
            sources += (tile.More + 1) * rows;
            targets += (tile.More + 1) * rows;
            for (nint t = 0; t < tiling.Tiles; t++)
            {
                nint column = tiling.First(t);
                tile.B = kernel + (column * k);
                tile.StepB = tiling.Width(t);
                tile.Column = groupColumn + column;
                tile.Bias = Bias == null || !first ? null : Bias + tile.Column;
                GemmEdges<V, T>.Run(ref tile, rows, tiling.Vectors(t), GroupOutputs - column);
            }
        }
    }
}

/// <summary>Neighbouring positions along an axis whose windows have the same taps inside the source.</summary>
internal unsafe struct ConvolutionSegment
{
    public int Start, End, FirstTap, Taps;

    /// <summary>Cuts positions into segments.</summary>
    /// <param name="first">The first position.</param>
    /// <param name="end">The one after the last.</param>
    /// <param name="origin">The source position of tap offset 0 at position 0.</param>
    /// <param name="step">From one position to the next, in the source.</param>
    /// <param name="size">The source's extent.</param>
    /// <param name="taps">Offsets of the taps, increasing.</param>
    /// <param name="count">How many taps.</param>
    /// <param name="segments">Room for one a position.</param>
    /// <returns>How many segments.</returns>
    public static int Cut(int first, int end, int origin, int step, int size, int* taps, int count, ConvolutionSegment* segments)
    {
        int found = 0;
        for (int position = first; position < end; position++)
        {
            int at = origin + (position * step), firstTap = 0, endTap = count;
            while (firstTap < count && at + taps[firstTap] < 0)
            {
                firstTap++;
            }

            while (endTap > firstTap && at + taps[endTap - 1] >= size)
            {
                endTap--;
            }

            int inside = endTap - firstTap;
            if (found > 0 && segments[found - 1].Taps == inside && (inside == 0 || segments[found - 1].FirstTap == firstTap))
            {
                segments[found - 1].End = position + 1;
            }
            else
            {
                segments[found++] = new ConvolutionSegment { Start = position, End = position + 1, FirstTap = firstTap, Taps = inside };
            }
        }

        return found;
    }
}
