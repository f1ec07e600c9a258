namespace Engine.Losses;

/// <summary>(1 − p(y))^γ times the binary cross-entropy, p(y) = y·p + (1 − y)(1 − p), the mean over the last axis. F-S14.</summary>
/// <remarks>
/// Lin et al. 2017: what is right already counts little. Probabilities that a sigmoid made are taken back to its logits, as in
/// <see cref="BinaryCrossentropy"/>; others are kept 1e-7 from 0 and 1 in the logarithms, as in Keras.
/// </remarks>
public sealed class BinaryFocalCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="applyClassBalancing">Whether class 1 weighs α and class 0 weighs 1 − α; false by default.</param>
    /// <param name="alpha">α, from 0 to 1; 0.25 by default.</param>
    /// <param name="gamma">γ, 0 or more; 2 by default.</param>
    /// <param name="fromLogits">Whether predictions are scores before the sigmoid; false, probabilities, by default.</param>
    /// <param name="labelSmoothing">s, from 0 to 1: y(1 − s) + s/2 stands for y. 0 by default.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public BinaryFocalCrossentropy(
        bool applyClassBalancing = false,
        double alpha = 0.25,
        double gamma = 2,
        bool fromLogits = false,
        double labelSmoothing = 0,
        LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction)
    {
        if (!(alpha is >= 0 and <= 1))
            throw Fail.Value("BinaryFocalCrossentropy", $"alpha is {alpha}", "give a number from 0 to 1");
        FocalFactor.Require("BinaryFocalCrossentropy", gamma);
        RequireSmoothing(labelSmoothing);
        ApplyClassBalancing = applyClassBalancing;
        Alpha = alpha;
        Gamma = gamma;
        FromLogits = fromLogits;
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>Whether class 1 weighs α and class 0 weighs 1 − α.</summary>
    public bool ApplyClassBalancing { get; }

    /// <summary>α.</summary>
    public double Alpha { get; }

    /// <summary>γ.</summary>
    public double Gamma { get; }

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
        Tensor loss = origin is null ? Probabilities.BinaryCrossEntropy(y, p, Epsilon) : Tensor.SigmoidCrossEntropy(p, y);
        if (origin is not null) p = p.Sigmoid();
        loss *= FocalFactor.Of(1 - (y * p + (1 - y) * (1 - p)), Gamma);
        if (ApplyClassBalancing) loss *= y * (2 * Alpha - 1) + (1 - Alpha);
        return loss.Mean(-1);
    }
}
