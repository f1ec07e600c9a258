using Engine.Losses;

namespace Engine.Metrics;

/// <summary>A metric that is a mean of one value for each sample, or each of its steps: Σ w·value / Σ w. F-M1.</summary>
/// <remarks>One of one's own overrides <see cref="Values"/>. The sums are in double and in the samples' order.</remarks>
public abstract class MeanMetric : Metric
{
    private double total;
    private double weight;

    /// <summary>Starts a metric.</summary>
    /// <param name="name">Its name, under which a history keeps it.</param>
    /// <exception cref="ValueException">The name is empty.</exception>
    protected MeanMetric(string name)
        : base(name)
    {
    }

    /// <summary>The mean; 0 where there is nothing, or nothing with a weight.</summary>
    public override double Result => weight == 0 ? 0 : total / weight;

    /// <summary>Whether nothing counted so far.</summary>
    private protected bool IsEmpty => weight == 0;

    /// <inheritdoc/>
    public sealed override void Reset() => total = weight = 0;

    /// <inheritdoc/>
    public sealed override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null)
    {
        using var scope = new TensorScope();
        Tensor values = Values(target, prediction);
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights(GetType().Name, sampleWeight, values.Shape, DType.Float64).BroadcastTo(values.Shape);
        if (Counted(target, prediction) is { } kept)
            weights = weights is null ? kept.Cast(DType.Float64) : Tensor.Where(kept, weights, Tensor.ZerosLike(weights));
        // One number after the other: batches of any size give the same bits.
        ReadOnlySpan<double> each = values.Cast(DType.Float64).AsSpan<double>();
        ReadOnlySpan<double> counted = weights is null ? default : weights.AsSpan<double>();
        for (int i = 0; i < each.Length; i++)
        {
            double w = weights is null ? 1 : counted[i];
            // What does not count may well be NaN.
            if (w == 0) continue;
            total += w * each[i];
            weight += w;
        }
    }

    /// <summary>The values to take the mean of; truth values count as 0 and 1.</summary>
    /// <param name="target">What was wanted.</param>
    /// <param name="prediction">What came.</param>
    /// <returns>One value for each sample [N], or for each of its steps [N, T].</returns>
    protected abstract Tensor Values(Tensor target, Tensor prediction);

    /// <summary>Truth values of the values' shape, false for those that the target itself takes out; null when there are none.</summary>
    private protected virtual Tensor? Counted(Tensor target, Tensor prediction) => null;
}
