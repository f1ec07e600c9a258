namespace Engine.Metrics;

/// <summary>The part of the predicted positives that are right: TP / (TP + FP). F-M1.</summary>
/// <remarks>
/// Every element counts by itself, against targets of the prediction's shape that are 0 or not: [N, K] are K answers for each sample, and
/// one-hot targets give the number over all classes (micro).
/// </remarks>
public sealed class Precision : Metric
{
    private readonly BinaryCounts counts;

    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">What a prediction must be above to be positive; 0.5 by default, nothing with <paramref
    /// name="topK"/>.</param>
    /// <param name="topK">Only a sample's k largest predictions can be positive, of equals the first; null, all, by default.</param>
    /// <param name="classId">The one class, an index of the last axis, that is measured; null, all, by default.</param>
    /// <param name="name">Its name; <c>precision</c> by default.</param>
    /// <exception cref="ValueException">The threshold is not a number, topK is below 1 or the class below 0.</exception>
    public Precision(double? threshold = null, int? topK = null, int? classId = null, string name = "precision")
        : base(name) => counts = BinaryCounts.Of("Precision", threshold, topK, classId);

    /// <summary>The part; 0 where no positive is predicted.</summary>
    public override double Result
    {
        get
        {
            double all = counts.TruePositives + counts.FalsePositives;
            return all == 0 ? 0 : counts.TruePositives / all;
        }
    }

    /// <inheritdoc/>
    public override void Reset() => counts.Reset();

    /// <inheritdoc/>
    public override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null) =>
        counts.Update(target, prediction, sampleWeight);
}
