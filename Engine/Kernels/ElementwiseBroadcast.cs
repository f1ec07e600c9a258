using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Computes a run of results whose operands each are contiguous or one repeated value.</summary>
internal unsafe interface IBroadcastBlock
{
    /// <summary>y[i] from a[i], b[i], c[i] for i in [0, length).</summary>
    void Run(byte* a, bool aRepeats, byte* b, bool bRepeats, byte* c, bool cRepeats, byte* y, nint length);
}

/// <summary>How up to three operands are laid against a result under NumPy's rules: axes aligned at the end, a length of 1
/// repeated.</summary>
/// <remarks>Neighbouring axes that every operand walks through in one go are merged, so that most cases are one or two loops.</remarks>
internal unsafe struct Broadcasting
{
    private const int MaxRank = 8;

    // Rows shorter than this cost more in calls than in arithmetic: their operands are laid out in a small buffer first.
    private const int ShortRow = 32;
    private const int TileLength = 1024;

    private fixed long lengths[MaxRank];
    private fixed long strides[3 * MaxRank];
    private int rank;

    /// <summary>Elements of the result.</summary>
    public long Length { get; private set; }

    /// <summary>Lays two operands against a result whose shape was found to fit them.</summary>
    public static Broadcasting Of(ReadOnlySpan<int> result, ReadOnlySpan<int> a, ReadOnlySpan<int> b) => Of(result, a, b, []);

    /// <summary>Lays three operands against a result whose shape was found to fit them.</summary>
    public static Broadcasting Of(ReadOnlySpan<int> result, ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> c)
    {
        var plan = default(Broadcasting);
        plan.Length = 1;
        long aSize = 1, bSize = 1, cSize = 1;
        for (int fromEnd = 1; fromEnd <= result.Length; fromEnd++)
        {
            int length = result[^fromEnd];
            plan.Length *= length;
            plan.Prepend(length, Stride(a, fromEnd, ref aSize), Stride(b, fromEnd, ref bSize), Stride(c, fromEnd, ref cSize));
        }
        if (plan.rank == 0) plan.Prepend(1, 0, 0, 0, always: true);
        return plan;
    }

    /// <summary>Runs a block function over the whole result, in chunks over the worker team.</summary>
    public static void Run<TBlock>(
        in Broadcasting plan, TBlock block, byte* a, int aBytes, byte* b, int bBytes, byte* c, int cBytes, byte* y, int yBytes)
        where TBlock : struct, IBroadcastBlock
    {
        if (plan.Length == 0) return;
        var job = new Job<TBlock>(plan, block, a, aBytes, b, bBytes, c, cBytes, y, yBytes);
        long row = plan.lengths[plan.rank - 1];
        // A chunk ends with a row where rows are short, so that tiles of repeated rows start at their beginning.
        nint chunk = row >= ElementwiseChunks.Size ? ElementwiseChunks.Size : (nint)(ElementwiseChunks.Size / row * row);
        ElementwiseChunks.Run(job, (nint)plan.Length, chunk);
    }

    private static long Stride(ReadOnlySpan<int> shape, int fromEnd, ref long size)
    {
        if (fromEnd > shape.Length || shape[^fromEnd] == 1) return 0;
        long stride = size;
        size *= shape[^fromEnd];
        return stride;
    }

    /// <summary>Adds an axis outside the others, or merges it with the outermost one; kept innermost last at the end of the
    /// arrays.</summary>
    private void Prepend(long length, long aStride, long bStride, long cStride, bool always = false)
    {
        if (length == 1 && !always) return;
        if (rank > 0 && aStride == strides[0] * lengths[0] && bStride == strides[1] * lengths[0] && cStride == strides[2] * lengths[0])
        {
            lengths[0] *= length;
            return;
        }
        for (int axis = rank; axis > 0; axis--)
        {
            lengths[axis] = lengths[axis - 1];
            for (int operand = 0; operand < 3; operand++) strides[3 * axis + operand] = strides[3 * (axis - 1) + operand];
        }
        lengths[0] = length;
        strides[0] = aStride;
        strides[1] = bStride;
        strides[2] = cStride;
        rank++;
    }

