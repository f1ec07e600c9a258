namespace Engine.Layers;

/// <summary>What attention layers share: which values a query may see, and the weights that scores give them.</summary>
internal static class AttentionWeights
{
    // Far below every score, and finite: its exponential is 0 beside any score.
    private const double Unseen = -1e30;

    /// <summary>Truth values that broadcast with scores [batch, queries, values]: which values each query may see. Null for all.</summary>
    /// <param name="values">Which values count, [batch, values]; null for all.</param>
    /// <param name="causal">Whether a query sees the values up to its own place alone.</param>
    /// <param name="queryCount">The number of queries.</param>
    /// <param name="valueCount">The number of values.</param>
    public static Tensor? Seen(Tensor? values, bool causal, int queryCount, int valueCount)
    {
        Tensor? seen = values?.ExpandDims(1);
        return causal ? Both(seen, Tensor.Ones([1, queryCount, valueCount]).LowerTriangle() > 0) : seen;
    }

    /// <summary>Where both hold, with broadcasting; null holds everywhere.</summary>
    public static Tensor? Both(Tensor? a, Tensor? b) => a is null ? b : b is null ? a : Tensor.Where(a, b, a);

    /// <summary>softmax over the last axis of the scores that are seen; weights of what is not seen are 0, all of them where nothing
    /// is.</summary>
    public static Tensor Of(Tensor scores, Tensor? seen)
    {
        if (seen is null) return scores.Softmax();
        Tensor weights = Tensor.Where(seen, scores, Tensor.Full([], Unseen, scores.DType)).Softmax();
        return Tensor.Where(seen, weights, Tensor.Zeros([], scores.DType));
    }

    /// <summary>0 where the mask is false: what stands at padding, even NaN, must not reach a sum or a gradient.</summary>
    public static Tensor Cleaned(Tensor x, Tensor? mask) =>
        mask is null ? x : Tensor.Where(mask.ExpandDims(-1), x, Tensor.Zeros([], x.DType));

    /// <summary>A mask of a sequence, refused where it is not one truth value a step.</summary>
    public static Tensor? MaskOf(Tensor x, string input)
    {
        if (x.Mask is not { } mask || mask.Rank == 2) return x.Mask;
        throw Fail.Shape(input, $"a mask of shape {mask.Shape} for sequences of shape {x.Shape}",
            "give one truth value for each sample and step, [batch, steps]");
    }

    /// <summary>Refuses shapes of one sample that are not query [queries, features], value [values, features] and, where it is given, key
    /// [values, features].</summary>
    public static void Check(IReadOnlyList<Shape> inputShapes, int most)
    {
        if (inputShapes.Count < 2 || inputShapes.Count > most)
        {
            throw Fail.Shape("input", $"{inputShapes.Count} inputs",
                most > 3
                    ? "give [query], [query, value], [query, value, key] or [query, value, key, attentionMask]"
                    : "give [query, value] or [query, value, key]");
        }

        string[] names = ["query", "value", "key"];
        for (int i = 0; i < Math.Min(3, inputShapes.Count); i++)
        {
            Shape shape = inputShapes[i];
            if (shape.Rank != 2 || shape.Length == 0)
            {
                throw Fail.Shape("input", $"a {names[i]} of shape {LayerCheck.BatchOf(shape)}, where [batch, steps, features] is wanted",
                    "give sequences of at least one step and one feature");
            }
        }

        if (inputShapes.Count > 2 && inputShapes[2][0] != inputShapes[1][0])
        {
            throw Fail.Shape("input", $"{inputShapes[2][0]} keys and {inputShapes[1][0]} values", "give one key for each value");
        }
    }
}
