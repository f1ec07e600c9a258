using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>An associative combination of many numbers into one.</summary>
internal interface IReductionKernel
{
    /// <summary>The value that changes nothing when mapped and combined: what an empty axis gives.</summary>
    T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>What each number becomes before it is combined.</summary>
    V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The combination, lane by lane.</summary>
    V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>Σx.</summary>
internal readonly struct SumReduction : IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => a + b;
}

/// <summary>Σx².</summary>
internal readonly struct SumOfSquaresReduction : IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => a + b;
}

/// <summary>Σ|x|.</summary>
internal readonly struct SumOfMagnitudesReduction : IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => a + b;
}

/// <summary>Πx.</summary>
internal readonly struct ProductReduction : IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.One;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => a * b;
}

/// <summary>The largest; NaN if any is NaN.</summary>
internal readonly struct MaxReduction : IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.Max(a, b);
}

/// <summary>The smallest; NaN if any is NaN.</summary>
internal readonly struct MinReduction : IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.PositiveInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.Min(a, b);
}

/// <summary>Another reduction without its map: puts partial results together.</summary>
internal readonly struct CombineOnly<R>(R kernel) : IReductionKernel
    where R : struct, IReductionKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Identity<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kernel.Identity<T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Map<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Combine<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kernel.Combine<V, T>(a, b);
}
