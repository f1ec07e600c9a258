namespace Engine.Layers;

/// <summary>What recurrent layers share: a cell that is taken over the steps of a sequence, its states, and masks.</summary>
/// <remarks>
/// Input [batch, steps, features], alone or in a list with an initial state [batch, size] for each of the cell's states; without them the
/// states begin with what a stateful layer remembers, with learned values, or with 0. Where a mask is false the states are copied and
/// the output repeats the one before, 0 where there is none, as in Keras; what stands in the input there does not matter. With
/// <see cref="ReturnState"/> the outputs, by <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/>, are the output and the last states.
/// A <see cref="Stateful"/> layer carries its states from batch to batch, without a gradient: back-propagation through time ends at the
/// batch. Model files do not hold them, and several threads must not use such a layer at once.
/// </remarks>
public abstract partial class RecurrentLayer : Layer
{
    private SequenceOptions options;
    private Variable[] learned = [];

    private protected RecurrentLayer(RecurrentCell cell, SequenceOptions options, string? name, DType? dtype)
        : base(name, dtype)
    {
        ArgumentNullException.ThrowIfNull(cell);
        if (options.RecomputeEvery < 0)
            throw Fail.Value(GetType().Name, $"recomputeEvery is {options.RecomputeEvery}", "give a number of steps, or 0 to keep everything");
        if (options.RecomputeEvery > 0 && cell is not KernelCell { Formula: not null })
        {
            throw Fail.Value(GetType().Name, $"recomputeEvery is {options.RecomputeEvery} for a cell that is taken step by step",
                "leave it out, or use the activations of the formula, without peepholes, layer normalisation, and resetAfter of a variant");
        }

        this.options = options;
        Cell = AddLayer(cell);
    }

    /// <summary>What takes a step.</summary>
    public RecurrentCell Cell { get; private set; }

    /// <summary>Whether every step's output is given, not the last alone.</summary>
    public bool ReturnSequences => options.ReturnSequences;

    /// <summary>Whether the last states are given too.</summary>
    public bool ReturnState => options.ReturnState;

    /// <summary>Whether the steps are taken last to first.</summary>
    public bool GoBackwards => options.GoBackwards;

    /// <summary>Whether each batch begins with the states that the one before ended with.</summary>
    public bool Stateful => options.Stateful;

    /// <summary>Whether outputs at masked steps are 0.</summary>
    public bool ZeroOutputForMask => options.ZeroOutputForMask;

    /// <summary>Whether the states before the first step are learned.</summary>
    public bool LearnedInitialState => options.LearnedInitialState;

    /// <summary>From one state that is kept for the gradient to the next; 0 where everything is kept.</summary>
    public int RecomputeEvery => options.RecomputeEvery;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => OutputShape([inputShape]);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        CheckInputs(inputShapes);
        return ReturnSequences ? [inputShapes[0][0], Cell.OutputSize] : [Cell.OutputSize];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        Shape output = OutputShape(inputShapes);
        return ReturnState ? [output, .. Cell.StateSizes.Select(size => Shape.Create([size]))] : [output];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => inputShape[0] * Cell.MultiplyAdds(inputShape.Remove(0));

