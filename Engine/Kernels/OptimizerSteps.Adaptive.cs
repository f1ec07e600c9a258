using System.Numerics;
using System.Runtime.CompilerServices;
using static Engine.Kernels.VectorMath;

namespace Engine.Kernels;

/// <summary>What all steps of this file need: the rate, and the part of the variable that decay leaves.</summary>
internal readonly record struct StepRate(double LearningRate, double WeightDecay)
{
    public double Keep => 1 - LearningRate * WeightDecay;
}

/// <summary>The parameters of a Nadam step: a and b, the rates of the mean gradient and of the gradient, and c, which undoes that v began
/// at 0.</summary>
internal readonly record struct NadamSettings(
    double Beta1, double Beta2, double Epsilon, double OfAverage, double OfGradient, double Correction);

/// <content>Adagrad, Adadelta, Adamax, Nadam and Lion, as Keras has them.</content>
internal static unsafe partial class OptimizerSteps
{
    /// <summary>a ← a + g²; θ ← θ − η·g/√(a + ε). F-O4.</summary>
    public static void Adagrad<T>(
        T* variable, T* gradient, T* accumulator, nint length, StepRate rate, double epsilon, GradientForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new AdagradStep<T>(rate, epsilon), variable, gradient, accumulator, null, null, length, form);

    /// <summary>s ← ρs + (1 − ρ)g²; Δ = −g·√(d + ε)/√(s + ε); d ← ρd + (1 − ρ)Δ²; θ ← θ + η·Δ. F-O5.</summary>
    public static void Adadelta<T>(
        T* variable, T* gradient, T* squares, T* changes, nint length, StepRate rate, double rho, double epsilon, GradientForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new AdadeltaStep<T>(rate, rho, epsilon), variable, gradient, squares, changes, null, length, form);

