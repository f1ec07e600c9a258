namespace Engine.Layers;

/// <summary>A recurrent layer in both directions of time: one reads the sequence from its first step, one from its last. F-R4.</summary>
/// <remarks>
/// Schuster and Paliwal 1997. Every step's output of the backward layer is turned back, so that both speak of the same step. With
/// <c>returnState</c> of the layer the outputs are the output, the forward layer's states and the backward layer's; initial states are
/// given in the same order behind the input. A mask reaches both, and the output has it where it has steps.
/// </remarks>
public sealed class Bidirectional : Layer
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="layer">The forward layer.</param>
    /// <param name="mergeMode">How two outputs become one; side by side by default.</param>
    /// <param name="backwardLayer">The backward layer, made with <c>goBackwards: true</c>; by default one with the forward layer's options
    /// and weights of its own.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>bidirectional_1</c>.</param>
    /// <exception cref="ValueException">The directions are wrong, or the two layers differ in what they return.</exception>
    /// <exception cref="ModelException">The layer's cell has layers inside it, and no backward layer was given.</exception>
    public Bidirectional(
        RecurrentLayer layer,
        BidirectionalMerge mergeMode = BidirectionalMerge.Concat,
        RecurrentLayer? backwardLayer = null,
        string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (!Enum.IsDefined(mergeMode))
            throw Fail.Value("Bidirectional", $"mergeMode is {(int)mergeMode}", "give a member of BidirectionalMerge");
        if (layer.GoBackwards)
            throw Fail.Value("Bidirectional", "the layer goes backwards", "make it without goBackwards: the copy of it goes backwards");
        RecurrentLayer backward = backwardLayer ?? layer.Copy(goBackwards: true);
        if (!backward.GoBackwards)
            throw Fail.Value("Bidirectional", "the backwardLayer goes forwards", "make it with goBackwards: true");
        if (backward.ReturnSequences != layer.ReturnSequences || backward.ReturnState != layer.ReturnState || backward.Stateful != layer.Stateful)
        {
            throw Fail.Value("Bidirectional", "the two layers differ in returnSequences, returnState or stateful",
                "make both with the same options but for goBackwards");
        }

        MergeMode = mergeMode;
        string inner = layer.Name;
        if (backwardLayer is null) backward.Name = $"backward_{inner}";
        ForwardLayer = AddLayer(layer, $"forward_{inner}");
        BackwardLayer = AddLayer(backward, $"backward_{inner}");
        MadeWith(("layer", layer), ("mergeMode", mergeMode), ("backwardLayer", backwardLayer));
    }

    /// <summary>Reads the sequence from its first step.</summary>
    public RecurrentLayer ForwardLayer { get; }

    /// <summary>Reads the sequence from its last step.</summary>
    public RecurrentLayer BackwardLayer { get; }

    /// <summary>How two outputs become one.</summary>
    public BidirectionalMerge MergeMode { get; }

    private bool HasSeveralOutputs => ForwardLayer.ReturnState || MergeMode == BidirectionalMerge.None;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => AllOutputShapes([inputShape])[0];

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes) => AllOutputShapes(inputShapes)[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        (IReadOnlyList<Shape> first, IReadOnlyList<Shape> second) = Divide(inputShapes);
        IReadOnlyList<Shape> forward = ForwardLayer.AllOutputShapes(first), backward = BackwardLayer.AllOutputShapes(second);
        Shape output = forward[0], other = backward[0];
        if (MergeMode == BidirectionalMerge.Concat) output = output.With(-1, output[^1] + other[^1]);
        else if (MergeMode != BidirectionalMerge.None && output != other)
        {
            throw Fail.Shape(Path, $"outputs of {output[^1]} and {other[^1]} numbers in mergeMode {MergeMode}",
                "give both layers the same units, or use BidirectionalMerge.Concat");
        }

        IEnumerable<Shape> states = forward.Skip(1).Concat(backward.Skip(1));
        return MergeMode == BidirectionalMerge.None ? [output, other, .. states] : [output, .. states];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => ForwardLayer.MultiplyAdds(inputShape) + BackwardLayer.MultiplyAdds(inputShape);

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes) => AllOutputShapes(inputShapes);

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        ForwardLayer.Prepare([inputShape], [DType]);
        BackwardLayer.Prepare([inputShape], [DType]);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) => HasSeveralOutputs
        ? throw SeveralOutputs("Apply", AllOutputShapes([.. inputs.Select(input => input.Shape.Remove(0))]).Count)
        : CallAll(inputs, training)[0];

    /// <inheritdoc/>
    protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training)
    {
        (IReadOnlyList<Tensor> first, IReadOnlyList<Tensor> second) = Divide(inputs);
        Tensor[] forward = ForwardLayer.ApplyAll(first, training), backward = BackwardLayer.ApplyAll(second, training);
        Tensor y = forward[0], other = ForwardLayer.ReturnSequences ? backward[0].Flip(1) : backward[0];
        Tensor[] states = [.. forward[1..], .. backward[1..]];
        return MergeMode switch
        {
            BidirectionalMerge.Concat => [Tensor.Concat([y, other], -1), .. states],
            BidirectionalMerge.Sum => [y + other, .. states],
            BidirectionalMerge.Multiply => [y * other, .. states],
            BidirectionalMerge.Average => [(y + other) * 0.5, .. states],
            _ => [y, ForwardLayer.ReturnSequences ? other.WithMask(inputs[0].Mask) : other, .. states],
        };
    }

    /// <inheritdoc/>
    protected override Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) =>
        ForwardLayer.ReturnSequences ? inputs[0].Mask : null;

    /// <summary>What the two layers take: the input, and each its part of the initial states.</summary>
    private (IReadOnlyList<T> Forward, IReadOnlyList<T> Backward) Divide<T>(IReadOnlyList<T> inputs)
    {
        if (inputs.Count == 1) return (inputs, inputs);
        int own = ForwardLayer.Cell.StateSizes.Count, all = own + BackwardLayer.Cell.StateSizes.Count;
        if (inputs.Count != all + 1)
        {
            throw Fail.Shape("input", $"{inputs.Count - 1} initial states, where {all} are wanted",
                "give those of the forward layer and then those of the backward layer, or none");
        }

        return ([.. inputs.Take(own + 1)], [inputs[0], .. inputs.Skip(own + 1)]);
    }
}
