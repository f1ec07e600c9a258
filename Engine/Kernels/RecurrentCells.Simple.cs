using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The function at the end of a simple recurrent step, and its derivative from its value.</summary>
internal interface IRecurrentActivation
{
    /// <summary>y = f(x).</summary>
    static abstract V Value<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>dy·f'(x), from y.</summary>
    static abstract V Gradient<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>tanh.</summary>
internal readonly struct RecurrentTanh : IRecurrentActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorMath.Tanh<V, T>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => dy * (VectorMath.Constant<V, T>(1) - (y * y));
}

/// <summary>max(0, ·); a NaN stays NaN.</summary>
internal readonly struct RecurrentRelu : IRecurrentActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.AndNot(x, V.LessThan(x, V.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.And(dy, V.GreaterThan(y, V.Zero));
}

/// <summary>Nothing.</summary>
internal readonly struct RecurrentIdentity : IRecurrentActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V, T>(V dy, V y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => dy;
}

/// <summary>h = f(x·W + b + h·U). F-R1.</summary>
internal readonly unsafe struct SimpleRecurrentCell<F> : IRecurrentCell
    where F : struct, IRecurrentActivation
{
    public static RecurrentBlock[] Blocks { get; } = [new(0, 0)];

    public static int Gates => 1;

    public static int StateBlocks => 1;

    public static bool HasInnerProduct => false;

    public static bool HasInner => false;

    public static bool HasCell => false;

    public static nint Prepare<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => first;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Finish<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* input = step.Input, gates = step.Gates, product = step.Product, next = step.Next;
        nint j = first, units = step.Units;
        for (; j + V.Count <= units; j += V.Count)
        {
            V h = F.Value<V, T>(V.Load(input + j) + V.Load(product + j));
            V.Store(h, gates + j);
            V.Store(h, next + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Reverse<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* gates = step.Gates, dh = step.StateGradient, gradients = step.Gradients;
        nint j = first, units = step.Units;
        for (; j + V.Count <= units; j += V.Count)
        {
            V.Store(F.Gradient<V, T>(V.Load(dh + j), V.Load(gates + j)), gradients + j);
            V.Store(V.Zero, dh + j);
        }

        return j;
    }

    public static nint ReverseInner<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => first;
}