    /// <summary>m ← β₁m + (1 − β₁)g; u ← max(β₂u, |g|); θ ← θ − η/(1 − β₁ᵗ)·m/(u + ε). F-O6.</summary>
    public static void Adamax<T>(
        T* variable, T* gradient, T* average, T* norm, nint length, StepRate rate, double beta1, double beta2, double epsilon, long step,
        GradientForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(
            new AdamaxStep<T>(rate, beta1, beta2, epsilon, rate.LearningRate / (1 - Math.Pow(beta1, step))),
            variable, gradient, average, norm, null, length, form);

    /// <summary>m and v as Adam's; θ ← θ − (a·m + b·g)/(√(v·c) + ε). F-O7.</summary>
    public static void Nadam<T>(
        T* variable, T* gradient, T* average, T* squares, nint length, StepRate rate, in NadamSettings settings, GradientForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new NadamStep<T>(rate, settings), variable, gradient, average, squares, null, length, form);

    /// <summary>θ ← θ − η·sign(β₁m + (1 − β₁)g); m ← β₂m + (1 − β₂)g. F-O8.</summary>
    public static void Lion<T>(
        T* variable, T* gradient, T* average, nint length, StepRate rate, double beta1, double beta2, GradientForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new LionStep<T>(rate, beta1, beta2), variable, gradient, average, null, null, length, form);

    private readonly struct AdagradStep<T>(StepRate rate, double epsilon) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V eta = Constant<V, T>(rate.LearningRate), kept = Constant<V, T>(rate.Keep), eps = Constant<V, T>(epsilon);
            for (nint i = 0; i < length; i += V.Count)
            {
                V g = V.Load(gradient + i);
                V a = V.Load(slot0 + i) + SafeSquare<V, T>(g);
                V.Store(a, slot0 + i);
                V.Store(V.Load(variable + i) * kept - eta * g / V.Sqrt(a + eps), variable + i);
            }
        }
    }

    private readonly struct AdadeltaStep<T>(StepRate rate, double rho, double epsilon) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V minusEta = Constant<V, T>(-rate.LearningRate), kept = Constant<V, T>(rate.Keep), eps = Constant<V, T>(epsilon);
            V past = Constant<V, T>(rho), rest = Constant<V, T>(1 - rho);
            for (nint i = 0; i < length; i += V.Count)
            {
                V g = V.Load(gradient + i), d = V.Load(slot1 + i);
                V s = FlushSquares<V, T>(V.MultiplyAdd(past, V.Load(slot0 + i), rest * SafeSquare<V, T>(g)));
                V.Store(s, slot0 + i);
                V change = V.Sqrt(d + eps) * g / V.Sqrt(s + eps);
                V.Store(FlushSquares<V, T>(V.MultiplyAdd(past, d, rest * SafeSquare<V, T>(change))), slot1 + i);
                V.Store(V.MultiplyAdd(minusEta, change, V.Load(variable + i) * kept), variable + i);
            }
        }
    }

    private readonly struct AdamaxStep<T>(StepRate rate, double beta1, double beta2, double epsilon, double corrected) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V past1 = Constant<V, T>(beta1), rest1 = Constant<V, T>(1 - beta1), past2 = Constant<V, T>(beta2);
            V minusRate = Constant<V, T>(-corrected), kept = Constant<V, T>(rate.Keep), eps = Constant<V, T>(epsilon);
            for (nint i = 0; i < length; i += V.Count)
            {
                V g = V.Load(gradient + i);
                V m = FlushAverage<V, T>(V.MultiplyAdd(past1, V.Load(slot0 + i), rest1 * g));
                V u = FlushAverage<V, T>(V.Max(past2 * V.Load(slot1 + i), V.Abs(g)));
                V.Store(m, slot0 + i);
                V.Store(u, slot1 + i);
                V.Store(V.MultiplyAdd(minusRate, m / (u + eps), V.Load(variable + i) * kept), variable + i);
            }
        }
    }

    private readonly struct NadamStep<T>(StepRate rate, NadamSettings settings) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V past1 = Constant<V, T>(settings.Beta1), rest1 = Constant<V, T>(1 - settings.Beta1);
            V past2 = Constant<V, T>(settings.Beta2), rest2 = Constant<V, T>(1 - settings.Beta2);
            V a = Constant<V, T>(settings.OfAverage), b = Constant<V, T>(settings.OfGradient), c = Constant<V, T>(settings.Correction);
            V kept = Constant<V, T>(rate.Keep), eps = Constant<V, T>(settings.Epsilon);
            for (nint i = 0; i < length; i += V.Count)
            {
                V g = V.Load(gradient + i);
                V m = FlushAverage<V, T>(V.MultiplyAdd(past1, V.Load(slot0 + i), rest1 * g));
                V v = FlushSquares<V, T>(V.MultiplyAdd(past2, V.Load(slot1 + i), rest2 * SafeSquare<V, T>(g)));
                V.Store(m, slot0 + i);
                V.Store(v, slot1 + i);
                V change = V.MultiplyAdd(a, m, b * g) / (V.Sqrt(v * c) + eps);
                V.Store(V.Load(variable + i) * kept - change, variable + i);
            }
        }
    }

    private readonly struct LionStep<T>(StepRate rate, double beta1, double beta2) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V past1 = Constant<V, T>(beta1), rest1 = Constant<V, T>(1 - beta1);
            V past2 = Constant<V, T>(beta2), rest2 = Constant<V, T>(1 - beta2);
            V eta = Constant<V, T>(rate.LearningRate), kept = Constant<V, T>(rate.Keep);
            for (nint i = 0; i < length; i += V.Count)
            {
                V g = V.Load(gradient + i), m = V.Load(slot0 + i);
                V direction = V.MultiplyAdd(past1, m, rest1 * g);
                V change = V.And(eta, V.GreaterThan(direction, V.Zero)) - V.And(eta, V.LessThan(direction, V.Zero));
                // A NaN is neither above nor below 0, and must not pass for a 0.
                change = V.Select(V.EqualTo(direction, direction), change, direction);
                V.Store(FlushAverage<V, T>(V.MultiplyAdd(past2, m, rest2 * g)), slot0 + i);
                V.Store(V.Load(variable + i) * kept - change, variable + i);
            }
        }
    }
}
