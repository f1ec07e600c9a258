using Engine.Losses;

namespace Engine.Metrics;

/// <summary>exp(−Σ w·ln p(label) / Σ w): between how many tokens a language model is in doubt, on average. F-M1.</summary>
/// <remarks>Labels are [N] or [N, 1], per step [N, T]. 1 is the best; uniform probabilities over n tokens give n.</remarks>
public sealed class Perplexity : MeanMetric
{
    private readonly SparseCategoricalCrossentropy loss;

    /// <summary>Creates the metric.</summary>
    /// <param name="fromLogits">Whether predictions are scores before the softmax; false, probabilities, by default.</param>
    /// <param name="ignoreIndex">A label whose samples or steps do not count, such as a padding; none by default.</param>
    /// <param name="name">Its name; <c>perplexity</c> by default.</param>
    public Perplexity(bool fromLogits = false, int? ignoreIndex = null, string name = "perplexity")
        : base(name) => loss = new SparseCategoricalCrossentropy(fromLogits, ignoreIndex);

    /// <summary>The perplexity; 0 where there is nothing, or nothing with a weight.</summary>
    public override double Result => IsEmpty ? 0 : Math.Exp(base.Result);

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) => loss.PerSample(target, prediction);

    private protected override Tensor? Counted(Tensor target, Tensor prediction) => loss.Counted(target, prediction);
}
