namespace Engine.Metrics;

/// <summary>A number that tells how good predictions are, gathered batch by batch.</summary>
/// <remarks>It keeps sums over samples, not means of means, so that any split into batches gives the same number.</remarks>
public abstract class Metric
{
    /// <summary>Starts a metric.</summary>
    /// <param name="name">Its name, under which a history keeps it.</param>
    /// <exception cref="ValueException">The name is empty.</exception>
    protected Metric(string name)
    {
        if (string.IsNullOrEmpty(name)) throw Fail.Value(GetType().Name, "an empty name", "leave the name out, or give one");
        Name = name;
    }

    /// <summary>The name, under which a history keeps it.</summary>
    public string Name { get; }

    /// <summary>The number for everything since the last <see cref="Reset"/>; 0 before the first update, and never NaN because a class,
    /// or everything, is missing.</summary>
    public abstract double Result { get; }

    /// <summary>Forgets everything.</summary>
    public abstract void Reset();

    /// <summary>Adds a batch.</summary>
    /// <param name="target">What was wanted.</param>
    /// <param name="prediction">What came.</param>
    /// <param name="sampleWeight">How much each sample [N], or each step of it [N, T], counts; null for 1 each.</param>
    /// <exception cref="ShapeException">The shapes do not fit each other.</exception>
    /// <exception cref="DTypeException">A type is not what the metric measures.</exception>
    public abstract void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null);
}
