namespace Engine.Data;

/// <summary>The samples of another data set, changed by a function as batches are made.</summary>
internal sealed class MappedDataset : Dataset
{
    private readonly Dataset parent;
    private readonly Func<Tensor, Tensor?, RandomGenerator?, (Tensor Features, Tensor? Label)> function;
    private readonly bool changesLabels;
    private readonly ulong? seed;

    /// <summary>Tries the function on the first sample, which fixes the shapes.</summary>
    public MappedDataset(
        Dataset parent,
        Func<Tensor, Tensor?, RandomGenerator?, (Tensor Features, Tensor? Label)> function,
        bool changesLabels,
        ulong? seed)
        : this(parent, function, changesLabels, seed, SampleFunction.Try("Dataset.Map", parent.Count, () =>
        {
            (Tensor x, Tensor? y) = FirstSample(parent);
            (Tensor features, Tensor? label) = function(x, y, seed is { } drawn ? RandomOf(drawn, 0, 0) : null);
            return (features, changesLabels ? label : y);
        }))
    {
    }

    private MappedDataset(
        Dataset parent,
        Func<Tensor, Tensor?, RandomGenerator?, (Tensor Features, Tensor? Label)> function,
        bool changesLabels,
        ulong? seed,
        SampleFunction.Form form)
        : base(parent.Count, form.FeatureShape, form.FeatureType, form.LabelShape, form.LabelType)
    {
        (this.parent, this.function, this.changesLabels, this.seed) = (parent, function, changesLabels, seed);
        (BatchesAhead, Overlaps) = (parent.BatchesAhead, parent.Overlaps);
    }

    protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels) =>
        Read(samples, 0, features, labels);

    internal override void Read(ReadOnlySpan<int> samples, int epoch, Tensor features, Tensor? labels)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        Tensor from = Tensor.Empty(parent.FeatureShape.Insert(0, samples.Length), parent.FeatureType);
        Tensor? truths = parent.LabelShape is not { } shape ? null
            : changesLabels ? Tensor.Empty(shape.Insert(0, samples.Length), parent.LabelType) : labels;
        parent.Read(samples, epoch, from, truths);
        for (int i = 0; i < samples.Length; i++)
        {
            using var inner = new TensorScope();
            int sample = samples[i];
            (Tensor Features, Tensor? Label) made;
            try
            {
                made = function(One(from, i), truths is null ? null : One(truths, i),
                    seed is { } drawn ? RandomOf(drawn, epoch, sample) : null);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw SampleFunction.Failed("Dataset.Map", sample, e);
            }

            SampleFunction.Store("Dataset.Map", sample, made.Features, "features", features, i);
            if (changesLabels) SampleFunction.Store("Dataset.Map", sample, made.Label, "a label", labels!, i);
        }
    }

    internal override void CheckOrder(int batchSize, bool inOrder) => parent.CheckOrder(batchSize, inOrder);

    private static RandomGenerator RandomOf(ulong seed, int epoch, int sample) =>
        new RandomGenerator(seed).Split("map").Split((ulong)epoch).Split((ulong)sample);

    private static (Tensor Features, Tensor? Label) FirstSample(Dataset parent)
    {
        Tensor x = Tensor.Empty(parent.FeatureShape.Insert(0, 1), parent.FeatureType);
        Tensor? y = parent.LabelShape is { } shape ? Tensor.Empty(shape.Insert(0, 1), parent.LabelType) : null;
        parent.Read([0], 0, x, y);
        return (One(x, 0), y is null ? null : One(y, 0));
    }

    /// <summary>One sample of a batch, without the batch axis, in the same memory.</summary>
    private static Tensor One(Tensor batch, int place)
    {
        Shape shape = batch.Shape.Remove(0);
        return batch.Alias(place * shape.Length, shape);
    }
}
