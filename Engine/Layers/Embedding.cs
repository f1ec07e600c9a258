namespace Engine.Layers;

/// <summary>A table of vectors: y[…, :] = embeddings[x[…], :]. F-B6.</summary>
/// <remarks>
/// Bengio et al. 2003. The input counts, Int32 as a rule; the output has one axis more. A row of the table gets the sum of the gradients
/// of all places that it stands in.
/// </remarks>
public sealed class Embedding : Layer
{
    private readonly WeightRule rule;
    private Variable? embeddings;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="inputDim">The number of rows: inputs are 0 to inputDim − 1.</param>
    /// <param name="outputDim">The length of a vector.</param>
    /// <param name="embeddingsInitializer">The table's first values; uniform between ±0.05 by default.</param>
    /// <param name="embeddingsRegularizer">What the table adds to the loss; nothing by default.</param>
    /// <param name="embeddingsConstraint">What the table is held to; nothing by default.</param>
    /// <param name="maskZero">Whether 0 is padding: the output then has a mask that is false there, and row 0 is not for use; false by
    /// default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>embedding_1</c>.</param>
    /// <param name="dtype">The type of the table; Float32 by default.</param>
    /// <exception cref="ValueException">A size below 1.</exception>
    public Embedding(
        int inputDim,
        int outputDim,
        Initializer? embeddingsInitializer = null,
        Regularizer? embeddingsRegularizer = null,
        Constraint? embeddingsConstraint = null,
        bool maskZero = false,
        string? name = null,
        DType? dtype = null)
        : base(name, dtype)
    {
        LayerCheck.Positive("Embedding", "inputDim", inputDim);
        LayerCheck.Positive("Embedding", "outputDim", outputDim);
        (InputDim, OutputDim, MaskZero) = (inputDim, outputDim, maskZero);
        rule = new WeightRule(embeddingsInitializer ?? Initializer.RandomUniform(), embeddingsRegularizer, embeddingsConstraint);
        MadeWith(
            ("inputDim", inputDim), ("outputDim", outputDim), ("embeddingsInitializer", embeddingsInitializer),
            ("embeddingsRegularizer", embeddingsRegularizer), ("embeddingsConstraint", embeddingsConstraint), ("maskZero", maskZero),
            ("dtype", dtype));
    }

    /// <summary>The number of rows.</summary>
    public int InputDim { get; }

    /// <summary>The length of a vector.</summary>
    public int OutputDim { get; }

    /// <summary>Whether 0 is padding.</summary>
    public bool MaskZero { get; }

    /// <summary>The table [inputDim, outputDim].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Embeddings => LayerCheck.Built(this, embeddings, "Embeddings");

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape.Concat([OutputDim]);

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => LayerCheck.Counts(inputType, DType);

    /// <inheritdoc/>
    protected override void Build(Shape inputShape) => embeddings = AddTrainable("embeddings", [InputDim, OutputDim], rule);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        LayerCheck.Counts(x.DType, DType);
        Tensor ids = x.Cast(DType.Int32);
        CheckIds(ids);
        return InUse(Embeddings).Gather(ids);
    }

    /// <inheritdoc/>
    protected override Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) =>
        MaskZero ? inputs[0].NotEqualTo(Tensor.Full([], 0, inputs[0].DType)) : null;

    private void CheckIds(Tensor ids)
    {
        ReadOnlySpan<int> all = ids.AsSpan<int>();
        if (!all.ContainsAnyExceptInRange(0, InputDim - 1)) return;
        int place = all.IndexOfAnyExceptInRange(0, InputDim - 1), samples = Math.Max(1, ids.Length / ids.Shape[0]);
        throw Fail.Value("input", $"id {all[place]} at position {place % samples} of sample {place / samples} is outside the vocabulary of {InputDim}",
            $"use 0 to {InputDim - 1}, or give the layer a larger inputDim");
    }
}
