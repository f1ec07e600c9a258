using Engine.Losses;

namespace Engine.Metrics;

/// <summary>The weighted numbers of right and wrong yes and no, which <see cref="Precision"/> and <see cref="Recall"/> divide.</summary>
internal sealed class BinaryCounts(string metric, double threshold, int? topK, int? classId)
{
    public double TruePositives { get; private set; }

    public double FalsePositives { get; private set; }

    public double FalseNegatives { get; private set; }

    /// <summary>Counts with checked parameters: a top k has no threshold unless one is given.</summary>
    public static BinaryCounts Of(string metric, double? threshold, int? topK, int? classId)
    {
        if (topK is { } k) MetricCheck.AtLeastOne(metric, "topK", k);
        if (classId is { } id && id < 0) throw Fail.Value(metric, $"classId is {id}", "give 0 or more");
        double above = threshold ?? (topK is null ? 0.5 : double.NegativeInfinity);
        return new BinaryCounts(metric, MetricCheck.Threshold(metric, above), topK, classId);
    }

    public void Reset() => TruePositives = FalsePositives = FalseNegatives = 0;

    public void Update(Tensor target, Tensor prediction, Tensor? sampleWeight)
    {
        using var scope = new TensorScope();
        MetricCheck.SameElements(metric, target, prediction);
        Tensor positive = prediction > threshold;
        if (topK is { } k)
        {
            if (prediction.Rank < 2)
                throw Fail.Shape(metric, $"topK of a prediction of shape {prediction.Shape}", "give [batch, …, classes]");
            if (k < prediction.Shape[^1])
            {
                // The place in the order, not the score, decides between equals: exactly k are chosen, the first ones, as in Keras.
                Tensor places = prediction.ArgSort(-1, descending: true).ArgSort(-1);
                positive = Tensor.Where(places < k, positive, Tensor.Zeros([], DType.Bool));
            }
        }
        Tensor wanted = target.Reshape(prediction.Shape).Cast(DType.Float64), found = positive.Cast(DType.Float64);
        if (classId is { } id)
        {
            if (prediction.Rank < 2 || id >= prediction.Shape[^1])
                throw Fail.Value(metric, $"classId {id} of a prediction of shape {prediction.Shape}", "name one of the last axis' classes");
            Tensor chosen = Tensor.From(id);
            (wanted, found) = (wanted.Gather(chosen, -1), found.Gather(chosen, -1));
        }
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights(metric, sampleWeight, found.Shape, DType.Float64).BroadcastTo(found.Shape);
        ReadOnlySpan<double> y = wanted.AsSpan<double>(), p = found.AsSpan<double>();
        ReadOnlySpan<double> w = weights is null ? default : weights.AsSpan<double>();
        for (int i = 0; i < y.Length; i++)
        {
            double counted = weights is null ? 1 : w[i];
            if (y[i] != 0 && p[i] != 0) TruePositives += counted;
            else if (p[i] != 0) FalsePositives += counted;
            else if (y[i] != 0) FalseNegatives += counted;
        }
    }
}
