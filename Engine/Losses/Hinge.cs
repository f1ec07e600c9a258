namespace Engine.Losses;

/// <summary>The mean of max(1 − y·ŷ, 0) over the last axis, for targets −1 and 1. F-S10.</summary>
/// <remarks>
/// Cortes and Vapnik 1995. Where all targets of a batch are 0 or 1, they count as −1 and 1, as in Keras. The derivative at the kink is 0.
/// </remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class Hinge(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return (1 - Signs(y) * predicted).ReLU().Mean(-1);
    }
}
