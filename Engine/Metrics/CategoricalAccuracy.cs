namespace Engine.Metrics;

/// <summary>The part of the samples, or steps, whose largest score stands where the one-hot target is largest. F-M1.</summary>
/// <remarks>Of equal largest scores the first counts.</remarks>
public sealed class CategoricalAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="name">Its name; <c>categorical_accuracy</c> by default.</param>
    public CategoricalAccuracy(string name = "categorical_accuracy")
        : base(name)
    {
    }

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) =>
        ClassLabels.OneHot("CategoricalAccuracy", target, prediction).EqualTo(prediction.ArgMax());
}
