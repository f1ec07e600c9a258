namespace Engine.Losses;

/// <summary>The mean of ln cosh(ŷ − y) over the last axis: about e²/2 for small errors e and |e| − ln 2 for large ones. F-S9.</summary>
/// <remarks>Computed as e + ln(1 + e^−2e) − ln 2, which is finite for errors of any size.</remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class LogCosh(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        Tensor error = predicted - y;
        return (error + (error * -2).Softplus() - Math.Log(2)).Mean(-1);
    }
}
