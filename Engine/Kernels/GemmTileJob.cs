using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>One block of K of a product: chunks are panels of columns times groups of rows.</summary>
internal unsafe struct GemmTileJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public nint M, K;
    public GemmTiling<V, T> Tiling;
    public StridedMatrix<T> A;

    // Packed slivers of B, each of PackedRows rows of which K are used from PackedFirst on; or B where it lies, and its last sliver packed.
    public T* PackedB;
    public nint PackedRows, PackedFirst;
    public T* DirectB;
    public nint DirectStrideB;
    public T* LastB;

    public T* C;
    public nint StrideC;
    public T* Bias;
    public bool Accumulate, Relu;

    // Tiles that one call of the microkernel computes: their rows of A stay in the second-level cache while the slivers of B pass by. One
    // is better, whose rows stay in the first, where slivers do not fit into the first but all of them into the second.
    private const int TilesACall = 16;
    private const int FirstCacheBytes = 16_384;
    private const int SecondCacheBytes = 300_000;

    private EvenSplit panels, rowTiles, rowGroups;

    public readonly int Chunks => (int)(panels.Parts * rowGroups.Parts);

    /// <summary>Cuts C into chunks, for blocks of up to <paramref name="k"/> products.</summary>
    public void Cut(nint k)
    {
        nint tiles = Tiling.Tiles;
        nint wanted = (nint)Math.Min(64, 2.0 * M * Tiling.Columns * k / Gemm.ChunkOperations);
        rowTiles = EvenSplit.AtMost(M, Tiling.MaxRows);
        nint maxGroups = Math.Max(1, rowTiles.Parts / 8);

        // Narrower panels only where rows alone make too few chunks.
        panels = new EvenSplit(tiles, Math.Clamp((wanted + maxGroups - 1) / maxGroups, 1, tiles));
        rowGroups = new EvenSplit(rowTiles.Parts, Math.Clamp(wanted / panels.Parts, 1, maxGroups));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk)
    {
        nint panel = (nint)((uint)chunk / (uint)rowGroups.Parts), group = chunk - (panel * rowGroups.Parts);
        nint firstTile = panels.Start(panel), endTile = panels.Start(panel + 1);
        nint endRowTile = rowGroups.Start(group + 1);
        T** pointers = stackalloc T*[2 * 8 * TilesACall];
        T** targets = pointers + (8 * TilesACall);
        nint zero = 0, sliverBytes = K * GemmTiling<V, T>.MaxWidth * sizeof(T);
        nint most = sliverBytes > FirstCacheBytes && sliverBytes * (endTile - firstTile) <= SecondCacheBytes ? 1 : TilesACall;
        var tile = new GemmTile<T>
        {
            Rows = pointers, Targets = targets, RunOffsets = &zero, RunRows = &zero, Runs = 1, RunLength = K, StepA = A.ColumnStride,
            Accumulate = Accumulate, Relu = Relu,
        };
        for (nint rowTile = rowGroups.Start(group); rowTile < endRowTile; rowTile += tile.More + 1)
        {
            nint row = rowTiles.Start(rowTile);
            int rows = (int)rowTiles.Length(rowTile);
            tile.More = Math.Min(Math.Min(most, endRowTile - rowTile), rowTiles.AlikeFrom(rowTile)) - 1;
            for (int i = 0; i < rows * (tile.More + 1); i++)
            {
                pointers[i] = A.Data + ((row + i) * A.RowStride);
                targets[i] = C + ((row + i) * StrideC);
            }

            for (nint t = firstTile; t < endTile; t++)
            {
                nint first = Tiling.First(t), width = Tiling.Width(t);
                if (PackedB != null)
                {
                    tile.B = PackedB + (first * PackedRows) + (PackedFirst * width);
                    tile.StepB = width;
                }
                else if (first + width > Tiling.Columns)
                {
                    tile.B = LastB;
                    tile.StepB = width;
                }
                else
                {
                    tile.B = DirectB + first;
                    tile.StepB = DirectStrideB;
                }

                tile.Column = first;
                tile.Bias = Bias == null ? null : Bias + first;
                GemmEdges<V, T>.Run(ref tile, rows, Tiling.Vectors(t), Tiling.Columns - first);
            }
        }
    }
}
