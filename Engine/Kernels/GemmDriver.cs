using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Chooses how a product is cut, packed and shared among threads, for one register width and type.</summary>
internal static unsafe class GemmDriver<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // A block of K: long enough that reading and writing C is rare, short enough that a tile's rows of A stay near.
    private const int BlockBytes = 2048;

    // Columns that are packed at once, so that scratch memory is bounded.
    private const int MaxPackedColumns = 4096;

    // B is read where it lies if it is small or if only one tile's rows pass by.
    private const int DirectBytes = 65536;
    private const int DirectRows = 6;

    // Each sliver of B is packed just before its use if no more rows than these pass by.
    private const int SliverRows = 64;

    // A larger transposed A is packed: its rows share few cache lines, and many of these share cache sets.
    private const int DirectBytesOfTransposed = 524_288;

    /// <summary>See <see cref="Gemm.Multiply{T}(nint, nint, nint, StridedMatrix{T}, StridedMatrix{T}, T*, nint, GemmEpilogue{T})"/>.</summary>
    public static void Multiply(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        if (m <= 0 || n <= 0)
        {
            return;
        }

        if (k <= 0)
        {
            GemmEdges<V, T>.Empty(m, n, c, strideC, epilogue);
            return;
        }

        if (GemmVector<V, T>.TryMultiply(m, n, k, a, b, c, strideC, epilogue))
        {
            return;
        }

        nint parts = PartsOfK(m, n, k);
        if (parts > 1)
        {
            GemmSplit<V, T>.Multiply(m, n, k, a, b, c, strideC, epilogue, (int)parts);
            return;
        }

        MultiplyWhole(m, n, k, a, b, c, strideC, epilogue);
    }

    /// <summary>C = epilogue(A·B) for nonempty matrices, K in one sum.</summary>
    public static void MultiplyWhole(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        bool direct = b.ColumnStride == 1 && (m <= DirectRows || k * n * sizeof(T) <= DirectBytes);
        if (direct)
        {
            Blocks(m, n, k, a, b, null, 0, c, strideC, epilogue);
            return;
        }

        if (m <= SliverRows)
        {
            GemmSliverJob<V, T>.Multiply(m, n, k, a, b, c, strideC, epilogue);
            return;
        }

        for (nint column = 0; column < n; column += MaxPackedColumns)
        {
            nint columns = Math.Min(MaxPackedColumns, n - column);
            Blocks(m, columns, k, a, b.From(0, column), null, BlockCount(k), c + column, strideC, epilogue.From(column));
        }
    }

    /// <summary>See <see cref="Gemm.Multiply{T}(nint, StridedMatrix{T}, PackedMatrix{T}, T*, nint, GemmEpilogue{T})"/>.</summary>
    public static void Multiply(nint m, StridedMatrix<T> a, PackedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        if (m <= 0 || b.Columns <= 0)
        {
            return;
        }

        if (b.Rows <= 0)
        {
            GemmEdges<V, T>.Empty(m, b.Columns, c, strideC, epilogue);
            return;
        }

        Blocks(m, b.Columns, b.Rows, a, default, b.Data, BlockCount(b.Rows), c, strideC, epilogue);
    }

    /// <summary>C = A·B, or C + A·B, on this thread alone, for a nonempty packed B whose columns fill its registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyInline(nint m, StridedMatrix<T> a, PackedMatrix<T> b, T* c, nint strideC)
        => MultiplyInline(1, m, a, 0, b, 0, c, 0, strideC, accumulate: false);

    /// <summary>As many such products as <paramref name="batch"/> says, each with its operands at a distance from the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyInline(
        nint batch, nint m, StridedMatrix<T> a, nint stepA, PackedMatrix<T> b, nint stepB, T* c, nint stepC, nint strideC, bool accumulate)
    {
        var tiling = new GemmTiling<V, T>(b.Columns);
        EvenSplit rowTiles = EvenSplit.AtMost(m, tiling.MaxRows);
        T** rows = GemmScratch.RentPointers<T>(ScratchUse.RowPointers, 2 * m), targets = rows + m;
        for (nint row = 0; row < m; row++)
        {
            rows[row] = a.Data + (row * a.RowStride);
            targets[row] = c + (row * strideC);
        }

        // The pointers serve all products: its distance from the first is where a product's run begins, and what its columns shift by.
        nint offset = 0, zero = 0;
        var tile = new GemmTile<T>
        {
            RunOffsets = &offset, RunRows = &zero, Runs = 1, RunLength = b.Rows, StepA = a.ColumnStride, Bias = GemmEdges<V, T>.Zeros,
            Accumulate = accumulate,
        };
        for (nint product = 0; product < batch; product++, offset += stepA)
        {
            for (nint t = 0; t < tiling.Tiles; t++)
            {
                nint column = tiling.First(t);
                tile.Column = (product * stepC) + column;
                tile.StepB = tiling.Width(t);
                tile.B = b.Data + (product * stepB) + (column * b.Rows);
                for (nint first = 0; first < rowTiles.Parts; first += tile.More + 1)
                {
                    tile.Rows = rows + rowTiles.Start(first);
                    tile.Targets = targets + rowTiles.Start(first);
                    tile.More = rowTiles.AlikeFrom(first) - 1;
                    GemmTileKernel<V, T>.Run(tile, (int)rowTiles.Length(first), tiling.Vectors(t));
                }
            }
        }
    }

    /// <summary>See <see cref="Gemm.Pack{T}"/>.</summary>
    public static void Pack(nint k, nint n, StridedMatrix<T> b, T* buffer)
    {
        if (k > 0 && n > 0)
        {
            Pack(default, 0, n, k, k, 0, b, null, buffer);
        }
    }

    // Partial sums over K when C has too few tiles to keep a team busy; by the shape alone.
    private static nint PartsOfK(nint m, nint n, nint k)
    {
        double operations = 2.0 * m * n * k;
        nint tiles = new GemmTiling<V, T>(n).Tiles * ((m + 5) / 6);
        return tiles >= 8 || operations < 4 * Gemm.ChunkOperations ? 1 : Math.Clamp(k / 1024, 1, 8);
    }

    private static nint BlockCount(nint k) => ((k * sizeof(T)) + BlockBytes - 1) / BlockBytes;

    // blocks: how many blocks of K; 0 reads B where it lies, in one.
    private static void Blocks(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* packed, nint blocks, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        bool direct = blocks == 0;
        blocks = Math.Max(1, blocks);
        nint longest = (k + blocks - 1) / blocks;
        bool packA = !direct && a.ColumnStride != 1 && m * k * sizeof(T) > DirectBytesOfTransposed;
        T* panels = packed != null || direct ? null : GemmScratch.Rent<T>(ScratchUse.PackedB, longest * GemmTiling<V, T>.PaddedColumns(n));

        // Rows a power of two apart would share cache sets.
        nint strideA = longest + (64 / sizeof(T));
        T* rows = packA ? GemmScratch.Rent<T>(ScratchUse.PackedA, strideA * m) : null;
        var job = new GemmTileJob<V, T> { M = m, Tiling = new(n), C = c, StrideC = strideC };
        job.Cut(longest);
        if (direct)
        {
            job.DirectB = b.Data;
            job.DirectStrideB = b.RowStride;
            nint last = job.Tiling.Tiles - 1, first = job.Tiling.First(last), width = job.Tiling.Width(last);
            if (first + width > n)
            {
                // The last tile reaches beyond the matrix: only it is packed.
                job.LastB = GemmScratch.Rent<T>(ScratchUse.PackedB, k * width);
                GemmPacking.PackColumns(b.Data + first, b.RowStride, 1, k, n - first, width, job.LastB);
            }
        }

        var split = new EvenSplit(k, blocks);
        for (nint block = 0; block < blocks; block++)
        {
            nint start = split.Start(block), length = split.Length(block);
            StridedMatrix<T> blockA = a.From(0, start);
            if (panels != null || packA)
            {
                Pack(blockA, packA ? m : 0, panels != null ? n : 0, length, longest, strideA, b.From(start, 0), rows, panels);
            }

            job.K = length;
            job.A = packA ? new StridedMatrix<T>(rows, strideA, 1) : blockA;
            job.PackedB = packed != null ? packed : panels;
            job.PackedRows = packed != null ? k : longest;
            job.PackedFirst = packed != null ? start : 0;
            job.Bias = block == 0 ? epilogue.Bias : null;
            job.Accumulate = block > 0 || epilogue.Accumulate;
            job.Relu = epilogue.Relu && block == blocks - 1;
            WorkerTeam.Run(job, job.Chunks);
        }
    }

    private static void Pack(
        StridedMatrix<T> a, nint m, nint n, nint k, nint sliverRows, nint strideA, StridedMatrix<T> b, T* rows, T* panels)
    {
        var job = new GemmPackJob<V, T>
        {
            A = a, M = m, N = n, K = k, SliverRows = sliverRows, StrideA = strideA, B = b, Rows = rows, Panels = panels,
        };
        nint elements = k * (m + n);
        job.Chunks = (int)Math.Clamp(elements / 16384, 1, 32);
        WorkerTeam.Run(job, job.Chunks);
    }
}

