namespace Engine.Losses;

/// <summary>How far a prediction is from its target, as one number to make small.</summary>
/// <remarks>One of one's own overrides <see cref="PerSample"/>, written in operations, which have their gradients.</remarks>
public abstract class Loss
{
    // Keras' distance that a probability keeps from 0 and 1 before its logarithm is taken.
    private protected const double Epsilon = 1e-7;

    /// <summary>Starts a loss.</summary>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">There is no such reduction.</exception>
    protected Loss(LossReduction reduction = LossReduction.SumOverBatchSize)
    {
        if (!Enum.IsDefined(reduction))
            throw Fail.Value(GetType().Name, $"reduction is {(int)reduction}", "give a member of LossReduction");
        Reduction = reduction;
    }

    /// <summary>How the samples' losses become one number.</summary>
    public LossReduction Reduction { get; }

    /// <summary>The samples' losses, weighted, masked and reduced: by default Σ w·loss / n. F-S15.</summary>
    /// <remarks>
    /// As in Keras 3: weights multiply the losses, and the sum is divided by the number n of losses, not by the sum of the weights. What
    /// the mask leaves out counts neither in the sum nor in n; where it leaves out everything the loss is 0. See <see cref="Reduction"/>.
    /// </remarks>
    /// <param name="target">What was wanted; converted to the prediction's type.</param>
    /// <param name="prediction">What came, a batch of Float32 or Float64.</param>
    /// <param name="sampleWeight">w: one number for each sample [N], or one for each of the losses, such as [N, T]; null for 1.</param>
    /// <param name="mask">Truth values of the same shapes, false for what does not count, such as padding; null for none.</param>
    /// <returns>A scalar of the prediction's type; without reduction a tensor as <see cref="PerSample"/> gives.</returns>
    /// <exception cref="ShapeException">The shapes do not fit each other.</exception>
    /// <exception cref="DTypeException">The prediction is not floating point, the target has a type that the loss cannot take, the weights
    /// are truth values, or the mask is not.</exception>
    public Tensor Compute(Tensor target, Tensor prediction, Tensor? sampleWeight = null, Tensor? mask = null)
    {
        Tensor losses = PerSample(target, prediction);
        string name = GetType().Name;
        if (mask is not null) mask = SampleWeights.Mask(name, mask, losses.Shape).BroadcastTo(losses.Shape);
        if (Counted(target, prediction) is { } counted) mask = mask is null ? counted : Tensor.Where(mask, counted, mask);
        Tensor? weights = sampleWeight is null ? null : SampleWeights.Weights(name, sampleWeight, losses.Shape, losses.DType);
        if (mask is not null)
        {
            // Chosen, not multiplied: a step that does not count may well be infinite.
            losses = Tensor.Where(mask, losses, Tensor.ZerosLike(losses));
            if (weights is not null)
            {
                weights = weights.BroadcastTo(losses.Shape);
                weights = Tensor.Where(mask, weights, Tensor.ZerosLike(weights));
            }
        }
        if (weights is not null) losses *= weights;
        return Reduction switch
        {
            LossReduction.None => losses,
            LossReduction.Sum => losses.Sum(),
            LossReduction.MeanWithSampleWeight when weights is not null =>
                Ratio(losses.Sum(), weights.BroadcastTo(losses.Shape).Sum().ToScalar()),
            _ => mask is null ? losses.Mean() : Ratio(losses.Sum(), mask.Cast(DType.Int32).Sum().ToScalar()),
        };
    }

    /// <summary>The losses that <see cref="Compute"/> weighs and reduces: one for each sample, or for each step of each sample.</summary>
    /// <param name="target">What was wanted.</param>
    /// <param name="prediction">What came, […, outputs].</param>
    /// <returns>A tensor of the prediction's shape without the last axis.</returns>
    /// <exception cref="ShapeException">The shapes do not fit each other.</exception>
    /// <exception cref="DTypeException">The prediction is not floating point, or the target has a type that the loss cannot
    /// take.</exception>
    public abstract Tensor PerSample(Tensor target, Tensor prediction);

    /// <summary>Truth values of the losses' shape, false for those that the target itself takes out; null when there are none.</summary>
    internal virtual Tensor? Counted(Tensor target, Tensor prediction) => null;

    /// <summary>The target in the prediction's type and shape, and both with a last axis to take the mean of.</summary>
    private protected (Tensor Target, Tensor Prediction) Align(Tensor target, Tensor prediction)
    {
        Fail.UnlessFloat(GetType().Name, prediction);
        // [N] and [N, 1] are the same values.
        bool sameValues = target.Length == prediction.Length && Math.Abs(target.Rank - prediction.Rank) == 1
            && (target.Rank > prediction.Rank ? target : prediction).Shape[^1] == 1;
        if (target.Shape != prediction.Shape && !sameValues)
            throw Fail.Shape(
                GetType().Name,
                $"a target of shape {target.Shape} for a prediction of shape {prediction.Shape}",
                Remedy(target, prediction));
        // The prediction keeps its identity, and with it its memory of logits, unless it must be reshaped.
        Shape shape = prediction.Rank <= 1 ? [prediction.Length, 1] : prediction.Shape;
        return (target.Cast(prediction.DType).Reshape(shape), prediction.Rank <= 1 ? prediction.Reshape(shape) : prediction);
    }

    /// <summary>What to do about shapes that differ.</summary>
    private protected virtual string Remedy(Tensor target, Tensor prediction) => "give a target of the prediction's shape";

    /// <summary>Targets of a hinge: where all are 0 or 1, −1 and 1 stand for them.</summary>
    private protected static Tensor Signs(Tensor y) =>
        (y * (y - 1)).NotEqualTo(Tensor.ZerosLike(y)).Any().Cast(DType.Int32).ToScalar() == 0 ? y * 2 - 1 : y;

    /// <summary>Refuses a smoothing of labels that is not in [0, 1].</summary>
    private protected void RequireSmoothing(double labelSmoothing)
    {
        if (!(labelSmoothing is >= 0 and <= 1))
            throw Fail.Value(GetType().Name, $"labelSmoothing is {labelSmoothing}", "give a number from 0 to 1");
    }

    private static Tensor Ratio(Tensor sum, double count) => count == 0 ? sum * 0 : sum * (1 / count);
}
