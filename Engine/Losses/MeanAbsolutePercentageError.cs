namespace Engine.Losses;

/// <summary>100 times the mean of |y − ŷ| / max(|y|, 10⁻⁷) over the last axis. F-S6.</summary>
/// <remarks>Targets near 0 make it very large, as in Keras.</remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class MeanAbsolutePercentageError(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return ((y - predicted) / y.Abs().Clip(Epsilon, double.PositiveInfinity)).Abs().Mean(-1) * 100;
    }
}