    /// <summary>A layer of the same options and a cell of its own, without weights.</summary>
    /// <param name="goBackwards">The direction of the copy.</param>
    /// <exception cref="ModelException">The cell cannot be copied.</exception>
    internal RecurrentLayer Copy(bool goBackwards)
    {
        RecurrentCell cell = Cell.Copy();
        var copy = (RecurrentLayer)CopyOptions();
        (copy.options, copy.learned, copy.remembered) = (options with { GoBackwards = goBackwards }, [], null);
        copy.Cell = copy.AddLayer(cell);
        return copy;
    }

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes)
    {
        Shape sample = inputShapes[0];
        const string Wanted = "[batch, steps, features]";
        LayerCheck.Rank(sample, 2, Wanted);
        if (sample[0] == 0)
            throw Fail.Shape("input", $"a sequence of length 0 (shape {LayerCheck.BatchOf(sample)})", "give at least one step");
        if (sample[1] == 0)
            throw Fail.Shape("input", $"steps of no features (shape {LayerCheck.BatchOf(sample)})", "give at least one feature");
        if (ClaimedShape is { } claimed && claimed[1] != sample[1])
        {
            throw Fail.Shape("input", $"{sample[1]} features (shape {LayerCheck.BatchOf(sample)}), and the layer was built for {claimed[1]}",
                "a layer applied twice needs the same feature count each time");
        }

        RecurrentCell.CheckStates(inputShapes, Cell.StateSizes, Wanted);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        Cell.Prepare([inputShape.Remove(0)], [DType]);
        if (!LearnedInitialState) return;
        IReadOnlyList<int> sizes = Cell.StateSizes;
        learned = new Variable[sizes.Count];
        for (int i = 0; i < learned.Length; i++) learned[i] = AddWeight($"initial_state_{i}", [sizes[i]], Initializer.Zeros);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) => ReturnState
        ? throw SeveralOutputs("Apply", 1 + Cell.StateSizes.Count)
        : CallAll(inputs, training)[0];

    /// <inheritdoc/>
    protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training)
    {
        Tensor x = inputs[0];
        Tensor? mask = CheckedMask(x);
        // What stands at masked steps, even NaN, must not reach a gradient.
        if (mask is not null) x = Tensor.Where(mask.ExpandDims(-1), x, Tensor.Zeros([], x.DType));
        Cell.BeginSequence(training);
        try
        {
            Tensor[] first = FirstStates(inputs);
            // Only the composed form has every state on the tape.
            (Tensor output, Tensor[] states) = StateTrace.IsWanted
                ? RunSteps(x, first, mask, training, StateTrace.Begin(Place).Steps)
                : Run(x, first, mask, training);
            Remember(states);
            return ReturnState ? [output, .. states] : [output];
        }
        finally
        {
            Cell.EndSequence();
        }
    }

    /// <inheritdoc/>
    protected override Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) => ReturnSequences ? inputs[0].Mask : null;

    /// <summary>Takes the cell over the steps; the one place for a layer to do so in another way.</summary>
    /// <param name="x">The inputs [batch, steps, features]; 0 at masked steps.</param>
    /// <param name="states">The states before the first step.</param>
    /// <param name="mask">Truth values [batch, steps]; null where all steps count.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>All outputs [batch, steps, outputs] with <see cref="ReturnSequences"/>, else the last one [batch, outputs]; and the states
    /// after the last step.</returns>
    private protected virtual (Tensor Output, Tensor[] States) Run(Tensor x, Tensor[] states, Tensor? mask, bool training) =>
        RunFused(x, states, mask, training);

    /// <summary>Takes the cell over the steps, one after the other.</summary>
    private protected (Tensor Output, Tensor[] States) RunSteps(
        Tensor x, Tensor[] states, Tensor? mask, bool training, List<Tensor[]>? trace = null)
    {
        using var running = new RunningLayer(Cell);
        if (GoBackwards) (x, mask) = (x.Flip(1), mask?.Flip(1));
        Tensor[] steps = x.Unstack(1);
        Tensor[]? counts = mask?.ExpandDims(-1).Unstack(1);
        var outputs = new Tensor[steps.Length];
        Tensor? output = null;
        for (int t = 0; t < steps.Length; t++)
        {
            (Tensor y, Tensor[] next) = Cell.Advance(steps[t], states, training);
            trace?.Add(next);
            if (counts is not null)
            {
                Tensor zeros = Tensor.Zeros([], y.DType);
                outputs[t] = ZeroOutputForMask ? Tensor.Where(counts[t], y, zeros) : y;
                y = Tensor.Where(counts[t], y, output ?? zeros);
                if (!ZeroOutputForMask) outputs[t] = y;
                next = [.. next];
                for (int i = 0; i < next.Length; i++) next[i] = Tensor.Where(counts[t], next[i], states[i]);
            }
            else
            {
                outputs[t] = y;
            }

            (output, states) = (y, next);
        }

        return (ReturnSequences ? Tensor.Stack(outputs, 1) : outputs[^1], states);
    }

    private static Tensor? CheckedMask(Tensor x)
    {
        if (x.Mask is not { } mask || mask.Rank == 2) return x.Mask;
        throw Fail.Shape("input", $"a mask of shape {mask.Shape} for sequences of shape {x.Shape}",
            "give one truth value for each sample and step, [batch, steps]");
    }
}
