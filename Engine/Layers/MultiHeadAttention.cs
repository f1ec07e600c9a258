namespace Engine.Layers;

/// <summary>Attention in several heads: y = Σ_h (α_h·(v·W_v,h + b_v,h))·W_o,h + b_o with
/// α_h = softmax((q·W_q,h + b_q,h)·(k·W_k,h + b_k,h)ᵀ/√n). F-T3.</summary>
/// <remarks>
/// Vaswani et al. 2017. Inputs [query], [query, value], [query, value, key] or [query, value, key, attentionMask], of [batch, queries,
/// features], [batch, values, features], [batch, values, features] and truth values [batch, queries, values], true for what a query may
/// see. A query alone is value and key too: self-attention; without a key the value is the key. Output [batch, queries, outputDim]; with
/// <see cref="ReturnAttentionScores"/> by <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/> also α, [batch, heads, queries,
/// values]. The masks of the sequences join the others, as in Keras: α is 0 where a value or key is masked. Where a query may see nothing,
/// or is masked itself, α is 0 and y is b_o. The output has the query's mask.
/// </remarks>
public sealed class MultiHeadAttention : Layer
{
    private readonly WeightRule kernelRule;
    private readonly WeightRule biasRule;
    private readonly int? wantedOutputDim;
    private Projection? query;
    private Projection? key;
    private Projection? value;
    private Projection? output;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="numHeads">The number of heads.</param>
    /// <param name="keyDim">n, the length of queries and keys in each head.</param>
    /// <param name="valueDim">The length of values in each head; keyDim by default.</param>
    /// <param name="dropout">The part of the weights α that is dropped in training; 0 by default.</param>
    /// <param name="useBias">Whether the biases are added; true by default.</param>
    /// <param name="outputDim">The length of the output's last axis, Keras' <c>output_shape</c>; by default the query's.</param>
    /// <param name="useCausalMask">Whether a query sees the values up to its own place alone; false by default.</param>
    /// <param name="returnAttentionScores">Whether α is an output too; false by default.</param>
    /// <param name="kernelInitializer">The kernels' first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">The biases' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What the kernels add to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What the biases add to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What the kernels are held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What the biases are held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>multi_head_attention_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A size is below 1, or the dropout lies outside [0, 1).</exception>
    public MultiHeadAttention(
        int numHeads,
        int keyDim,
        int? valueDim = null,
        double dropout = 0,
        bool useBias = true,
        int? outputDim = null,
        bool useCausalMask = false,
        bool returnAttentionScores = false,
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
        const string Where = "MultiHeadAttention";
        LayerCheck.Positive(Where, "numHeads", numHeads);
        LayerCheck.Positive(Where, "keyDim", keyDim);
        if (valueDim is { } values) LayerCheck.Positive(Where, "valueDim", values);
        if (outputDim is { } outputs) LayerCheck.Positive(Where, "outputDim", outputs);
        if (dropout is not (>= 0 and < 1))
            throw Fail.Value(Where, $"dropout is {dropout}", "give the part of the weights to drop: 0 or more, less than 1");
        (NumHeads, KeyDim, ValueDim, Dropout, UseBias) = (numHeads, keyDim, valueDim ?? keyDim, dropout, useBias);
        (wantedOutputDim, UseCausalMask, ReturnAttentionScores) = (outputDim, useCausalMask, returnAttentionScores);
        kernelRule = new WeightRule(kernelInitializer ?? Initializer.GlorotUniform, kernelRegularizer, kernelConstraint);
        biasRule = new WeightRule(biasInitializer ?? Initializer.Zeros, biasRegularizer, biasConstraint);
        ActivityRegularizer = activityRegularizer;
        MadeWith(
            ("numHeads", numHeads), ("keyDim", keyDim), ("valueDim", valueDim), ("dropout", dropout), ("useBias", useBias),
            ("outputDim", outputDim), ("useCausalMask", useCausalMask), ("returnAttentionScores", returnAttentionScores),
            ("kernelInitializer", kernelInitializer), ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer),
            ("biasRegularizer", biasRegularizer), ("activityRegularizer", activityRegularizer), ("kernelConstraint", kernelConstraint),
            ("biasConstraint", biasConstraint), ("dtype", dtype));
    }

    /// <summary>The number of heads.</summary>
    public int NumHeads { get; }

    /// <summary>n, the length of queries and keys in each head.</summary>
    public int KeyDim { get; }

    /// <summary>The length of values in each head.</summary>
    public int ValueDim { get; }

    /// <summary>The part of the weights α that is dropped in training.</summary>
    public double Dropout { get; }

    /// <summary>Whether there are biases.</summary>
    public bool UseBias { get; }

    /// <summary>Whether a query sees the values up to its own place alone.</summary>
    public bool UseCausalMask { get; }

    /// <summary>Whether the weights α are an output too.</summary>
    public bool ReturnAttentionScores { get; }

    /// <summary>W_q [the query's features, heads, keyDim].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable QueryKernel => LayerCheck.Built(this, query?.Kernel, "QueryKernel");

    /// <summary>b_q [heads, keyDim]; null for a layer without biases.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? QueryBias => UseBias ? LayerCheck.Built(this, query?.Bias, "QueryBias") : null;

    /// <summary>W_k [the key's features, heads, keyDim].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable KeyKernel => LayerCheck.Built(this, key?.Kernel, "KeyKernel");

    /// <summary>b_k [heads, keyDim]; null for a layer without biases.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? KeyBias => UseBias ? LayerCheck.Built(this, key?.Bias, "KeyBias") : null;

    /// <summary>W_v [the value's features, heads, valueDim].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable ValueKernel => LayerCheck.Built(this, value?.Kernel, "ValueKernel");

    /// <summary>b_v [heads, valueDim]; null for a layer without biases.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? ValueBias => UseBias ? LayerCheck.Built(this, value?.Bias, "ValueBias") : null;

    /// <summary>W_o [heads, valueDim, outputDim].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable OutputKernel => LayerCheck.Built(this, output?.Kernel, "OutputKernel");

    /// <summary>b_o [outputDim]; null for a layer without biases.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? OutputBias => UseBias ? LayerCheck.Built(this, output?.Bias, "OutputBias") : null;

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => OutputShape([inputShape]);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        CheckInputs(inputShapes);
        return inputShapes[0].With(-1, wantedOutputDim ?? inputShapes[0][1]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        Shape shape = OutputShape(inputShapes);
        return ReturnAttentionScores ? [shape, [NumHeads, shape[0], Known(inputShapes, 1)[0]]] : [shape];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => MultiplyAdds([inputShape]);

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputShapes)
    {
        Shape values = Known(inputShapes, 1), keys = Known(inputShapes, 2);
        long queries = inputShapes[0][0], outputs = wantedOutputDim ?? inputShapes[0][1];
        long projections = (queries * inputShapes[0][1] + keys.Length) * KeyDim + (values.Length + queries * outputs) * ValueDim;
        return NumHeads * (projections + queries * values[0] * (KeyDim + ValueDim));
    }

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes)
    {
        AttentionWeights.Check(inputShapes.Count == 1 ? [inputShapes[0], inputShapes[0]] : inputShapes, most: 4);
        if (inputShapes.Count == 4 && inputShapes[3] != Shape.Create([inputShapes[0][0], inputShapes[1][0]]))
        {
            throw Fail.Shape("input", $"an attentionMask of shape {LayerCheck.BatchOf(inputShapes[3])} for {inputShapes[0][0]} queries and "
                + $"{inputShapes[1][0]} values", "give truth values [batch, queries, values]");
        }

        foreach ((string name, int place, Projection? projection) in
            ((string, int, Projection?)[])[("query", 0, query), ("value", 1, value), ("key", 2, key)])
        {
            int features = Known(inputShapes, place)[1];
            if (projection is not { Kernel: { } kernel } || features == kernel.Shape[0]) continue;
            throw Fail.Shape("input", $"a {name} of {features} features, and its kernel {kernel.Shape} was built for {kernel.Shape[0]}",
                "a layer applied twice needs the same feature count each time");
        }
    }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<Shape> inputShapes)
    {
        query = Add("query", [inputShapes[0][1], NumHeads, KeyDim], [NumHeads, KeyDim]);
        key = Add("key", [Known(inputShapes, 2)[1], NumHeads, KeyDim], [NumHeads, KeyDim]);
        value = Add("value", [Known(inputShapes, 1)[1], NumHeads, ValueDim], [NumHeads, ValueDim]);
        int outputs = wantedOutputDim ?? inputShapes[0][1];
        output = Add("attention_output", [NumHeads, ValueDim, outputs], [outputs]);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) =>
        ReturnAttentionScores ? throw SeveralOutputs("Apply", 2) : CallAll(inputs, training)[0];

    /// <inheritdoc/>
    protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training)
    {
        Tensor q = inputs[0], v = Known(inputs, 1), k = Known(inputs, 2);
        Tensor? queries = AttentionWeights.MaskOf(q, "query"), values = AttentionWeights.MaskOf(v, "value");
        Tensor? keys = AttentionWeights.MaskOf(k, "key");
        Tensor? seen = AttentionWeights.Seen(AttentionWeights.Both(values, keys), UseCausalMask, q.Shape[1], v.Shape[1]);
        if (queries is not null) seen = AttentionWeights.Both(queries.ExpandDims(2), seen);
        if (inputs.Count == 4) seen = AttentionWeights.Both(Given(inputs[3]), seen);
        Tensor head = Heads(AttentionWeights.Cleaned(q, queries), query!) * (1 / Math.Sqrt(KeyDim));
        Tensor scores = head.MatMul(Heads(AttentionWeights.Cleaned(k, keys), key!), transposeB: true);
        Tensor weights = AttentionWeights.Of(scores, seen?.ExpandDims(1));
        if (training && Dropout > 0)
            weights *= Tensor.RandomBernoulli(weights.Shape, 1 - Dropout, NextRandom(), weights.DType) * (1 / (1 - Dropout));
        Tensor joined = weights.MatMul(Heads(AttentionWeights.Cleaned(v, values), value!)).Transpose(0, 2, 1, 3);
        int batch = q.Shape[0], width = NumHeads * ValueDim;
        Tensor y = joined.Reshape(batch, q.Shape[1], width).Linear(output!.Kernel.Reshape(width, output.Kernel.Shape[2]), output.Bias);
        return ReturnAttentionScores ? [y, weights] : [y];
    }

    /// <summary>The query stands for a value that is not given, the value for a key.</summary>
    private static T Known<T>(IReadOnlyList<T> inputs, int place) => inputs[Math.Min(place, Math.Min(inputs.Count, 3) - 1)];

    private static Tensor Given(Tensor mask) => mask.DType == DType.Bool ? mask : throw Fail.DType("input",
        $"an attentionMask of type {mask.DType}", "give truth values, made by a comparison or Cast(DType.Bool)");

    private Projection Add(string part, Shape kernel, Shape bias) => new(
        AddTrainable($"{part}_kernel", kernel, kernelRule), UseBias ? AddTrainable($"{part}_bias", bias, biasRule) : null);

    /// <summary>x·W + b for every head: [batch, steps, features] to [batch, heads, steps, n].</summary>
    private Tensor Heads(Tensor x, Projection projection)
    {
        Shape shape = projection.Kernel.Shape;
        int width = shape[1] * shape[2];
        Tensor y = x.Linear(projection.Kernel.Reshape(shape[0], width), projection.Bias?.Reshape(width));
        return y.Reshape(x.Shape[0], x.Shape[1], NumHeads, shape[2]).Transpose(0, 2, 1, 3);
    }

    /// <summary>A matrix for each head, and its bias.</summary>
    private sealed record Projection(Variable Kernel, Variable? Bias);
}
