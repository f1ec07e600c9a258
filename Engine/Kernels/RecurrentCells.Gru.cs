using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Which of the two gates does what in a gated recurrent unit.</summary>
internal interface IGatedForm
{
    /// <summary>Whether the update gate resets too, so that there is no other.</summary>
    static abstract bool HasOneGate { get; }

    /// <summary>Whether the old state that remains is reset as well.</summary>
    static abstract bool ResetsCarry { get; }
}

/// <summary>h = (1 − z) ⊙ h' + z ⊙ u. F-U1.</summary>
internal readonly struct StandardGates : IGatedForm
{
    public static bool HasOneGate => false;

    public static bool ResetsCarry => false;
}

/// <summary>h = (1 − z) ⊙ r ⊙ h' + z ⊙ u. F-U2.</summary>
internal readonly struct ResetGatedCarryGates : IGatedForm
{
    public static bool HasOneGate => false;

    public static bool ResetsCarry => true;
}

/// <summary>h = (1 − z) ⊙ h' + z ⊙ u with z in place of r. F-U3.</summary>
internal readonly struct SingleGates : IGatedForm
{
    public static bool HasOneGate => true;

    public static bool ResetsCarry => false;
}

/// <summary>z, r = σ(·); u = tanh(x·W + (r ⊙ h')·U + b); the forms differ in h.</summary>
/// <remarks>The inner state is r ⊙ h'; only there and before U h' is dropped.</remarks>
internal readonly unsafe struct GruRecurrentCell<G> : IRecurrentCell
    where G : struct, IGatedForm
{
    public static RecurrentBlock[] Blocks { get; } = G.HasOneGate
        ? [new(0, 0), new(1, 1, Inner: true)]
        : [new(0, 0), new(1, 1), new(2, 2, Inner: true)];

    public static int Gates => G.HasOneGate ? 2 : 3;

    public static int StateBlocks => G.HasOneGate ? 1 : 2;

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
            V z = VectorMath.Sigmoid<V, T>(V.Load(input + j) + V.Load(product + j)), r = z;
            V.Store(z, gates + j);
            if (!G.HasOneGate)
            {
                r = VectorMath.Sigmoid<V, T>(V.Load(input + units + j) + V.Load(product + units + j));
                V.Store(r, gates + units + j);
            }

            V.Store(r * V.Load(dropped + j), inner + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Finish<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = first, units = step.Units, last = (Gates - 1) * units;
        T* input = step.Input + last, gates = step.Gates, product = step.InnerProduct, state = step.State, next = step.Next;
        for (; j + V.Count <= units; j += V.Count)
        {
            V u = VectorMath.Tanh<V, T>(V.Load(input + j) + V.Load(product + j)), old = V.Load(state + j);
            if (G.ResetsCarry) old *= V.Load(gates + units + j);
            V.Store(u, gates + last + j);
            V.Store(V.MultiplyAdd(V.Load(gates + j), u - old, old), next + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Reverse<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = first, units = step.Units, last = (Gates - 1) * units;
        T* gates = step.Gates, state = step.State, dstate = step.StateGradient, gradients = step.Gradients;
        V one = VectorMath.Constant<V, T>(1);
        for (; j + V.Count <= units; j += V.Count)
        {
            V z = V.Load(gates + j), u = V.Load(gates + last + j), dh = V.Load(dstate + j), old = V.Load(state + j);
            if (G.ResetsCarry) old *= V.Load(gates + units + j);
            V dz = dh * (u - old);
            V.Store(G.HasOneGate ? dz : dz * (z * (one - z)), gradients + j);
            V.Store(dh * z * (one - (u * u)), gradients + last + j);
            V.Store(dh * (one - z), dstate + j);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint ReverseInner<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = first, units = step.Units;
        T* gates = step.Gates, state = step.State, dropped = step.Dropped, dinner = step.InnerGradient, gradients = step.Gradients;
        T* dstate = step.StateGradient, ddropped = step.DroppedGradient;
        V one = VectorMath.Constant<V, T>(1);
        for (; j + V.Count <= units; j += V.Count)
        {
            V d = V.Load(dinner + j), dr = d * V.Load(dropped + j), r = V.Load(gates + (G.HasOneGate ? j : units + j));
            V slope = r * (one - r);
            if (G.HasOneGate)
            {
                V.Store((V.Load(gradients + j) + dr) * slope, gradients + j);
            }
            else
            {
                if (G.ResetsCarry)
                {
                    V carried = V.Load(dstate + j);
                    dr = V.MultiplyAdd(carried, V.Load(state + j), dr);
                    V.Store(carried * r, dstate + j);
                }

                V.Store(dr * slope, gradients + units + j);
            }

            V.Store(V.MultiplyAdd(d, r, V.Load(ddropped + j)), ddropped + j);
        }

        return j;
    }
}

/// <summary>z, r = σ(·); u = tanh(x·W + b + r ⊙ s), s = h'·U + b'; h = (1 − z) ⊙ h' + z ⊙ u. The inner state is s.</summary>
/// <remarks>The product's blocks are u, z, r: then the gradients with respect to x·W stand side by side, behind the one of s.</remarks>
internal readonly unsafe struct ResetAfterGruRecurrentCell : IRecurrentCell
{
    public static RecurrentBlock[] Blocks { get; } = [new(-1, 2), new(0, 0), new(1, 1), new(2, -1)];

    public static int Gates => 3;

    public static int StateBlocks => 3;

    public static bool HasInnerProduct => false;

    public static bool HasInner => true;

    public static bool HasCell => false;

    public static nint Prepare<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => first;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Finish<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = first, units = step.Units;
        T* input = step.Input, gates = step.Gates, product = step.Product, state = step.State, inner = step.Inner, next = step.Next;
        T* bias = step.RecurrentBias;
        for (; j + V.Count <= units; j += V.Count)
        {
            V s = V.Load(product + j), pz = V.Load(product + units + j), pr = V.Load(product + (2 * units) + j);
            if (bias != null)
            {
                s += V.Load(bias + (2 * units) + j);
                pz += V.Load(bias + j);
                pr += V.Load(bias + units + j);
            }

            V.Store(s, inner + j);
            V.Store(VectorMath.Sigmoid<V, T>(V.Load(input + j) + pz), gates + j);
            V.Store(VectorMath.Sigmoid<V, T>(V.Load(input + units + j) + pr), gates + units + j);
        }

        // A loop of its own: one chain of both functions would be longer than what the processor sees at once.
        for (nint i = first; i < j; i += V.Count)
        {
            V sum = V.MultiplyAdd(V.Load(gates + units + i), V.Load(inner + i), V.Load(input + (2 * units) + i));
            V u = VectorMath.Tanh<V, T>(sum), old = V.Load(state + i);
            V.Store(u, gates + (2 * units) + i);
            V.Store(V.MultiplyAdd(V.Load(gates + i), u - old, old), next + i);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Reverse<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = first, units = step.Units;
        T* gates = step.Gates, state = step.State, inner = step.Inner, dstate = step.StateGradient, gradients = step.Gradients;
        V one = VectorMath.Constant<V, T>(1);
        for (; j + V.Count <= units; j += V.Count)
        {
            V z = V.Load(gates + j), r = V.Load(gates + units + j), u = V.Load(gates + (2 * units) + j), dh = V.Load(dstate + j);
            V du = dh * z * (one - (u * u));
            V.Store(du * r, gradients + j);
            V.Store(dh * (u - V.Load(state + j)) * (z * (one - z)), gradients + units + j);
            V.Store(du * V.Load(inner + j) * (r * (one - r)), gradients + (2 * units) + j);
            V.Store(du, gradients + (3 * units) + j);
            V.Store(dh * (one - z), dstate + j);
        }

        return j;
    }

    public static nint ReverseInner<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => first;
}
