using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>eˣ.</summary>
internal readonly struct ExpKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Exp<V, T>(x);

    /// <inheritdoc/>
    public static Held<V> Hold<V, T>()
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorMath.HoldForExp<V, T>();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ApplyHeld<K, V, T>(K kernel, V x, V a, V b, V c, V d, V e, V f)
        where K : struct, IUnaryKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Exp<V, T>(x, a, b, c);
}

/// <summary>eˣ − 1.</summary>
internal readonly struct Expm1Kernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Expm1<V, T>(x);
}

/// <summary>ln x.</summary>
internal readonly struct LogKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Log<V, T>(x);
}

/// <summary>ln(1 + x).</summary>
internal readonly struct Log1pKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Log1p<V, T>(x);
}

/// <summary>erf x.</summary>
internal readonly struct ErfKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Erf<V, T>(x);
}

/// <summary>sin x; by scalar code.</summary>
internal readonly struct SinKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Lanes.Apply<V, T, SinFunction<T>>(x, x);
}

/// <summary>cos x; by scalar code.</summary>
internal readonly struct CosKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Lanes.Apply<V, T, CosFunction<T>>(x, x);
}

/// <summary>tan x; by scalar code.</summary>
internal readonly struct TanKernel : IUnaryKernel
{
    public static bool ComputesLong => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Lanes.Apply<V, T, TanFunction<T>>(x, x);
}

/// <summary>A function of scalars, for what has no vector form here.</summary>
internal interface IScalarFunction<T>
{
    /// <summary>The function; a function of one argument ignores the second.</summary>
    static abstract T Apply(T x, T y);
}

internal readonly struct PowFunction<T> : IScalarFunction<T>
    where T : IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T x, T y) => T.Pow(x, y);
}

internal readonly struct SinFunction<T> : IScalarFunction<T>
    where T : IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T x, T y) => T.Sin(x);
}

internal readonly struct CosFunction<T> : IScalarFunction<T>
    where T : IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T x, T y) => T.Cos(x);
}

internal readonly struct TanFunction<T> : IScalarFunction<T>
    where T : IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T x, T y) => T.Tan(x);
}

/// <summary>Applies scalar functions to registers, lane after lane.</summary>
internal static unsafe class Lanes
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Apply<V, T, TFunction>(V x, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IScalarFunction<T>
    {
        T* first = (T*)Unsafe.AsPointer(ref x);
        T* second = (T*)Unsafe.AsPointer(ref y);
        for (int lane = 0; lane < V.Count; lane++) first[lane] = TFunction.Apply(first[lane], second[lane]);
        return x;
    }
}
