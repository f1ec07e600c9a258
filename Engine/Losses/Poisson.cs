namespace Engine.Losses;

/// <summary>The mean of ŷ − y·ln(ŷ + 10⁻⁷) over the last axis, for counts y and positive rates ŷ. F-S13.</summary>
/// <remarks>
/// The negative logarithm of the Poisson probability without ln y!, as in Keras. A rate below −10⁻⁷ gives NaN: make rates with
/// <c>Exp</c> or <c>Softplus</c>.
/// </remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class Poisson(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return (predicted - y * (predicted + Epsilon).Log()).Mean(-1);
    }
}
