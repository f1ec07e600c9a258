using System.Numerics;
using System.Runtime.CompilerServices;
using static Engine.Kernels.VectorMath;

namespace Engine.Kernels;

/// <summary>The parameters of an Adam step.</summary>
internal readonly record struct AdamSettings(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>The parameters of an RMSprop step; the momentum counts only where there is a velocity.</summary>
internal readonly record struct RmsPropSettings(double LearningRate, double Rho, double Momentum, double Epsilon, double WeightDecay);

/// <content>The formulas.</content>
internal static unsafe partial class OptimizerSteps
{
    private readonly struct SgdStep<T>(double learningRate, double keep) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V minusRate = Constant<V, T>(-learningRate), kept = Constant<V, T>(keep);
            for (nint i = 0; i < length; i += V.Count)
            {
                V.Store(V.MultiplyAdd(minusRate, V.Load(gradient + i), V.Load(variable + i) * kept), variable + i);
            }
        }
    }

    private readonly struct MomentumStep<T>(double learningRate, double momentum, bool nesterov, double keep) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V minusRate = Constant<V, T>(-learningRate), mu = Constant<V, T>(momentum), kept = Constant<V, T>(keep);
            bool lookAhead = nesterov;
            for (nint i = 0; i < length; i += V.Count)
            {
                Ahead(i, variable, gradient, slot0, slot0);
                V step = minusRate * V.Load(gradient + i);
                V m = FlushAverage<V, T>(V.MultiplyAdd(mu, V.Load(slot0 + i), step));
                V.Store(m, slot0 + i);
                V.Store(V.Load(variable + i) * kept + (lookAhead ? V.MultiplyAdd(mu, m, step) : m), variable + i);
            }
        }
    }

    private readonly struct AdamStep<T>(AdamSettings settings, double rate) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V beta1 = Constant<V, T>(settings.Beta1), rest1 = Constant<V, T>(1 - settings.Beta1);
            V beta2 = Constant<V, T>(settings.Beta2), rest2 = Constant<V, T>(1 - settings.Beta2);
            V epsilon = Constant<V, T>(settings.Epsilon), minusRate = Constant<V, T>(-rate);
            V kept = Constant<V, T>(1 - settings.LearningRate * settings.WeightDecay);
            for (nint i = 0; i < length; i += V.Count)
            {
                Ahead(i, variable, gradient, slot0, slot1);
                V g = V.Load(gradient + i);
                V m = FlushAverage<V, T>(V.MultiplyAdd(beta1, V.Load(slot0 + i), rest1 * g));
                V v = FlushSquares<V, T>(V.MultiplyAdd(beta2, V.Load(slot1 + i), rest2 * SafeSquare<V, T>(g)));
                V.Store(m, slot0 + i);
                V.Store(v, slot1 + i);
                if (slot2 != null)
                {
                    v = V.Max(V.Load(slot2 + i), v);
                    V.Store(v, slot2 + i);
                }
                V.Store(V.MultiplyAdd(minusRate, m / (V.Sqrt(v) + epsilon), V.Load(variable + i) * kept), variable + i);
            }
        }
    }

    private readonly struct RmsPropStep<T>(RmsPropSettings settings) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V rho = Constant<V, T>(settings.Rho), rest = Constant<V, T>(1 - settings.Rho), rate = Constant<V, T>(settings.LearningRate);
            V mu = Constant<V, T>(settings.Momentum), epsilon = Constant<V, T>(settings.Epsilon);
            V kept = Constant<V, T>(1 - settings.LearningRate * settings.WeightDecay);
            for (nint i = 0; i < length; i += V.Count)
            {
                Ahead(i, variable, gradient, slot0, slot0);
                V g = V.Load(gradient + i);
                V v = FlushSquares<V, T>(V.MultiplyAdd(rho, V.Load(slot0 + i), rest * SafeSquare<V, T>(g)));
                V.Store(v, slot0 + i);
                if (slot1 != null)
                {
                    V a = FlushAverage<V, T>(V.MultiplyAdd(rho, V.Load(slot1 + i), rest * g));
                    V.Store(a, slot1 + i);
                    // Never negative but for rounding, and the root of that would be NaN.
                    v -= SafeSquare<V, T>(a);
                    v = V.AndNot(v, V.LessThan(v, V.Zero));
                }
                V change = rate * g / V.Sqrt(v + epsilon);
                if (slot2 != null)
                {
                    change = FlushAverage<V, T>(V.MultiplyAdd(mu, V.Load(slot2 + i), change));
                    V.Store(change, slot2 + i);
                }
                V.Store(V.Load(variable + i) * kept - change, variable + i);
            }
        }
    }
}
