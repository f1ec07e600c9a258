namespace Engine.Losses;

/// <summary>max(0, 1 + max over the other classes of ŷ(c) − ŷ(label)), for one-hot targets. F-S10.</summary>
/// <remarks>
/// Crammer and Singer 2001. In Keras' form, max(0, 1 + max (1 − y(c))·ŷ(c) − Σ y(c)·ŷ(c)), the label's own class takes part in the
/// maximum with 0. Equal largest classes share the derivative as <see cref="Tensor.Max"/> does.
/// </remarks>
/// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
public sealed class CategoricalHinge(LossReduction reduction = LossReduction.SumOverBatchSize) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        Tensor right = (y * predicted).Sum(-1), wrong = ((1 - y) * predicted).Max([-1]);
        return (wrong - right + 1).ReLU();
    }
}
