namespace Engine.Metrics;

/// <summary>How generated samples spread over classes, as a classifier sees them. F-N18.</summary>
/// <param name="Counts">How many samples each class has.</param>
/// <param name="Covered">How many classes have at least the least share.</param>
/// <param name="RarestShare">The share of the rarest class.</param>
/// <param name="Evenness">−Σ p ln p / ln classes: 1 when all classes are equally frequent, 0 when there is one.</param>
/// <param name="ConfidentShare">The part of the samples whose class has a probability of at least the confidence.</param>
public sealed record ModeCoverage(IReadOnlyList<int> Counts, int Covered, double RarestShare, double Evenness, double ConfidentShare);
