using System.Diagnostics;

namespace Engine;

/// <summary>An array of numbers with any number of axes: what every operation takes and gives.</summary>
/// <remarks>
/// A handle on contiguous row-major memory with a <see cref="Shape"/> and a runtime <see cref="DType"/>. Reshapes and leading-axis slices
/// share memory, everything else copies. Inside a <see cref="GradientTape"/> or <see cref="TensorScope"/> the memory is pooled and dies with
/// the block; elsewhere the garbage collector has it. Nobody disposes a tensor.
/// </remarks>
[DebuggerDisplay("{DebuggerText,nq}")]
public partial class Tensor
{
    private readonly Storage storage;
    private readonly int offset;

    // The tape that recorded this tensor as an operation's output, and its slot there; the tapes around that one follow in the list.
    private GradientTape? tape;
    private int tapeSlot;
    private TapeLink? outerTapes;

    // What the elements were made of, where an operation can do better knowing it.
    private object? origin;

    internal Tensor(Storage storage, int offset, Shape shape, DType dtype)
    {
        this.storage = storage;
        this.offset = offset;
        Shape = shape;
        DType = dtype;
    }

    /// <summary>The lengths of the axes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; }

    /// <summary>The number of axes.</summary>
    public int Rank => Shape.Rank;

    /// <summary>The number of elements.</summary>
    public int Length => Shape.Length;

    /// <summary>False once the <see cref="GradientTape"/> or <see cref="TensorScope"/> that owned the memory has ended.</summary>
    public bool IsAlive => storage.IsAlive;

    /// <summary>Which steps of which samples count: truth values of the shape's first axes, as [N, T]; null where all do.</summary>
    /// <remarks>
    /// <c>Masking</c> and <c>Embedding(maskZero: true)</c> make one, <see cref="WithMask"/> gives one by hand. It stays with the tensor that
    /// a layer gives where time goes through the layer unchanged; operations give tensors without.
    /// </remarks>
    public Tensor? Mask
    {
        [NotDifferentiable("truth values have no gradient")]
        get;
        internal set;
    }

    internal Storage Storage => storage;

    /// <summary>The first element's place in the storage, in elements.</summary>
    internal int Offset => offset;

    /// <summary>The logits that this tensor's probabilities were made of; null for every other tensor.</summary>
    internal ProbabilityOrigin? Probability
    {
        get => origin as ProbabilityOrigin;
        set => origin = value;
    }

    /// <summary>The classes whose rows of zeros with a 1 this tensor holds; null for every other tensor.</summary>
    internal OneHotOrigin? Classes
    {
        get => origin as OneHotOrigin;
        set => origin = value;
    }

    /// <summary>The table and the indices that this tensor was gathered from; null for every other tensor.</summary>
    internal GatherOrigin? Gathered
    {
        get => origin as GatherOrigin;
        set => origin = value;
    }

    /// <summary>For a gradient of gathered rows: its sums by the table's rows, where they are known before it; else null.</summary>
    internal RowSums? SumsByRow
    {
        get => origin as RowSums;
        set => origin = value;
    }

    /// <summary>Whether this is the result of a ReLU that its operation applied at its end.</summary>
    internal bool IsRectified { get; set; }

    /// <summary>For a gradient that is 0 wherever some rectified tensor is: that tensor, whose operation then need not mask it again.</summary>
    internal Tensor? MaskedBy { get; set; }

    private string DebuggerText => IsAlive ? $"{DType}{Shape} {(Length <= 8 ? Format(this, null, null) : "…")}" : $"{DType}{Shape} (memory given back)";

    /// <summary>A tensor of arbitrary contents in the current scope's memory, or garbage-collected outside any.</summary>
    internal static Tensor Empty(Shape shape, DType dtype)
    {
        int bytes = ByteLength(shape, dtype);
        TensorScope? scope = ThreadState.Current.Scope;
        return new Tensor(scope is null ? Storage.Free(bytes) : Storage.Rent(bytes, scope), 0, shape, dtype);
    }

    /// <summary>A tensor of arbitrary contents that no scope owns.</summary>
    internal static Tensor EmptyFree(Shape shape, DType dtype) => new(Storage.Free(ByteLength(shape, dtype)), 0, shape, dtype);

    /// <summary>The same memory under another shape of the same length, not recorded.</summary>
    internal Tensor Alias(Shape shape) => new(storage, offset, shape, DType);

    /// <summary>A part of the same memory, not recorded.</summary>
    internal Tensor Alias(int start, Shape shape) => new(storage, offset + start, shape, DType);

    /// <summary>The slot that a tape keeps for this tensor as an operation's output, or -1.</summary>
    internal int OutputSlot(GradientTape asking)
    {
        if (tape == asking) return tapeSlot;
        for (TapeLink? link = outerTapes; link is not null; link = link.Next)
        {
            if (link.Tape == asking) return link.Slot;
        }
        return -1;
    }

    /// <summary>Notes that a tape has recorded this tensor.</summary>
    internal void Link(GradientTape recording, int slot)
    {
        if (tape is null)
        {
            tape = recording;
            tapeSlot = slot;
        }
        else
        {
            outerTapes = new TapeLink(recording, slot, outerTapes);
        }
    }

    private static int ByteLength(Shape shape, DType dtype)
    {
        long bytes = (long)shape.Length * dtype.Size();
        return bytes <= int.MaxValue - 2 * Storage.Alignment
            ? (int)bytes
            : throw Fail.Shape("Tensor", $"shape {shape} of {dtype} takes {bytes} bytes, and a tensor holds less than 2³¹", "work in smaller batches");
    }

    internal sealed record TapeLink(GradientTape Tape, int Slot, TapeLink? Next);
}
