using Engine.Losses;

namespace Engine.Metrics;

/// <summary>exp(−Σ w·ln p(label) / Σ w): between how many tokens a language model is in doubt, on average. F-M1.</summary>
/// <remarks>Labels are [N] or [N, 1], per step [N, T]. 1 is the best; uniform probabilities over n tokens give n.</remarks>
public sealed class Perplexity : Metric
{
    private readonly SparseCategoricalCrossentropy loss;
    private double total;
    private double weight;

    /// <summary>Creates the metric.</summary>
    /// <param name="fromLogits">Whether predictions are scores before the softmax; false, probabilities, by default.</param>
    /// <param name="ignoreIndex">A label whose samples or steps do not count, such as a padding; none by default.</param>
    /// <param name="name">Its name; <c>perplexity</c> by default.</param>
    public Perplexity(bool fromLogits = false, int? ignoreIndex = null, string name = "perplexity")
        : base(name) => loss = new SparseCategoricalCrossentropy(fromLogits, ignoreIndex);

    /// <summary>The perplexity; 0 where there is nothing, or nothing with a weight.</summary>
    public override double Result => weight == 0 ? 0 : Math.Exp(total / weight);

    /// <inheritdoc/>
    public override void Reset() => total = weight = 0;

    /// <inheritdoc/>
    public override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null)
    {
        using var scope = new TensorScope();
        Tensor losses = loss.PerSample(target, prediction);
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights("Perplexity", sampleWeight, losses.Shape, DType.Float64).BroadcastTo(losses.Shape);
        ReadOnlySpan<double> each = losses.Cast(DType.Float64).AsSpan<double>();
        ReadOnlySpan<double> counted = weights is null ? default : weights.AsSpan<double>();
        ReadOnlySpan<int> labels = target.Cast(DType.Int32).AsSpan<int>();
        for (int i = 0; i < each.Length; i++)
        {
            if (labels[i] == loss.IgnoreIndex) continue;
            double w = weights is null ? 1 : counted[i];
            total += w * each[i];
            weight += w;
        }
    }
}
