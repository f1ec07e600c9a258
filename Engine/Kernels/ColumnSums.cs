using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Mean and squared deviations of each column of [samples, rows, columns], and the sums that their gradients need.</summary>
/// <remarks>
/// The data are read from memory once: a block of rows stays in the cache between the pass for its mean and the one for its deviations
/// from that mean, and the blocks are put together by the rule of Chan, Golub and LeVeque ("Algorithms for computing the sample
/// variance", 1983), which also corrects a block's mean by what its rounding left over. So a large mean costs no digits of the variance.
/// </remarks>
internal static unsafe class ColumnSums
{
    // 128 rows of four 256-bit registers are 16 KB: half of a small first-level cache.
    private const int BlockRows = 128;

    /// <summary>Numbers of scratch memory that either function needs.</summary>
    public static nint ScratchLength(in ColumnLayout layout) => layout.Samples * ((2 * layout.Chunks + 1) * layout.Width);

    /// <summary>mean[s, c] = Σ x[s, :, c] / rows and squares[s, c] = Σ (x[s, :, c] − mean[s, c])².</summary>
    public static void Moments<T>(in ColumnLayout layout, T* x, T* mean, T* squares, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(layout, new Sums<T>(layout, x, null, null, scratch), mean, squares, scratch);

    /// <summary>sum[s, c] = Σ dy[s, :, c] and product[s, c] = Σ dy[s, :, c]·(x[s, :, c] − mean[s, c]).</summary>
    public static void Products<T>(in ColumnLayout layout, T* x, T* dy, T* mean, T* sum, T* product, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* wide = scratch + layout.Samples * 2 * layout.Chunks * layout.Width;
        for (nint sample = 0; sample < layout.Samples; sample++)
            layout.Widen(mean + sample * layout.Columns, wide + sample * layout.Width, 1);
        Run(layout, new Sums<T>(layout, x, dy, wide, scratch), sum, product, scratch);
    }

    private static void Run<T>(in ColumnLayout layout, Sums<T> sums, T* first, T* second, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        layout.Run<Sums<T>, T>(sums, rest: false);
        nint size = 2 * layout.Chunks * layout.Width;
        ElementwiseChunks.Run(new MergeJob<T>(layout, sums, first, second, scratch), layout.Samples,
            Math.Max(1, ElementwiseChunks.Size / size));
    }

    /// <summary>The sums of rectangles: moments, or products where there is a dy.</summary>
    private readonly struct Sums<T>(ColumnLayout layout, T* x, T* dy, T* wideMean, T* partials) : IColumnBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public bool AreMoments => dy == null;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint sample, nint chunk, nint firstColumn, nint endColumn, nint firstRow, nint endRow)
            where V : struct, ISimd<V, T>
        {
            T* first = partials + (sample * layout.Chunks + chunk) * 2 * layout.Width;
            nint start = sample * layout.SampleLength + firstRow * layout.Width;
            for (nint done = 0, rows = endRow - firstRow; done < rows; done += BlockRows, start += BlockRows * layout.Width)
                Block<V>(sample, start, layout.Width, done, Math.Min(BlockRows, rows - done), firstColumn, endColumn, first,
                    first + layout.Width);
        }

