namespace Engine.Models;

/// <summary>The samples of one step: the features of each input, the labels of each output and how much they count.</summary>
/// <remarks>A batch is valid during its step only; the next one may stand in the same memory.</remarks>
public sealed class Batch
{
    private readonly Tensor[] features;
    private readonly Tensor[] labels;
    private readonly Tensor?[] weights;

    internal Batch(Tensor[] features, Tensor[] labels, Tensor?[] weights) =>
        (this.features, this.labels, this.weights) = (features, labels, weights);

    /// <summary>The features of each input.</summary>
    public IReadOnlyList<Tensor> Features => features;

    /// <summary>The labels of each output; empty for data without labels.</summary>
    public IReadOnlyList<Tensor> Labels => labels;

    /// <summary>The weights of each output's samples; null for 1.</summary>
    public IReadOnlyList<Tensor?> Weights => weights;

    /// <summary>The features of the first input.</summary>
    public Tensor X => features[0];

    /// <summary>The labels of the first output.</summary>
    /// <exception cref="ValueException">The data have no labels.</exception>
    public Tensor Y => labels.Length > 0
        ? labels[0]
        : throw Fail.Value("Batch", "Y was asked for, and the data have no labels", "give Fit labels, or use X alone");

    /// <summary>The labels of the first output; null where there are none.</summary>
    internal Tensor? FirstLabels => labels.Length > 0 ? labels[0] : null;

    /// <summary>How many samples there are.</summary>
    public int Count => features[0].Shape[0];

    /// <summary>The columns to fill, for the reader.</summary>
    internal (Tensor[] Features, Tensor[] Labels, Tensor?[] Weights) Columns => (features, labels, weights);

    /// <summary>How much the samples of a class count; null for 1 each.</summary>
    internal IReadOnlyDictionary<int, double>? ClassWeight { get; init; }

    /// <summary>Which sample of the data a row is; null where they are the same.</summary>
    internal Func<int, int>? SampleAt { get; set; }

    /// <summary>The epoch, and the batch in it, counted from 0.</summary>
    internal (int Epoch, int Index) Place { get; set; }
}
