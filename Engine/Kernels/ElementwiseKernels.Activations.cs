using System.Numerics;
using System.Runtime.CompilerServices;
using static Engine.Kernels.VectorMath;

namespace Engine.Kernels;

/// <summary>σ(x) = 1/(1 + e⁻ˣ). F-A1.</summary>
internal readonly struct SigmoidKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Sigmoid<V, T>(x);

    /// <inheritdoc/>
    public static Held<V> Hold<V, T>()
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => HoldForSigmoid<V, T>();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ApplyHeld<K, V, T>(K kernel, V x, V a, V b, V c, V d, V e, V f)
        where K : struct, IUnaryKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Sigmoid<V, T>(x, a, b, c, d, e, f);
}

/// <summary>dy·y·(1 − y) with y = σ(x).</summary>
internal readonly struct SigmoidGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dy * (y * (Constant<V, T>(1) - y));
}

/// <summary>tanh x. F-A2.</summary>
internal readonly struct TanhKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Tanh<V, T>(x);

    /// <inheritdoc/>
    public static Held<V> Hold<V, T>()
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => HoldForTanh<V, T>();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ApplyHeld<K, V, T>(K kernel, V x, V a, V b, V c, V d, V e, V f)
        where K : struct, IUnaryKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Tanh<V, T>(x, a, b, c, d, e, f);
}

/// <summary>dy·(1 − y²) with y = tanh x.</summary>
internal readonly struct TanhGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dy * (Constant<V, T>(1) - y * y);
}

/// <summary>max(0, x); NaN stays. F-A3.</summary>
internal readonly struct ReluKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.AndNot(x, V.GreaterThanOrEqual(V.Zero, x));
}

/// <summary>dy where y = max(0, x) is positive, 0 elsewhere.</summary>
internal readonly struct ReluGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.And(dy, V.GreaterThan(y, V.Zero));
}

/// <summary>x where positive, slope·x elsewhere.</summary>
internal readonly struct LeakyReluKernel(double slope) : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Select(V.GreaterThan(x, V.Zero), x, x * Constant<V, T>(slope));
}

/// <summary>dy where x is positive, slope·dy elsewhere.</summary>
internal readonly struct LeakyReluGradientKernel(double slope) : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Select(V.GreaterThan(x, V.Zero), dy, dy * Constant<V, T>(slope));
}

/// <summary>x where positive, α(eˣ − 1) elsewhere: Clevert et al. 2016.</summary>
internal readonly struct EluKernel(double alpha) : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Select(V.GreaterThan(x, V.Zero), x, Constant<V, T>(alpha) * VectorMath.Expm1<V, T>(x));
}

/// <summary>dy where y = ELU(x) is positive, dy·(y + α) elsewhere, for α ≥ 0.</summary>
internal readonly struct EluGradientKernel(double alpha) : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Select(V.GreaterThan(y, V.Zero), dy, dy * (y + Constant<V, T>(alpha)));
}

/// <summary>λx where positive, λα(eˣ − 1) elsewhere: Klambauer et al. 2017.</summary>
internal readonly struct SeluKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    public const double Alpha = 1.6732632423543772;
    public const double Scale = 1.0507009873554805;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V negative = Constant<V, T>(Scale * Alpha) * VectorMath.Expm1<V, T>(x);
        return V.Select(V.GreaterThan(x, V.Zero), x * Constant<V, T>(Scale), negative);
    }
}

/// <summary>λ·dy where y = SELU(x) is positive, dy·(y + λα) elsewhere.</summary>
internal readonly struct SeluGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V negative = dy * (y + Constant<V, T>(SeluKernel.Scale * SeluKernel.Alpha));
        return V.Select(V.GreaterThan(y, V.Zero), dy * Constant<V, T>(SeluKernel.Scale), negative);
    }
}

/// <summary>GELU, x·Φ(x).</summary>
internal readonly struct GeluKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Gelu<V, T>(x);
}

/// <summary>dy·(Φ(x) + x·φ(x)).</summary>
internal readonly struct GeluGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dy * GeluDerivative<V, T>(x);
}

/// <summary>GELU by its tanh approximation.</summary>
internal readonly struct GeluTanhKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.GeluTanh<V, T>(x);
}

/// <summary>dy times the derivative of the tanh approximation of GELU.</summary>
internal readonly struct GeluTanhGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dy * GeluTanhDerivative<V, T>(x);
}

/// <summary>SiLU, x·σ(x).</summary>
internal readonly struct SiluKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Silu<V, T>(x);
}

/// <summary>dy·σ(x)·(1 + x·(1 − σ(x))).</summary>
internal readonly struct SiluGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dy * SiluDerivative<V, T>(x);
}

/// <summary>ln(1 + eˣ).</summary>
internal readonly struct SoftplusKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Softplus<V, T>(x);
}

/// <summary>dy·σ(x).</summary>
internal readonly struct SoftplusGradientKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dy * VectorMath.Sigmoid<V, T>(x);
}
