namespace Engine;

/// <summary>Which function made probabilities of logits.</summary>
internal enum ProbabilityKind
{
    /// <summary>One probability for each class, over the last axis.</summary>
    Softmax,

    /// <summary>One probability for each element.</summary>
    Sigmoid,
}

/// <summary>Where probabilities come from: a loss on them goes back to the logits, which lose nothing where a probability rounds to 0 or 1.</summary>
internal sealed class ProbabilityOrigin
{
    private readonly Tensor logits;
    private readonly ProbabilityKind kind;
    private readonly int logitsVersion;
    private readonly int version;

    public ProbabilityOrigin(Tensor logits, Tensor probabilities, ProbabilityKind kind)
    {
        this.logits = logits;
        this.kind = kind;
        logitsVersion = logits.Storage.Version;
        version = probabilities.Storage.Version;
        // x = x.Sigmoid() in a loop would otherwise keep every former x.
        if (logits.Probability is { } earlier) earlier.logits.Probability = null;
    }

    /// <summary>
    /// The logits; null when the kind is another, when either tensor was written to since, or when only the probabilities are watched.
    /// </summary>
    public Tensor? LogitsOf(Tensor probabilities, ProbabilityKind wanted) =>
        kind == wanted && logits.IsAlive && logits.Storage.Version == logitsVersion && probabilities.Storage.Version == version
            && (GradientTape.WouldRecord(logits) || !GradientTape.WouldRecord(probabilities))
            ? logits
            : null;
}
