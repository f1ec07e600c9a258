using System.Numerics;

namespace Engine.Kernels;

/// <summary>One block of K of a product: chunks are panels of columns times groups of rows.</summary>
internal unsafe struct GemmTileJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public nint M, N, K;
    public StridedMatrix<T> A;

    // Packed slivers, each of PackedRows rows of which K are used from PackedFirst on; or B where it lies, and its last sliver packed.
    public T* PackedB;
    public nint PackedRows, PackedFirst;
    public T* DirectB;
    public nint DirectStrideB;
    public T* LastB;

    public T* C;
    public nint StrideC;
    public T* Bias;
    public bool Accumulate, Relu;
    public T Least;

    private nint panels, rowGroups;

    public readonly int Chunks => (int)(panels * rowGroups);

    /// <summary>Cuts C into chunks, for blocks of up to <paramref name="k"/> products.</summary>
    public void Cut(nint k, nint panelBytes)
    {
        nint tiles = GemmTiling<V, T>.ColumnTiles(N);
        nint wanted = (nint)Math.Min(256, 2.0 * M * N * k / Gemm.ChunkOperations);
        nint fitting = Math.Max(1, panelBytes / (k * GemmTiling<V, T>.MaxWidth * sizeof(T)));
        panels = Math.Clamp(wanted, (tiles + fitting - 1) / fitting, tiles);
        rowGroups = Math.Clamp(wanted / panels, 1, Math.Max(1, M / 48));
    }

    public readonly void Run(int chunk)
    {
        nint tiles = GemmTiling<V, T>.ColumnTiles(N);
        nint panel = chunk / rowGroups, group = chunk % rowGroups;
        nint firstTile = GemmTiling<V, T>.Split(tiles, panels, panel), endTile = GemmTiling<V, T>.Split(tiles, panels, panel + 1);
        nint row = GemmTiling<V, T>.Split(M, rowGroups, group), endRow = GemmTiling<V, T>.Split(M, rowGroups, group + 1);
        int maxRows = GemmTiling<V, T>.MaxRows(GemmTiling<V, T>.ColumnTile(N, tiles, firstTile, out _));
        T** pointers = stackalloc T*[8];
        nint noOffset = 0;
        var tile = new GemmTile<T>
        {
            Rows = pointers, RunOffsets = &noOffset, Runs = 1, RunLength = K, StepA = A.ColumnStride, StrideC = StrideC, Accumulate = Accumulate,
            Least = Least,
        };
        nint rowTiles = (endRow - row + maxRows - 1) / maxRows;
        for (; rowTiles > 0; rowTiles--)
        {
            int rows = (int)((endRow - row + rowTiles - 1) / rowTiles);
            T* a = A.Data + (row * A.RowStride);
            for (int i = 0; i < rows; i++)
            {
                pointers[i] = a + (i * A.RowStride);
            }

            for (nint t = firstTile; t < endTile; t++)
            {
                int vectors = GemmTiling<V, T>.ColumnTile(N, tiles, t, out nint first);
                nint width = vectors * V.Count;
                if (PackedB != null)
                {
                    tile.B = PackedB + (first * PackedRows) + (PackedFirst * width);
                    tile.StepB = width;
                }
                else if (first + width > N)
                {
                    tile.B = LastB;
                    tile.StepB = width;
                }
                else
                {
                    tile.B = DirectB + first;
                    tile.StepB = DirectStrideB;
                }

                tile.C = C + (row * StrideC) + first;
                tile.Bias = Bias == null ? null : Bias + first;
                GemmEdges<V, T>.Run(ref tile, rows, vectors, N - first);
            }

            row += rows;
        }
    }
}

/// <summary>Tiles that stick out of C, and products without products.</summary>
internal static unsafe class GemmEdges<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // A bias of zeros for those who have none.
    private static readonly T[] Zeros = GC.AllocateArray<T>(64, pinned: true);

    /// <summary>Runs the microkernel on a tile of which only the first <paramref name="columns"/> columns belong to C and the bias.</summary>
    /// <param name="tile">The tile; its bias may be null. Comes back with another one.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="vectors">Registers of its width.</param>
    /// <param name="columns">Columns of C from the tile's first on.</param>
    public static void Run(ref GemmTile<T> tile, int rows, int vectors, nint columns)
    {
        nint width = vectors * V.Count;
        T* zeros = (T*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref Zeros[0]);
        if (columns >= width)
        {
            tile.Bias = tile.Bias == null ? zeros : tile.Bias;
            GemmTileKernel<V, T>.Run(tile, rows, vectors);
            return;
        }

        // The tile is computed aside, in a buffer of full width, whose last row takes the bias.
        T* aside = GemmScratch.Rent<T>(ScratchUse.EdgeTile, 9 * width);
        T* c = tile.C;
        nint strideC = tile.StrideC;
        if (tile.Bias == null)
        {
            tile.Bias = zeros;
        }
        else
        {
            T* bias = aside + (8 * width);
            for (nint i = 0; i < width; i++)
            {
                bias[i] = i < columns ? tile.Bias[i] : T.Zero;
            }

            tile.Bias = bias;
        }

        if (tile.Accumulate)
        {
            for (nint row = 0; row < rows; row++)
            {
                for (nint i = 0; i < width; i++)
                {
                    aside[(row * width) + i] = i < columns ? c[(row * strideC) + i] : T.Zero;
                }
            }
        }

        tile.C = aside;
        tile.StrideC = width;
        GemmTileKernel<V, T>.Run(tile, rows, vectors);
        for (nint row = 0; row < rows; row++)
        {
            for (nint i = 0; i < columns; i++)
            {
                c[(row * strideC) + i] = aside[(row * width) + i];
            }
        }

        tile.C = c;
        tile.StrideC = strideC;
    }

    /// <summary>The product over no k at all: zero, and what the epilogue makes of it.</summary>
    public static void Empty(nint m, nint n, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        for (nint row = 0; row < m; row++)
        {
            for (nint column = 0; column < n; column++)
            {
                T* at = c + (row * strideC) + column;
                *at = Finish(epilogue.Accumulate ? *at : T.Zero, epilogue, column);
            }
        }
    }

    /// <summary>Adds the bias and cuts below zero, for one element.</summary>
    public static T Finish(T value, GemmEpilogue<T> epilogue, nint column)
    {
        value += epilogue.Bias == null ? T.Zero : epilogue.Bias[column];
        return epilogue.Relu && value < T.Zero ? T.Zero : value;
    }
}
