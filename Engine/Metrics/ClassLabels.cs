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
            if (prediction.Rank == 0 || target.Rank == 0 || target.Length != prediction.Length || target.Shape[0] != prediction.Shape[0])
                throw Mismatch(metric, target, prediction);
            Shape samples = prediction.Rank <= 1 ? prediction.Shape : prediction.Shape.Remove(-1);
            return (target.Cast(DType.Int32).Reshape(samples), (prediction > threshold).Cast(DType.Int32).Reshape(samples));
        }
        Tensor predicted = prediction.ArgMax();
        if (target.Shape == prediction.Shape) return (target.ArgMax(), predicted);
        Shape rows = predicted.Shape;
        if (target.Shape == rows || target.Shape == rows.Insert(-1, 1)) return (target.Cast(DType.Int32).Reshape(rows), predicted);
        throw Mismatch(metric, target, prediction);
    }

    /// <summary>The classes that one-hot targets of the prediction's shape name.</summary>
    public static Tensor OneHot(string metric, Tensor target, Tensor prediction)
    {
        RequireScores(metric, prediction);
        return target.Shape == prediction.Shape
            ? target.ArgMax()
            : throw Fail.Shape(
                metric,
                $"a target of shape {target.Shape} for a prediction of shape {prediction.Shape}",
                $"give a one-hot row for each row of the prediction, or use the metric for labels that are integers");
    }

    /// <summary>The classes that labels name, one for each row of the prediction.</summary>
    public static Tensor Sparse(string metric, Tensor target, Tensor prediction)
    {
        RequireScores(metric, prediction);
        Shape rows = prediction.Shape.Remove(-1);
        if (target.Shape != rows && target.Shape != rows.Insert(-1, 1))
        {
            throw Fail.Shape(
                metric,
                $"labels of shape {target.Shape} for a prediction of shape {prediction.Shape}",
                $"give labels of shape {rows}");
        }
        if (!target.DType.IsInteger())
            throw Fail.DType(metric, $"labels of type {target.DType}", "give integers, converted with Cast(DType.Int32)");
        Tensor labels = target.Cast(DType.Int32).Reshape(rows);
        RequireClasses(metric, "label", labels.AsSpan<int>(), prediction.Shape[^1]);
        return labels;
    }

    /// <summary>Whether the score of each row's class is one of its k largest: fewer than k are larger.</summary>
    public static Tensor AmongLargest(Tensor prediction, Tensor classes, int k)
    {
        Tensor score = prediction.TakeAlongAxis(classes.ExpandDims(-1));
        Tensor larger = (prediction > score).Cast(DType.Int32).Sum(-1);
        Tensor isNumber = score.EqualTo(score).Squeeze(-1);
        return Tensor.Where(isNumber, larger < k, isNumber);
    }

    /// <summary>Refuses what is no class, with its place.</summary>
    public static void RequireClasses(string metric, string what, ReadOnlySpan<int> labels, int classes)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
                throw Fail.Value(metric, $"{what} {i} is {labels[i]}, and there are {classes} classes", $"use 0 to {classes - 1}");
        }
    }

    private static void RequireScores(string metric, Tensor prediction)
    {
        Fail.UnlessFloat(metric, prediction);
        if (prediction.Rank < 2 || prediction.Shape[^1] == 0)
            throw Fail.Shape(metric, $"a prediction of shape {prediction.Shape}", "give a score for each class, [batch, …, classes]");
    }

    private static ShapeException Mismatch(string metric, Tensor target, Tensor prediction) => Fail.Shape(
        metric,
        $"a target of shape {target.Shape} for a prediction of shape {prediction.Shape}",
        "give one label, or a one-hot row, for each row of the prediction");
}
