namespace Engine.Metrics;

/// <summary>What metrics refuse.</summary>
internal static class MetricCheck
{
    public static double Threshold(string metric, double threshold) => double.IsNaN(threshold)
        ? throw Fail.Value(metric, "threshold is NaN", "give a number")
        : threshold;

    public static int AtLeastOne(string metric, string parameter, int value) => value >= 1
        ? value
        : throw Fail.Value(metric, $"{parameter} is {value}", "give at least 1");

    /// <summary>A target with a number for each of a floating-point prediction's: of its shape, or without or with a last axis of
    /// length 1.</summary>
    public static void SameElements(string metric, Tensor target, Tensor prediction)
    {
        Fail.UnlessFloat(metric, prediction);
        bool sameValues = target.Length == prediction.Length && Math.Abs(target.Rank - prediction.Rank) == 1
            && (target.Rank > prediction.Rank ? target : prediction).Shape[^1] == 1;
        if (target.Shape != prediction.Shape && !sameValues)
        {
            throw Fail.Shape(
                metric,
                $"a target of shape {target.Shape} for a prediction of shape {prediction.Shape}",
                "give a target of the prediction's shape");
        }
    }
}
