using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Tiles that stick out of C, and products without products.</summary>
internal static unsafe class GemmEdges<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Pinned, so its place never changes.
    private static readonly T[] ZeroBias = GC.AllocateArray<T>(64, pinned: true);

    /// <summary>A bias of zeros for those who have none, as wide as any tile.</summary>
    public static readonly T* Zeros = (T*)Unsafe.AsPointer(ref ZeroBias[0]);

    /// <summary>Runs the microkernel on tiles of which only the first <paramref name="columns"/> columns belong to C and the bias.</summary>
    /// <param name="tile">The tile; its bias may be null. Comes back with another one.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="vectors">Registers of its width.</param>
    /// <param name="columns">Columns of C from the tile's first on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(ref GemmTile<T> tile, int rows, int vectors, nint columns)
    {
        if (columns < vectors * V.Count)
        {
            RunAside(ref tile, rows, vectors, columns);
            return;
        }

        if (tile.Bias == null)
        {
            tile.Bias = Zeros;
        }

        GemmTileKernel<V, T>.Run(tile, rows, vectors);
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

    // Each tile is computed in a buffer of full width, whose last row takes the bias.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunAside(ref GemmTile<T> tile, int rows, int vectors, nint columns)
    {
        nint width = vectors * V.Count;
        T* aside = GemmScratch.Rent<T>(ScratchUse.EdgeTile, 9 * width);
        T** asideTargets = stackalloc T*[8];
        T* bias = aside + (8 * width);
        for (nint i = 0; i < width; i++)
        {
            bias[i] = tile.Bias != null && i < columns ? tile.Bias[i] : T.Zero;
        }

        for (int row = 0; row < rows; row++)
        {
            asideTargets[row] = aside + (row * width);
        }

        GemmTile<T> one = tile;
        one.Bias = bias;
        one.Targets = asideTargets;
        one.Column = 0;
        one.More = 0;
        for (nint done = 0; done <= tile.More; done++)
        {
            T** targets = tile.Targets + (done * rows);
            for (int row = 0; tile.Accumulate && row < rows; row++)
            {
                for (nint i = 0; i < width; i++)
                {
                    asideTargets[row][i] = i < columns ? targets[row][tile.Column + i] : T.Zero;
                }
            }

            one.Rows = tile.Rows + (done * rows);
            GemmTileKernel<V, T>.Run(one, rows, vectors);
            for (int row = 0; row < rows; row++)
            {
                for (nint i = 0; i < columns; i++)
                {
                    targets[row][tile.Column + i] = asideTargets[row][i];
                }
            }
        }
    }
}
