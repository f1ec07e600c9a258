namespace Engine.Metrics;

/// <summary>The part of the samples, or steps, whose class, where the one-hot target is largest, has one of the k largest scores.
/// F-M1.</summary>
/// <remarks>That is: fewer than k scores are larger. A score that is equal to the k-th largest is among them, and NaN never is.</remarks>
public sealed class TopKCategoricalAccuracy : MeanMetric
{
    private readonly int k;

    /// <summary>Creates the metric.</summary>
    /// <param name="k">How many scores count, at least 1; 5 by default.</param>
    /// <param name="name">Its name; <c>top_k_categorical_accuracy</c> by default.</param>
    /// <exception cref="ValueException">k is below 1.</exception>
    public TopKCategoricalAccuracy(int k = 5, string name = "top_k_categorical_accuracy")
        : base(name) => this.k = MetricCheck.AtLeastOne("TopKCategoricalAccuracy", "k", k);

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) =>
        ClassLabels.AmongLargest(prediction, ClassLabels.OneHot("TopKCategoricalAccuracy", target, prediction), k);
}
