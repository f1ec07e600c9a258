using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A count cut into parts that differ by one at most, the larger ones first.</summary>
/// <remarks>Divides once: a division takes as long as a row of multiply–adds, too long for every tile.</remarks>
internal readonly struct EvenSplit
{
    private readonly nint quotient, remainder;

    /// <summary>Cuts <paramref name="count"/> into <paramref name="parts"/>, at least one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public EvenSplit(nint count, nint parts)
    {
        Parts = parts;
        quotient = (nint)((nuint)count / (nuint)parts);
        remainder = count - (quotient * parts);
    }

    /// <summary>How many parts.</summary>
    public nint Parts { get; }

    /// <summary>Cuts <paramref name="count"/> into as few parts as none exceeds <paramref name="most"/>, at least one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EvenSplit AtMost(nint count, nint most) => new(count, Math.Max(1, (nint)((nuint)(count + most - 1) / (nuint)most)));

    /// <summary>Where part <paramref name="index"/> begins; of <see cref="Parts"/>, the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Start(nint index) => (index * quotient) + Math.Min(index, remainder);

    /// <summary>How many parts from <paramref name="index"/> on have that one's size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint AlikeFrom(nint index) => (index < remainder ? remainder : Parts) - index;

    /// <summary>The size of part <paramref name="index"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Length(nint index) => index < remainder ? quotient + 1 : quotient;
}

/// <summary>How a matrix is cut into tiles of the microkernel: evenly, so that no tile is much narrower or lower than the others.</summary>
/// <remarks>32 rows by at most 6 are 6+6+5+5+5+5, not 5·6+2: a low tile reads as much of B as a full one and does less with it.</remarks>
internal readonly struct GemmTiling<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly EvenSplit vectors;

    /// <summary>Tiles for a matrix of that many columns.</summary>
    public GemmTiling(nint columns)
    {
        Columns = columns;
        vectors = EvenSplit.AtMost(PaddedColumns(columns) / V.Count, MaxVectors);
    }

    /// <summary>The matrix' columns.</summary>
    public nint Columns { get; }

    /// <summary>Tiles that cover the columns.</summary>
    public nint Tiles
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => vectors.Parts;
    }

    /// <summary>The widest tile, in elements.</summary>
    public static int MaxWidth => MaxVectors * V.Count;

    /// <summary>Rows of the highest tile, as wide as the widest here.</summary>
    public int MaxRows => MaxRowsOf(Vectors(0));

    // 32 registers of 512 bits hold 6×4 + 4 + 1, 16 of the narrower ones 6×2 + 2 + 1.
    private static bool Wide
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Count * Unsafe.SizeOf<T>() == 64;
    }

    private static int MaxVectors => Wide ? 4 : 2;

    /// <summary>The highest tile of that many registers' width.</summary>
    public static int MaxRowsOf(int vectors) => vectors == 1 || (Wide && vectors < 4) ? 8 : 6;

    /// <summary>Columns of the registers that cover that many columns.</summary>
    public static nint PaddedColumns(nint columns) => (columns + V.Count - 1) / V.Count * V.Count;

    /// <summary>The width of a tile, in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Vectors(nint tile) => (int)vectors.Length(tile);

    /// <summary>The width of a tile, in elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Width(nint tile) => vectors.Length(tile) * V.Count;

    /// <summary>The first column of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint First(nint tile) => vectors.Start(tile) * V.Count;
}
