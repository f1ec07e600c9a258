namespace Engine.Losses;

/// <summary>How far a prediction is from its target, as one number to make small.</summary>
/// <remarks>One of one's own overrides <see cref="PerSample"/>, written in operations, which have their gradients.</remarks>
public abstract class Loss
{
    // Keras' distance that a probability keeps from 0 and 1 before its logarithm is taken.
    private protected const double Epsilon = 1e-7;

    /// <summary>The mean over the batch and all other axes.</summary>
    /// <param name="target">What was wanted; converted to the prediction's type.</param>
    /// <param name="prediction">What came, a batch of Float32 or Float64.</param>
    /// <returns>A scalar of the prediction's type.</returns>
    /// <exception cref="ShapeException">The shapes do not fit each other.</exception>
    /// <exception cref="DTypeException">The prediction is not floating point, or the target has a type that the loss cannot
    /// take.</exception>
    public virtual Tensor Compute(Tensor target, Tensor prediction) => PerSample(target, prediction).Mean();

    /// <summary>The values that <see cref="Compute"/> takes the mean of: one for each sample, or for each step of each sample.</summary>
    /// <param name="target">What was wanted.</param>
    /// <param name="prediction">What came, […, outputs].</param>
    /// <returns>A tensor of the prediction's shape without the last axis.</returns>
    /// <exception cref="ShapeException">The shapes do not fit each other.</exception>
    /// <exception cref="DTypeException">The prediction is not floating point, or the target has a type that the loss cannot
    /// take.</exception>
    public abstract Tensor PerSample(Tensor target, Tensor prediction);

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
}
