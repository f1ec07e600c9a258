using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>How a matrix is cut into tiles of the microkernel: evenly, so that no tile is much narrower or lower than the others.</summary>
/// <remarks>32 rows by at most 6 are 6+6+5+5+5+5, not 5·6+2: a low tile reads as much of B as a full one and does less with it.</remarks>
internal static class GemmTiling<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // 32 registers of 512 bits hold 6×4 + 4 + 1, 16 of the narrower ones 6×2 + 2 + 1.
    private static bool Wide
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Count * Unsafe.SizeOf<T>() == 64;
    }

    /// <summary>The widest tile, in registers.</summary>
    public static int MaxVectors => Wide ? 4 : 2;

    /// <summary>The widest tile, in elements.</summary>
    public static int MaxWidth => MaxVectors * V.Count;

    /// <summary>The highest tile of that many registers' width.</summary>
    public static int MaxRows(int vectors) => vectors == 1 || (Wide && vectors < 4) ? 8 : 6;

    /// <summary>Registers that cover that many columns.</summary>
    public static nint Vectors(nint columns) => (columns + V.Count - 1) / V.Count;

    /// <summary>Tiles that cover that many columns.</summary>
    public static nint ColumnTiles(nint columns) => (Vectors(columns) + MaxVectors - 1) / MaxVectors;

    /// <summary>The place of a column tile.</summary>
    /// <param name="columns">The matrix' columns.</param>
    /// <param name="tiles">Their <see cref="ColumnTiles"/>.</param>
    /// <param name="tile">Which one.</param>
    /// <param name="first">Its first column.</param>
    /// <returns>Its width in registers.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ColumnTile(nint columns, nint tiles, nint tile, out nint first)
    {
        nint start = Split(Vectors(columns), tiles, tile);
        first = start * V.Count;
        return (int)(Split(Vectors(columns), tiles, tile + 1) - start);
    }

    /// <summary>Where part <paramref name="index"/> of <paramref name="parts"/> begins: the first parts are the larger ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Split(nint count, nint parts, nint index)
    {
        nint quotient = count / parts;
        return (index * quotient) + Math.Min(index, count - (quotient * parts));
    }
}
