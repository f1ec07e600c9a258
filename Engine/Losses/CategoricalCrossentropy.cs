namespace Engine.Losses;

/// <summary>−Σ y(c) ln p(c) over the classes, for targets that are one-hot or probabilities. F-S2.</summary>
/// <remarks>
/// Probabilities that a softmax made are taken back to its logits, whose loss is ln Σ eˣ − Σ y(c)·x(c): finite for logits of any size and
/// with the gradient p − y. The gradient then goes to the logits and not through the probabilities. Others are divided by their sum and
/// kept 1e-7 from 0 and 1, as in Keras.
/// </remarks>
public sealed class CategoricalCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="fromLogits">Whether predictions are scores before the softmax; false, probabilities, by default.</param>
    /// <param name="labelSmoothing">s, from 0 to 1: y(1 − s) + s/classes stands for y. 0 by default. Szegedy et al. 2016.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">The smoothing lies outside [0, 1].</exception>
    public CategoricalCrossentropy(
        bool fromLogits = false, double labelSmoothing = 0, LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction)
    {
        RequireSmoothing(labelSmoothing);
        FromLogits = fromLogits;
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>Whether predictions are scores before the softmax.</summary>
    public bool FromLogits { get; }

    /// <summary>s: y(1 − s) + s/classes stands for y.</summary>
    public double LabelSmoothing { get; }

    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        if (prediction.Rank < 2)
            throw Fail.Shape("CategoricalCrossentropy", $"a prediction of shape {prediction.Shape}", "give [batch, …, classes]");
        (Tensor y, Tensor p) = Align(target, prediction);
        if (LabelSmoothing != 0) y = y * (1 - LabelSmoothing) + LabelSmoothing / y.Shape[^1];
        return Probabilities.Logits(p, FromLogits, ProbabilityKind.Softmax) is { } logits
            ? Tensor.SoftmaxCrossEntropy(logits, y)
            : -(y * Probabilities.LogOf(p, Epsilon)).Sum(-1);
    }

    private protected override string Remedy(Tensor target, Tensor prediction) => Probabilities.ClassRemedy(target, prediction);
}
