namespace Engine.Layers;

/// <summary>One step of a recurrent network: from an input and the states to an output and the next states.</summary>
/// <remarks>
/// A layer such as <see cref="RNN"/> takes a cell over all steps of a sequence. A cell of one's own overrides
/// <see cref="StateSizes"/>, <see cref="Layer.Build(Shape)"/>, whose shape is [features], and
/// <see cref="Call(Tensor, IReadOnlyList{Tensor}, bool)"/>, written in operations; it then has masks, both directions, given and learned
/// initial states like the others. Dropout is the cell's own to apply, with <see cref="DropInput"/> and <see cref="DropState"/>.
/// </remarks>
public abstract class RecurrentCell : Layer
{
    private bool inSequence;
    private bool inputIsDropped;
    private RandomGenerator? sequenceRandom;
    private Tensor? inputMask;
    private Tensor? stateMask;

    /// <summary>Starts a cell.</summary>
    /// <param name="dropout">The part of the inputs that <see cref="DropInput"/> drops in training; 0 by default.</param>
    /// <param name="recurrentDropout">The part of the state that <see cref="DropState"/> drops in training; 0 by default.</param>
    /// <param name="name">The cell's name; by default numbered by its place, as <c>lstm_cell</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A rate lies outside [0, 1).</exception>
    protected RecurrentCell(double dropout = 0, double recurrentDropout = 0, string? name = null, DType? dtype = null)
        : base(name, dtype)
    {
        Dropout = CheckedRate("dropout", dropout);
        RecurrentDropout = CheckedRate("recurrentDropout", recurrentDropout);
    }

    /// <summary>The part of the inputs that is dropped in training.</summary>
    public double Dropout { get; }

    /// <summary>The part of the state that is dropped in training where it is multiplied.</summary>
    public double RecurrentDropout { get; }

    /// <summary>The lengths of the states: one for each.</summary>
    public abstract IReadOnlyList<int> StateSizes { get; }

    /// <summary>The length of the output; that of the first state by default.</summary>
    public virtual int OutputSize => StateSizes[0];

    /// <summary>The states before the first step: zeros by default.</summary>
    /// <param name="batch">The number of samples.</param>
    /// <returns>A tensor [batch, size] for each state.</returns>
    public virtual Tensor[] InitialState(int batch)
    {
        var states = new Tensor[StateSizes.Count];
        for (int i = 0; i < states.Length; i++) states[i] = Tensor.Zeros([batch, StateSizes[i]], DType);
        return states;
    }

    /// <summary>Takes one step.</summary>
    /// <param name="x">The inputs [batch, features].</param>
    /// <param name="states">The states [batch, size], in their order.</param>
    /// <param name="training">Whether this is a training step, which drops; false by default.</param>
    /// <returns>The output [batch, <see cref="OutputSize"/>] and the next states.</returns>
    /// <exception cref="ShapeException">A shape does not fit the cell.</exception>
    /// <exception cref="DTypeException">The input's type is not the cell's.</exception>
    public (Tensor Output, Tensor[] States) Step(Tensor x, IReadOnlyList<Tensor> states, bool training = false)
    {
        using var running = new RunningLayer(this);
        if (states.Count != StateSizes.Count)
            throw Fail.Shape("Step", $"{states.Count} states, where {StateSizes.Count} are wanted", "begin with those of InitialState");
        Prepare([x, .. states]);
        return Call(x, states, training);
    }

