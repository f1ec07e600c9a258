using System.Runtime.InteropServices;
using Engine.Losses;

namespace Engine.Metrics;

/// <summary>
/// The area under the receiver operating characteristic: the probability that a positive scores above a negative, ties counted half. F-M1.
/// </summary>
/// <remarks>
/// Exact (Hanley and McNeil 1982), from all scores, which are kept: 24 bytes an element. Keras approximates it by 200 thresholds. Every
/// element counts by itself, against targets of the prediction's shape that are 0 or not.
/// </remarks>
public sealed class AUC : Metric
{
    private readonly List<Entry> entries = [];

    /// <summary>Creates the metric.</summary>
    /// <param name="name">Its name; <c>auc</c> by default.</param>
    public AUC(string name = "auc")
        : base(name)
    {
    }

    /// <summary>The area; 0 where there are no positives or no negatives.</summary>
    public override double Result
    {
        get
        {
            Entry[] sorted = [.. entries];
            // A stable order of equals, by their arrival, keeps the sums' bits.
            Array.Sort(sorted, static (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : a.Place.CompareTo(b.Place));
            double area = 0, below = 0, positives = 0;
            for (int i = 0; i < sorted.Length;)
            {
                double up = 0, down = 0;
                for (double score = sorted[i].Score; i < sorted.Length && sorted[i].Score == score; i++)
                {
                    if (sorted[i].Positive) up += sorted[i].Weight;
                    else down += sorted[i].Weight;
                }
                area += up * (below + down / 2);
                below += down;
                positives += up;
            }
            return positives == 0 || below == 0 ? 0 : area / (positives * below);
        }
    }

    /// <inheritdoc/>
    public override void Reset() => entries.Clear();

    /// <inheritdoc/>
    /// <exception cref="ValueException">A score is NaN.</exception>
    public override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null)
    {
        using var scope = new TensorScope();
        MetricCheck.SameElements("AUC", target, prediction);
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights("AUC", sampleWeight, prediction.Shape, DType.Float64).BroadcastTo(prediction.Shape);
        ReadOnlySpan<double> y = target.Cast(DType.Float64).AsSpan<double>(), p = prediction.Cast(DType.Float64).AsSpan<double>();
        ReadOnlySpan<double> w = weights is null ? default : weights.AsSpan<double>();
        for (int i = 0; i < p.Length; i++)
        {
            if (double.IsNaN(p[i]))
                throw Fail.Value("AUC", $"score {i} of a prediction of shape {prediction.Shape} is NaN", "look for what made it");
        }
        for (int i = 0; i < p.Length; i++)
            entries.Add(new Entry(p[i], weights is null ? 1 : w[i], entries.Count, y[i] != 0));
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(double Score, double Weight, int Place, bool Positive);
}
