namespace Engine.Losses;

/// <summary>The mean of (ln(1 + y) − ln(1 + ŷ))² over the last axis. F-S7.</summary>
/// <remarks>Values below 10⁻⁷, negative ones too, count as 10⁻⁷, as in Keras; a prediction there has no derivative.</remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class MeanSquaredLogarithmicError(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return (LogOnePlus(y) - LogOnePlus(predicted)).Square().Mean(-1);

        static Tensor LogOnePlus(Tensor x) => x.Clip(Epsilon, double.PositiveInfinity).Log1p();
    }
}
