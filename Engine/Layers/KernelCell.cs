namespace Engine.Layers;

/// <summary>What the cells share that multiply the input and the state by one matrix each: weights in Keras' layout.</summary>
/// <remarks>
/// The kernel W [features, gates·units] and the recurrent kernel U [units, gates·units] hold the gates side by side. With layer
/// normalisation each product is normalised over its columns and scaled, LN(x·W) and LN(h·U), before the bias is added (Ba, Kiros and
/// Hinton 2016). F-L5.
/// </remarks>
public abstract class KernelCell : RecurrentCell
{
    private readonly KernelCellRules rules;
    private Variable? kernel;
    private Variable? recurrentKernel;
    private Variable? bias;
    private Variable? kernelGain;
    private Variable? recurrentGain;

    private protected KernelCell(int units, KernelCellRules rules, string? name, DType? dtype)
        : base(rules.Dropout, rules.RecurrentDropout, name, dtype)
    {
        LayerCheck.Positive(GetType().Name, "units", units);
        (Units, this.rules) = (units, rules);
        Activation = rules.Activation ?? Activation.Tanh;
        UseBias = rules.UseBias;
        HasLayerNormalization = rules.LayerNormalization;
    }

    /// <summary>The length of the output and of each state.</summary>
    public int Units { get; }

    /// <summary>What makes the candidate: tanh by default.</summary>
    public Activation Activation { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool UseBias { get; }

    /// <summary>Whether the products are normalised.</summary>
    public bool HasLayerNormalization { get; }

    /// <summary>W [features, gates·units].</summary>
    /// <exception cref="ModelException">The cell is not built yet.</exception>
    public Variable Kernel => LayerCheck.Built(this, kernel, "Kernel");

    /// <summary>U [units, gates·units].</summary>
    /// <exception cref="ModelException">The cell is not built yet.</exception>
    public Variable RecurrentKernel => LayerCheck.Built(this, recurrentKernel, "RecurrentKernel");

    /// <summary>b [gates·units]; null for a cell without bias.</summary>
    /// <exception cref="ModelException">The cell is not built yet.</exception>
    public Variable? Bias => UseBias ? LayerCheck.Built(this, bias, "Bias") : null;

    /// <inheritdoc/>
    public override IReadOnlyList<int> StateSizes => [Units];

    /// <summary>How many gates, the candidate among them, lie side by side in the kernels.</summary>
    private protected abstract int Gates { get; }

    /// <summary>The formula that one operation runs over a whole sequence; null where only this cell's steps do what its options
    /// say.</summary>
    internal abstract RecurrentFormula? Formula { get; }

    /// <summary>The bias's shape.</summary>
    private protected virtual Shape BiasShape => [Gates * Units];

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => (long)(inputShape[0] + Units) * Gates * Units;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        base.CheckInput(inputShape);
        int inputs = ClaimedShape is { } claimed ? claimed[^1] : inputShape[^1];
        LayerCheck.Channels(this, inputShape, "features", [inputs, Gates * Units], inputs);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        int columns = Gates * Units;
        kernel = AddTrainable("kernel", [inputShape[0], columns], rules.Kernel);
        recurrentKernel = AddTrainable("recurrent_kernel", [Units, columns], rules.RecurrentKernel);
        if (UseBias) bias = AddTrainable("bias", BiasShape, rules.Bias);
        if (!HasLayerNormalization) return;
        kernelGain = AddWeight("kernel_gain", [columns], Initializer.Ones);
        recurrentGain = AddWeight("recurrent_gain", [columns], Initializer.Ones);
    }

    /// <summary>x·W, or LN(x·W) over groups of columns.</summary>
    /// <param name="x">The input.</param>
    /// <param name="groups">The numbers of columns that are normalised together; all for none.</param>
    private protected Tensor InputProduct(Tensor x, params ReadOnlySpan<int> groups)
    {
        Tensor product = x.MatMul(Kernel);
        if (kernelGain is null) return product;
        if (groups.Length == 0) return product.LayerNormalization(kernelGain);
        Tensor[] parts = product.Split(groups.ToArray(), 1), gains = kernelGain.Split(groups.ToArray());
        for (int i = 0; i < parts.Length; i++) parts[i] = parts[i].LayerNormalization(gains[i]);
        return Tensor.Concat(parts, 1);
    }

    /// <summary>h·U, or LN(h·U), for columns of U.</summary>
    private protected Tensor StateProduct(Tensor h, int firstColumn, int columns)
    {
        bool all = columns == RecurrentKernel.Shape[1];
        Range range = firstColumn..(firstColumn + columns);
        Tensor product = h.MatMul(all ? RecurrentKernel : RecurrentKernel[.., range]);
        return recurrentGain is null ? product : product.LayerNormalization(all ? recurrentGain : recurrentGain[range]);
    }

    /// <summary>h·U, or LN(h·U).</summary>
    private protected Tensor StateProduct(Tensor h) => StateProduct(h, 0, Gates * Units);

    /// <summary>The sum with the bias, if there is one.</summary>
    private protected Tensor WithBias(Tensor sum) => bias is null ? sum : sum + bias;
}
