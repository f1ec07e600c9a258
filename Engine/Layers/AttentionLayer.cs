namespace Engine.Layers;

/// <summary>What attention layers share that weigh values by how well their keys match a query: y_t = Σ_s α_ts·v_s. F-T1, F-T2.</summary>
/// <remarks>
/// Inputs [query, value] or [query, value, key], of [batch, queries, features], [batch, values, features] and [batch, values, features];
/// without a key the value is the key too. Output [batch, queries, the value's features]; with <see cref="ReturnAttentionScores"/> by
/// <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/> also α, [batch, queries, values]. α is the softmax of the scores over the
/// values. Where the value's mask is false α is 0; where it leaves no value at all, α and y are 0, unlike in Keras, where they are a mean
/// of padding. Where the query's mask is false y is 0, and the output has that mask. What stands at masked places does not matter.
/// </remarks>
public abstract class AttentionLayer : Layer
{
    private protected AttentionLayer(double dropout, bool useCausalMask, bool returnAttentionScores, string? name, DType? dtype)
        : base(name, dtype)
    {
        Dropout = dropout is >= 0 and < 1 ? dropout : throw Fail.Value(GetType().Name, $"dropout is {dropout}",
            "give the part of the weights to drop: 0 or more, less than 1");
        (UseCausalMask, ReturnAttentionScores) = (useCausalMask, returnAttentionScores);
    }

    /// <summary>The part of the weights that is dropped in training.</summary>
    public double Dropout { get; }

    /// <summary>Whether a query sees the values up to its own place alone.</summary>
    public bool UseCausalMask { get; }

    /// <summary>Whether the weights α are an output too.</summary>
    public bool ReturnAttentionScores { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => OutputShape([inputShape]);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        CheckInputs(inputShapes);
        return inputShapes[0].With(-1, inputShapes[1][1]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        Shape output = OutputShape(inputShapes);
        return ReturnAttentionScores ? [output, [inputShapes[0][0], inputShapes[1][0]]] : [output];
    }

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes)
    {
        AttentionWeights.Check(inputShapes, most: 3);
        CheckFeatures(inputShapes[0][1], inputShapes[^1][1]);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) =>
        ReturnAttentionScores ? throw SeveralOutputs("Apply", 2) : CallAll(inputs, training)[0];

    /// <inheritdoc/>
    protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training)
    {
        Tensor query = inputs[0];
        Tensor? queries = AttentionWeights.MaskOf(query, "query"), values = AttentionWeights.MaskOf(inputs[1], "value");
        Tensor? seen = AttentionWeights.Seen(values, UseCausalMask, query.Shape[1], inputs[1].Shape[1]);
        Tensor value = AttentionWeights.Cleaned(inputs[1], values);
        Tensor key = inputs.Count > 2 ? AttentionWeights.Cleaned(inputs[2], values) : value;
        query = AttentionWeights.Cleaned(query, queries);
        Tensor weights = AttentionWeights.Of(Scores(ProjectQuery(query), ProjectKey(key)), seen);
        if (training && Dropout > 0)
            weights *= Tensor.RandomBernoulli(weights.Shape, 1 - Dropout, NextRandom(), weights.DType) * (1 / (1 - Dropout));
        Tensor y = AttentionWeights.Cleaned(weights.MatMul(value), queries);
        return ReturnAttentionScores ? [y, weights] : [y];
    }

    /// <summary>Refuses numbers of features that cannot be compared.</summary>
    private protected virtual void CheckFeatures(int query, int key)
    {
        if (query != key)
            throw Fail.Shape("input", $"queries of {query} features and keys of {key}", "give both as many, for example by a Dense layer");
    }

    /// <summary>What is made of a query before it is compared.</summary>
    private protected virtual Tensor ProjectQuery(Tensor query) => query;

    /// <summary>What is made of the keys before they are compared: once for all queries.</summary>
    private protected virtual Tensor ProjectKey(Tensor key) => key;

    /// <summary>How well queries [batch, queries, n] match keys [batch, values, n]: [batch, queries, values].</summary>
    private protected abstract Tensor Scores(Tensor query, Tensor key);

    /// <summary>A sequence to be looked at many times by <see cref="Look"/>, step by step.</summary>
    internal AttentionMemory Remember(Tensor value)
    {
        Tensor? mask = AttentionWeights.MaskOf(value, "memory");
        value = AttentionWeights.Cleaned(value, mask);
        return new AttentionMemory(value, ProjectKey(value), AttentionWeights.Seen(mask, causal: false, 1, value.Shape[1]));
    }

    /// <summary>What one query [batch, features] finds: [batch, the values' features].</summary>
    internal Tensor Look(Tensor query, AttentionMemory memory)
    {
        Tensor weights = AttentionWeights.Of(Scores(ProjectQuery(query.ExpandDims(1)), memory.Keys), memory.Seen);
        return weights.MatMul(memory.Values).Squeeze(1);
    }
}

/// <summary>A sequence that attention looks at, with what is made of it once.</summary>
/// <param name="Values">What is weighed, [batch, values, features].</param>
/// <param name="Keys">What queries are compared with, [batch, values, n].</param>
/// <param name="Seen">Which values count, [batch, 1, values]; null for all.</param>
internal sealed record AttentionMemory(Tensor Values, Tensor Keys, Tensor? Seen);
