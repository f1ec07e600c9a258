using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A product in which each sliver of B is packed just before the rows of A pass by it, and so lies in the first-level cache.</summary>
/// <remarks>
/// For few rows: what the packing costs is soon earned by not reading B from afar for each tile, and no thread waits for another's packing.
/// Chunks are panels of columns times groups of rows; each packs what it needs.
/// </remarks>
internal unsafe struct GemmSliverJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // A block of K: of a sliver, so much that it stays in the first-level cache.
    private const int BlockBytes = 2048;

    private GemmTiling<V, T> tiling;
    private StridedMatrix<T> a, b;
    private T* c;
    private nint strideC;
    private GemmEpilogue<T> epilogue;
    private EvenSplit blocks, panels, rowTiles, rowGroups;

    /// <summary>C = epilogue(A·B) for nonempty matrices.</summary>
    public static void Multiply(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        var job = new GemmSliverJob<V, T> { tiling = new(n), a = a, b = b, c = c, strideC = strideC, epilogue = epilogue };
        job.blocks = EvenSplit.AtMost(k, BlockBytes / sizeof(T));
        job.rowTiles = EvenSplit.AtMost(m, job.tiling.MaxRows);
        nint wanted = (nint)Math.Clamp(2.0 * m * n * k / Gemm.ChunkOperations, 1, 64);
        job.panels = new EvenSplit(job.tiling.Tiles, Math.Min(job.tiling.Tiles, wanted));
        job.rowGroups = new EvenSplit(job.rowTiles.Parts, Math.Clamp(wanted / job.panels.Parts, 1, Math.Max(1, job.rowTiles.Parts / 8)));
        WorkerTeam.Run(job, (int)(job.panels.Parts * job.rowGroups.Parts));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk)
    {
        nint panel = (nint)((uint)chunk / (uint)rowGroups.Parts), group = chunk - (panel * rowGroups.Parts);
        nint firstRowTile = rowGroups.Start(group), endRowTile = rowGroups.Start(group + 1);
        T* sliver = GemmScratch.Rent<T>(ScratchUse.PackedB, blocks.Length(0) * GemmTiling<V, T>.MaxWidth);
        nint firstRow = rowTiles.Start(firstRowTile), rowCount = rowTiles.Start(endRowTile) - firstRow;
        T** rows = GemmScratch.RentPointers<T>(ScratchUse.RowPointers, 2 * rowCount), targets = rows + rowCount;
        for (nint i = 0; i < rowCount; i++)
        {
            targets[i] = c + ((firstRow + i) * strideC);
        }

        nint zero = 0;
        var tile = new GemmTile<T>
        {
            RunOffsets = &zero, RunRows = &zero, Runs = 1, StepA = a.ColumnStride,
        };
        for (nint t = panels.Start(panel); t < panels.Start(panel + 1); t++)
        {
            nint first = tiling.First(t), width = tiling.Width(t), columns = tiling.Columns - first;
            tile.Column = first;
            for (nint block = 0; block < blocks.Parts; block++)
            {
                nint start = blocks.Start(block);
                tile.RunLength = blocks.Length(block);
                T* source = b.Data + (start * b.RowStride) + (first * b.ColumnStride);

                // Rows of B that fill a tile are copied by the first tile that reads them.
                bool copied = b.ColumnStride == 1 && width <= columns;
                if (!copied)
                {
                    GemmPacking.PackColumns(source, b.RowStride, b.ColumnStride, tile.RunLength, Math.Min(width, columns), width, sliver);
                }

                for (nint i = 0; i < rowCount; i++)
                {
                    rows[i] = a.Data + ((firstRow + i) * a.RowStride) + (start * a.ColumnStride);
                }

                tile.Rows = rows;
                tile.Targets = targets;
                tile.Accumulate = block > 0 || epilogue.Accumulate;
                tile.Relu = epilogue.Relu && block == blocks.Parts - 1;
                for (nint rowTile = firstRowTile; rowTile < endRowTile; rowTile += tile.More + 1)
                {
                    int height = (int)rowTiles.Length(rowTile);
                    bool copies = copied && rowTile == firstRowTile;
                    tile.More = copies ? 0 : Math.Min(rowTiles.AlikeFrom(rowTile), endRowTile - rowTile) - 1;
                    tile.B = copies ? source : sliver;
                    tile.StepB = copies ? b.RowStride : width;
                    tile.CopyOfB = copies ? sliver : null;
                    tile.Bias = epilogue.Bias == null || block > 0 ? null : epilogue.Bias + first;
                    GemmEdges<V, T>.Run(ref tile, height, tiling.Vectors(t), columns);
                    tile.Rows += (tile.More + 1) * height;
                    tile.Targets += (tile.More + 1) * height;
                }
            }
        }
    }
}
