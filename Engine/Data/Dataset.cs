using System.Numerics.Tensors;

namespace Engine.Data;

/// <summary>Samples to train or evaluate with: a column of features and, where there is a truth to learn, a column of labels.</summary>
/// <remarks>
/// The columns stay as they are: bytes remain bytes until a batch is made, and become numbers in [0, 1] then, so images take a quarter of
/// the
/// memory. A data set of one's own, which augments images or reads files, overrides <see cref="Read"/>.
/// </remarks>
public class Dataset
{
    /// <summary>A data set of two columns in memory.</summary>
    /// <param name="features">The samples, along the first axis.</param>
    /// <param name="labels">One label, or row of targets, for each sample; null where only predictions are wanted.</param>
    /// <param name="scaleBytes">Whether features of type UInt8 become Float32 in [0, 1] (v / 255) as a batch is made; true by
    /// default.</param>
    /// <exception cref="ShapeException">A column is a scalar, or the columns have different numbers of samples.</exception>
    public Dataset(Tensor features, Tensor? labels = null, bool scaleBytes = true)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Rank == 0) throw Fail.Shape("Dataset", "features that are a scalar",
            "give a tensor whose first axis counts the samples");
        if (labels is { Rank: 0 }) throw Fail.Shape("Dataset", "labels that are a scalar",
            "give a tensor whose first axis counts the samples");
        if (labels is not null && labels.Shape[0] != features.Shape[0])
        {
            throw Fail.Shape("Dataset",
                $"features {features.Shape} of {features.Shape[0]} samples and labels {labels.Shape} of {labels.Shape[0]}",
                "give one label for each sample");
        }

        (Features, Labels) = (features, labels);
        Scales = scaleBytes && features.DType == DType.UInt8;
    }

    /// <summary>The features as they are stored, samples along the first axis.</summary>
    public Tensor Features { get; }

    /// <summary>The labels as they are stored, samples along the first axis; null where there are none.</summary>
    public Tensor? Labels { get; }

    /// <summary>The number of samples.</summary>
    public int Count => Features.Shape[0];

    /// <summary>The shape of one sample's features.</summary>
    public Shape FeatureShape => Features.Shape.Remove(0);

    /// <summary>The type of the features in a batch: Float32 for bytes that are scaled, else the column's own.</summary>
    public DType FeatureType => Scales ? DType.Float32 : Features.DType;

    /// <summary>Whether a batch's features are the column's values unchanged.</summary>
    internal bool Scales { get; }

    /// <summary>Two columns as a data set: <c>validationData: (x[1600..], y[1600..])</c>.</summary>
    /// <param name="columns">Features and labels.</param>
    public static implicit operator Dataset((Tensor Features, Tensor Labels) columns) => new(columns.Features, columns.Labels);

    /// <summary>Two columns as a data set.</summary>
    /// <param name="columns">Features and labels.</param>
    /// <returns>The data set.</returns>
    public static Dataset FromValueTuple((Tensor Features, Tensor Labels) columns) => columns;

    /// <summary>Copies samples into a batch. Runs on a thread of its own, ahead of training, never twice at the same time for one
    /// reader.</summary>
    /// <param name="samples">Which samples, in the batch's order.</param>
    /// <param name="features">The batch's features [samples, …] of <see cref="FeatureType"/>, to be overwritten.</param>
    /// <param name="labels">The batch's labels [samples, …], to be overwritten; null where there are none.</param>
    protected internal virtual void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels)
    {
        if (Scales) GatherScaled(samples, Features, features.AsWritableSpan<float>());
        else Gather(samples, Features, features);
        if (Labels is not null && labels is not null) Gather(samples, Labels, labels);
    }

    private static void Gather(ReadOnlySpan<int> samples, Tensor column, Tensor batch)
    {
        ReadOnlySpan<byte> source = column.Bytes();
        Span<byte> target = batch.Bytes();
        batch.Storage.Version++;
        int size = samples.Length == 0 ? 0 : target.Length / samples.Length;
        for (int i = 0; i < samples.Length; i++) source.Slice(samples[i] * size, size).CopyTo(target.Slice(i * size, size));
    }

    private static void GatherScaled(ReadOnlySpan<int> samples, Tensor column, Span<float> target)
    {
        ReadOnlySpan<byte> source = column.AsSpan<byte>();
        int size = samples.Length == 0 ? 0 : target.Length / samples.Length;
        for (int i = 0; i < samples.Length; i++)
        {
            Span<float> scaled = target.Slice(i * size, size);
            TensorPrimitives.ConvertTruncating(source.Slice(samples[i] * size, size), scaled);
            TensorPrimitives.Divide(scaled, 255f, scaled);
        }
    }
}
