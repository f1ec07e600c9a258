namespace Engine.Losses;

/// <summary>What losses on probabilities share.</summary>
internal static class Probabilities
{
    /// <summary>The prediction itself where it is logits, the logits that it was made of where they are known, else null.</summary>
    public static Tensor? Logits(Tensor prediction, bool fromLogits, ProbabilityKind kind) =>
        fromLogits ? prediction : prediction.Probability?.LogitsOf(prediction, kind);

    /// <summary>ln p for probabilities over the last axis, divided by their sum and kept away from 0 and 1.</summary>
    public static Tensor LogOf(Tensor p, double epsilon) => (p / p.Sum(-1, keepDims: true)).Clip(epsilon, 1 - epsilon).Log();
}
