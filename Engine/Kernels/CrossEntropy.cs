using System.Numerics;
using System.Runtime.CompilerServices;
using static Engine.Kernels.VectorMath;

namespace Engine.Kernels;

/// <summary>Softmax and cross-entropy in one, from logits: the loss of each row, and the gradient in one pass.</summary>
/// <remarks>
/// The forward pass keeps two numbers a row (<see cref="Statistics"/>) and the backward pass computes the exponentials again: that takes
/// less time than writing the probabilities to memory and reading them back.
/// </remarks>
internal static unsafe class CrossEntropy
{
    /// <summary>Numbers kept for a row: its largest logit m, log Σ e^(x − m), and Σ t where targets are given.</summary>
    /// <remarks>m and the logarithm are kept apart: their sum could not hold the logarithm beside a logit of 10⁴.</remarks>
    public const int Statistics = 3;

    /// <summary>The first row whose label is neither a class nor <paramref name="ignored"/>, or −1.</summary>
    public static int FirstBadLabel(int* labels, nint rows, nint columns, int? ignored)
    {
        for (nint row = 0; row < rows; row++)
        {
            if ((uint)labels[row] >= (uint)columns && labels[row] != ignored) return (int)row;
        }
        return -1;
    }

    /// <summary>loss[r] = log Σₖ e^x[r, k] − x[r, label[r]], and 0 where the label is the ignored one. F-S3.</summary>
    public static void Forward<T>(T* x, int* labels, int? ignored, T* loss, T* statistics, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementwiseChunks.Run(
            new Job<T>(new Pass<T>(x, labels, ignored, null, loss, statistics, null, false, null, columns)), rows,
                Softmax.RowsPerChunk(columns));

    /// <summary>dx[r, j] = (softmax(x)[r, j] − [j = label[r]])·dy[r], and 0 where the label is the ignored one.</summary>
    /// <remarks>With <paramref name="dyRepeats"/> one dy counts for all rows.</remarks>
    public static void Gradient<T>(
        T* x, int* labels, int? ignored, T* statistics, T* dy, bool dyRepeats, T* dx, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementwiseChunks.Run(
            new Job<T>(new Pass<T>(x, labels, ignored, null, null, statistics, dy, dyRepeats, dx, columns)), rows,
                Softmax.RowsPerChunk(columns));

    /// <summary>loss[r] = Σⱼ t[r, j]·(log Σₖ e^x[r, k] − x[r, j]) for targets t, one-hot or soft. F-S2.</summary>
    public static void Forward<T>(T* x, T* targets, T* loss, T* statistics, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementwiseChunks.Run(
            new Job<T>(new Pass<T>(x, null, null, targets, loss, statistics, null, false, null, columns)), rows,
                Softmax.RowsPerChunk(columns));

    /// <summary>dx[r, j] = (softmax(x)[r, j]·Σₖ t[r, k] − t[r, j])·dy[r].</summary>
    /// <remarks>With <paramref name="dyRepeats"/> one dy counts for all rows.</remarks>
    public static void Gradient<T>(T* x, T* targets, T* statistics, T* dy, bool dyRepeats, T* dx, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementwiseChunks.Run(
            new Job<T>(new Pass<T>(x, null, null, targets, null, statistics, dy, dyRepeats, dx, columns)), rows,
                Softmax.RowsPerChunk(columns));

    private readonly struct Job<T>(Pass<T> pass) : IRangeJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) => SimdDispatch.Run<Pass<T>, T>(pass.Over(start, end));
    }

    /// <summary>A forward pass (dx null) or a backward one, with labels or with targets.</summary>
    private struct Pass<T>(
        T* x, int* labels, int? ignored, T* targets, T* loss, T* statistics, T* dy, bool dyRepeats, T* dx, nint columns) : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private nint first, end;

        public readonly Pass<T> Over(nint firstRow, nint endRow)
        {
            Pass<T> part = this;
            part.first = firstRow;
            part.end = endRow;
            return part;
        }

        public readonly void Run<V>()
            where V : struct, ISimd<V, T>
        {
            Held<V> held = HoldForExpOfNegative<V, T>();
            for (nint row = first; row < end; row++)
            {
                if (dx == null) Forward(row, held);
                else Backward(row, held);
            }
        }

        private readonly void Forward<V>(nint row, in Held<V> held)
            where V : struct, ISimd<V, T>
        {
            T* logits = x + row * columns, kept = statistics + row * Statistics;
            T maximum = Softmax.Maximum<V, T>(logits, columns);
            T log = T.Log(Softmax.SumOfExponentials(logits, maximum, null, columns, logits + columns, held));
            kept[0] = maximum;
            kept[1] = log;
            if (targets == null)
            {
                loss[row] = labels[row] == ignored ? T.Zero : maximum - logits[labels[row]] + log;
            }
            else
            {
                loss[row] = Expected<V>(logits, targets + row * columns, maximum, log);
                kept[2] = Reduction.Row<SumReduction, V, T>(default, targets + row * columns, columns);
            }
        }

        /// <summary>Σ t·((m − x) + log): no term is negative, so nothing cancels.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly T Expected<V>(T* logits, T* t, T maximum, T log)
            where V : struct, ISimd<V, T>
        {
            V m = V.Create(maximum), l = V.Create(log), total = V.Zero;
            nint j = 0;
            for (nint last = columns - V.Count; j <= last; j += V.Count) total += Term(V.Load(logits + j), V.Load(t + j), m, l);
            nint rest = columns - j;
            if (rest > 0)
            {
                V tail = Elementwise.LoadPart<V, T>(logits + j, rest, T.Zero);
                total += Term(tail, Elementwise.LoadPart<V, T>(t + j, rest, T.Zero), m, l);
            }
            return V.Sum(total);

            // A class that has no weight counts nothing, even if its logit is −∞.
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            static V Term(V x, V t, V m, V l) => V.AndNot(t * (m - x + l), V.EqualTo(t, V.Zero));
        }

        private readonly void Backward<V>(nint row, in Held<V> held)
            where V : struct, ISimd<V, T>
        {
            T* logits = x + row * columns, result = dx + row * columns, kept = statistics + row * Statistics;
            T scale = dyRepeats ? *dy : dy[row];
            if (targets == null)
            {
                if (labels[row] == ignored)
                {
                    new Span<T>(result, (int)columns).Clear();
                    return;
                }
                Scale(logits, null, result, kept[0], scale * T.Exp(-kept[1]), T.Zero, held);
                T* label = result + labels[row];
                *label -= scale;
            }
            else
            {
                Scale(logits, targets + row * columns, result, kept[0], scale * kept[2] * T.Exp(-kept[1]), scale, held);
            }
        }

        /// <summary>result[j] = e^(x[j] − m)·factor − t[j]·weight; t may be null.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Scale<V>(T* x, T* t, T* result, T m, T factor, T weight, in Held<V> held)
            where V : struct, ISimd<V, T>
        {
            V rounder = held.A, one = held.B, quartic = held.C, leading = held.D;
            V shift = V.Create(m), scale = V.Create(factor), w = V.Create(weight);
            nint j = 0, block = Elementwise.BlockBytes / sizeof(T);
            for (nint last = columns - V.Count; j <= last; j += V.Count)
            {
                if (j % block == 0 && block <= columns)
                {
                    Elementwise.Prefetch(x + j);
                    Elementwise.Prefetch(result + j);
                    if (t != null) Elementwise.Prefetch(t + j);
                }
                V y = ExpOfNegative<V, T>(V.Load(x + j) - shift, rounder, one, quartic, leading) * scale;
                if (t != null) y -= V.Load(t + j) * w;
                V.Store(y, result + j);
            }
            nint rest = columns - j;
            if (rest == 0) return;
            V tail = ExpOfNegative<V, T>(Elementwise.LoadPart<V, T>(x + j, rest, T.Zero) - shift) * scale;
            if (t != null) tail -= Elementwise.LoadPart<V, T>(t + j, rest, T.Zero) * w;
            Elementwise.StorePart(tail, result + j, rest);
        }
    }
}

/// <summary>−t·log σ(x) − (1 − t)·log(1 − σ(x)) = max(x, 0) − x·t + log(1 + e^−|x|), from logits. F-S4.</summary>
internal readonly struct BinaryCrossEntropyKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // In this order the first two cancel exactly where the target is 0 or 1, and the small rest is kept.
        V linear = V.And(a, V.GreaterThan(a, V.Zero)) - a * b;
        return linear + Softplus<V, T>(V.Zero - V.Abs(a));
    }
}

/// <summary>dy·(σ(x) − t), the gradient of <see cref="BinaryCrossEntropyKernel"/> in x; operands dy, x, t.</summary>
internal readonly struct BinaryCrossEntropyGradientKernel : ITernaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b, V c)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => a * (Sigmoid<V, T>(b) - c);
}
