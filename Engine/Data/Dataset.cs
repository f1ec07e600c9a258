using System.Numerics.Tensors;

namespace Engine.Data;

/// <summary>Samples to train or evaluate with: a column of features and, where there is a truth to learn, a column of labels.</summary>
/// <remarks>
/// <para>The columns stay as they are: bytes remain bytes until a batch is made, and become numbers in [0, 1] then, so images take a
/// quarter of the memory. Sets made from others (<see cref="Split"/>, <see cref="Shuffle"/>, <see cref="Take"/>, …) copy no samples.</para>
/// <para>A data set of one's own, which reads files for example, overrides <see cref="Read(ReadOnlySpan{int}, Tensor, Tensor?)"/>.</para>
/// </remarks>
public partial class Dataset
{
    private const int CollectedAtOnce = 256;

    private readonly Lock collecting = new();
    private Tensor? features;
    private Tensor? labels;

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

        (this.features, this.labels) = (features, labels);
        Scales = scaleBytes && features.DType == DType.UInt8;
        (Count, FeatureShape, FeatureType) = (features.Shape[0], features.Shape.Remove(0), Scales ? DType.Float32 : features.DType);
        if (labels is not null) (LabelShape, LabelType) = (labels.Shape.Remove(0), labels.DType);
    }

    /// <summary>A data set whose samples are read or made as batches need them; override
    /// <see cref="Read(ReadOnlySpan{int}, Tensor, Tensor?)"/>.</summary>
    /// <param name="count">The number of samples, 0 or more.</param>
    /// <param name="featureShape">The shape of one sample's features.</param>
    /// <param name="featureType">The type of the features in a batch.</param>
    /// <param name="labelShape">The shape of one sample's label, [] for a number; null where there are none.</param>
    /// <param name="labelType">The type of the labels.</param>
    /// <exception cref="ValueException">The number of samples is negative.</exception>
    protected Dataset(
        int count, Shape featureShape, DType featureType = DType.Float32, Shape? labelShape = null, DType labelType = DType.Int32)
    {
        if (count < 0) throw Fail.Value("Dataset", $"count is {count}", "give 0 or more samples");
        (Count, FeatureShape, FeatureType, LabelShape, LabelType) = (count, featureShape, featureType, labelShape, labelType);
    }

    /// <summary>The features as they are stored, samples along the first axis.</summary>
    /// <remarks>Of a set whose samples are made by a function, all are made when this is asked for the first time, and kept.</remarks>
    public Tensor Features => features ?? Collected().Features;

    /// <summary>The labels as they are stored, samples along the first axis; null where there are none.</summary>
    /// <remarks>Of a set whose samples are made by a function, all are made when this is asked for the first time, and kept.</remarks>
    public Tensor? Labels => LabelShape is null ? null : labels ?? Collected().Labels;

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>The shape of one sample's features.</summary>
    public Shape FeatureShape { get; }

    /// <summary>The type of the features in a batch: Float32 for bytes that are scaled, else the column's own.</summary>
    public DType FeatureType { get; }

    /// <summary>The shape of one sample's label, [] for a number; null where there are no labels.</summary>
    public Shape? LabelShape { get; }

    /// <summary>The type of the labels.</summary>
    public DType LabelType { get; } = DType.Int32;

    /// <summary>Whether the columns are bytes that become numbers in [0, 1] as a batch is made.</summary>
    internal bool Scales { get; private protected init; }

    /// <summary>How many batches are read ahead.</summary>
    internal int BatchesAhead { get; private protected init; } = 1;

    /// <summary>Whether samples share values with others, as windows over one text do: a random division would give both parts the same
    /// text.</summary>
    internal bool Overlaps { get; private protected init; }

    /// <summary>Whether a batch holds the columns' values and nothing else: no function has changed them.</summary>
    private protected virtual bool IsPlain => GetType() == typeof(Dataset);

    private protected static bool PlainOf(Dataset other) => other.IsPlain;

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
        if (this.features is null)
        {
            throw Fail.Model(GetType().Name, "the data set has no columns and does not override Read",
                "override Read, which fills a batch with samples");
        }

        if (Scales) GatherScaled(samples, this.features, features.AsWritableSpan<float>());
        else Gather(samples, this.features, features);
        if (this.labels is not null && labels is not null) Gather(samples, this.labels, labels);
    }

    /// <summary>Copies samples into a batch of an epoch: what draws random numbers draws others in each.</summary>
    internal virtual void Read(ReadOnlySpan<int> samples, int epoch, Tensor features, Tensor? labels) => Read(samples, features, labels);

    /// <summary>Refuses an order of reading in which the samples mean nothing.</summary>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="inOrder">Whether all samples come, in their own order.</param>
    /// <exception cref="ValueException">The samples must be read otherwise.</exception>
    internal virtual void CheckOrder(int batchSize, bool inOrder)
    {
    }

    /// <summary>The whole columns of a set that has them elsewhere, or not yet.</summary>
    private protected virtual (Tensor Features, Tensor? Labels) Collect() => ReadAll();

    /// <summary>All samples as batches hold them, in new memory that no scope owns.</summary>
    private protected (Tensor Features, Tensor? Labels) ReadAll()
    {
        Tensor all = Tensor.EmptyFree(FeatureShape.Insert(0, Count), FeatureType);
        Tensor? truths = LabelShape is { } shape ? Tensor.EmptyFree(shape.Insert(0, Count), LabelType) : null;
        int[] samples = BatchReader.AllOf(this);
        for (int start = 0; start < Count; start += CollectedAtOnce)
        {
            int count = Math.Min(CollectedAtOnce, Count - start);
            Read(samples.AsSpan(start, count), 0, Part(all, start, count), truths is null ? null : Part(truths, start, count));
        }

        return (all, truths);
    }

    /// <summary>Some samples of a batch under their own shape, in the same memory.</summary>
    private protected static Tensor Part(Tensor batch, int start, int count) =>
        batch.Alias(start * batch.Shape.Remove(0).Length, batch.Shape.With(0, count));

    private (Tensor Features, Tensor? Labels) Collected()
    {
        lock (collecting)
        {
            if (features is null)
            {
                (Tensor all, labels) = Collect();
                Volatile.Write(ref features, all);
            }

            return (features, labels);
        }
    }

    /// <summary>Copies rows of a column into a batch of the same type.</summary>
    private protected static void Gather(ReadOnlySpan<int> samples, Tensor column, Tensor batch)
    {
        ReadOnlySpan<byte> source = column.Bytes();
        Span<byte> target = batch.Bytes();
        batch.Storage.Version++;
        int size = samples.Length == 0 ? 0 : target.Length / samples.Length;
        for (int i = 0; i < samples.Length; i++) source.Slice(samples[i] * size, size).CopyTo(target.Slice(i * size, size));
    }

    private protected static void GatherScaled(ReadOnlySpan<int> samples, Tensor column, Span<float> target)
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
