namespace Engine.Losses;

/// <summary>−Σ α·(1 − p(c))^γ·y(c)·ln p(c) over the classes, for targets that are one-hot or probabilities. F-S14.</summary>
/// <remarks>
/// Lin et al. 2017, for several classes: what is right already counts little. Probabilities that a softmax made are taken back to its
/// logits, as in <see cref="CategoricalCrossentropy"/>; others are divided by their sum and kept 1e-7 from 0 and 1, as in Keras.
/// </remarks>
public sealed class CategoricalFocalCrossentropy : Loss
{
    private readonly double[] alpha;

    /// <summary>Creates the loss with one weight for all classes.</summary>
    /// <param name="alpha">α, 0 or more; 0.25 by default.</param>
    /// <param name="gamma">γ, 0 or more; 2 by default.</param>
    /// <param name="fromLogits">Whether predictions are scores before the softmax; false, probabilities, by default.</param>
    /// <param name="labelSmoothing">s, from 0 to 1: y(1 − s) + s/classes stands for y. 0 by default.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public CategoricalFocalCrossentropy(
        double alpha = 0.25,
        double gamma = 2,
        bool fromLogits = false,
        double labelSmoothing = 0,
        LossReduction reduction = LossReduction.SumOverBatchSize)
        : this([alpha], gamma, fromLogits, labelSmoothing, reduction)
    {
    }

    /// <summary>Creates the loss with a weight for each class.</summary>
    /// <param name="alpha">α for each class, 0 or more.</param>
    /// <param name="gamma">γ, 0 or more; 2 by default.</param>
    /// <param name="fromLogits">Whether predictions are scores before the softmax; false, probabilities, by default.</param>
    /// <param name="labelSmoothing">s, from 0 to 1: y(1 − s) + s/classes stands for y. 0 by default.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range, or there is no weight.</exception>
    public CategoricalFocalCrossentropy(
        IReadOnlyList<double> alpha,
        double gamma = 2,
        bool fromLogits = false,
        double labelSmoothing = 0,
        LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction)
    {
        ArgumentNullException.ThrowIfNull(alpha);
        if (alpha.Count == 0) throw Fail.Value("CategoricalFocalCrossentropy", "alpha is empty", "give a weight for each class");
        foreach (double weight in alpha)
        {
            if (!(double.IsFinite(weight) && weight >= 0))
                throw Fail.Value("CategoricalFocalCrossentropy", $"alpha is {weight}", "give finite numbers, 0 or more");
        }
        FocalFactor.Require("CategoricalFocalCrossentropy", gamma);
        RequireSmoothing(labelSmoothing);
        this.alpha = [.. alpha];
        Gamma = gamma;
        FromLogits = fromLogits;
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>α: one number for all classes, or one for each.</summary>
    public IReadOnlyList<double> Alpha => alpha;

    /// <summary>γ.</summary>
    public double Gamma { get; }

    /// <summary>Whether predictions are scores before the softmax.</summary>
    public bool FromLogits { get; }

    /// <summary>s: y(1 − s) + s/classes stands for y.</summary>
    public double LabelSmoothing { get; }

    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        if (prediction.Rank < 2)
            throw Fail.Shape("CategoricalFocalCrossentropy", $"a prediction of shape {prediction.Shape}", "give [batch, …, classes]");
        (Tensor y, Tensor p) = Align(target, prediction);
        if (alpha.Length > 1 && alpha.Length != p.Shape[^1])
        {
            throw Fail.Shape(
                "CategoricalFocalCrossentropy",
                $"{alpha.Length} weights alpha for a prediction of shape {p.Shape}",
                "give one for each class, or one number");
        }
        if (LabelSmoothing != 0) y = y * (1 - LabelSmoothing) + LabelSmoothing / y.Shape[^1];
        Tensor? logits = Probabilities.Logits(p, FromLogits, ProbabilityKind.Softmax);
        Tensor logP = logits is null ? Probabilities.LogOf(p, Epsilon) : logits.LogSoftmax();
        Tensor loss = FocalFactor.Of(1 - logP.Exp(), Gamma) * (y * logP);
        return alpha.Length == 1 ? loss.Sum(-1) * -alpha[0] : -(loss * Tensor.From(alpha).Cast(loss.DType)).Sum(-1);
    }

    private protected override string Remedy(Tensor target, Tensor prediction) => Probabilities.ClassRemedy(target, prediction);
}
