using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Softmax and its logarithm over rows, with their gradients; rows are shared out over the worker team.</summary>
/// <remarks>The row's maximum is subtracted first, so logits of any size are safe. F-A4.</remarks>
internal static unsafe class Softmax
{
    // Registers whose sum is formed before it is added to the row's total, so that rounding errors of long rows stay small.
    private const int BlockRegisters = 64;

    /// <summary>y[r, j] = e^x[r, j] / Σₖ e^x[r, k].</summary>
    public static void Forward<T>(T* x, T* y, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new ForwardRow<T>(), x, null, y, rows, columns);

    /// <summary>y[r, j] = x[r, j] − log Σₖ e^x[r, k].</summary>
    public static void LogForward<T>(T* x, T* y, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new LogForwardRow<T>(), x, null, y, rows, columns);

    /// <summary>dx = y ⊙ (dy − Σₖ dy[r, k]·y[r, k]) with y = softmax(x).</summary>
    public static void Gradient<T>(T* y, T* dy, T* dx, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new GradientRow<T>(), y, dy, dx, rows, columns);

    /// <summary>dx = dy − eʸ·Σₖ dy[r, k] with y = logSoftmax(x).</summary>
    public static void LogGradient<T>(T* y, T* dy, T* dx, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new LogGradientRow<T>(), y, dy, dx, rows, columns);

    /// <summary>y[r] = log Σₖ e^x[r, k]; −∞ for an empty row or one of nothing but −∞.</summary>
    public static void LogSumExp<T>(T* x, T* y, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (columns == 0) new Span<T>(y, (int)rows).Fill(T.NegativeInfinity);
        else ElementwiseChunks.Run(new LogSumExpJob<T>(x, y, columns), rows, RowsPerChunk(columns));
    }

    /// <summary>Rows in a chunk of work.</summary>
    public static nint RowsPerChunk(nint columns) => Math.Max(1, ElementwiseChunks.Size / Math.Max(1, columns));

