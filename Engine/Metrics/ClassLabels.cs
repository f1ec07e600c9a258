namespace Engine.Metrics;

/// <summary>The classes that a target and a prediction stand for, resolved by their shapes as Keras does.</summary>
internal static class ClassLabels
{
    /// <summary>The wanted and the predicted class of each sample, or of each step of each sample, as Int32.</summary>
    /// <remarks>
    /// A prediction of one number a sample is a probability that is compared with the threshold; one of several is a score for each class,
    /// of which the largest counts. Targets are integers, or one-hot where they have the prediction's shape.
    /// </remarks>
    public static (Tensor Wanted, Tensor Predicted) Of(string metric, Tensor target, Tensor prediction, double threshold)
    {
        Fail.UnlessFloat(metric, prediction);
        if (prediction.Rank <= 1 || prediction.Shape[^1] == 1)
        {
            if (target.Length != prediction.Length || target.Shape[0] != prediction.Shape[0]) throw Mismatch(metric, target, prediction);
            return (target.Cast(DType.Int32).Flatten(), (prediction > threshold).Cast(DType.Int32).Flatten());
        }
        Shape rows = prediction.Shape.Remove(-1);
        Tensor predicted = prediction.ArgMax().Flatten();
        if (target.Shape == prediction.Shape) return (target.ArgMax().Flatten(), predicted);
        if (target.Shape == rows || target.Shape == rows.Insert(-1, 1)) return (target.Cast(DType.Int32).Flatten(), predicted);
        throw Mismatch(metric, target, prediction);
    }

    private static ShapeException Mismatch(string metric, Tensor target, Tensor prediction) => Fail.Shape(
        metric,
        $"a target of shape {target.Shape} for a prediction of shape {prediction.Shape}",
        "give one label, or a one-hot row, for each row of the prediction");
}
