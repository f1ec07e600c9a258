namespace Engine.Layers;

/// <summary>A recurrent layer that looks at another sequence before each step: h_t = cell([x_t, c_t], h_{t−1}) with
/// c_t = Σ_s α_ts·m_s, α_t from h_{t−1} and m by F-T1 or F-T2. F-T4.</summary>
/// <remarks>
/// The decoder of Bahdanau, Cho and Bengio 2015. Inputs [x, memory], of [batch, steps, features] and [batch, places, features], and after
/// them, where they are given, an initial state [batch, size] for each of the cell's, else 0. Outputs by
/// <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/>: h [batch, steps, units], c [batch, steps, the memory's features], and
/// with <see cref="ReturnState"/> the last states. The memory's keys are made once for all steps. Where the memory's mask is false
/// nothing is seen; where the mask of x is false the states are copied and h repeats the one before, 0 where there is none.
/// </remarks>
public sealed class AttentionRNN : Layer
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="cell">What takes a step from [x_t, c_t].</param>
    /// <param name="attention">How h_{t−1}, the cell's first state, looks at the memory, such as <c>new AdditiveAttention(units: 256)</c>;
    /// without dropout, causal mask and returned scores.</param>
    /// <param name="returnState">Whether the last states are given too; false by default.</param>
    /// <param name="name">The name; by default numbered by its place, as <c>attention_rnn_1</c>.</param>
    /// <exception cref="ValueException">The attention has an option that a look at one place after the other cannot have.</exception>
    public AttentionRNN(RecurrentCell cell, AttentionLayer attention, bool returnState = false, string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ArgumentNullException.ThrowIfNull(attention);
        if (attention.Dropout > 0 || attention.UseCausalMask || attention.ReturnAttentionScores)
        {
            throw Fail.Value("AttentionRNN", "the attention has dropout, a causal mask or returned scores",
                "make it without: each step looks once, at the whole memory");
        }

        ReturnState = returnState;
        Cell = AddLayer(cell);
        Attention = AddLayer(attention);
        MadeWith(("cell", cell), ("attention", attention), ("returnState", returnState));
    }

    /// <summary>What takes a step.</summary>
    public RecurrentCell Cell { get; }

    /// <summary>What looks at the memory.</summary>
    public AttentionLayer Attention { get; }

    /// <summary>Whether the last states are given too.</summary>
    public bool ReturnState { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => AllOutputShapes([inputShape])[0];

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes) => AllOutputShapes(inputShapes)[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        CheckInputs(inputShapes);
        int steps = inputShapes[0][0];
        Shape output = [steps, Cell.OutputSize], context = [steps, inputShapes[1][1]];
        return ReturnState ? [output, context, .. Cell.StateSizes.Select(size => Shape.Create([size]))] : [output, context];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputShapes)
    {
        Shape memory = inputShapes[1];
        long look = Attention.MultiplyAdds([[1, Cell.StateSizes[0]], memory]);
        return inputShapes[0][0] * (Cell.MultiplyAdds([inputShapes[0][1] + memory[1]]) + look);
    }

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes)
    {
        const string Wanted = "x [batch, steps, features] and memory [batch, places, features]";
        if (inputShapes.Count < 2)
            throw Fail.Shape("input", $"{inputShapes.Count} inputs, where {Wanted} are wanted", "give both in a list");
        AttentionWeights.Check([inputShapes[0], inputShapes[1]], most: 3);
        RecurrentCell.CheckStates([.. inputShapes.Where((_, i) => i != 1)], Cell.StateSizes, Wanted);
        if (ClaimedShape is { } claimed && claimed[1] != inputShapes[0][1])
        {
            throw Fail.Shape("input",
                $"{inputShapes[0][1]} features (shape {LayerCheck.BatchOf(inputShapes[0])}), and the layer was built for {claimed[1]}",
                "a layer applied twice needs the same feature count each time");
        }

        Attention.OutputShape([[1, Cell.StateSizes[0]], inputShapes[1]]);
    }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<Shape> inputShapes)
    {
        Shape memory = inputShapes[1];
        Cell.Prepare([[inputShapes[0][1] + memory[1]]], [DType]);
        Attention.Prepare([[1, Cell.StateSizes[0]], memory], [DType, DType]);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) =>
        throw SeveralOutputs("Apply", ReturnState ? 2 + Cell.StateSizes.Count : 2);

    /// <inheritdoc/>
    protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training)
    {
        Tensor? mask = AttentionWeights.MaskOf(inputs[0], "x");
        Tensor x = AttentionWeights.Cleaned(inputs[0], mask);
        Tensor[] steps = x.Unstack(1), states = inputs.Count > 2 ? [.. inputs.Skip(2)] : Cell.InitialState(x.Shape[0]);
        Tensor[]? counts = mask?.ExpandDims(-1).Unstack(1);
        AttentionMemory memory = Remember(inputs[1]);
        var outputs = new Tensor[steps.Length];
        var contexts = new Tensor[steps.Length];
        StateTrace? trace = StateTrace.IsWanted ? StateTrace.Begin(Place) : null;
        Cell.BeginSequence(training);
        try
        {
            for (int t = 0; t < steps.Length; t++)
            {
                (outputs[t], contexts[t], Tensor[] next) = Step(steps[t], memory, states, training);
                trace?.Steps.Add(next);
                if (counts is not null)
                {
                    outputs[t] = Tensor.Where(counts[t], outputs[t], t == 0 ? Tensor.Zeros([], x.DType) : outputs[t - 1]);
                    next = [.. next];
                    for (int i = 0; i < next.Length; i++) next[i] = Tensor.Where(counts[t], next[i], states[i]);
                }

                states = next;
            }
        }
        finally
        {
            Cell.EndSequence();
        }

        Tensor h = Tensor.Stack(outputs, 1), c = Tensor.Stack(contexts, 1).WithMask(mask);
        return ReturnState ? [h, c, .. states] : [h, c];
    }

    /// <inheritdoc/>
    protected override Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) => inputs[0].Mask;

    /// <summary>What the steps look at: the keys are made here, once.</summary>
    internal AttentionMemory Remember(Tensor memory) => Attention.Remember(memory);

    /// <summary>One step of a built layer.</summary>
    internal (Tensor Output, Tensor Context, Tensor[] States) Step(
        Tensor x, AttentionMemory memory, IReadOnlyList<Tensor> states, bool training)
    {
        Tensor context = Attention.Look(states[0], memory);
        (Tensor output, Tensor[] next) = Cell.Advance(Tensor.Concat([x, context], 1), states, training);
        return (output, context, next);
    }
}
