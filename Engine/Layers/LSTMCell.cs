namespace Engine.Layers;

/// <summary>One step of a network with long short-term memory. Hochreiter and Schmidhuber 1997; Gers et al. 2000.</summary>
/// <remarks>
/// The standard form, F-L1 and F-L2: i, f, o = σ(x·W + h·U + b), u = tanh(x·W + h·U + b), c ← f⊙c + i⊙u, h ← o⊙tanh(c). With peepholes p (Gers,
/// Schraudolph and Schmidhuber 2002) i and f also see p⊙c of the step before, and o sees p⊙c of this one, F-L4. With layer normalisation the
/// products are LN(x·W) and LN(h·U), and h ← o⊙tanh(LN(c)), F-L5 (Ba, Kiros and Hinton 2016). The form without a cell is
/// <see cref="LstmVariant.Cellless"/>, F-L3. W, U and b hold the columns of i, f, c and o side by side.
/// </remarks>
public sealed class LSTMCell : KernelCell
{
    private Variable? peephole;
    private Variable? stateGain;
    private Variable? stateBias;

    /// <summary>Creates the cell; it is built on first use.</summary>
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
    /// <param name="kernelConstraint">What W is held to after each step of an optimizer; nothing by default.</param>
    /// <param name="recurrentConstraint">What U is held to; nothing by default.</param>
    /// <param name="biasConstraint">What b is held to; nothing by default.</param>
    /// <param name="dropout">The part of the inputs that is dropped in training, with one mask a sequence; 0 by default.</param>
    /// <param name="recurrentDropout">The part of the state that is dropped in training where it is multiplied; 0 by default.</param>
    /// <param name="variant">Which form; the standard one by default.</param>
    /// <param name="peephole">Whether the gates see the cell state; false by default.</param>
    /// <param name="layerNormalization">Whether the products are normalised; false by default.</param>
    /// <param name="name">The name; by default numbered by its place, as <c>lstm_cell_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">Fewer than 1 unit, a rate outside [0, 1), or an option that the variant has not.</exception>
    public LSTMCell(
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
        Constraint? kernelConstraint = null,
        Constraint? recurrentConstraint = null,
        Constraint? biasConstraint = null,
        double dropout = 0,
        double recurrentDropout = 0,
        LstmVariant variant = LstmVariant.Standard,
        bool peephole = false,
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
                BiasRule(unitForgetBias, units, biasInitializer, biasRegularizer, biasConstraint),
                dropout,
                recurrentDropout,
                layerNormalization),
            name,
            dtype)
    {
        if (!Enum.IsDefined(variant)) throw Fail.Value("LSTMCell", $"variant is {(int)variant}", "give a member of LstmVariant");
        if (variant == LstmVariant.Cellless && (peephole || layerNormalization))
        {
            throw Fail.Value("LSTMCell", $"{(peephole ? "peephole" : "layerNormalization")} with LstmVariant.Cellless",
                "leave it out, or use the standard form: it acts on the cell state");
        }

        RecurrentActivation = recurrentActivation ?? Activation.Sigmoid;
        (UnitForgetBias, Variant, HasPeephole) = (unitForgetBias, variant, peephole);
        MadeWith(
            ("units", units), ("activation", activation), ("recurrentActivation", recurrentActivation), ("useBias", useBias),
            ("kernelInitializer", kernelInitializer), ("recurrentInitializer", recurrentInitializer),
            ("biasInitializer", biasInitializer), ("unitForgetBias", unitForgetBias), ("kernelRegularizer", kernelRegularizer),
            ("recurrentRegularizer", recurrentRegularizer), ("biasRegularizer", biasRegularizer), ("kernelConstraint", kernelConstraint),
            ("recurrentConstraint", recurrentConstraint), ("biasConstraint", biasConstraint), ("dropout", dropout),
            ("recurrentDropout", recurrentDropout), ("variant", variant), ("peephole", peephole),
            ("layerNormalization", layerNormalization), ("dtype", dtype));
    }

    /// <summary>What makes the gates: sigmoid by default.</summary>
    public Activation RecurrentActivation { get; }

    /// <summary>Whether the forget gate's part of b begins at 1.</summary>
    public bool UnitForgetBias { get; }

    /// <summary>Which form.</summary>
    public LstmVariant Variant { get; }

    /// <summary>Whether the gates see the cell state.</summary>
    public bool HasPeephole { get; }

    /// <summary>p [3, units] of i, f and o; null for a cell without.</summary>
    /// <exception cref="ModelException">The cell is not built yet.</exception>
    public Variable? Peephole => HasPeephole ? LayerCheck.Built(this, peephole, "Peephole") : null;

    /// <summary>The lengths of h and c; of h alone without a cell.</summary>
    public override IReadOnlyList<int> StateSizes => Variant == LstmVariant.Cellless ? [Units] : [Units, Units];

    private protected override int Gates => 4;

    internal override RecurrentFormula? Formula =>
        HasLayerNormalization || HasPeephole || Activation != Activation.Tanh || RecurrentActivation != Activation.Sigmoid ? null
        : Variant == LstmVariant.Standard ? RecurrentFormula.Lstm
        : RecurrentFormula.CelllessLstm;

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        base.Build(inputShape);
        if (HasPeephole) peephole = AddWeight("peephole", [3, Units], Initializer.GlorotUniform);
        if (!HasLayerNormalization) return;
        stateGain = AddWeight("state_gain", [Units], Initializer.Ones);
        stateBias = AddWeight("state_bias", [Units], Initializer.Zeros);
    }

    /// <inheritdoc/>
    protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training)
    {
        x = DropInput(x, training);
        return Variant == LstmVariant.Standard
            ? Standard(x, DropState(states[0], training), states[1])
            : Cellless(x, states[0], DropState(states[0], training));
    }

    private (Tensor Output, Tensor[] States) Standard(Tensor x, Tensor h, Tensor c)
    {
        Tensor[] sums = WithBias(InputProduct(x) + StateProduct(h)).Split(4, 1);
        Tensor i = RecurrentActivation.Apply(Seeing(sums[0], 0, c));
        Tensor f = RecurrentActivation.Apply(Seeing(sums[1], 1, c));
        Tensor u = Activation.Apply(sums[2]);
        c = f * c + i * u;
        Tensor o = RecurrentActivation.Apply(Seeing(sums[3], 2, c));
        h = o * Activation.Apply(stateGain is null ? c : c.LayerNormalization(stateGain, stateBias));
        return (h, [h, c]);
    }

    /// <summary>i, f, o as ever; h̃ = tanh(x·W + (f⊙h)·U + b); h ← f⊙h + i⊙h̃⊙o.</summary>
    private (Tensor Output, Tensor[] States) Cellless(Tensor x, Tensor h, Tensor droppedH)
    {
        Tensor[] sums = WithBias(InputProduct(x)).Split(4, 1);
        Tensor i = RecurrentActivation.Apply(sums[0] + StateProduct(droppedH, 0, Units));
        Tensor f = RecurrentActivation.Apply(sums[1] + StateProduct(droppedH, Units, Units));
        Tensor o = RecurrentActivation.Apply(sums[3] + StateProduct(droppedH, 3 * Units, Units));
        Tensor candidate = Activation.Apply(sums[2] + StateProduct(f * droppedH, 2 * Units, Units));
        h = f * h + i * candidate * o;
        return (h, [h]);
    }

    private Tensor Seeing(Tensor sum, int gate, Tensor c) => peephole is null ? sum : sum + c * peephole[gate];

    private static WeightRule BiasRule(bool unitForgetBias, int units, Initializer? initializer, Regularizer? regularizer, Constraint? constraint)
    {
        WeightRule rule = KernelCellRules.ForBias(initializer, regularizer, constraint);
        return unitForgetBias ? rule with { Initializer = new UnitForgetBias(rule.Initializer, units) } : rule;
    }
}
