namespace Engine.Metrics;

/// <summary>The part of the elements that lie on the right side of a threshold, against targets 0 and 1. F-M1.</summary>
/// <remarks>Every element counts by itself: [N, K] are K answers for each sample.</remarks>
public sealed class BinaryAccuracy : MeanMetric
{
    private readonly double threshold;

    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">What a prediction must be above to be a 1; 0.5 by default.</param>
    /// <param name="name">Its name; <c>binary_accuracy</c> by default.</param>
    /// <exception cref="ValueException">The threshold is not a number.</exception>
    public BinaryAccuracy(double threshold = 0.5, string name = "binary_accuracy")
        : base(name) => this.threshold = MetricCheck.Threshold("BinaryAccuracy", threshold);

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction)
    {
        MetricCheck.SameElements("BinaryAccuracy", target, prediction);
        return (prediction > threshold).Cast(DType.Float64).EqualTo(target.Reshape(prediction.Shape).Cast(DType.Float64));
    }
}
