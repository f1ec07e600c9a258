using System.Numerics;

namespace Engine.Kernels;

/// <summary>The recurrent formulas that run over whole sequences in one kernel.</summary>
internal enum RecurrentKind
{
    /// <summary>h = tanh(x·W + h·U + b). F-R1.</summary>
    Tanh,

    /// <summary>h = max(0, x·W + h·U + b).</summary>
    Relu,

    /// <summary>h = x·W + h·U + b.</summary>
    Linear,

    /// <summary>Gates i, f, u, o with a cell. F-L1, F-L2.</summary>
    Lstm,

    /// <summary>Gates i, f, u, o without one. F-L3.</summary>
    CelllessLstm,

    /// <summary>Gates z, r and a candidate of r ⊙ h. F-U1.</summary>
    Gru,

    /// <summary>The same with r behind the product: tanh(x·W + b + r ⊙ (h·U + b')).</summary>
    ResetAfterGru,

    /// <summary>The old state that remains is reset too. F-U2.</summary>
    ResetGatedCarryGru,

    /// <summary>One gate for both. F-U3.</summary>
    SingleGateGru,
}

/// <summary>One column block of a row of gradients: what it is the gradient of.</summary>
/// <param name="Kernel">The block of W's columns whose sum it belongs to; -1 for none.</param>
/// <param name="Recurrent">The block of U's columns; -1 for none.</param>
/// <param name="Inner">Whether U's block multiplies the inner state (r ⊙ h, for example) and not h itself.</param>
internal readonly record struct RecurrentBlock(int Kernel, int Recurrent, bool Inner = false);

/// <summary>One sample at one step, forward. Each pointer is to as many numbers as there are units, or gates times as many.</summary>
internal unsafe struct RecurrentStep<T>
    where T : unmanaged
{
    /// <summary>The number of units.</summary>
    public nint Units;

    /// <summary>x·W + b, the gates in the kernel's order.</summary>
    public T* Input;

    /// <summary>Where the gates' values are kept; may be <see cref="Input"/>.</summary>
    public T* Gates;

    /// <summary>h·U, the gates in the order of the formula's blocks.</summary>
    public T* Product;

    /// <summary>The inner state's product with its block of U.</summary>
    public T* InnerProduct;

    /// <summary>h of the step before.</summary>
    public T* State;

    /// <summary>The same after dropout: what meets U.</summary>
    public T* Dropped;

    /// <summary>c of the step before; becomes this step's.</summary>
    public T* Cell;

    /// <summary>The inner state: what is multiplied with the last block of U, or the product that the gate r waits for.</summary>
    public T* Inner;

    /// <summary>The biases of h·U in the kernel's order; null for formulas with one bias.</summary>
    public T* RecurrentBias;

    /// <summary>h of this step; may be <see cref="State"/>'s memory.</summary>
    public T* Next;
}

/// <summary>One sample at one step, backward.</summary>
internal unsafe struct RecurrentReverseStep<T>
    where T : unmanaged
{
    /// <summary>The number of units.</summary>
    public nint Units;

    /// <summary>The gates' values in the kernel's order.</summary>
    public T* Gates;

    /// <summary>h of the step before.</summary>
    public T* State;

    /// <summary>The same after dropout.</summary>
    public T* Dropped;

    /// <summary>c of the step before.</summary>
    public T* Cell;

    /// <summary>As in <see cref="RecurrentStep{T}"/>.</summary>
    public T* Inner;

    /// <summary>dh; becomes what of it passes to the step before without U.</summary>
    public T* StateGradient;

    /// <summary>What passes to the dropped state without U is added here; may be <see cref="StateGradient"/>.</summary>
    public T* DroppedGradient;

    /// <summary>dc; becomes the one of the step before.</summary>
    public T* CellGradient;

    /// <summary>The gradient with respect to the inner state.</summary>
    public T* InnerGradient;

    /// <summary>Where the gradients of the sums go, in the order of the formula's blocks.</summary>
    public T* Gradients;
}

/// <summary>A recurrent formula, element by element: what happens between the products.</summary>
/// <remarks>
/// Each method does the units from <c>first</c> on as far as they fill registers and returns where it stopped. The products, the
/// order of the steps and the masks are the same for all formulas and live in <see cref="RecurrentForwardJob{C, V, T}"/> and
/// <see cref="RecurrentBackwardJob{C, V, T}"/>.
/// </remarks>
internal unsafe interface IRecurrentCell
{
    /// <summary>The blocks of a row of gradients; those with U and the state come first.</summary>
    static abstract RecurrentBlock[] Blocks { get; }

    /// <summary>Column blocks of the kernel.</summary>
    static abstract int Gates { get; }

    /// <summary>Blocks of U that multiply the state: the first ones of <see cref="Blocks"/>.</summary>
    static abstract int StateBlocks { get; }

    /// <summary>Whether a second product, of the inner state, is needed before h is known.</summary>
    static abstract bool HasInnerProduct { get; }

    /// <summary>Whether an inner state is kept.</summary>
    static abstract bool HasInner { get; }

    /// <summary>Whether there is a cell beside the state.</summary>
    static abstract bool HasCell { get; }

    /// <summary>The gates and the inner state, from the products with the state; only where there is an inner product.</summary>
    static abstract nint Prepare<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The next state.</summary>
    static abstract nint Finish<V, T>(in RecurrentStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The gradients of the sums, as far as they do not wait for <see cref="RecurrentReverseStep{T}.InnerGradient"/>.</summary>
    static abstract nint Reverse<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The rest; only where there is an inner product.</summary>
    static abstract nint ReverseInner<V, T>(in RecurrentReverseStep<T> step, nint first)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
