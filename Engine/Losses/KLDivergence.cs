namespace Engine.Losses;

/// <summary>Σ y(c)·ln(y(c) / ŷ(c)) over the last axis: how far the distribution ŷ is from y. F-S11.</summary>
/// <remarks>
/// Kullback and Leibler 1951. Probabilities are kept in [10⁻⁷, 1], as in Keras; a prediction outside has no derivative.
/// </remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class KLDivergence(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        (y, predicted) = (y.Clip(Epsilon, 1), predicted.Clip(Epsilon, 1));
        return (y * (y / predicted).Log()).Sum(-1);
    }
}
