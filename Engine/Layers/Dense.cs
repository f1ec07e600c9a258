namespace Engine.Layers;

/// <summary>A fully connected layer: y = activation(x·W + b), on the last axis of the input. F-D1; with softmax F-D2; at every step F-R2.</summary>
/// <remarks>W is [in, units], b is [units]; an input […, in] gives […, units]. A ReLU rides in the product's epilogue.</remarks>
public sealed class Dense : Layer
{
    private readonly WeightRule kernelRule;
    private readonly WeightRule biasRule;
    private Variable? kernel;
    private Variable? bias;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="units">The length of the output's last axis.</param>
    /// <param name="activation">Applied to the sum; none by default.</param>
    /// <param name="useBias">Whether b is added; true by default.</param>
    /// <param name="kernelInitializer">W's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">b's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What W adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What b adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What W is held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What b is held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>dense_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">Fewer than 1 unit.</exception>
    public Dense(
        int units,
        Activation? activation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Regularizer? activityRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null,
        string? name = null,
        DType? dtype = null)
        : base(name, dtype)
    {
        LayerCheck.Positive("Dense", "units", units);
        Units = units;
        Activation = activation ?? Activation.Linear;
        UseBias = useBias;
        kernelRule = new WeightRule(kernelInitializer ?? Initializer.GlorotUniform, kernelRegularizer, kernelConstraint);
        biasRule = new WeightRule(biasInitializer ?? Initializer.Zeros, biasRegularizer, biasConstraint);
        ActivityRegularizer = activityRegularizer;
        MadeWith(
            ("units", units), ("activation", activation), ("useBias", useBias), ("kernelInitializer", kernelInitializer),
            ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer), ("biasRegularizer", biasRegularizer),
            ("activityRegularizer", activityRegularizer), ("kernelConstraint", kernelConstraint), ("biasConstraint", biasConstraint),
            ("dtype", dtype));
    }

    /// <summary>The length of the output's last axis.</summary>
    public int Units { get; }

    /// <summary>What is applied to the sum.</summary>
    public Activation Activation { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool UseBias { get; }

    /// <summary>W [in, units].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Kernel => LayerCheck.Built(this, kernel, "Kernel");

    /// <summary>b [units]; null for a layer without bias.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Bias => UseBias ? LayerCheck.Built(this, bias, "Bias") : null;

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape.With(-1, Units);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => (long)inputShape.Length * Units;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank == 0 || inputShape[^1] == 0)
            throw Fail.Shape(
                "input",
                $"a batch of shape {LayerCheck.BatchOf(inputShape)}, where [batch, …, features] is wanted",
                "give each sample at least one axis, with at least one feature in the last");
        int inputs = ClaimedShape is { } claimed ? claimed[^1] : inputShape[^1];
        LayerCheck.Channels(this, inputShape, "features", [inputs, Units], inputs);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        kernel = AddTrainable("kernel", [inputShape[^1], Units], kernelRule);
        if (UseBias) bias = AddTrainable("bias", [Units], biasRule);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Activation == Activation.ReLU
        ? x.Linear(InUse(Kernel), bias, relu: true)
        : Activation.Apply(x.Linear(InUse(Kernel), bias));
}
