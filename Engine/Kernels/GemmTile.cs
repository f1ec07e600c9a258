using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>A number known to the just-in-time compiler, which then folds the branches that depend on it.</summary>
internal interface ITileConstant
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

/// <summary>What one tile of a product reads and writes.</summary>
/// <remarks>
/// The K products of an element come in <see cref="Runs"/> runs of <see cref="RunLength"/>: element k of run r of row i is
/// <c>Rows[i][RunOffsets[r] + k·StepA]</c>, and it meets row <c>RunRows[r] + k</c> of B. One run is a plain or transposed matrix; a run a row
/// of the window makes a convolution that needs no im2col buffer; a run a row of the image makes its kernel's gradient.
/// </remarks>
internal unsafe struct GemmTile<T>
    where T : unmanaged
{
    /// <summary>Pointers to the rows of A.</summary>
    public T** Rows;

    /// <summary>Where each run begins, relative to a row's pointer.</summary>
    public nint* RunOffsets;

    /// <summary>The row of B that each run begins with.</summary>
    public nint* RunRows;

    /// <summary>From one k to the next in A.</summary>
    public nint StepA;

    /// <summary>How many runs, at least 1.</summary>
    public nint Runs;

    /// <summary>Products in a run, at least 1.</summary>
    public nint RunLength;

    /// <summary>The first row of B; a row holds at least a tile's width.</summary>
    public T* B;

    /// <summary>From one row of B to the next.</summary>
    public nint StepB;

    /// <summary>Where the rows of B that are read are left, one after the other, for the tiles that follow; or null.</summary>
    public T* CopyOfB;

    /// <summary>Pointers to the rows of C.</summary>
    public T** Targets;

    /// <summary>The tile's first column in the rows of C.</summary>
    public nint Column;

    /// <summary>Added to every row: a tile's width of it, zeros if there is none.</summary>
    public T* Bias;

    /// <summary>How many tiles of the same size follow below, each with the next rows' pointers: no call between them, which short sums feel.</summary>
    public nint More;

    /// <summary>Adds to what C holds instead of overwriting it.</summary>
    public bool Accumulate;

    /// <summary>Ends with max(0, ·).</summary>
    public bool Relu;

    /// <summary>Writes past the caches: the tile's rows begin and end with cache lines, and a store fence follows the last tile.</summary>
    public bool Streams;
}

