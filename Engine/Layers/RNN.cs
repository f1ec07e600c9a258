namespace Engine.Layers;

/// <summary>Any cell over the steps of a sequence, one after the other: for cells of one's own, and to read how it goes.</summary>
/// <remarks>
/// Input [batch, steps, features]; output [batch, outputs], or [batch, steps, outputs] with <c>returnSequences</c>. The layers
/// <see cref="SimpleRNN"/>, <see cref="LSTM"/> and <see cref="GRU"/> give what this layer gives with their cells. See
/// <see cref="RecurrentLayer"/> for states and masks.
/// </remarks>
public sealed class RNN : RecurrentLayer
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="cell">What takes a step.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="returnSequences">Whether every step's output is given, not the last alone; false by default.</param>
    /// <param name="returnState">Whether the last states are given too, by <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/>;
    /// false by default.</param>
    /// <param name="goBackwards">Whether the steps are taken last to first; outputs then come in that order. False by default.</param>
    /// <param name="stateful">Whether each batch begins with the states that the one before ended with; false by default.</param>
    /// <param name="zeroOutputForMask">Whether outputs at masked steps are 0, not the last one before; false by default.</param>
    /// <param name="learnedInitialState">Whether the states before the first step are learned, from 0 on; false by default.</param>
    /// <param name="name">The name; by default numbered by its place, as <c>rnn_1</c>.</param>
    public RNN(
        RecurrentCell cell,
        Regularizer? activityRegularizer = null,
        bool returnSequences = false,
        bool returnState = false,
        bool goBackwards = false,
        bool stateful = false,
        bool zeroOutputForMask = false,
        bool learnedInitialState = false,
        string? name = null)
        : base(
            cell,
            new SequenceOptions(returnSequences, returnState, goBackwards, stateful, zeroOutputForMask, learnedInitialState),
            name,
            dtype: null)
    {
        ActivityRegularizer = activityRegularizer;
        MadeWith(
            ("cell", cell), ("activityRegularizer", activityRegularizer), ("returnSequences", returnSequences),
            ("returnState", returnState), ("goBackwards", goBackwards), ("stateful", stateful), ("zeroOutputForMask", zeroOutputForMask),
            ("learnedInitialState", learnedInitialState));
    }

    private protected override (Tensor Output, Tensor[] States) Run(Tensor x, Tensor[] states, Tensor? mask, bool training) =>
        RunSteps(x, states, mask, training);
}
