namespace Engine.Data;

/// <summary>A batch of samples, valid until the next one is asked for.</summary>
public readonly struct SampleBatch : IEquatable<SampleBatch>
{
    private readonly Tensor? labels;

    internal SampleBatch(Tensor features, Tensor? labels) => (Features, this.labels) = (features, labels);

    /// <summary>The features [samples, …].</summary>
    public Tensor Features { get; }

    /// <summary>The labels [samples, …].</summary>
    /// <exception cref="ValueException">The data set has no labels.</exception>
    public Tensor Labels =>
        labels ?? throw Fail.Value("SampleBatch.Labels", "the data set has no labels", "use Features, or make the set with labels");

    /// <summary>Whether there are labels.</summary>
    public bool HasLabels => labels is not null;

    /// <summary>Takes a batch apart.</summary>
    /// <param name="features">The features.</param>
    /// <param name="labels">The labels.</param>
    /// <exception cref="ValueException">The data set has no labels.</exception>
    public void Deconstruct(out Tensor features, out Tensor labels) => (features, labels) = (Features, Labels);

    /// <summary>Whether two batches are the same tensors.</summary>
    /// <param name="left">One batch.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when they are.</returns>
    public static bool operator ==(SampleBatch left, SampleBatch right) => left.Equals(right);

    /// <summary>Whether two batches are not the same tensors.</summary>
    /// <param name="left">One batch.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when they are not.</returns>
    public static bool operator !=(SampleBatch left, SampleBatch right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(SampleBatch other) => ReferenceEquals(Features, other.Features) && ReferenceEquals(labels, other.labels);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SampleBatch other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Features, labels);
}
