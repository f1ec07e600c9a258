namespace Engine.Layers;

/// <summary>Attention by products: y_t = Σ_s α_ts·v_s with α_t = softmax_s(g·Σᵢ q_ti·k_si). F-T2.</summary>
/// <remarks>
/// Luong, Pham and Manning 2015. g is 1, or learned with <see cref="UseScale"/>. With <see cref="AttentionScoreMode.Concat"/> the score is
/// w·Σᵢ tanh(g·(q_ti + k_si)) with a learned w. See <see cref="AttentionLayer"/> for inputs, outputs and masks;
/// <see cref="MultiHeadAttention"/> divides by √n and projects.
/// </remarks>
public sealed class Attention : AttentionLayer
{
    private Variable? scale;
    private Variable? concatScoreWeight;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="useScale">Whether g is learned, from 1 on; false by default.</param>
    /// <param name="scoreMode">How a query is compared with a key; by their product by default.</param>
    /// <param name="dropout">The part of the weights α that is dropped in training; 0 by default.</param>
    /// <param name="useCausalMask">Whether a query sees the values up to its own place alone; false by default.</param>
    /// <param name="returnAttentionScores">Whether α is an output too; false by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>attention_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">The dropout lies outside [0, 1), or there is no such mode.</exception>
    public Attention(
        bool useScale = false,
        AttentionScoreMode scoreMode = AttentionScoreMode.Dot,
        double dropout = 0,
        bool useCausalMask = false,
        bool returnAttentionScores = false,
        string? name = null,
        DType? dtype = null)
        : base(dropout, useCausalMask, returnAttentionScores, name, dtype)
    {
        if (!Enum.IsDefined(scoreMode))
            throw Fail.Value("Attention", $"scoreMode is {(int)scoreMode}", "give a member of AttentionScoreMode");
        (UseScale, ScoreMode) = (useScale, scoreMode);
        MadeWith(
            ("useScale", useScale), ("scoreMode", scoreMode), ("dropout", dropout), ("useCausalMask", useCausalMask),
            ("returnAttentionScores", returnAttentionScores), ("dtype", dtype));
    }

    /// <summary>Whether g is learned.</summary>
    public bool UseScale { get; }

    /// <summary>How a query is compared with a key.</summary>
    public AttentionScoreMode ScoreMode { get; }

    /// <summary>g, a scalar; null where it is not learned.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Scale => UseScale ? LayerCheck.Built(this, scale, "Scale") : null;

    /// <summary>w, a scalar; null for products.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? ConcatScoreWeight =>
        ScoreMode == AttentionScoreMode.Concat ? LayerCheck.Built(this, concatScoreWeight, "ConcatScoreWeight") : null;

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputShapes) =>
        (long)inputShapes[0][0] * inputShapes[1][0] * (inputShapes[0][1] + inputShapes[1][1]);

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        if (UseScale) scale = AddWeight("scale", [], Initializer.Ones);
        if (ScoreMode == AttentionScoreMode.Concat) concatScoreWeight = AddWeight("concat_score_weight", [], Initializer.Ones);
    }

    private protected override Tensor Scores(Tensor query, Tensor key)
    {
        if (ScoreMode == AttentionScoreMode.Dot)
        {
            Tensor products = query.MatMul(key, transposeB: true);
            return Scale is null ? products : products * Scale;
        }

        Tensor sums = query.ExpandDims(2) + key.ExpandDims(1);
        return (Scale is null ? sums : sums * Scale).Tanh().Sum(-1) * ConcatScoreWeight!;
    }
}
