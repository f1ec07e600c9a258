namespace Engine.Losses;

/// <summary>What losses on probabilities share.</summary>
internal static class Probabilities
{
    /// <summary>The prediction itself where it is logits, the logits that it was made of where they are known, else null.</summary>
    public static Tensor? Logits(Tensor prediction, bool fromLogits, ProbabilityKind kind) =>
        fromLogits ? prediction : prediction.Probability?.LogitsOf(prediction, kind);

    /// <summary>ln p for probabilities over the last axis, divided by their sum and kept away from 0 and 1.</summary>
    public static Tensor LogOf(Tensor p, double epsilon) => (p / p.Sum(-1, keepDims: true)).Clip(epsilon, 1 - epsilon).Log();

    /// <summary>−y ln p − (1 − y) ln(1 − p) for probabilities kept away from 0 and 1, one an element.</summary>
    public static Tensor BinaryCrossEntropy(Tensor y, Tensor p, double epsilon)
    {
        p = p.Clip(epsilon, 1 - epsilon);
        return -(y * p.Log() + (1 - y) * (1 - p).Log());
    }

    /// <summary>What to do about a target that does not give each class its probability.</summary>
    public static string ClassRemedy(Tensor target, Tensor prediction) => target.Rank == prediction.Rank - 1
        ? "give one probability for each class, or use SparseCategoricalCrossentropy for labels that are integers"
        : "give one probability for each class, of the prediction's shape";
}