/// <summary>The microkernel: a tile of C of up to 8 rows and 4 registers, kept in registers while K runs.</summary>
/// <remarks>
/// Every multiply–add takes one broadcast element of A and one register of B. Shapes keep rows·vectors + vectors + 1 within the machine's
/// registers: 6×4 for 32 of them, 6×2 for 16. Every element of C sums its products in the order of k, whatever the tile around it, so how a
/// matrix is cut into tiles does not change its bits.
/// </remarks>
internal static unsafe class GemmTileKernel<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Runs the kernel for a tile of the given size.</summary>
    /// <param name="tile">What to read and write.</param>
    /// <param name="rows">1 to <see cref="GemmTiling{V, T}.MaxRows"/> of the vectors.</param>
    /// <param name="vectors">1 to 4 registers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(in GemmTile<T> tile, int rows, int vectors)
    {
        if (tile.CopyOfB != null)
        {
            Run<One>(tile, rows, vectors);
        }
        else
        {
            Run<Zero>(tile, rows, vectors);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<TCopies>(in GemmTile<T> tile, int rows, int vectors)
        where TCopies : struct, ITileConstant
    {
        switch (vectors)
        {
            case 1: Run<One, TCopies>(tile, rows); break;
            case 2: Run<Two, TCopies>(tile, rows); break;
            case 3: Run<Three, TCopies>(tile, rows); break;
            default: Run<Four, TCopies>(tile, rows); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TVectors, TCopies>(in GemmTile<T> tile, int rows)
        where TVectors : struct, ITileConstant
        where TCopies : struct, ITileConstant
    {
        switch (rows)
        {
            case 1: Multiply<One, TVectors, TCopies>(tile); break;
            case 2: Multiply<Two, TVectors, TCopies>(tile); break;
            case 3: Multiply<Three, TVectors, TCopies>(tile); break;
            case 4: Multiply<Four, TVectors, TCopies>(tile); break;
            case 5: Multiply<Five, TVectors, TCopies>(tile); break;
            case 6: Multiply<Six, TVectors, TCopies>(tile); break;
            case 7: Multiply<Seven, TVectors, TCopies>(tile); break;
            default: Multiply<Eight, TVectors, TCopies>(tile); break;
        }
    }

    // The loops test at their ends and the epilogue does not branch by element: otherwise the register allocator spills accumulators in the loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TRows, TVectors, TCopies>(in GemmTile<T> tile)
        where TRows : struct, ITileConstant
        where TVectors : struct, ITileConstant
        where TCopies : struct, ITileConstant
    {
        T* bias = tile.Bias;
        T** rows = tile.Rows, targets = tile.Targets;
        nint stepA = tile.StepA, stepB = tile.StepB, column = tile.Column, left = tile.More;
        do
        {
            V c00 = V.Load(bias);
            V c01 = TVectors.Value > 1 ? V.Load(bias + V.Count) : V.Zero;
            V c02 = TVectors.Value > 2 ? V.Load(bias + (2 * V.Count)) : V.Zero;
            V c03 = TVectors.Value > 3 ? V.Load(bias + (3 * V.Count)) : V.Zero;
            V c10 = c00, c11 = c01, c12 = c02, c13 = c03;
            V c20 = c00, c21 = c01, c22 = c02, c23 = c03;
            V c30 = c00, c31 = c01, c32 = c02, c33 = c03;
            V c40 = c00, c41 = c01, c42 = c02, c43 = c03;
            V c50 = c00, c51 = c01, c52 = c02, c53 = c03;
            V c60 = c00, c61 = c01, c62 = c02, c63 = c03;
            V c70 = c00, c71 = c01, c72 = c02, c73 = c03;
            T* a1 = null, a2 = null, a3 = null, a4 = null, a5 = null, a6 = null, a7 = null;
            T* a0 = rows[0];
            if (TRows.Value > 1) { a1 = rows[1]; }
            if (TRows.Value > 2) { a2 = rows[2]; }
            if (TRows.Value > 3) { a3 = rows[3]; }
            if (TRows.Value > 4) { a4 = rows[4]; }
            if (TRows.Value > 5) { a5 = rows[5]; }
            if (TRows.Value > 6) { a6 = rows[6]; }
            if (TRows.Value > 7) { a7 = rows[7]; }
            if (tile.Accumulate && Sse.IsSupported)
            {
                // On their way while the products are summed.
                Fetch<TVectors>(targets[0] + column);
                if (TRows.Value > 1) { Fetch<TVectors>(targets[1] + column); }
                if (TRows.Value > 2) { Fetch<TVectors>(targets[2] + column); }
                if (TRows.Value > 3) { Fetch<TVectors>(targets[3] + column); }
                if (TRows.Value > 4) { Fetch<TVectors>(targets[4] + column); }
                if (TRows.Value > 5) { Fetch<TVectors>(targets[5] + column); }
                if (TRows.Value > 6) { Fetch<TVectors>(targets[6] + column); }
                if (TRows.Value > 7) { Fetch<TVectors>(targets[7] + column); }
            }

            T* copy = TCopies.Value > 0 ? tile.CopyOfB : null;
            nint ahead = 8 * stepB, run = 0;
            do
            {
                nint k = tile.RunOffsets[run];
                nint end = k + (tile.RunLength * stepA);
                T* b = tile.B + (tile.RunRows[run] * stepB);
                do
                {
                    V b0 = V.Load(b);
                    V b1 = TVectors.Value > 1 ? V.Load(b + V.Count) : V.Zero;
                    V b2 = TVectors.Value > 2 ? V.Load(b + (2 * V.Count)) : V.Zero;
                    V b3 = TVectors.Value > 3 ? V.Load(b + (3 * V.Count)) : V.Zero;
                    if (TCopies.Value > 0)
                    {
                        if (Sse.IsSupported) { Sse.Prefetch0(b + ahead); }
                        Store<TVectors>(copy, b0, b1, b2, b3);
                        copy += TVectors.Value * V.Count;
                    }

                    MultiplyAdd<TVectors>(a0[k], b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
                    if (TRows.Value > 1) { MultiplyAdd<TVectors>(a1[k], b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13); }
                    if (TRows.Value > 2) { MultiplyAdd<TVectors>(a2[k], b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23); }
                    if (TRows.Value > 3) { MultiplyAdd<TVectors>(a3[k], b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33); }
                    if (TRows.Value > 4) { MultiplyAdd<TVectors>(a4[k], b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43); }
                    if (TRows.Value > 5) { MultiplyAdd<TVectors>(a5[k], b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53); }
                    if (TRows.Value > 6) { MultiplyAdd<TVectors>(a6[k], b0, b1, b2, b3, ref c60, ref c61, ref c62, ref c63); }
                    if (TRows.Value > 7) { MultiplyAdd<TVectors>(a7[k], b0, b1, b2, b3, ref c70, ref c71, ref c72, ref c73); }
                    b += stepB;
                    k += stepA;
                }
                while (k != end);
            }
            while (++run < tile.Runs);

            if (tile.Accumulate)
            {
                Add<TVectors>(targets[0] + column, ref c00, ref c01, ref c02, ref c03);
                if (TRows.Value > 1) { Add<TVectors>(targets[1] + column, ref c10, ref c11, ref c12, ref c13); }
                if (TRows.Value > 2) { Add<TVectors>(targets[2] + column, ref c20, ref c21, ref c22, ref c23); }
                if (TRows.Value > 3) { Add<TVectors>(targets[3] + column, ref c30, ref c31, ref c32, ref c33); }
                if (TRows.Value > 4) { Add<TVectors>(targets[4] + column, ref c40, ref c41, ref c42, ref c43); }
                if (TRows.Value > 5) { Add<TVectors>(targets[5] + column, ref c50, ref c51, ref c52, ref c53); }
                if (TRows.Value > 6) { Add<TVectors>(targets[6] + column, ref c60, ref c61, ref c62, ref c63); }
                if (TRows.Value > 7) { Add<TVectors>(targets[7] + column, ref c70, ref c71, ref c72, ref c73); }
            }

            if (tile.Relu)
            {
                Rectify<TVectors>(ref c00, ref c01, ref c02, ref c03);
                if (TRows.Value > 1) { Rectify<TVectors>(ref c10, ref c11, ref c12, ref c13); }
                if (TRows.Value > 2) { Rectify<TVectors>(ref c20, ref c21, ref c22, ref c23); }
                if (TRows.Value > 3) { Rectify<TVectors>(ref c30, ref c31, ref c32, ref c33); }
                if (TRows.Value > 4) { Rectify<TVectors>(ref c40, ref c41, ref c42, ref c43); }
                if (TRows.Value > 5) { Rectify<TVectors>(ref c50, ref c51, ref c52, ref c53); }
                if (TRows.Value > 6) { Rectify<TVectors>(ref c60, ref c61, ref c62, ref c63); }
                if (TRows.Value > 7) { Rectify<TVectors>(ref c70, ref c71, ref c72, ref c73); }
            }

            if (tile.Streams)
            {
                Stream<TVectors>(targets[0] + column, c00, c01, c02, c03);
                if (TRows.Value > 1) { Stream<TVectors>(targets[1] + column, c10, c11, c12, c13); }
                if (TRows.Value > 2) { Stream<TVectors>(targets[2] + column, c20, c21, c22, c23); }
                if (TRows.Value > 3) { Stream<TVectors>(targets[3] + column, c30, c31, c32, c33); }
                if (TRows.Value > 4) { Stream<TVectors>(targets[4] + column, c40, c41, c42, c43); }
                if (TRows.Value > 5) { Stream<TVectors>(targets[5] + column, c50, c51, c52, c53); }
                if (TRows.Value > 6) { Stream<TVectors>(targets[6] + column, c60, c61, c62, c63); }
                if (TRows.Value > 7) { Stream<TVectors>(targets[7] + column, c70, c71, c72, c73); }
            }
            else
            {
                Store<TVectors>(targets[0] + column, c00, c01, c02, c03);
                if (TRows.Value > 1) { Store<TVectors>(targets[1] + column, c10, c11, c12, c13); }
                if (TRows.Value > 2) { Store<TVectors>(targets[2] + column, c20, c21, c22, c23); }
                if (TRows.Value > 3) { Store<TVectors>(targets[3] + column, c30, c31, c32, c33); }
                if (TRows.Value > 4) { Store<TVectors>(targets[4] + column, c40, c41, c42, c43); }
                if (TRows.Value > 5) { Store<TVectors>(targets[5] + column, c50, c51, c52, c53); }
                if (TRows.Value > 6) { Store<TVectors>(targets[6] + column, c60, c61, c62, c63); }
                if (TRows.Value > 7) { Store<TVectors>(targets[7] + column, c70, c71, c72, c73); }
            }

            rows += TRows.Value;
            targets += TRows.Value;
        }
        while (--left >= 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<TVectors>(T a, V b0, V b1, V b2, V b3, ref V c0, ref V c1, ref V c2, ref V c3)
        where TVectors : struct, ITileConstant
    {
        V x = V.Create(a);
        V.Accumulate(ref c0, x, b0);
        if (TVectors.Value > 1) { V.Accumulate(ref c1, x, b1); }
        if (TVectors.Value > 2) { V.Accumulate(ref c2, x, b2); }
        if (TVectors.Value > 3) { V.Accumulate(ref c3, x, b3); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<TVectors>(T* c)
        where TVectors : struct, ITileConstant
    {
        Sse.Prefetch0(c);
        if (TVectors.Value * V.Count * sizeof(T) > 64) { Sse.Prefetch0((byte*)c + 64); }
        if (TVectors.Value * V.Count * sizeof(T) > 128) { Sse.Prefetch0((byte*)c + 128); }
        if (TVectors.Value * V.Count * sizeof(T) > 192) { Sse.Prefetch0((byte*)c + 192); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVectors>(T* c, ref V c0, ref V c1, ref V c2, ref V c3)
        where TVectors : struct, ITileConstant
    {
        c0 += V.Load(c);
        if (TVectors.Value > 1) { c1 += V.Load(c + V.Count); }
        if (TVectors.Value > 2) { c2 += V.Load(c + (2 * V.Count)); }
        if (TVectors.Value > 3) { c3 += V.Load(c + (3 * V.Count)); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rectify<TVectors>(ref V c0, ref V c1, ref V c2, ref V c3)
        where TVectors : struct, ITileConstant
    {
        c0 = Rectified(c0);
        if (TVectors.Value > 1) { c1 = Rectified(c1); }
        if (TVectors.Value > 2) { c2 = Rectified(c2); }
        if (TVectors.Value > 3) { c3 = Rectified(c3); }
    }

    // Not Max: a NaN must stay one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Rectified(V value) => V.Select(V.LessThan(value, V.Zero), V.Zero, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Stream<TVectors>(T* c, V c0, V c1, V c2, V c3)
        where TVectors : struct, ITileConstant
    {
        V.StoreStreaming(c0, c);
        if (TVectors.Value > 1) { V.StoreStreaming(c1, c + V.Count); }
        if (TVectors.Value > 2) { V.StoreStreaming(c2, c + (2 * V.Count)); }
        if (TVectors.Value > 3) { V.StoreStreaming(c3, c + (3 * V.Count)); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVectors>(T* c, V c0, V c1, V c2, V c3)
        where TVectors : struct, ITileConstant
    {
        V.Store(c0, c);
        if (TVectors.Value > 1) { V.Store(c1, c + V.Count); }
        if (TVectors.Value > 2) { V.Store(c2, c + (2 * V.Count)); }
        if (TVectors.Value > 3) { V.Store(c3, c + (3 * V.Count)); }
    }
}

/// <summary>Zero.</summary>
internal readonly struct Zero : ITileConstant { public static int Value => 0; }

/// <summary>One.</summary>
internal readonly struct One : ITileConstant { public static int Value => 1; }

/// <summary>Two.</summary>
internal readonly struct Two : ITileConstant { public static int Value => 2; }

/// <summary>Three.</summary>
internal readonly struct Three : ITileConstant { public static int Value => 3; }

/// <summary>Four.</summary>
internal readonly struct Four : ITileConstant { public static int Value => 4; }

/// <summary>Five.</summary>
internal readonly struct Five : ITileConstant { public static int Value => 5; }

/// <summary>Six.</summary>
internal readonly struct Six : ITileConstant { public static int Value => 6; }

/// <summary>Seven.</summary>
internal readonly struct Seven : ITileConstant { public static int Value => 7; }

/// <summary>Eight.</summary>
internal readonly struct Eight : ITileConstant { public static int Value => 8; }
