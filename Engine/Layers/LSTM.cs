namespace Engine.Layers;

/// <summary>Long short-term memory over a sequence. F-L1, F-L2; with <see cref="LstmVariant.Cellless"/> F-L3.</summary>
/// <remarks>
/// Hochreiter and Schmidhuber 1997. Input [batch, steps, features]; output [batch, units], or [batch, steps, units] with
/// <c>returnSequences</c>. The formula is that of <see cref="LSTMCell"/>; see <see cref="RecurrentLayer"/> for states and masks.
/// </remarks>
public sealed class LSTM : RecurrentLayer
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="units">The length of the output and of each state.</param>
    /// <param name="activation">Makes the candidate; tanh by default.</param>
    /// <param name="recurrentActivation">Makes the gates; sigmoid by default.</param>
    /// <param name="useBias">Whether b is added; true by default.</param>
    /// <param name="kernelInitializer">W's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="recurrentInitializer">U's first values; orthogonal over the whole matrix by default.</param>
    /// <param name="biasInitializer">b's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="unitForgetBias">Whether the forget gate's part of b begins at 1 (Jozefowicz et al. 2015); true by default.</param>
    /// <param name="kernelRegularizer">What W adds to the loss; nothing by default.</param>
    /// <param name="recurrentRegularizer">What U adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What b adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What W is held to after each step of an optimizer; nothing by default.</param>
    /// <param name="recurrentConstraint">What U is held to; nothing by default.</param>
    /// <param name="biasConstraint">What b is held to; nothing by default.</param>
    /// <param name="dropout">The part of the inputs that is dropped in training, with one mask a sequence; 0 by default.</param>
    /// <param name="recurrentDropout">The part of the state that is dropped in training where it is multiplied; 0 by default.</param>
    /// <param name="returnSequences">Whether every step's output is given, not the last alone; false by default.</param>
    /// <param name="returnState">Whether the last states are given too, by <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/>;
    /// false by default.</param>
    /// <param name="goBackwards">Whether the steps are taken last to first; outputs then come in that order. False by default.</param>
    /// <param name="stateful">Whether each batch begins with the states that the one before ended with; false by default.</param>
    /// <param name="zeroOutputForMask">Whether outputs at masked steps are 0, not the last one before; false by default.</param>
    /// <param name="learnedInitialState">Whether the states before the first step are learned, from 0 on; false by default.</param>
    /// <param name="recomputeEvery">From one step whose state is kept for the gradient to the next; what lies between is computed once
    /// more. 0, the default, keeps everything. For sequences too long for the memory.</param>
    /// <param name="variant">Which form; the standard one by default.</param>
    /// <param name="peephole">Whether the gates see the cell state; false by default.</param>
    /// <param name="layerNormalization">Whether the products are normalised; false by default.</param>
    /// <param name="name">The name; by default numbered by its place, as <c>lstm_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">Fewer than 1 unit, a rate outside [0, 1), an option that the variant has not, or recomputation for
    /// options that are taken step by step.</exception>
    public LSTM(
        int units,
        Activation? activation = null,
        Activation? recurrentActivation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? recurrentInitializer = null,
        Initializer? biasInitializer = null,
        bool unitForgetBias = true,
        Regularizer? kernelRegularizer = null,
        Regularizer? recurrentRegularizer = null,
        Regularizer? biasRegularizer = null,
        Regularizer? activityRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? recurrentConstraint = null,
        Constraint? biasConstraint = null,
        double dropout = 0,
        double recurrentDropout = 0,
        bool returnSequences = false,
        bool returnState = false,
        bool goBackwards = false,
        bool stateful = false,
        bool zeroOutputForMask = false,
        bool learnedInitialState = false,
        int recomputeEvery = 0,
        LstmVariant variant = LstmVariant.Standard,
        bool peephole = false,
        bool layerNormalization = false,
        string? name = null,
        DType? dtype = null)
        : base(
            new LSTMCell(
                units: units, activation: activation, recurrentActivation: recurrentActivation, useBias: useBias,
                kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer,
                biasInitializer: biasInitializer, unitForgetBias: unitForgetBias, kernelRegularizer: kernelRegularizer,
                recurrentRegularizer: recurrentRegularizer, biasRegularizer: biasRegularizer, kernelConstraint: kernelConstraint,
                recurrentConstraint: recurrentConstraint, biasConstraint: biasConstraint, dropout: dropout,
                recurrentDropout: recurrentDropout, variant: variant, peephole: peephole, layerNormalization: layerNormalization, dtype: dtype),
            new SequenceOptions(
                returnSequences, returnState, goBackwards, stateful, zeroOutputForMask, learnedInitialState, recomputeEvery),
            name,
            dtype)
    {
        ActivityRegularizer = activityRegularizer;
        MadeWith(
            ("units", units), ("activation", activation), ("recurrentActivation", recurrentActivation), ("useBias", useBias),
            ("kernelInitializer", kernelInitializer), ("recurrentInitializer", recurrentInitializer),
            ("biasInitializer", biasInitializer), ("unitForgetBias", unitForgetBias), ("kernelRegularizer", kernelRegularizer),
            ("recurrentRegularizer", recurrentRegularizer), ("biasRegularizer", biasRegularizer),
            ("activityRegularizer", activityRegularizer), ("kernelConstraint", kernelConstraint),
            ("recurrentConstraint", recurrentConstraint), ("biasConstraint", biasConstraint), ("dropout", dropout),
            ("recurrentDropout", recurrentDropout), ("returnSequences", returnSequences), ("returnState", returnState),
            ("goBackwards", goBackwards), ("stateful", stateful), ("zeroOutputForMask", zeroOutputForMask),
            ("learnedInitialState", learnedInitialState),
            ("recomputeEvery", recomputeEvery), ("variant", variant), ("peephole", peephole),
            ("layerNormalization", layerNormalization), ("dtype", dtype));
    }

    /// <summary>The formula of a step, with the weights.</summary>
    public new LSTMCell Cell => (LSTMCell)base.Cell;

    /// <summary>The length of the output.</summary>
    public int Units => Cell.Units;
}
