namespace Engine.Layers;

/// <summary>One step of a simple recurrent network: h ← tanh(x·W + h·U + b). F-R1.</summary>
/// <remarks>Elman 1990. With layer normalisation h ← tanh(LN(x·W) + LN(h·U) + b).</remarks>
public sealed class SimpleRNNCell : KernelCell
{
    /// <summary>Creates the cell; it is built on first use.</summary>
    /// <param name="units">The length of the output and of each state.</param>
    /// <param name="activation">Makes the candidate; tanh by default.</param>
    /// <param name="useBias">Whether b is added; true by default.</param>
    /// <param name="kernelInitializer">W's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="recurrentInitializer">U's first values; orthogonal over the whole matrix by default.</param>
    /// <param name="biasInitializer">b's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What W adds to the loss; nothing by default.</param>
    /// <param name="recurrentRegularizer">What U adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What b adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What W is held to after each step of an optimizer; nothing by default.</param>
    /// <param name="recurrentConstraint">What U is held to; nothing by default.</param>
    /// <param name="biasConstraint">What b is held to; nothing by default.</param>
    /// <param name="dropout">The part of the inputs that is dropped in training, with one mask a sequence; 0 by default.</param>
    /// <param name="recurrentDropout">The part of the state that is dropped in training where it is multiplied; 0 by default.</param>
    /// <param name="layerNormalization">Whether the products are normalised; false by default.</param>
    /// <param name="name">The name; by default numbered by its place, as <c>simple_rnn_cell_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">Fewer than 1 unit, or a rate outside [0, 1).</exception>
    public SimpleRNNCell(
        int units,
        Activation? activation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? recurrentInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? recurrentRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? recurrentConstraint = null,
        Constraint? biasConstraint = null,
        double dropout = 0,
        double recurrentDropout = 0,
        bool layerNormalization = false,
        string? name = null,
        DType? dtype = null)
        : base(
            units,
            new KernelCellRules(
                activation,
                useBias,
                KernelCellRules.ForKernel(kernelInitializer, kernelRegularizer, kernelConstraint),
                KernelCellRules.ForRecurrentKernel(recurrentInitializer, recurrentRegularizer, recurrentConstraint),
                KernelCellRules.ForBias(biasInitializer, biasRegularizer, biasConstraint),
                dropout,
                recurrentDropout,
                layerNormalization),
            name,
            dtype)
    {
        MadeWith(
            ("units", units), ("activation", activation), ("useBias", useBias), ("kernelInitializer", kernelInitializer),
            ("recurrentInitializer", recurrentInitializer), ("biasInitializer", biasInitializer),
            ("kernelRegularizer", kernelRegularizer), ("recurrentRegularizer", recurrentRegularizer),
            ("biasRegularizer", biasRegularizer), ("kernelConstraint", kernelConstraint), ("recurrentConstraint", recurrentConstraint),
            ("biasConstraint", biasConstraint), ("dropout", dropout), ("recurrentDropout", recurrentDropout),
            ("layerNormalization", layerNormalization), ("dtype", dtype));
    }

    /// <inheritdoc/>
    private protected override int Gates => 1;

    internal override RecurrentFormula? Formula => HasLayerNormalization ? null
        : Activation == Activation.Tanh ? RecurrentFormula.Tanh
        : Activation == Activation.ReLU ? RecurrentFormula.Relu
        : Activation == Activation.Linear ? RecurrentFormula.Linear
        : null;

    /// <inheritdoc/>
    protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training)
    {
        Tensor h = DropState(states[0], training);
        h = Activation.Apply(WithBias(InputProduct(DropInput(x, training)) + StateProduct(h)));
        return (h, [h]);
    }
}
