using System.Numerics;
using System.Runtime.CompilerServices;
using static Engine.Kernels.VectorMath;

namespace Engine.Kernels;

/// <summary>What a step does with a gradient before it uses it: g·scale, then kept in [−limit, limit]; null for neither.</summary>
internal readonly record struct GradientForm(double? Scale, double? Limit);

/// <content>Clipping, sums and averages around the steps. F-O11, F-O12, F-O13.</content>
internal static unsafe partial class OptimizerSteps
{
    /// <summary>Σ x², exact to the type's precision also where the squares would overflow or vanish.</summary>
    /// <remarks>Added in an order that the length alone decides.</remarks>
    public static double SumOfSquares<T>(T* x, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = double.CreateTruncating(Reduction.All(default(SumOfSquaresReduction), x, length));
        if (sum is > 1e-30 and < 1e38) return sum;
        // The largest magnitude is taken out of the squares; 0 and NaN stay what they are.
        double largest = 0;
        for (nint i = 0; i < length; i++) largest = double.Max(largest, double.Abs(double.CreateTruncating(x[i])));
        if (largest == 0 || !double.IsFinite(largest)) return largest;
        double relative = 0;
        for (nint i = 0; i < length; i++)
        {
            double ratio = double.CreateTruncating(x[i]) / largest;
            relative += ratio * ratio;
        }
        return relative * largest * largest;
    }

    /// <summary>sum ← sum + g. F-O12.</summary>
    public static void Accumulate<T>(T* sum, T* gradient, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(default(AccumulateStep<T>), sum, gradient, null, null, null, length);

    /// <summary>average ← momentum·average + (1 − momentum)·variable. F-O13.</summary>
    public static void MoveAverage<T>(T* average, T* variable, nint length, double momentum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new AverageStep<T>(momentum), average, variable, null, null, null, length);

    private readonly struct AccumulateStep<T> : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            for (nint i = 0; i < length; i += V.Count) V.Store(V.Load(variable + i) + V.Load(gradient + i), variable + i);
        }
    }

    private readonly struct AverageStep<T>(double momentum) : IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            V keep = Constant<V, T>(momentum), rest = Constant<V, T>(1 - momentum);
            for (nint i = 0; i < length; i += V.Count)
                V.Store(V.MultiplyAdd(keep, V.Load(variable + i), rest * V.Load(gradient + i)), variable + i);
        }
    }

    /// <summary>A step on gradients that are scaled and clipped first: in pieces that stay in the first cache, so memory is read
    /// once.</summary>
    private readonly struct FormedStep<TStep, T>(TStep step, GradientForm form) : IStep<T>
        where TStep : struct, IStep<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Piece = 512;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        [SkipLocalsInit]
        public void Run<V>(T* variable, T* gradient, T* slot0, T* slot1, T* slot2, nint length)
            where V : struct, ISimd<V, T>
        {
            T* formed = stackalloc T[Piece];
            V scale = Constant<V, T>(form.Scale ?? 1);
            V high = Constant<V, T>(form.Limit ?? double.PositiveInfinity), low = V.Zero - high;
            for (nint start = 0; start < length; start += Piece)
            {
                nint count = Math.Min(Piece, length - start);
                for (nint i = 0; i < count; i += V.Count)
                    V.Store(V.Min(V.Max(V.Load(gradient + start + i) * scale, low), high), formed + i);
                step.Run<V>(variable + start, formed, From(slot0, start), From(slot1, start), From(slot2, start), count);
            }
        }

        private static T* From(T* slot, nint start) => slot == null ? null : slot + start;
    }
}
