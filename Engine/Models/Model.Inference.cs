using Engine.Data;
using Engine.Metrics;

namespace Engine.Models;

/// <content>Using a model: Evaluate and Predict.</content>
public partial class Model
{
    /// <summary>Measures loss and metrics on tensors in memory, without training.</summary>
    /// <param name="x">The features, samples along the first axis.</param>
    /// <param name="y">The labels, samples along the first axis.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>Means over the samples.</returns>
    public Evaluation Evaluate(Tensor x, Tensor y, int batchSize = 32) => Evaluate(new Dataset(x, y), batchSize);

    /// <summary>Measures loss and metrics, without training.</summary>
    /// <param name="data">The samples, with labels.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>Means over the samples.</returns>
    /// <exception cref="ModelException">The model is not compiled.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    /// <exception cref="ValueException">The data set is empty or without labels.</exception>
    public Evaluation Evaluate(Dataset data, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckCompiled("Evaluate");
        CheckBatchSize("Evaluate", batchSize);
        CheckData("Evaluate", data);
        EnsureBuilt(data.FeatureShape, data.FeatureType);
        using var reader = new BatchReader(data, null, batchSize, null);
        return Measure(reader);
    }

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
        CheckFeatures("Predict", data);
        CheckSingleOutput("Predict");
        EnsureBuilt(data.FeatureShape, data.FeatureType);
        using IDisposable pause = GradientTape.StopRecording();
        if (data.Count == 0) return Tensor.EmptyFree(graph!.Outputs[0].Shape.Insert(0, 0), graph.Outputs[0].DType);
        using var reader = new BatchReader(data, null, batchSize, null);
        reader.Start(0);
        Tensor? all = null;
        for (int first = 0; reader.Next(out Tensor features, out _); first += features.Shape[0])
        {
            using var scope = new TensorScope();
            Tensor output = Apply(features);
            all ??= Tensor.EmptyFree(output.Shape.With(0, data.Count), output.DType);
            int sampleLength = all.Length / data.Count;
            output.Bytes().CopyTo(all.Alias(first * sampleLength, output.Shape).Bytes());
        }

        return all!;
    }

    private Evaluation Measure(BatchReader reader)
    {
        using IDisposable pause = GradientTape.StopRecording();
        foreach (Metric metric in metrics) metric.Reset();
        double sum = 0;
        reader.Start(0);
        while (reader.Next(out Tensor features, out Tensor? labels))
        {
            using var scope = new TensorScope();
            Tensor prediction = Apply(features);
            sum += features.Shape[0] * loss!.Compute(labels!, prediction).ToScalar();
            foreach (Metric metric in metrics) metric.Update(labels!, prediction);
        }

        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        Note(measured, sum / reader.SampleCount);
        return new Evaluation(measured);
    }
}
