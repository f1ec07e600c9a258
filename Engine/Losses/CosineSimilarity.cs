namespace Engine.Losses;

/// <summary>−Σ y·ŷ / (‖y‖·‖ŷ‖) along an axis: −1 for the same direction, 0 for orthogonal vectors, 1 for opposite ones. F-S12.</summary>
/// <remarks>A norm below 10⁻⁷ counts as 10⁻⁷, so a vector of zeros has loss 0, as in Keras.</remarks>
public sealed class CosineSimilarity : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="axis">The axis along which vectors lie; the last by default.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    public CosineSimilarity(int axis = -1, LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction) => Axis = axis;

    /// <summary>The axis along which vectors lie.</summary>
    public int Axis { get; }

    /// <summary>One loss for each vector.</summary>
    /// <param name="target">What was wanted.</param>
    /// <param name="prediction">What came.</param>
    /// <returns>A tensor of the prediction's shape without <see cref="Axis"/>.</returns>
    /// <exception cref="ShapeException">The shapes do not fit each other.</exception>
    /// <exception cref="DTypeException">The prediction is not floating point.</exception>
    /// <exception cref="ValueException">The prediction has no such axis.</exception>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        if (Axis < -predicted.Rank || Axis >= predicted.Rank)
        {
            throw Fail.Value(
                "CosineSimilarity",
                $"axis {Axis} of a prediction of shape {predicted.Shape}",
                $"use {-predicted.Rank} to {predicted.Rank - 1}");
        }
        return -(Unit(y) * Unit(predicted)).Sum(Axis);
    }

    private Tensor Unit(Tensor x) => x * x.Square().Sum(Axis, keepDims: true).Clip(Epsilon * Epsilon, double.PositiveInfinity).Rsqrt();
}
