namespace Engine.Losses;

/// <summary>−y ln p − (1 − y) ln(1 − p), the mean over the last axis. F-S4.</summary>
/// <remarks>
/// Probabilities that a sigmoid made are taken back to its logits, whose loss is max(x, 0) − x·y + ln(1 + e^−|x|): finite for logits of any
/// size and with the gradient p − y. The gradient then goes to the logits and not through the probabilities. Others are kept 1e-7 from 0
/// and 1, as in Keras.
/// </remarks>
public sealed class BinaryCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="fromLogits">Whether predictions are scores before the sigmoid; false, probabilities, by default.</param>
    /// <param name="labelSmoothing">s, from 0 to 1: y(1 − s) + s/2 stands for y. 0 by default.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">The smoothing lies outside [0, 1].</exception>
    public BinaryCrossentropy(
        bool fromLogits = false, double labelSmoothing = 0, LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction)
    {
        RequireSmoothing(labelSmoothing);
        FromLogits = fromLogits;
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>Whether predictions are scores before the sigmoid.</summary>
    public bool FromLogits { get; }

    /// <summary>s: y(1 − s) + s/2 stands for y.</summary>
    public double LabelSmoothing { get; }

    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        Tensor? origin = Probabilities.Logits(prediction, FromLogits, ProbabilityKind.Sigmoid);
        (Tensor y, Tensor p) = Align(target, origin ?? prediction);
        if (LabelSmoothing != 0) y = y * (1 - LabelSmoothing) + LabelSmoothing / 2;
        return (origin is null ? Probabilities.BinaryCrossEntropy(y, p, Epsilon) : Tensor.SigmoidCrossEntropy(p, y)).Mean(-1);
    }
}