    private long Offset(long row, int operand)
    {
        long offset = 0;
        if (rank == 2) return row * strides[operand];
        for (int axis = rank - 2; axis >= 0; axis--)
        {
            // No tensor has more than 2³¹ elements, and dividing 32 bits takes half the time.
            (uint outer, uint index) = Math.DivRem((uint)row, (uint)lengths[axis]);
            row = outer;
            offset += index * strides[3 * axis + operand];
        }
        return offset;
    }

    private readonly struct Job<TBlock>(
        Broadcasting plan, TBlock block, byte* a, int aBytes, byte* b, int bBytes, byte* c, int cBytes, byte* y, int yBytes) : IRangeJob
        where TBlock : struct, IBroadcastBlock
    {
        public void Run(nint start, nint end)
        {
            Broadcasting axes = plan;
            long row = axes.lengths[axes.rank - 1];
            if (axes.rank > 1 && row < ShortRow) Tiles(ref axes, start, end);
            else Rows(ref axes, start, end, row);
        }

        /// <summary>Row by row: within one, each operand is contiguous or one value.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Rows(ref Broadcasting axes, nint start, nint end, long rowLength)
        {
            long* stride = stackalloc long[3];
            for (int operand = 0; operand < 3; operand++) stride[operand] = axes.strides[3 * (axes.rank - 1) + operand];
            (long row, long column) = Math.DivRem((long)start, rowLength);
            for (; start < end; row++, column = 0)
            {
                nint count = (nint)Math.Min(rowLength - column, end - start);
                byte* left = a + (axes.Offset(row, 0) + column * stride[0]) * aBytes;
                byte* middle = b + (axes.Offset(row, 1) + column * stride[1]) * bBytes;
                byte* right = c + (axes.Offset(row, 2) + column * stride[2]) * cBytes;
                block.Run(left, stride[0] == 0, middle, stride[1] == 0, right, stride[2] == 0, y + start * yBytes, count);
                start += count;
            }
        }

        /// <summary>Short rows: the operands that are not contiguous are laid out for some hundred elements at a time.</summary>
        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Tiles(ref Broadcasting axes, nint start, nint end)
        {
            long* buffer = stackalloc long[3 * TileLength];
            byte* aTile = (byte*)buffer, bTile = (byte*)(buffer + TileLength), cTile = (byte*)(buffer + 2 * TileLength);
            long row = axes.lengths[axes.rank - 1];
            nint tile = (nint)(TileLength / row * row);
            for (bool first = true; start < end; start += tile, first = false)
            {
                nint count = Math.Min(tile, end - start);
                byte* left = Lay(ref axes, 0, a, aBytes, aTile, start, count, first);
                byte* middle = Lay(ref axes, 1, b, bBytes, bTile, start, count, first);
                byte* right = Lay(ref axes, 2, c, cBytes, cTile, start, count, first);
                block.Run(left, false, middle, false, right, false, y + start * yBytes, count);
            }
        }

        private static byte* Lay(
            ref Broadcasting axes, int operand, byte* source, int bytes, byte* tile, nint start, nint count, bool first)
        {
            if (bytes == 0) return tile;
            int rank = axes.rank;
            long row = axes.lengths[rank - 1], outer = axes.strides[3 * (rank - 2) + operand],
                inner = axes.strides[3 * (rank - 1) + operand];
            bool twoAxes = rank == 2;
            if (twoAxes && inner == 1 && outer == row) return source + start * bytes;
            // One row repeated for all: the tile of the first round serves the others, which are no longer.
            if (twoAxes && outer == 0 && !first) return tile;
            switch (bytes)
            {
                case 1: Expand(ref axes, operand, source, tile, start, count); break;
                case 4: Expand(ref axes, operand, (int*)source, (int*)tile, start, count); break;
                default: Expand(ref axes, operand, (long*)source, (long*)tile, start, count); break;
            }
            return tile;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Expand<T>(ref Broadcasting axes, int operand, T* source, T* tile, nint start, nint count)
            where T : unmanaged
        {
            long rowLength = axes.lengths[axes.rank - 1], stride = axes.strides[3 * (axes.rank - 1) + operand];
            (long row, long column) = Math.DivRem((long)start, rowLength);
            nint done = 0;
            for (; done < count; row++, column = 0)
            {
                T* from = source + axes.Offset(row, operand);
                for (; column < rowLength && done < count; column++) tile[done++] = from[column * stride];
            }
        }
    }
}
