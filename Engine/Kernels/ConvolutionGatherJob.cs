using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A gathering convolution: chunks are bands of rows of images.</summary>
internal unsafe struct GatherJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int Batch;
    public T* Source;
    public int SourceHeight, SourceWidth, SourceChannels, GroupInputs;

    // Target pixel (i, j) reads source pixels (OriginRow + i·StepRow + TapRows[t], OriginColumn + j·StepColumn + TapColumns[t]).
    public int OriginRow, OriginColumn, StepRow, StepColumn, Taps;
    public int* TapRows, TapColumns;
    public T* Kernel;
    public T* Target;
    public nint TargetImage, TargetRowStride, TargetColumnStride;
    public int TargetHeight, TargetWidth, GroupOutputs, Groups;
    public T* Bias;
    public T Least;

    // Runs of taps that are neighbours in memory.
    public int Runs, TapsPerRun, RunsPerBlock;
    public nint RunLength;
    public int Bands, Chunks;
    public nint Units;

    private readonly nint K => (nint)Taps * GroupInputs;

    /// <summary>Joins taps that lie side by side, if they fall into runs of equal length.</summary>
    public void MergeTaps()
    {
        int perRun = 1;
        if (Groups == 1)
        {
            while (perRun < Taps && Neighbours(perRun))
            {
                perRun++;
            }

            for (int tap = perRun; perRun > 1 && tap < Taps; tap++)
            {
                if (Taps % perRun != 0 || (tap % perRun != 0 && !Neighbours(tap)))
                {
                    perRun = 1;
                }
            }
        }

        TapsPerRun = perRun;
        Runs = Taps / perRun;
        RunLength = (nint)perRun * GroupInputs;
    }

    private readonly bool Neighbours(int tap) => TapRows[tap] == TapRows[tap - 1] && TapColumns[tap] == TapColumns[tap - 1] + 1;

    /// <summary>No tap reaches any pixel: only the bias is left.</summary>
    public readonly void FillEmpty()
    {
        for (nint n = 0; n < Batch; n++)
        {
            for (nint row = 0; row < TargetHeight; row++)
            {
                for (nint column = 0; column < TargetWidth; column++)
                {
                    T* to = Target + (n * TargetImage) + (row * TargetRowStride) + (column * TargetColumnStride);
                    GemmEdges<V, T>.Empty(1, (nint)Groups * GroupOutputs, to, 0, new GemmEpilogue<T>(Bias, Least == T.Zero));
                }
            }
        }
    }

    public readonly void Run(int chunk)
    {
        nint end = GemmTiling<V, T>.Split(Units, Chunks, chunk + 1);
        for (nint unit = GemmTiling<V, T>.Split(Units, Chunks, chunk); unit < end; unit++)
        {
            nint image = unit / Bands, band = unit % Bands;
            Band(image, GemmTiling<V, T>.Split(TargetHeight, Bands, band), GemmTiling<V, T>.Split(TargetHeight, Bands, band + 1));
        }
    }

    private readonly void Band(nint image, nint firstRow, nint endRow)
    {
        int top = int.MaxValue, left = int.MaxValue, bottom = int.MinValue, right = int.MinValue;
        for (int tap = 0; tap < Taps; tap++)
        {
            top = Math.Min(top, TapRows[tap]);
            bottom = Math.Max(bottom, TapRows[tap]);
            left = Math.Min(left, TapColumns[tap]);
            right = Math.Max(right, TapColumns[tap]);
        }

        nint rows = endRow - firstRow;
        ConvolutionBand<T> band = ConvolutionBand<T>.Of(
            Source + (image * SourceHeight * SourceWidth * SourceChannels), SourceHeight, SourceWidth, SourceChannels,
            OriginRow + (firstRow * StepRow) + top, OriginColumn + left, ((rows - 1) * StepRow) + bottom - top + 1,
            ((TargetWidth - 1) * (nint)StepColumn) + right - left + 1);
        nint* offsets = GemmScratch.Rent<nint>(ScratchUse.RowPointers, Runs + (rows * TargetWidth));
        for (int run = 0; run < Runs; run++)
        {
            offsets[run] = ((TapRows[run * TapsPerRun] - top) * band.RowStride) + ((TapColumns[run * TapsPerRun] - left) * (nint)SourceChannels);
        }

        T** pixels = (T**)(offsets + Runs);
        for (nint row = 0, p = 0; row < rows; row++)
        {
            T* start = band.Data + (row * StepRow * band.RowStride);
            for (nint column = 0; column < TargetWidth; column++)
            {
                pixels[p++] = start + (column * StepColumn * SourceChannels);
            }
        }

        T* target = Target + (image * TargetImage) + (firstRow * TargetRowStride);
        bool seamless = TargetRowStride == TargetWidth * TargetColumnStride;
        for (int group = 0; group < Groups; group++)
        {
            for (int run = 0; run < Runs; run += RunsPerBlock)
            {
                int runs = Math.Min(RunsPerBlock, Runs - run);
                if (seamless)
                {
                    Pixels(group, run, runs, offsets, pixels, rows * TargetWidth, target);
                }
                else
                {
                    for (nint row = 0; row < rows; row++)
                    {
                        Pixels(group, run, runs, offsets, pixels + (row * TargetWidth), TargetWidth, target + (row * TargetRowStride));
                    }
                }
            }

            for (nint p = 0; p < rows * TargetWidth; p++)
            {
                pixels[p] += GroupInputs;
            }
        }
    }

    // Some runs of the sum for target pixels at equal distances.
    private readonly void Pixels(int group, int firstRun, int runs, nint* offsets, T** pixels, nint count, T* target)
    {
        nint tiles = GemmTiling<V, T>.ColumnTiles(GroupOutputs);
        int maxRows = GemmTiling<V, T>.MaxRows(GemmTiling<V, T>.ColumnTile(GroupOutputs, tiles, 0, out _));
        T* kernel = Kernel + (group * K * GemmTiling<V, T>.Vectors(GroupOutputs) * V.Count);
        var tile = new GemmTile<T>
        {
            RunOffsets = offsets + firstRun, Runs = runs, RunLength = RunLength, StepA = 1, StrideC = TargetColumnStride,
            Accumulate = firstRun > 0, Least = firstRun + runs == Runs ? Least : T.NegativeInfinity,
        };
        nint rowTiles = (count + maxRows - 1) / maxRows;
        for (nint p = 0; rowTiles > 0; rowTiles--)
        {
            int rows = (int)((count - p + rowTiles - 1) / rowTiles);
            tile.Rows = pixels + p;
            for (nint t = 0; t < tiles; t++)
            {
                int vectors = GemmTiling<V, T>.ColumnTile(GroupOutputs, tiles, t, out nint first);
                nint width = vectors * V.Count;
                tile.B = kernel + (first * K) + (firstRun * RunLength * width);
                tile.StepB = width;
                tile.RunStepB = RunLength * width;
                nint column = ((nint)group * GroupOutputs) + first;
                tile.C = target + (p * TargetColumnStride) + column;
                tile.Bias = Bias == null || firstRun > 0 ? null : Bias + column;
                GemmEdges<V, T>.Run(ref tile, rows, vectors, GroupOutputs - first);
            }

            p += rows;
        }
    }
}
