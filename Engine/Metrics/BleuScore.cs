using System.Globalization;

namespace Engine.Metrics;

/// <summary>A BLEU score and what it is made of. F-M1.</summary>
public sealed class BleuScore
{
    internal BleuScore(
        double score, double[] precisions, double brevityPenalty, long[] correct, long[] total, long hypothesis, long reference)
    {
        (Score, Precisions, BrevityPenalty, Correct, Total) = (score, precisions, brevityPenalty, correct, total);
        (HypothesisLength, ReferenceLength) = (hypothesis, reference);
    }

    /// <summary>The score, 0 to 100.</summary>
    public double Score { get; }

    /// <summary>The precisions of 1-grams to 4-grams, 0 to 100, as they entered the score.</summary>
    public IReadOnlyList<double> Precisions { get; }

    /// <summary>exp(1 − r/c) for hypotheses shorter than their references, else 1.</summary>
    public double BrevityPenalty { get; }

    /// <summary>The n-grams of the hypotheses that are in their references, each counted at most as often as there.</summary>
    public IReadOnlyList<long> Correct { get; }

    /// <summary>The n-grams of the hypotheses.</summary>
    public IReadOnlyList<long> Total { get; }

    /// <summary>c, the tokens of the hypotheses.</summary>
    public long HypothesisLength { get; }

    /// <summary>r, the tokens of their references; of several for one hypothesis the one closest in length.</summary>
    public long ReferenceLength { get; }

    /// <summary>The score on one line, in the form of sacreBLEU.</summary>
    public override string ToString()
    {
        double ratio = ReferenceLength == 0 ? 0 : (double)HypothesisLength / ReferenceLength;
        string precisions = string.Join('/', Precisions.Select(precision => precision.ToString("F1", CultureInfo.InvariantCulture)));
        return string.Create(CultureInfo.InvariantCulture, $"BLEU = {Score:F2} {precisions} (BP = {BrevityPenalty:F3} ratio = {ratio:F3} "
            + $"hyp_len = {HypothesisLength} ref_len = {ReferenceLength})");
    }
}
