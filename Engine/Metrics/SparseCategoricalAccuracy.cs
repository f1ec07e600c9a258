namespace Engine.Metrics;

/// <summary>The part of the samples, or steps, whose largest score stands at the label, an integer. F-M1.</summary>
/// <remarks>Labels are [N] or [N, 1], per step [N, T]. Of equal largest scores the first counts.</remarks>
public sealed class SparseCategoricalAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="name">Its name; <c>sparse_categorical_accuracy</c> by default.</param>
    public SparseCategoricalAccuracy(string name = "sparse_categorical_accuracy")
        : base(name)
    {
    }

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) =>
        ClassLabels.Sparse("SparseCategoricalAccuracy", target, prediction).EqualTo(prediction.ArgMax());
}
