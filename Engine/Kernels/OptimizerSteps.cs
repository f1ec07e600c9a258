using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>One pass over a variable, its gradient and its slots for each optimizer's step.</summary>
/// <remarks>
/// <para>Decoupled weight decay (Loshchilov and Hutter 2019) is part of every step: θ ← θ·(1 − η·decay) before it.</para>
/// <para>Averages that have decayed below 10⁻³⁰ (squares: 10⁻³⁶; Float64: 10⁻²⁹⁰, 10⁻³⁰⁰) become 0. They could no longer move a
/// variable, but left to become subnormal they would make every later step several times slower.</para>
/// </remarks>
internal static unsafe partial class OptimizerSteps
{
    // Elements in a chunk for one thread.
    private const int Chunk = 32 * 1024;

    /// <summary>θ ← θ − η·g. F-O1.</summary>
    public static void Sgd<T>(T* variable, T* gradient, nint length, double learningRate, double weightDecay, GradientForm form = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new SgdStep<T>(learningRate, 1 - learningRate * weightDecay), variable, gradient, null, null, null, length, form);

    /// <summary>m ← μ·m − η·g; θ ← θ + m, or with Nesterov's look ahead θ ← θ + μ·m − η·g. F-O1.</summary>
    public static void SgdMomentum<T>(
        T* variable, T* gradient, T* velocity, nint length, double learningRate, double momentum, bool nesterov, double weightDecay,
        GradientForm form = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(
            new MomentumStep<T>(learningRate, momentum, nesterov, 1 - learningRate * weightDecay), variable, gradient, velocity, null,
                null, length, form);

    /// <summary>
    /// m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε): Kingma and Ba 2015 as Keras has it. F-O3.
    /// </summary>
    /// <remarks>With <paramref name="largestSquares"/> (else null) v̂ ← max(v̂, v) stands under the root: AMSGrad, Reddi et al.
    /// 2018.</remarks>
    public static void Adam<T>(
        T* variable, T* gradient, T* average, T* squares, T* largestSquares, nint length, in AdamSettings settings, long step,
        GradientForm form = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double rate = settings.LearningRate * Math.Sqrt(1 - Math.Pow(settings.Beta2, step)) / (1 - Math.Pow(settings.Beta1, step));
        Run(new AdamStep<T>(settings, rate), variable, gradient, average, squares, largestSquares, length, form);
    }

    /// <summary>v ← ρv + (1 − ρ)g²; θ ← θ − η·g/√(v + ε): Hinton 2012 as Keras has it. F-O2.</summary>
    /// <remarks>
    /// With <paramref name="average"/> (else null) a ← ρa + (1 − ρ)g and v − a² stands for v (centered); with
    /// <paramref name="velocity"/> (else null) m ← μm + η·g/√(v + ε) and θ ← θ − m.
    /// </remarks>
    public static void RmsProp<T>(
        T* variable, T* gradient, T* squares, T* average, T* velocity, nint length, in RmsPropSettings settings,
        GradientForm form = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new RmsPropStep<T>(settings), variable, gradient, squares, average, velocity, length, form);

    private static void Run<TStep, T>(
        TStep step, T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length, GradientForm form = default)
        where TStep : struct, IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (form == default) ElementwiseChunks.Run(new Job<TStep, T>(step, variable, gradient, slot0, slot1, slot2), length, Chunk);
        else
        {
            var formed = new FormedStep<TStep, T>(step, form);
            ElementwiseChunks.Run(new Job<FormedStep<TStep, T>, T>(formed, variable, gradient, slot0, slot1, slot2), length, Chunk);
        }
    }

    /// <summary>A step on whole registers; unused slots are null.</summary>
    private interface IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <summary>Updates variable and slots; the length is a multiple of the register's.</summary>
        void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>;
    }

    private readonly struct Job<TStep, T>(TStep step, T* variable, T* gradient, T* slot0, T* slot1, T* slot2) : IRangeJob
        where TStep : struct, IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) => SimdDispatch.Run<Body<TStep, T>, T>(new Body<TStep, T>(
            step, variable + start, gradient + start, From(slot0, start), From(slot1, start), From(slot2, start), end - start));

        private static T* From(T* slot, nint start) => slot == null ? null : slot + start;
    }

    private readonly struct Body<TStep, T>(TStep step, T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length) : ISimdBody<T>
        where TStep : struct, IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            nint rest = length % V.Count, whole = length - rest;
            step.Run<V>(variable, gradient, slot0, slot1, slot2, whole);
            if (rest == 0) return;
            // The last elements are computed in a copy of a register's length.
            T* copy = stackalloc T[5 * V.Count];
            new Span<T>(copy, 5 * V.Count).Clear();
            T* v = CopyIn(variable, copy, whole, rest), g = CopyIn(gradient, copy + V.Count, whole, rest);
            T* s0 = CopyIn(slot0, copy + 2 * V.Count, whole, rest), s1 = CopyIn(slot1, copy + 3 * V.Count, whole, rest);
            T* s2 = CopyIn(slot2, copy + 4 * V.Count, whole, rest);
            step.Run<V>(v, g, s0, s1, s2, V.Count);
            CopyOut(v, variable, whole, rest);
            CopyOut(s0, slot0, whole, rest);
            CopyOut(s1, slot1, whole, rest);
            CopyOut(s2, slot2, whole, rest);
        }

        private static T* CopyIn(T* source, T* copy, nint offset, nint count)
        {
            if (source == null) return null;
            new ReadOnlySpan<T>(source + offset, (int)count).CopyTo(new Span<T>(copy, (int)count));
            return copy;
        }

        private static void CopyOut(T* copy, T* target, nint offset, nint count)
        {
            if (target != null) new ReadOnlySpan<T>(copy, (int)count).CopyTo(new Span<T>(target + offset, (int)count));
        }
    }

    /// <summary>Asks for the cache lines of four arrays a kilobyte ahead, once a line.</summary>
    /// <remarks>Hardware alone does not keep up with four streams to be read and written: a step over 10 million numbers took 9.2 ms
    /// without, 7.5 with it.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead<T>(nint i, T* a, T* b, T* c, T* d)
        where T : unmanaged
    {
        nint line = 64 / sizeof(T), ahead = i + 16 * line;
        if (i % line != 0) return;
        Elementwise.PrefetchLine(a + ahead);
        Elementwise.PrefetchLine(b + ahead);
        Elementwise.PrefetchLine(c + ahead);
        if (d != c) Elementwise.PrefetchLine(d + ahead);
    }

    /// <summary>Zero where the magnitude is too small to matter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V FlushAverage<V, T>(V value)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.AndNot(value, V.LessThan(V.Abs(value), VectorMath.Constant<V, T>(1e-30f, 1e-290)));

    /// <summary>g², without ever computing a subnormal one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SafeSquare<V, T>(V gradient)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V kept = V.AndNot(gradient, V.LessThan(V.Abs(gradient), VectorMath.Constant<V, T>(1e-16f, 1e-148)));
        return kept * kept;
    }

    /// <summary>Zero where an average of squares is too small to matter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V FlushSquares<V, T>(V value)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.AndNot(value, V.LessThan(value, VectorMath.Constant<V, T>(1e-36f, 1e-300)));
}
