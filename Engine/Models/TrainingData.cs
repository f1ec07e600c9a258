using Engine.Data;

namespace Engine.Models;

/// <summary>What a model is trained or measured on: samples for each input, labels for each output, and how much they count.</summary>
/// <param name="Inputs">A data set for each input.</param>
/// <param name="Labels">The labels of each output; null where a single data set brings those of a single output with it.</param>
/// <param name="Weights">The weights of each output's samples; null for 1.</param>
internal sealed record TrainingData(IReadOnlyList<Dataset> Inputs, IReadOnlyList<Tensor>? Labels, IReadOnlyList<Tensor?> Weights)
{
    public int Count => Inputs[0].Count;

    /// <summary>For how many outputs there are labels.</summary>
    public int LabelCount => Labels?.Count ?? (Inputs[0].LabelShape is null ? 0 : 1);

    public static TrainingData Of(Dataset data, Tensor? weights) => new([data], null, [weights]);

    public static TrainingData Of(IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y, IReadOnlyList<Tensor?>? weights) =>
        x.Count == 1 && y.Count == 1 && x[0].Rank > 0 && y[0].Rank > 0 && x[0].Shape[0] == y[0].Shape[0]
            ? Of(new Dataset(x[0], y[0]), weights is [var one] ? one : null)
            : new([.. x.Select(column => new Dataset(column))], [.. y], weights ?? new Tensor?[y.Count]);
}

/// <summary>Reads the batches of several columns side by side, in one order.</summary>
internal sealed class TrainingReader : IDisposable
{
    private readonly List<BatchReader> readers = [];
    private readonly BatchReader[] inputs;
    private readonly BatchReader?[] labels;
    private readonly BatchReader?[] weights;
    private readonly Batch batch;

    /// <summary>Starts to read.</summary>
    /// <param name="data">The columns.</param>
    /// <param name="samples">The samples to read; null for all.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="shuffleSeed">The seed of the order; null for none.</param>
    /// <param name="classWeight">How much the samples of a class count; null for 1 each.</param>
    public TrainingReader(
        TrainingData data, int[]? samples, int batchSize, ulong? shuffleSeed, IReadOnlyDictionary<int, double>? classWeight = null)
    {
        BatchReader Read(Dataset column)
        {
            readers.Add(new BatchReader(column, samples, batchSize, shuffleSeed));
            return readers[^1];
        }

        BatchReader? ReadColumn(Tensor? column) => column is null ? null : Read(new Dataset(column, scaleBytes: false));
        inputs = [.. data.Inputs.Select(Read)];
        labels = data.Labels is not null ? [.. data.Labels.Select(ReadColumn)] : new BatchReader?[data.LabelCount];
        weights = [.. data.Weights.Select(ReadColumn)];
        batch = new Batch(new Tensor[inputs.Length], new Tensor[labels.Length], new Tensor?[weights.Length]) { ClassWeight = classWeight };
        batch.SampleAt = row => SampleAt(batch.Place.Index, row);
    }

    /// <summary>The batches of an epoch.</summary>
    public int BatchCount => inputs[0].BatchCount;

    /// <summary>The samples of an epoch.</summary>
    public int SampleCount => inputs[0].SampleCount;

    /// <summary>Begins an epoch.</summary>
    public void Start(int epoch)
    {
        foreach (BatchReader reader in readers) reader.Start(epoch);
    }

    /// <summary>The next batch, in the same object each time; null after the last.</summary>
    public Batch? Next()
    {
        (Tensor[] features, Tensor[] targets, Tensor?[] counts) = batch.Columns;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].Next(out features[i], out Tensor? own)) return null;
            if (i == 0 && own is not null && targets.Length > 0) targets[0] = own;
        }

        for (int i = 0; i < labels.Length; i++) labels[i]?.Next(out targets[i], out _);
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] is not { } reader) continue;
            reader.Next(out Tensor values, out _);
            counts[i] = values;
        }

        return batch;
    }

    /// <summary>Which sample of the data stands in a row of a batch of the epoch.</summary>
    public int SampleAt(int batchIndex, int row) => inputs[0].SampleAt(batchIndex, row);

    public void Dispose()
    {
        foreach (BatchReader reader in readers) reader.Dispose();
    }
}
