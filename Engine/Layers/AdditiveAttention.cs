namespace Engine.Layers;

/// <summary>Attention by sums: y_t = Σ_s α_ts·v_s with α_t = softmax_s(Σᵢ gᵢ·tanh(q_ti + k_si)). F-T1.</summary>
/// <remarks>
/// Bahdanau, Cho and Bengio 2015. As in Keras query and key are compared as they come, and must have as many features. With
/// <see cref="Units"/> they are projected first, as in the paper: q·W_q + k·W_k + b in place of q + k. g is learned with
/// <see cref="UseScale"/>, else 1. See <see cref="AttentionLayer"/> for inputs, outputs and masks.
/// </remarks>
public sealed class AdditiveAttention : AttentionLayer
{
    private readonly WeightRule kernelRule;
    private readonly WeightRule biasRule;
    private Variable? queryKernel;
    private Variable? keyKernel;
    private Variable? bias;
    private Variable? scale;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="useScale">Whether g is learned; true by default.</param>
    /// <param name="units">The length that query and key are projected to; null, no projection, by default.</param>
    /// <param name="useBias">Whether b is added where there is a projection; true by default.</param>
    /// <param name="dropout">The part of the weights α that is dropped in training; 0 by default.</param>
    /// <param name="useCausalMask">Whether a query sees the values up to its own place alone; false by default.</param>
    /// <param name="returnAttentionScores">Whether α is an output too; false by default.</param>
    /// <param name="kernelInitializer">The first values of W_q and W_k; <see cref="Initializer.GlorotUniform"/> by default, which g always
    /// has.</param>
    /// <param name="biasInitializer">b's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What W_q and W_k add to the loss; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>additive_attention_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">The dropout lies outside [0, 1), or units is below 1.</exception>
    public AdditiveAttention(
        bool useScale = true,
        int? units = null,
        bool useBias = true,
        double dropout = 0,
        bool useCausalMask = false,
        bool returnAttentionScores = false,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        string? name = null,
        DType? dtype = null)
        : base(dropout, useCausalMask, returnAttentionScores, name, dtype)
    {
        if (units is { } wanted) LayerCheck.Positive("AdditiveAttention", "units", wanted);
        (UseScale, Units, UseBias) = (useScale, units, useBias && units is not null);
        kernelRule = new WeightRule(kernelInitializer ?? Initializer.GlorotUniform, kernelRegularizer);
        biasRule = new WeightRule(biasInitializer ?? Initializer.Zeros);
        MadeWith(
            ("useScale", useScale), ("units", units), ("useBias", useBias), ("dropout", dropout), ("useCausalMask", useCausalMask),
            ("returnAttentionScores", returnAttentionScores), ("kernelInitializer", kernelInitializer),
            ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer), ("dtype", dtype));
    }

    /// <summary>Whether g is learned.</summary>
    public bool UseScale { get; }

    /// <summary>The length that query and key are projected to; null where they are not.</summary>
    public int? Units { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool UseBias { get; }

    /// <summary>W_q [the query's features, units]; null without projection.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? QueryKernel => Units is null ? null : LayerCheck.Built(this, queryKernel, "QueryKernel");

    /// <summary>W_k [the key's features, units]; null without projection.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? KeyKernel => Units is null ? null : LayerCheck.Built(this, keyKernel, "KeyKernel");

    /// <summary>b [units]; null where there is none.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Bias => UseBias ? LayerCheck.Built(this, bias, "Bias") : null;

    /// <summary>g [units, or the query's features]; null where it is not learned.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Scale => UseScale ? LayerCheck.Built(this, scale, "Scale") : null;

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputShapes)
    {
        long queries = inputShapes[0][0], keys = inputShapes[1][0], compared = Units ?? inputShapes[0][1];
        long projections = Units is null ? 0 : (queries * inputShapes[0][1] + keys * inputShapes[^1][1]) * compared;
        return projections + queries * keys * (compared + inputShapes[1][1]);
    }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<Shape> inputShapes)
    {
        if (Units is { } units)
        {
            queryKernel = AddTrainable("query_kernel", [inputShapes[0][1], units], kernelRule);
            keyKernel = AddTrainable("key_kernel", [inputShapes[^1][1], units], kernelRule);
            if (UseBias) bias = AddTrainable("bias", [units], biasRule);
        }

        if (UseScale) scale = AddWeight("scale", [Units ?? inputShapes[0][1]], Initializer.GlorotUniform);
    }

    private protected override void CheckFeatures(int query, int key)
    {
        if (Units is null)
        {
            base.CheckFeatures(query, key);
            return;
        }

        if (queryKernel is null) return;
        RequireFeatures("query", query, queryKernel);
        RequireFeatures("key", key, keyKernel!);
    }

    private static void RequireFeatures(string name, int features, Variable kernel)
    {
        if (features == kernel.Shape[0]) return;
        throw Fail.Shape("input", $"a {name} of {features} features, and its kernel {kernel.Shape} was built for {kernel.Shape[0]}",
            "a layer applied twice needs the same feature count each time");
    }

    private protected override Tensor ProjectQuery(Tensor query) => QueryKernel is null ? query : query.Linear(QueryKernel, Bias);

    private protected override Tensor ProjectKey(Tensor key) => KeyKernel is null ? key : key.Linear(KeyKernel);

    private protected override Tensor Scores(Tensor query, Tensor key)
    {
        Tensor sums = query.Shape[1] == 1 ? query + key : query.ExpandDims(2) + key.ExpandDims(1);
        Tensor scores = Scale is null ? sums.Tanh().Sum(-1) : sums.Tanh().Linear(Scale.ExpandDims(1)).Squeeze(-1);
        return query.Shape[1] == 1 ? scores.ExpandDims(1) : scores;
    }
}