/// <summary>Packs slivers of B, and rows of a transposed A, each chunk some of both.</summary>
internal unsafe struct GemmPackJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public StridedMatrix<T> A, B;
    public nint M, N, K, SliverRows, StrideA;
    public T* Rows;
    public T* Panels;
    public int Chunks;

    // Rows of B that are packed together: their lines in a sliver lie one after the other.
    private const int RowsAtOnce = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk)
    {
        if (N > 0)
        {
            var tiling = new GemmTiling<V, T>(N);
            bool byRows = B.ColumnStride == 1;
            var share = new EvenSplit(byRows ? K : tiling.Tiles, Chunks);
            if (byRows)
            {
                PackRowsOfB(tiling, share.Start(chunk), share.Start(chunk + 1));
            }

            for (nint tile = share.Start(chunk); tile < share.Start(chunk + 1) && !byRows; tile++)
            {
                nint first = tiling.First(tile), width = tiling.Width(tile);
                GemmPacking.PackColumns(B.Data + (first * B.ColumnStride), B.RowStride, B.ColumnStride, K, Math.Min(width, N - first), width,
                    Panels + (first * SliverRows));
            }
        }

        if (M > 0)
        {
            var share = new EvenSplit(M, Chunks);
            nint row = share.Start(chunk);
            GemmPacking.PackRows(A.From(row, 0), share.Length(chunk), K, Rows + (row * StrideA), StrideA);
        }
    }

    // A few rows at a time, as B lies in memory: all slivers grow together, by some cache lines each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void PackRowsOfB(GemmTiling<V, T> tiling, nint row, nint end)
    {
        for (; row < end; row += RowsAtOnce)
        {
            nint rows = Math.Min(RowsAtOnce, end - row);
            T* from = B.Data + (row * B.RowStride);
            for (nint tile = 0; tile < tiling.Tiles; tile++)
            {
                nint first = tiling.First(tile), width = tiling.Width(tile);
                GemmPacking.PackColumns(
                    from + first, B.RowStride, 1, rows, Math.Min(width, N - first), width, Panels + (first * SliverRows) + (row * width));
            }
        }
    }
}
