using System.Numerics;
using System.Runtime.CompilerServices;
using static Engine.Kernels.VectorMath;

namespace Engine.Kernels;

/// <summary>a + b.</summary>
internal readonly struct AddKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        a + b;
}

/// <summary>a − b.</summary>
internal readonly struct SubtractKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        a - b;
}

/// <summary>a·b.</summary>
internal readonly struct MultiplyKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        a * b;
}

/// <summary>a/b.</summary>
internal readonly struct DivideKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        a / b;
}

/// <summary>The larger of a and b; NaN if either is.</summary>
internal readonly struct MaximumKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Max(a, b);
}

/// <summary>The smaller of a and b; NaN if either is.</summary>
internal readonly struct MinimumKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Min(a, b);
}

/// <summary>aᵇ as Math.Pow defines it; by scalar code.</summary>
internal readonly struct PowKernel : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Lanes.Apply<V, T, PowFunction<T>>(a, b);
}

/// <summary>a·b + c.</summary>
internal readonly struct MultiplyAddKernel : ITernaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V a, V b, V c)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.MultiplyAdd(a, b, c);
}

/// <summary>scale·x + shift.</summary>
internal readonly struct AffineKernel(double scale, double shift) : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.MultiplyAdd(x, Constant<V, T>(scale), Constant<V, T>(shift));
}

/// <summary>−x.</summary>
internal readonly struct NegateKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Xor(x, Constant<V, T>(-0d));
}

/// <summary>|x|.</summary>
internal readonly struct AbsKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Abs(x);
}

/// <summary>−1, 0 or 1 with the sign of x; NaN for NaN.</summary>
internal readonly struct SignKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1);
        V sign = V.And(V.GreaterThan(x, V.Zero), one) - V.And(V.LessThan(x, V.Zero), one);
        return V.Select(V.EqualTo(x, x), sign, x);
    }
}

/// <summary>√x; NaN below 0.</summary>
internal readonly struct SqrtKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Sqrt(x);
}

/// <summary>1/√x, both steps rounded.</summary>
internal readonly struct ReciprocalSqrtKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Constant<V, T>(1) / V.Sqrt(x);
}

/// <summary>x².</summary>
internal readonly struct SquareKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        x * x;
}

/// <summary>1/x.</summary>
internal readonly struct ReciprocalKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Constant<V, T>(1) / x;
}

/// <summary>⌊x⌋.</summary>
internal readonly struct FloorKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Floor(x);
}

/// <summary>To the nearest integer, halves to even.</summary>
internal readonly struct RoundKernel : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Round(x);
}

/// <summary>x limited to [low, high]; NaN stays.</summary>
internal readonly struct ClipKernel(double low, double high) : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V lower = Constant<V, T>(low), upper = Constant<V, T>(high);
        return V.Select(V.LessThan(x, lower), lower, V.Select(V.GreaterThan(x, upper), upper, x));
    }
}

/// <summary>dy where low ≤ x ≤ high, 0 elsewhere.</summary>
internal readonly struct ClipGradientKernel(double low, double high) : IBinaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V dy, V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V inside = V.And(V.GreaterThanOrEqual(x, Constant<V, T>(low)), V.GreaterThanOrEqual(Constant<V, T>(high), x));
        return V.And(dy, inside);
    }
}

/// <summary>xᵖ for one exponent: products, roots and quotients for p = 2, 3, ½, −1 and −½, Math.Pow for others.</summary>
internal readonly struct PowerKernel(double exponent) : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (exponent == 2) return x * x;
        if (exponent == 3) return x * x * x;
        if (exponent == 0.5) return V.Sqrt(x);
        if (exponent == -1) return Constant<V, T>(1) / x;
        if (exponent == -0.5) return Constant<V, T>(1) / V.Sqrt(x);
        return Lanes.Apply<V, T, PowFunction<T>>(x, Constant<V, T>(exponent));
    }
}
