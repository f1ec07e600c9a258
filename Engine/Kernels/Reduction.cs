using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Sums, products, extremes of the middle axis of a contiguous array seen as [outer, axis, inner].</summary>
/// <remarks>
/// Everything is combined in one order that follows from the shape: accumulators over blocks of a few registers each, the blocks by halving
/// (pairwise summation: Higham, "The accuracy of floating point summation", 1993). So a sum of n Float32 numbers is off by some
/// log₂(n/64)·6·10⁻⁸·Σ|x| at most, and its bits are the same for any number of threads.
/// </remarks>
internal static unsafe class Reduction
{
    // Sixteen rounds of four accumulators: short enough that rounding errors do not pile up before the halving begins.
    private const int BlockRegisters = 64;
    private const int BlockRows = 32;
    private const int LongRow = 64 * 1024;
    private const int MaxPartials = 512;
    private const int PartialBytes = 32 * 1024;
    private const int NarrowRow = 64;

    /// <summary>y[o, i] = the reduction of x[o, :, i].</summary>
    public static void Run<R, T>(R kernel, T* x, T* y, nint outer, nint axis, nint inner)
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (axis == 0) new Span<T>(y, checked((int)(outer * inner))).Fill(kernel.Identity<T>());
        else if (inner == 1) Rows(kernel, x, y, outer, axis);
        else Columns(kernel, x, y, outer, axis, inner);
    }

    /// <summary>The reduction of n contiguous numbers.</summary>
    public static T All<R, T>(R kernel, T* x, nint length)
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T result;
        Run(kernel, x, &result, 1, length, 1);
        return result;
    }

    /// <summary>The reduction of n contiguous numbers on the calling thread, in registers of one width: for use inside other
    /// kernels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Row<R, V, T>(R kernel, T* x, nint length)
        where R : struct, IReductionKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Less than two registers: one number after the other is faster than filling up registers and taking them apart.
        if (V.Count > 1 && length < 2 * V.Count) return Row<R, SimdScalar<T>, T>(kernel, x, length);
        nint whole = length - length % V.Count;
        V total = Fold<R, V, T>(kernel, x, whole);
        if (whole < length)
        {
            V part = Elementwise.LoadPart<V, T>(x + whole, length - whole, kernel.Identity<T>());
            total = kernel.Combine<V, T>(total, kernel.Map<V, T>(part));
        }
        return Across<R, V, T>(kernel, total);
    }

    /// <summary>The combination of all lanes, by halving.</summary>
    public static T Across<R, V, T>(R kernel, V value)
        where R : struct, IReductionKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* lanes = (T*)Unsafe.AsPointer(ref value);
        for (int half = V.Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                var pair = kernel.Combine<SimdScalar<T>, T>(SimdScalar<T>.Load(lanes + i), SimdScalar<T>.Load(lanes + i + half));
                SimdScalar<T>.Store(pair, lanes + i);
            }
        }
        return lanes[0];
    }

    private static void Rows<R, T>(R kernel, T* x, T* y, nint outer, nint axis)
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (axis < 2 * LongRow)
        {
            ElementwiseChunks.Run(new RowsJob<R, T>(kernel, x, y, axis, axis), outer, Math.Max(1, ElementwiseChunks.Size / axis));
            return;
        }
        // A long row is cut into pieces, each reduced as a row of its own, the last one shorter.
        nint piece = Math.Max(LongRow, (axis + MaxPartials - 1) / MaxPartials);
        nint pieces = (axis + piece - 1) / piece;
        T* partials = stackalloc T[(int)pieces];
        for (nint row = 0; row < outer; row++)
        {
            ElementwiseChunks.Run(new RowsJob<R, T>(kernel, x + row * axis, partials, piece, axis), pieces, 1);
            new RowsJob<CombineOnly<R>, T>(new CombineOnly<R>(kernel), partials, y + row, pieces, pieces).Run(0, 1);
        }
    }

    private static void Columns<R, T>(R kernel, T* x, T* y, nint outer, nint axis, nint inner)
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Rows of few columns are read several at a time as one; what they give is reduced once more.
        nint together = inner < NarrowRow ? 2 * NarrowRow / inner : 1;
        nint groups = axis / together;
        if (together > 1 && groups >= 4)
        {
            nint rest = axis - groups * together;
            T* grouped = stackalloc T[(int)((together + 1) * inner)];
            for (nint block = 0; block < outer; block++, x += axis * inner, y += inner)
            {
                Columns(kernel, x, grouped, 1, groups, together * inner);
                var combine = new CombineOnly<R>(kernel);
                new ColumnsJob<CombineOnly<R>, T>(combine, grouped, y, together, inner, together * inner, together).Run(0, 1);
                if (rest == 0) continue;
                T* last = grouped;
                new ColumnsJob<R, T>(kernel, x + groups * together * inner, last, rest, inner, rest * inner, rest).Run(0, 1);
                new Span<T>(y, (int)inner).CopyTo(new Span<T>(last + inner, (int)inner));
                new ColumnsJob<CombineOnly<R>, T>(combine, last, y, 2, inner, 2 * inner, 2).Run(0, 1);
            }
            return;
        }
        nint size = axis * inner;
        nint parts = Math.Min(Math.Min(size / LongRow, axis), PartialBytes / (inner * sizeof(T)));
        if (outer > 1 || parts < 2)
        {
            ElementwiseChunks.Run(new ColumnsJob<R, T>(kernel, x, y, axis, inner, size, axis), outer,
                Math.Max(1, ElementwiseChunks.Size / size));
            return;
        }
        nint rows = (axis + parts - 1) / parts;
        parts = (axis + rows - 1) / rows;
        T* partials = stackalloc T[(int)(parts * inner)];
        ElementwiseChunks.Run(new ColumnsJob<R, T>(kernel, x, partials, rows, inner, rows * inner, axis), parts, 1);
        new ColumnsJob<CombineOnly<R>, T>(new CombineOnly<R>(kernel), partials, y, parts, inner, parts * inner, parts).Run(0, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V Fold<R, V, T>(R kernel, T* x, nint length)
        where R : struct, IReductionKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint block = BlockRegisters * V.Count;
        if (length <= block) return Block<R, V, T>(kernel, x, length);
        nint half = block;
        while (2 * half < length) half *= 2;
        return kernel.Combine<V, T>(Fold<R, V, T>(kernel, x, half), Fold<R, V, T>(kernel, x + half, length - half));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V Block<R, V, T>(R kernel, T* x, nint length)
        where R : struct, IReductionKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V a = V.Create(kernel.Identity<T>()), b = a, c = a, d = a;
        nint i = 0;
        for (nint last = length - 4 * V.Count; i <= last; i += 4 * V.Count)
        {
            a = kernel.Combine<V, T>(a, kernel.Map<V, T>(V.Load(x + i)));
            b = kernel.Combine<V, T>(b, kernel.Map<V, T>(V.Load(x + i + V.Count)));
            c = kernel.Combine<V, T>(c, kernel.Map<V, T>(V.Load(x + i + 2 * V.Count)));
            d = kernel.Combine<V, T>(d, kernel.Map<V, T>(V.Load(x + i + 3 * V.Count)));
        }
        for (; i < length; i += V.Count) a = kernel.Combine<V, T>(a, kernel.Map<V, T>(V.Load(x + i)));
        return kernel.Combine<V, T>(kernel.Combine<V, T>(a, b), kernel.Combine<V, T>(c, d));
    }

    /// <summary>Row after row of length <paramref name="axis"/>, the last one possibly cut off at the end of the array.</summary>
    private readonly struct RowsJob<R, T>(R kernel, T* x, T* y, nint axis, nint total) : IRangeJob
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) =>
            SimdDispatch.Run<RowsBody<R, T>, T>(new RowsBody<R, T>(kernel, x, y, axis, total, start, end));
    }

    private readonly struct RowsBody<R, T>(R kernel, T* x, T* y, nint axis, nint total, nint first, nint end) : ISimdBody<T>
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            for (nint row = first; row < end; row++)
            {
                nint start = row * axis;
                y[row] = Row<R, V, T>(kernel, x + start, total == axis ? axis : Math.Min(axis, total - start));
            }
        }
    }

    /// <summary>Reduces blocks of rows to one row each; the last block may have fewer rows than the others.</summary>
    private readonly struct ColumnsJob<R, T>(R kernel, T* x, T* y, nint rows, nint inner, nint size, nint totalRows) : IRangeJob
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end)
        {
            for (nint block = start; block < end; block++)
            {
                nint count = rows == totalRows ? rows : Math.Min(rows, totalRows - block * rows);
                SimdDispatch.Run<ColumnsBody<R, T>, T>(new ColumnsBody<R, T>(kernel, x + block * size, y + block * inner, count, inner));
            }
        }
    }

    private readonly struct ColumnsBody<R, T>(R kernel, T* x, T* y, nint rows, nint inner) : ISimdBody<T>
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            nint column = 0;
            for (; column + 4 * V.Count <= inner; column += 4 * V.Count) Strip<V>(x + column, rows, y + column);
            for (; column < inner; column += V.Count)
            {
                nint lanes = Math.Min(V.Count, inner - column);
                Elementwise.StorePart(Lane<V>(x + column, rows, lanes), y + column, lanes);
            }
        }

        /// <summary>Four registers of columns; blocks of rows are put together by halving.</summary>
        [SkipLocalsInit]
        private void Strip<V>(T* source, nint count, T* result)
            where V : struct, ISimd<V, T>
        {
            if (count <= BlockRows)
            {
                StripBlock<V>(source, count, result);
                return;
            }
            nint half = BlockRows;
            while (2 * half < count) half *= 2;
            T* other = stackalloc T[4 * V.Count];
            Strip<V>(source, half, result);
            Strip<V>(source + half * inner, count - half, other);
            for (int i = 0; i < 4 * V.Count; i += V.Count) V.Store(kernel.Combine<V, T>(V.Load(result + i), V.Load(other + i)), result + i);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void StripBlock<V>(T* source, nint count, T* result)
            where V : struct, ISimd<V, T>
        {
            R f = kernel;
            V a = V.Create(f.Identity<T>()), b = a, c = a, d = a;
            nint stride = inner;
            for (nint row = 0; row < count; row++, source += stride)
            {
                a = f.Combine<V, T>(a, f.Map<V, T>(V.Load(source)));
                b = f.Combine<V, T>(b, f.Map<V, T>(V.Load(source + V.Count)));
                c = f.Combine<V, T>(c, f.Map<V, T>(V.Load(source + 2 * V.Count)));
                d = f.Combine<V, T>(d, f.Map<V, T>(V.Load(source + 3 * V.Count)));
            }
            V.Store(a, result);
            V.Store(b, result + V.Count);
            V.Store(c, result + 2 * V.Count);
            V.Store(d, result + 3 * V.Count);
        }

        /// <summary>One register of columns, or a part of one.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private V Lane<V>(T* source, nint count, nint lanes)
            where V : struct, ISimd<V, T>
        {
            if (count > BlockRows)
            {
                nint half = BlockRows;
                while (2 * half < count) half *= 2;
                return kernel.Combine<V, T>(Lane<V>(source, half, lanes), Lane<V>(source + half * inner, count - half, lanes));
            }
            T identity = kernel.Identity<T>();
            V total = V.Create(identity);
            for (nint row = 0; row < count; row++, source += inner)
            {
                V value = lanes == V.Count ? V.Load(source) : Elementwise.LoadPart<V, T>(source, lanes, identity);
                total = kernel.Combine<V, T>(total, kernel.Map<V, T>(value));
            }
            return total;
        }
    }
}