    /// <summary>The largest number of a row; NaN may be passed over, and then shows in <see cref="SumOfExponentials"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Maximum<V, T>(T* x, nint columns)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V a = V.Create(T.NegativeInfinity), b = a, c = a, d = a;
        nint j = 0;
        for (nint last = columns - 4 * V.Count; j <= last; j += 4 * V.Count)
        {
            a = V.MaxNative(a, V.Load(x + j));
            b = V.MaxNative(b, V.Load(x + j + V.Count));
            c = V.MaxNative(c, V.Load(x + j + 2 * V.Count));
            d = V.MaxNative(d, V.Load(x + j + 3 * V.Count));
        }
        for (nint last = columns - V.Count; j <= last; j += V.Count) a = V.MaxNative(a, V.Load(x + j));
        if (j < columns) b = V.MaxNative(b, Elementwise.LoadPart<V, T>(x + j, columns - j, T.NegativeInfinity));
        return V.MaxAcross(V.MaxNative(V.MaxNative(a, b), V.MaxNative(c, d)));
    }

    /// <summary>Σⱼ e^(x[j] − maximum); the terms are also written to y, unless it is null.</summary>
    /// <remarks>The memory from <paramref name="next"/> on is asked for meanwhile: the row that comes after, or anything in the cache.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T SumOfExponentials<V, T>(T* x, T maximum, T* y, nint columns, T* next, in Held<V> held)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V rounder = held.A, one = held.B, quartic = held.C, leading = held.D;
        V shift = V.Create(maximum), total = V.Zero;
        nint j = 0, whole = columns - columns % V.Count;
        while (j < whole)
        {
            V a = V.Zero, b = V.Zero;
            nint end = Math.Min(whole, j + BlockRegisters * V.Count);
            for (nint last = end - 2 * V.Count; j <= last; j += 2 * V.Count)
            {
                Elementwise.PrefetchLine(next + j);
                if (2 * V.Count * sizeof(T) > 64) Elementwise.PrefetchLine(next + j + V.Count);
                V e0 = VectorMath.ExpOfNegative<V, T>(V.Load(x + j) - shift, rounder, one, quartic, leading);
                V e1 = VectorMath.ExpOfNegative<V, T>(V.Load(x + j + V.Count) - shift, rounder, one, quartic, leading);
                a += e0;
                b += e1;
                if (y == null) continue;
                V.Store(e0, y + j);
                V.Store(e1, y + j + V.Count);
            }
            if (j < end)
            {
                V e = VectorMath.ExpOfNegative<V, T>(V.Load(x + j) - shift);
                a += e;
                if (y != null) V.Store(e, y + j);
                j += V.Count;
            }
            total += a + b;
        }
        if (j < columns)
        {
            V e = VectorMath.ExpOfNegative<V, T>(Elementwise.LoadPart<V, T>(x + j, columns - j, T.NegativeInfinity) - shift);
            total += e;
            if (y != null) Elementwise.StorePart(e, y + j, columns - j);
        }
        return V.Sum(total);
    }

    private static void Run<TRow, T>(TRow row, T* x, T* dy, T* result, nint rows, nint columns)
        where TRow : struct, IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (columns > 0) ElementwiseChunks.Run(new RowJob<TRow, T>(row, x, dy, result, columns), rows, RowsPerChunk(columns));
    }

    /// <summary>What is done to one row.</summary>
    private interface IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        void Run<V>(T* x, T* dy, T* result, nint columns, in Held<V> held)
            where V : struct, ISimd<V, T>;
    }

    private readonly struct RowJob<TRow, T>(TRow row, T* x, T* dy, T* result, nint columns) : IRangeJob
        where TRow : struct, IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) =>
            SimdDispatch.Run<RowBody<TRow, T>, T>(new RowBody<TRow, T>(row, x, dy, result, columns, start, end));
    }

    private readonly struct RowBody<TRow, T>(TRow row, T* x, T* dy, T* result, nint columns, nint start, nint end) : ISimdBody<T>
        where TRow : struct, IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            Held<V> held = VectorMath.HoldForExpOfNegative<V, T>();
            for (nint offset = start * columns; offset < end * columns; offset += columns)
            {
                row.Run(x + offset, dy == null ? null : dy + offset, result + offset, columns, held);
            }
        }
    }

    private readonly struct LogSumExpJob<T>(T* x, T* y, nint columns) : IRangeJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) => SimdDispatch.Run<LogSumExpBody<T>, T>(new LogSumExpBody<T>(x, y, columns, start, end));
    }

    private readonly struct LogSumExpBody<T>(T* x, T* y, nint columns, nint start, nint end) : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            Held<V> held = VectorMath.HoldForExpOfNegative<V, T>();
            for (nint row = start; row < end; row++)
            {
                T maximum = Maximum<V, T>(x + row * columns, columns);
                // ∞ − ∞ is NaN: where the maximum is infinite, it is the result, but for NaN in the row.
                y[row] = T.IsInfinity(maximum)
                    ? Reduction.Row<MaxReduction, V, T>(default, x + row * columns, columns)
                    : maximum + T.Log(SumOfExponentials(x + row * columns, maximum, null, columns, x + (row + 1) * columns, held));
            }
        }
    }

    private readonly struct ForwardRow<T> : IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>(T* x, T* dy, T* result, nint columns, in Held<V> held)
            where V : struct, ISimd<V, T>
        {
            T sum = SumOfExponentials(x, Maximum<V, T>(x, columns), result, columns, x + columns, held);
            Rows<V, T>.Apply(result, null, result, columns, T.One / sum, T.Zero, default(ScaleKernel));
        }
    }

    private readonly struct LogForwardRow<T> : IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>(T* x, T* dy, T* result, nint columns, in Held<V> held)
            where V : struct, ISimd<V, T>
        {
            T maximum = Maximum<V, T>(x, columns);
            T log = T.Log(SumOfExponentials(x, maximum, null, columns, x, held));
            Rows<V, T>.Apply(x, null, result, columns, maximum, log, default(ShiftTwiceKernel));
        }
    }

    private readonly struct GradientRow<T> : IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>(T* x, T* dy, T* result, nint columns, in Held<V> held)
            where V : struct, ISimd<V, T> =>
            Rows<V, T>.Apply(x, dy, result, columns, Rows<V, T>.Dot(x, dy, columns), T.Zero, default(SoftmaxGradientKernel));
    }

    private readonly struct LogGradientRow<T> : IRow<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>(T* x, T* dy, T* result, nint columns, in Held<V> held)
            where V : struct, ISimd<V, T>
        {
            T sum = Reduction.Row<SumReduction, V, T>(default, dy, columns);
            Rows<V, T>.Apply(x, dy, result, columns, sum, T.Zero, default(LogSoftmaxGradientKernel));
        }
    }
}
