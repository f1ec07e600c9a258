namespace Engine.Metrics;

/// <summary>The part of the samples, or steps, whose class, the label, an integer, has one of the k largest scores. F-M1.</summary>
/// <remarks>That is: fewer than k scores are larger. A score that is equal to the k-th largest is among them, and NaN never is.</remarks>
public sealed class SparseTopKCategoricalAccuracy : MeanMetric
{
    private readonly int k;

    /// <summary>Creates the metric.</summary>
    /// <param name="k">How many scores count, at least 1; 5 by default.</param>
    /// <param name="name">Its name; <c>sparse_top_k_categorical_accuracy</c> by default.</param>
    /// <exception cref="ValueException">k is below 1.</exception>
    public SparseTopKCategoricalAccuracy(int k = 5, string name = "sparse_top_k_categorical_accuracy")
        : base(name) => this.k = MetricCheck.AtLeastOne("SparseTopKCategoricalAccuracy", "k", k);

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) =>
        ClassLabels.AmongLargest(prediction, ClassLabels.Sparse("SparseTopKCategoricalAccuracy", target, prediction), k);
}
