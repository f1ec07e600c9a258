namespace Engine.Losses;

/// <summary>The mean of (y − ŷ)² over the last axis. F-S1.</summary>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class MeanSquaredError(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return (y - predicted).Square().Mean(-1);
    }
}