    /// <summary>A cell of the same options without weights, which <see cref="Bidirectional"/> needs for the other direction.</summary>
    /// <remarks>A cell that has layers inside it overrides this and makes one anew: <c>new MyCell(units)</c>.</remarks>
    /// <returns>A new cell.</returns>
    /// <exception cref="ModelException">The cell has layers inside it and does not override this.</exception>
    public virtual RecurrentCell Copy() => Layers.Count == 0
        ? (RecurrentCell)CopyOptions()
        : throw Fail.Model($"{Path}: Copy", "a cell with layers inside it cannot be copied as it is",
            "override Copy to make such a cell anew, or give Bidirectional a backwardLayer");

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return [OutputSize];
    }

    /// <inheritdoc/>
    public sealed override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        CheckInputs(inputShapes);
        return [OutputSize];
    }

    /// <summary>The formula: one step.</summary>
    /// <param name="x">The inputs [batch, features].</param>
    /// <param name="states">The states [batch, size], in their order.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The output and the next states.</returns>
    protected abstract (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training);

    /// <summary>One step from the initial state, or, for several inputs, from given states.</summary>
    /// <param name="x">The inputs [batch, features].</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The output alone.</returns>
    protected sealed override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc cref="Call(Tensor, bool)"/>
    /// <param name="inputs">The inputs and after them, where there are several, the states.</param>
    /// <param name="training">Whether this is a training step.</param>
    protected sealed override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) =>
        Call(inputs[0], inputs.Count == 1 ? InitialState(inputs[0].Shape[0]) : [.. inputs.Skip(1)], training).Output;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank != 1 || inputShape[0] == 0)
        {
            throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)}, where [batch, features] is wanted",
                "give a cell one step, with at least one feature; RNN takes it over [batch, steps, features]");
        }
    }

    /// <inheritdoc/>
    protected sealed override void CheckInputs(IReadOnlyList<Shape> inputShapes)
    {
        CheckInput(inputShapes[0]);
        CheckStates(inputShapes, StateSizes, "[batch, features]");
    }

    /// <summary>The input with a part dropped in training: x ⊙ mask/(1 − p), with one mask for all steps of a sequence. F-X2.</summary>
    /// <remarks>Gal and Ghahramani 2016.</remarks>
    /// <param name="x">The input.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The input itself where nothing is dropped.</returns>
    protected Tensor DropInput(Tensor x, bool training) => !training || Dropout == 0 || inputIsDropped
        ? x
        : x * (inSequence ? InputMask(x.Shape) : DropMask(x.Shape, Dropout, NextRandom()));

    /// <summary>A state with a part dropped in training, for where it is multiplied; what a cell carries on stays whole.</summary>
    /// <remarks>As <see cref="DropInput"/>, with a mask of its own.</remarks>
    /// <param name="h">The state.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The state itself where nothing is dropped.</returns>
    protected Tensor DropState(Tensor h, bool training) => !training || RecurrentDropout == 0
        ? h
        : h * (inSequence ? StateMask(h.Shape) : DropMask(h.Shape, RecurrentDropout, NextRandom()));

    /// <summary>Refuses states that do not fit behind an input.</summary>
    internal static void CheckStates(IReadOnlyList<Shape> inputShapes, IReadOnlyList<int> sizes, string input)
    {
        if (inputShapes.Count == 1) return;
        if (inputShapes.Count != sizes.Count + 1)
        {
            throw Fail.Shape("input", $"{inputShapes.Count - 1} initial states, where {sizes.Count} are wanted",
                $"give {input} alone, or with a state [batch, size] for each of the sizes {string.Join(", ", sizes)}");
        }

        for (int i = 0; i < sizes.Count; i++)
        {
            if (inputShapes[i + 1] == Shape.Create([sizes[i]])) continue;
            throw Fail.Shape("input", $"initial state {i} of shape {LayerCheck.BatchOf(inputShapes[i + 1])}, where [batch, {sizes[i]}] is wanted",
                "give states as the layer returns them with returnState: true");
        }
    }

    /// <summary>A step inside a sequence: shapes are known to fit.</summary>
    internal (Tensor Output, Tensor[] States) Advance(Tensor x, IReadOnlyList<Tensor> states, bool training) => Call(x, states, training);

    /// <summary>Begins a sequence: its steps share their dropout masks.</summary>
    internal void BeginSequence(bool training)
    {
        if (!training) return;
        (inSequence, sequenceRandom) = (true, null);
        inputMask = stateMask = null;
    }

    /// <summary>Begins once more with a sequence whose input is dropped already and whose mask of the state is known.</summary>
    internal void ResumeSequence(Tensor? mask) => (inSequence, inputIsDropped, stateMask) = (true, true, mask);

    /// <summary>Ends a sequence.</summary>
    internal void EndSequence()
    {
        inSequence = inputIsDropped = false;
        inputMask = stateMask = null;
    }

    /// <summary>The sequence's mask of the input of a step.</summary>
    internal Tensor InputMask(Shape shape) => inputMask ??= DropMask(shape, Dropout, SequenceRandom.Split(0UL));

    /// <summary>The sequence's mask of the state.</summary>
    internal Tensor StateMask(Shape shape) => stateMask ??= DropMask(shape, RecurrentDropout, SequenceRandom.Split(1UL));

    // Masks do not depend on which of them is asked for first.
    private RandomGenerator SequenceRandom => sequenceRandom ??= NextRandom();

    private Tensor DropMask(Shape shape, double rate, RandomGenerator random) =>
        Tensor.RandomBernoulli(shape, 1 - rate, random, DType) * (1 / (1 - rate));

    private double CheckedRate(string parameter, double rate) => rate is >= 0 and < 1
        ? rate
        : throw Fail.Value(GetType().Name, $"{parameter} is {rate}", "give the part of the elements to drop: 0 or more, less than 1");
}
