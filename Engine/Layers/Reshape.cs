using System.Runtime.CompilerServices;

namespace Engine.Layers;

/// <summary>Gives each sample's elements other axes, in the same order and the same memory: <c>new Reshape(7, 7, 64)</c>.</summary>
public sealed class Reshape : Layer
{
    private readonly int[] lengths;

    /// <summary>Creates the layer.</summary>
    /// <param name="lengths">The axes of one output sample; one may be -1 and follows from the others.</param>
    /// <exception cref="ValueException">A length below -1, or more than one of -1.</exception>
    [OverloadResolutionPriority(1)]
    public Reshape(params ReadOnlySpan<int> lengths)
        : this(lengths.ToArray(), null)
    {
    }

    /// <summary>Creates the layer under a name.</summary>
    /// <param name="shape">The shape of one output sample.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>reshape_1</c>.</param>
    public Reshape(Shape shape, string? name = null)
        : this(shape.ToArray(), name)
    {
    }

    internal Reshape(int[] lengths, string? name)
        : base(name)
    {
        int open = 0;
        foreach (int length in lengths)
        {
            if (length < -1) throw Fail.Value("Reshape", $"a length of {length}", "give lengths of 0 or more, and at most one -1");
            if (length == -1) open++;
        }
        if (open > 1) throw Fail.Value("Reshape", $"{open} lengths are -1 in [{string.Join(", ", lengths)}]", "leave one open at most");
        this.lengths = lengths;
        MadeWith(("lengths", lengths));
    }

    /// <summary>The axes of one output sample as they were given; -1 follows from the others.</summary>
    public IReadOnlyList<int> TargetShape => lengths;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        long known = 1;
        int open = -1;
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] == -1) open = axis;
            else known *= lengths[axis];
        }
        if (open < 0 ? known != inputShape.Length : known == 0 || inputShape.Length % known != 0)
            throw Fail.Shape(
                "input",
                $"samples of shape {inputShape} have {inputShape.Length} elements, which [{string.Join(", ", lengths)}] does not hold",
                "give lengths whose product is the number of elements of one sample");
        if (open < 0) return lengths;
        Span<int> resolved = stackalloc int[lengths.Length];
        lengths.CopyTo(resolved);
        resolved[open] = (int)(inputShape.Length / known);
        return Shape.Create(resolved);
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => OutputShape(inputShape);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Reshape(OutputShape(x.Shape.Remove(0)).Insert(0, x.Shape[0]));
}