        /// <summary>The rows behind the last wide one.</summary>
        public void Rest<V>(nint sample, T* first, T* second)
            where V : struct, ISimd<V, T> => Block<V>(
                sample, sample * layout.SampleLength + layout.WideRows * layout.Width, layout.Columns, 0, layout.Rest, 0, layout.Columns,
                first, second);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Block<V>(nint sample, nint start, nint stride, nint before, nint rows, nint column, nint end, T* first, T* second)
            where V : struct, ISimd<V, T>
        {
            T* mean = wideMean + sample * layout.Width;
            for (; column + 4 * V.Count <= end; column += 4 * V.Count)
            {
                if (dy == null) Moments4<V, T>(x + start + column, stride, before, rows, first + column, second + column);
                else Products4<V, T>(x + start + column, dy + start + column, mean + column, stride, before, rows, first + column,
                    second + column);
            }
            for (; column + V.Count <= end; column += V.Count)
            {
                if (dy == null) Moments1<V, T>(x + start + column, stride, before, rows, first + column, second + column);
                else Products1<V, T>(x + start + column, dy + start + column, mean + column, stride, before, rows, first + column,
                    second + column);
            }
            if (column < end) Block<SimdScalar<T>>(sample, start, stride, before, rows, column, end, first, second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Moments4<V, T>(T* x, nint stride, nint before, nint rows, T* mean, T* squares)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V a = V.Zero, b = a, c = a, d = a;
        T* row = x, last = x + rows * stride;
        for (; row != last; row += stride)
        {
            a += V.Load(row);
            b += V.Load(row + V.Count);
            c += V.Load(row + 2 * V.Count);
            d += V.Load(row + 3 * V.Count);
        }
        V part = V.Create(T.One / T.CreateTruncating(rows));
        a *= part;
        b *= part;
        c *= part;
        d *= part;
        V sa = V.Zero, sb = sa, sc = sa, sd = sa, qa = sa, qb = sa, qc = sa, qd = sa;
        for (row = x; row != last; row += stride)
        {
            V e = V.Load(row) - a, f = V.Load(row + V.Count) - b;
            sa += e;
            qa = V.MultiplyAdd(e, e, qa);
            sb += f;
            qb = V.MultiplyAdd(f, f, qb);
            e = V.Load(row + 2 * V.Count) - c;
            f = V.Load(row + 3 * V.Count) - d;
            sc += e;
            qc = V.MultiplyAdd(e, e, qc);
            sd += f;
            qd = V.MultiplyAdd(f, f, qd);
        }
        AddMoments<V, T>(before, rows, a + sa * part, qa - sa * sa * part, mean, squares);
        AddMoments<V, T>(before, rows, b + sb * part, qb - sb * sb * part, mean + V.Count, squares + V.Count);
        AddMoments<V, T>(before, rows, c + sc * part, qc - sc * sc * part, mean + 2 * V.Count, squares + 2 * V.Count);
        AddMoments<V, T>(before, rows, d + sd * part, qd - sd * sd * part, mean + 3 * V.Count, squares + 3 * V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Moments1<V, T>(T* x, nint stride, nint before, nint rows, T* mean, T* squares)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V a = V.Zero, s = a, q = a, part = V.Create(T.One / T.CreateTruncating(rows));
        T* row = x, last = x + rows * stride;
        for (; row != last; row += stride) a += V.Load(row);
        a *= part;
        for (row = x; row != last; row += stride)
        {
            V e = V.Load(row) - a;
            s += e;
            q = V.MultiplyAdd(e, e, q);
        }
        AddMoments<V, T>(before, rows, a + s * part, q - s * s * part, mean, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products4<V, T>(T* x, T* dy, T* mean, nint stride, nint before, nint rows, T* sum, T* product)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V ma = V.Load(mean), mb = V.Load(mean + V.Count), mc = V.Load(mean + 2 * V.Count), md = V.Load(mean + 3 * V.Count);
        V sa = V.Zero, sb = sa, sc = sa, sd = sa, pa = sa, pb = sa, pc = sa, pd = sa;
        for (nint row = 0; row < rows; row++, x += stride, dy += stride)
        {
            V g = V.Load(dy), h = V.Load(dy + V.Count);
            sa += g;
            pa = V.MultiplyAdd(g, V.Load(x) - ma, pa);
            sb += h;
            pb = V.MultiplyAdd(h, V.Load(x + V.Count) - mb, pb);
            g = V.Load(dy + 2 * V.Count);
            h = V.Load(dy + 3 * V.Count);
            sc += g;
            pc = V.MultiplyAdd(g, V.Load(x + 2 * V.Count) - mc, pc);
            sd += h;
            pd = V.MultiplyAdd(h, V.Load(x + 3 * V.Count) - md, pd);
        }
        AddSums<V, T>(before, sa, pa, sum, product);
        AddSums<V, T>(before, sb, pb, sum + V.Count, product + V.Count);
        AddSums<V, T>(before, sc, pc, sum + 2 * V.Count, product + 2 * V.Count);
        AddSums<V, T>(before, sd, pd, sum + 3 * V.Count, product + 3 * V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products1<V, T>(T* x, T* dy, T* mean, nint stride, nint before, nint rows, T* sum, T* product)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V m = V.Load(mean), s = V.Zero, p = s;
        for (nint row = 0; row < rows; row++, x += stride, dy += stride)
        {
            V g = V.Load(dy);
            s += g;
            p = V.MultiplyAdd(g, V.Load(x) - m, p);
        }
        AddSums<V, T>(before, s, p, sum, product);
    }

    /// <summary>Puts mean and squares of more rows to those of the rows before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddMoments<V, T>(nint before, nint rows, V m, V q, T* mean, T* squares)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (before > 0)
        {
            T share = T.CreateTruncating(rows) / T.CreateTruncating(before + rows);
            V former = V.Load(mean), distance = m - former;
            m = V.MultiplyAdd(distance, V.Create(share), former);
            q = V.Load(squares) + V.MultiplyAdd(distance * distance, V.Create(share * T.CreateTruncating(before)), q);
        }
        V.Store(m, mean);
        V.Store(q, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<V, T>(nint before, V s, V p, T* sum, T* product)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V.Store(before > 0 ? V.Load(sum) + s : s, sum);
        V.Store(before > 0 ? V.Load(product) + p : p, product);
    }

    private readonly struct MergeJob<T>(ColumnLayout layout, Sums<T> sums, T* first, T* second, T* partials) : IRangeJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) =>
            SimdDispatch.Run<MergeBody<T>, T>(new MergeBody<T>(layout, sums, first, second, partials, start, end));
    }

    /// <summary>Puts the chunks of a sample together, then the rows that were read as one, then the rows that were left.</summary>
    private readonly struct MergeBody<T>(ColumnLayout layout, Sums<T> sums, T* first, T* second, T* partials, nint start, nint end)
        : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            nint width = layout.Width, columns = layout.Columns;
            for (nint sample = start; sample < end; sample++)
            {
                T* whole = partials + sample * layout.Chunks * 2 * width;
                nint rows = layout.RowsOf(0);
                for (nint chunk = 1; chunk < layout.Chunks; rows += layout.RowsOf(chunk), chunk++)
                    Add<V>(rows, layout.RowsOf(chunk), whole + chunk * 2 * width, width, whole, whole + width, width);
                T* a = first + sample * columns, b = second + sample * columns;
                for (nint copy = 0; copy < layout.Fold; copy++)
                    Add<V>(copy * rows, rows, whole + copy * columns, width, a, b, columns);
                if (layout.Rest == 0) continue;
                sums.Rest<V>(sample, whole, whole + width);
                Add<V>(layout.Rows - layout.Rest, layout.Rest, whole, width, a, b, columns);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Add<V>(nint before, nint rows, T* source, nint toSecond, T* a, T* b, nint count)
            where V : struct, ISimd<V, T>
        {
            nint i = 0;
            for (nint last = count - V.Count; i <= last; i += V.Count)
            {
                if (sums.AreMoments) AddMoments<V, T>(before, rows, V.Load(source + i), V.Load(source + toSecond + i), a + i, b + i);
                else AddSums<V, T>(before, V.Load(source + i), V.Load(source + toSecond + i), a + i, b + i);
            }
            if (i < count) Add<SimdScalar<T>>(before, rows, source + i, toSecond, a + i, b + i, count - i);
        }
    }
}
