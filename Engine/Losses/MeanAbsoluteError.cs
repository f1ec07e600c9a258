namespace Engine.Losses;

/// <summary>The mean of |y − ŷ| over the last axis. F-S5.</summary>
/// <remarks>The derivative at y = ŷ is 0.</remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class MeanAbsoluteError(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return (y - predicted).Abs().Mean(-1);
    }
}
