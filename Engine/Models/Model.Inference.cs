using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <content>Using a model: Evaluate and Predict.</content>
public partial class Model
{
    /// <summary>Measures loss and metrics on tensors in memory, without training.</summary>
    /// <param name="x">The features, samples along the first axis.</param>
    /// <param name="y">The labels, samples along the first axis.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <param name="sampleWeight">How much each sample counts in the loss, [N], or each step of it, [N, T]; null for 1 each.</param>
    /// <returns>Means over the samples.</returns>
    public Evaluation Evaluate(Tensor x, Tensor y, int batchSize = 32, Tensor? sampleWeight = null) =>
        Evaluate(new Dataset(x, y), batchSize, sampleWeight);

    /// <summary>Measures loss and metrics, without training.</summary>
    /// <param name="data">The samples, with labels.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <param name="sampleWeight">How much each sample counts in the loss, [N], or each step of it, [N, T]; null for 1 each.</param>
    /// <returns>Means over the samples.</returns>
    /// <exception cref="ModelException">The model is not compiled.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    /// <exception cref="ValueException">The data set is empty or without labels.</exception>
    public Evaluation Evaluate(Dataset data, int batchSize = 32, Tensor? sampleWeight = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Evaluate(TrainingData.Of(data, sampleWeight), batchSize);
    }

    /// <summary>Measures loss and metrics of a model of several inputs or outputs, without training.</summary>
    /// <param name="x">For each input its samples along the first axis.</param>
    /// <param name="y">For each output its labels along the first axis.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <param name="sampleWeight">For each output how much each sample counts in the loss; null for 1 each.</param>
    /// <returns>Means over the samples.</returns>
    /// <exception cref="ModelException">The model is not compiled.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    /// <exception cref="ValueException">A column is missing or empty.</exception>
    public Evaluation Evaluate(
        IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y, int batchSize = 32, IReadOnlyList<Tensor?>? sampleWeight = null) =>
        Evaluate(Columns("Evaluate", x, y, sampleWeight), batchSize);

    /// <summary>Computes the output for samples in memory.</summary>
    /// <remarks>Several threads may predict with one model at once. Dropout does nothing, normalisation uses its moving averages.</remarks>
    /// <param name="x">The features, samples along the first axis; bytes are scaled to [0, 1], as in training.</param>
    /// <param name="batchSize">Samples computed at a time: what it needs in memory.</param>
    /// <returns>The outputs, in the samples' order; a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">The samples do not fit the model.</exception>
    public Tensor Predict(Tensor x, int batchSize = 32) => Predict(new Dataset(x), batchSize);

    /// <summary>Computes the output for a data set's samples.</summary>
    /// <param name="data">The samples; labels are not needed.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>The outputs, in the samples' order; a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">The samples do not fit the model.</exception>
    public Tensor Predict(Dataset data, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckBatchSize("Predict", batchSize);
        CheckFeatures("Predict", [data]);
        CheckSingleOutput("Predict");
        CheckStates("Predict", data.Count, batchSize);
        return PredictColumns([data], batchSize)[0];
    }

    /// <summary>Computes all outputs of a model with several inputs or outputs for samples in memory.</summary>
    /// <param name="inputs">For each input its samples along the first axis; bytes are scaled to [0, 1], as in training.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>For each output its values, in the samples' order; tensors that no scope owns.</returns>
    /// <exception cref="ShapeException">The number of inputs, of samples, or a shape does not fit.</exception>
    /// <exception cref="ModelException">The model has no layers yet.</exception>
    public Tensor[] PredictAll(IReadOnlyList<Tensor> inputs, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        CheckBatchSize("PredictAll", batchSize);
        if (inputs.Count == 0) throw Fail.Shape($"{Path}: PredictAll", "no inputs", "give the samples of each input");
        Dataset[] columns = [.. inputs.Select(input => new Dataset(input))];
        CheckInputCount(columns.Length);
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i].Count != columns[0].Count)
                throw Fail.Shape($"{Path}: PredictAll", $"inputs of {columns[0].Count} and {columns[i].Count} samples",
                    "give as many samples for each input");
            if (graph is not null && columns[i].FeatureShape != graph.Inputs[i].Shape)
                throw Fail.Shape($"{Path}: PredictAll",
                    $"the samples of input {i} have shape {columns[i].FeatureShape}, the model takes {graph.Inputs[i].Shape}",
                    "give samples of the model's input shapes, in the inputs' order");
        }

        CheckStates("PredictAll", columns[0].Count, batchSize);
        return PredictColumns(columns, batchSize);
    }

    private Tensor[] PredictColumns(Dataset[] columns, int batchSize)
    {
        EnsureBuilt([.. columns.Select(column => column.FeatureShape)], [.. columns.Select(column => column.FeatureType)]);
        using IDisposable pause = GradientTape.StopRecording();
        int count = columns[0].Count;
        if (count == 0) return [.. Plan!.Outputs.Select(output => Tensor.EmptyFree(output.Shape.Insert(0, 0), output.DType))];
        var readers = new List<BatchReader>();
        try
        {
            foreach (Dataset column in columns) readers.Add(new BatchReader(column, null, batchSize, null));
            foreach (BatchReader reader in readers) reader.Start(0);
            var all = new Tensor[Plan!.Outputs.Count];
            var features = new Tensor[columns.Length];
            for (int first = 0; first < count; first += features[0].Shape[0])
            {
                for (int i = 0; i < features.Length; i++) readers[i].Next(out features[i], out _);
                using var scope = new TensorScope();
                Tensor[] outputs = ApplyAll(features);
                for (int i = 0; i < all.Length; i++)
                {
                    all[i] ??= Tensor.EmptyFree(outputs[i].Shape.With(0, count), outputs[i].DType);
                    outputs[i].Bytes().CopyTo(all[i].Alias(first * (all[i].Length / count), outputs[i].Shape).Bytes());
                }
            }

            return all;
        }
        finally
        {
            foreach (BatchReader reader in readers) reader.Dispose();
        }
    }

    private Evaluation Evaluate(TrainingData data, int batchSize)
    {
        CheckCompiled("Evaluate");
        CheckBatchSize("Evaluate", batchSize);
        if (losses.Length == 0 && !OverridesTestStep)
        {
            throw Fail.Model($"{Path}: Evaluate", "the model is compiled without a loss, and its class does not override TestStep",
                "give Compile a loss, or override TestStep");
        }

        CheckData("Evaluate", data);
        EnsureBuilt([.. data.Inputs.Select(input => input.FeatureShape)], [.. data.Inputs.Select(input => input.FeatureType)]);
        CheckLossCount("Evaluate");
        CheckStates("Evaluate", data.Count, batchSize);
        using var reader = new TrainingReader(data, null, batchSize, null);
        return Measure(reader);
    }

    private Evaluation Measure(TrainingReader reader)
    {
        using IDisposable pause = GradientTape.StopRecording();
        ResetMetrics();
        trained = null;
        var sums = new EpochSums(OutputNames(), metrics);
        reader.Start(0);
        while (reader.Next() is { } batch)
        {
            using var scope = new TensorScope();
            int count = batch.Count;
            sums.Add(count, Run(TestStep, batch), outputLosses, reports);
        }

        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        sums.Note(measured);
        return new Evaluation(measured);
    }
}
