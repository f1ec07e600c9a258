namespace Engine.Layers;

/// <summary>One step of a network of gated recurrent units. Cho et al. 2014.</summary>
/// <remarks>
/// The standard form, F-U1: z, r = σ(x·W + h·U + b), h̃ = tanh(x·W + (r⊙h)·U + b), h ← (1−z)⊙h + z⊙h̃: the papers' z, which in Keras and PyTorch is
/// 1 − z. With <c>resetAfter</c> h̃ = tanh(x·W + b + r⊙(h·U + b')), where b and b' are the rows of the bias and b' counts for the gates too.
/// The other forms are those of <see cref="GruVariant"/>, F-U2 and F-U3. With layer normalisation LN stands around each product, that of the
/// gates together and that of the candidate (Ba, Kiros and Hinton 2016). W, U and b hold the columns of z, r and h̃ side by side; of
/// z and h̃ for a single gate.
/// </remarks>
public sealed class GRUCell : KernelCell
{
    /// <summary>Creates the cell; it is built on first use.</summary>
    /// <param name="units">The length of the output and of each state.</param>
    /// <param name="activation">Makes the candidate; tanh by default.</param>
    /// <param name="recurrentActivation">Makes the gates; sigmoid by default.</param>
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
    /// <param name="resetAfter">Whether the reset gate acts after the product with U, as in cuDNN, where b is then [2, 3·units]; false by
    /// default, unlike in Keras.</param>
    /// <param name="variant">Which form; the standard one by default.</param>
    /// <param name="layerNormalization">Whether the products are normalised; false by default.</param>
    /// <param name="name">The name; by default numbered by its place, as <c>gru_cell_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">Fewer than 1 unit, or a rate outside [0, 1).</exception>
    public GRUCell(
        int units,
        Activation? activation = null,
        Activation? recurrentActivation = null,
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
        bool resetAfter = false,
        GruVariant variant = GruVariant.Standard,
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
        if (!Enum.IsDefined(variant)) throw Fail.Value("GRUCell", $"variant is {(int)variant}", "give a member of GruVariant");
        RecurrentActivation = recurrentActivation ?? Activation.Sigmoid;
        (ResetAfter, Variant) = (resetAfter, variant);
        MadeWith(
            ("units", units), ("activation", activation), ("recurrentActivation", recurrentActivation), ("useBias", useBias),
            ("kernelInitializer", kernelInitializer), ("recurrentInitializer", recurrentInitializer),
            ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer),
            ("recurrentRegularizer", recurrentRegularizer), ("biasRegularizer", biasRegularizer), ("kernelConstraint", kernelConstraint),
            ("recurrentConstraint", recurrentConstraint), ("biasConstraint", biasConstraint), ("dropout", dropout),
            ("recurrentDropout", recurrentDropout), ("resetAfter", resetAfter), ("variant", variant),
            ("layerNormalization", layerNormalization), ("dtype", dtype));
    }

    /// <summary>What makes the gates: sigmoid by default.</summary>
    public Activation RecurrentActivation { get; }

    /// <summary>Whether the reset gate acts after the product with U.</summary>
    public bool ResetAfter { get; }

    /// <summary>Which form.</summary>
    public GruVariant Variant { get; }

    private protected override int Gates => Variant == GruVariant.SingleGate ? 2 : 3;

    internal override RecurrentFormula? Formula =>
        HasLayerNormalization || Activation != Activation.Tanh || RecurrentActivation != Activation.Sigmoid ? null
        : ResetAfter ? Variant == GruVariant.Standard ? RecurrentFormula.ResetAfterGru : null
        : Variant == GruVariant.ResetGatedCarry ? RecurrentFormula.ResetGatedCarryGru
        : Variant == GruVariant.SingleGate ? RecurrentFormula.SingleGateGru
        : RecurrentFormula.Gru;

    private protected override Shape BiasShape => ResetAfter ? [2, Gates * Units] : [Gates * Units];

    /// <inheritdoc/>
    protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training)
    {
        Tensor h = states[0], dropped = DropState(h, training);
        int width = (Gates - 1) * Units;
        Tensor? b = Bias is { } bias && ResetAfter ? bias[0] : Bias, stateBias = ResetAfter ? Bias?[1] : null;
        Tensor product = InputProduct(DropInput(x, training), width, Units);
        Tensor[] sums = (b is null ? product : product + b).Split([width, Units], 1);
        Tensor gates = sums[0] + StateProduct(dropped, 0, width);
        gates = RecurrentActivation.Apply(stateBias is null ? gates : gates + stateBias[..width]);
        Tensor z = Gates == 2 ? gates : gates[.., ..Units], r = Gates == 2 ? z : gates[.., Units..];
        Tensor candidate = Activation.Apply(sums[1] + Reset(r, dropped, stateBias?[width..]));
        Tensor carried = Variant == GruVariant.ResetGatedCarry ? r * h : h;
        h = (1 - z) * carried + z * candidate;
        return (h, [h]);
    }

    /// <summary>(r⊙h)·U, or r⊙(h·U + b').</summary>
    private Tensor Reset(Tensor r, Tensor h, Tensor? b)
    {
        int first = (Gates - 1) * Units;
        if (!ResetAfter) return StateProduct(r * h, first, Units);
        Tensor product = StateProduct(h, first, Units);
        return r * (b is null ? product : product + b);
    }
}
