using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>i, f, o = σ(·), u = tanh(·); c = f ⊙ c' + i ⊙ u; h = o ⊙ tanh(c). F-L1, F-L2.</summary>
internal readonly unsafe struct LstmRecurrentCell : IRecurrentCell
{
    public static RecurrentBlock[] Blocks { get; } = [new(0, 0), new(1, 1), new(2, 2), new(3, 3)];

    public static int Gates => 4;

    public static int StateBlocks => 4;

    public static bool HasInnerProduct => false;

    public static bool HasInner => false;

    public static bool HasCell => true;

    public static nint Prepare<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => first;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Finish<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* input = step.Input, gates = step.Gates, product = step.Product, cell = step.Cell, next = step.Next;
        nint j = first, units = step.Units;
        for (; j + V.Count <= units; j += V.Count)
        {
            V i = VectorMath.Sigmoid<V, T>(V.Load(input + j) + V.Load(product + j));
            V f = VectorMath.Sigmoid<V, T>(V.Load(input + units + j) + V.Load(product + units + j));
            V u = VectorMath.Tanh<V, T>(V.Load(input + (2 * units) + j) + V.Load(product + (2 * units) + j));
            V o = VectorMath.Sigmoid<V, T>(V.Load(input + (3 * units) + j) + V.Load(product + (3 * units) + j));
            V c = V.MultiplyAdd(f, V.Load(cell + j), i * u);
            V.Store(i, gates + j);
            V.Store(f, gates + units + j);
            V.Store(u, gates + (2 * units) + j);
            V.Store(o, gates + (3 * units) + j);
            V.Store(c, cell + j);
        }

        // A loop of its own: one chain of two tanh would be longer than what the processor sees at once.
        for (nint i = first; i < j; i += V.Count)
            V.Store(V.Load(gates + (3 * units) + i) * VectorMath.Tanh<V, T>(V.Load(cell + i)), next + i);
        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Reverse<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* gates = step.Gates, former = step.Cell, dstate = step.StateGradient, dcell = step.CellGradient, gradients = step.Gradients;
        nint j = first, units = step.Units;
        V one = VectorMath.Constant<V, T>(1);
        for (; j + V.Count <= units; j += V.Count)
        {
            V i = V.Load(gates + j), f = V.Load(gates + units + j);
            V u = V.Load(gates + (2 * units) + j), o = V.Load(gates + (3 * units) + j);
            V before = V.Load(former + j), dh = V.Load(dstate + j);

            // As the forward pass computes it, so that only c of the step before is kept.
            V t = VectorMath.Tanh<V, T>(V.MultiplyAdd(f, before, i * u));
            V dc = V.MultiplyAdd(dh * o, one - (t * t), V.Load(dcell + j));
            V.Store(dc * u * (i * (one - i)), gradients + j);
            V.Store(dc * before * (f * (one - f)), gradients + units + j);
            V.Store(dc * i * (one - (u * u)), gradients + (2 * units) + j);
            V.Store(dh * t * (o * (one - o)), gradients + (3 * units) + j);
            V.Store(dc * f, dcell + j);
            V.Store(V.Zero, dstate + j);
        }

        return j;
    }

    public static nint ReverseInner<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => first;
}

/// <summary>i, f, o = σ(·); u = tanh(x·W + (f ⊙ h')·U + b); h = f ⊙ h' + i ⊙ u ⊙ o. F-L3.</summary>
/// <remarks>The inner state is f ⊙ h'; only there and before U h' is dropped.</remarks>
internal readonly unsafe struct CelllessLstmRecurrentCell : IRecurrentCell
{
    public static RecurrentBlock[] Blocks { get; } = [new(0, 0), new(1, 1), new(3, 3), new(2, 2, Inner: true)];

    public static int Gates => 4;

    public static int StateBlocks => 3;

    public static bool HasInnerProduct => true;

    public static bool HasInner => true;

    public static bool HasCell => false;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Prepare<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* input = step.Input, gates = step.Gates, product = step.Product, dropped = step.Dropped, inner = step.Inner;
        nint j = first, units = step.Units;
        for (; j + V.Count <= units; j += V.Count)
        {
            V f = VectorMath.Sigmoid<V, T>(V.Load(input + units + j) + V.Load(product + units + j));
            V.Store(VectorMath.Sigmoid<V, T>(V.Load(input + j) + V.Load(product + j)), gates + j);
            V.Store(f, gates + units + j);
            V o = VectorMath.Sigmoid<V, T>(V.Load(input + (3 * units) + j) + V.Load(product + (2 * units) + j));
            V.Store(o, gates + (3 * units) + j);
            V.Store(f * V.Load(dropped + j), inner + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Finish<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* input = step.Input, gates = step.Gates, product = step.InnerProduct, state = step.State, next = step.Next;
        nint j = first, units = step.Units;
        for (; j + V.Count <= units; j += V.Count)
        {
            V u = VectorMath.Tanh<V, T>(V.Load(input + (2 * units) + j) + V.Load(product + j));
            V.Store(u, gates + (2 * units) + j);
            V added = V.Load(gates + j) * u * V.Load(gates + (3 * units) + j);
            V.Store(V.MultiplyAdd(V.Load(gates + units + j), V.Load(state + j), added), next + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Reverse<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* gates = step.Gates, dstate = step.StateGradient, gradients = step.Gradients;
        nint j = first, units = step.Units;
        V one = VectorMath.Constant<V, T>(1);
        for (; j + V.Count <= units; j += V.Count)
        {
            V i = V.Load(gates + j), u = V.Load(gates + (2 * units) + j), o = V.Load(gates + (3 * units) + j), dh = V.Load(dstate + j);
            V.Store(dh * u * o * (i * (one - i)), gradients + j);
            V.Store(dh * i * u * (o * (one - o)), gradients + (2 * units) + j);
            V.Store(dh * i * o * (one - (u * u)), gradients + (3 * units) + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint ReverseInner<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* gates = step.Gates, state = step.State, dropped = step.Dropped, dinner = step.InnerGradient, gradients = step.Gradients;
        T* dstate = step.StateGradient, ddropped = step.DroppedGradient;
        nint j = first, units = step.Units;
        V one = VectorMath.Constant<V, T>(1);
        for (; j + V.Count <= units; j += V.Count)
        {
            V f = V.Load(gates + units + j), dh = V.Load(dstate + j), d = V.Load(dinner + j);
            V.Store(V.MultiplyAdd(dh, V.Load(state + j), d * V.Load(dropped + j)) * (f * (one - f)), gradients + units + j);
            V.Store(dh * f, dstate + j);
            V.Store(V.MultiplyAdd(d, f, V.Load(ddropped + j)), ddropped + j);
        }

        return j;
    }
}
