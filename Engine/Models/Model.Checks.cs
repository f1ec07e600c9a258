using Engine.Data;

namespace Engine.Models;

/// <content>What is refused before training or evaluation begins.</content>
public partial class Model
{
    private void CheckFit(Dataset data, Dataset? validationData, int epochs, int batchSize, double validationSplit, int initialEpoch)
    {
        string where = $"{Path}: Fit";
        CheckCompiled("Fit");
        if (epochs < 0) throw Fail.Value(where, $"epochs is {epochs}", "give 0 or more");
        if (initialEpoch < 0) throw Fail.Value(where, $"initialEpoch is {initialEpoch}", "give 0 or more");
        CheckBatchSize("Fit", batchSize);
        if (!(validationSplit is >= 0 and < 1)) throw Fail.Value(where, $"validationSplit is {validationSplit}",
            "give 0 or more and less than 1");
        if (validationSplit > 0 && validationData is not null)
            throw Fail.Value(where, "both validationData and validationSplit were given", "give one of them");
        CheckData("Fit", data);
        if (validationData is not null) CheckData("Fit(validationData)", validationData);
    }

    private void CheckCompiled(string method)
    {
        if (optimizer is null || loss is null)
            throw Fail.Model($"{Path}: {method}", "the model is not compiled", "call Compile with an optimizer and a loss first");
    }

    private void CheckBatchSize(string method, int batchSize)
    {
        if (batchSize < 1) throw Fail.Value($"{Path}: {method}", $"batchSize is {batchSize}", "give at least 1");
    }

    /// <summary>A data set for training or evaluation: with samples, with labels, of the model's input shape.</summary>
    private void CheckData(string method, Dataset data)
    {
        string where = $"{Path}: {method}";
        if (data.Count == 0) throw Fail.Value(where, "the data set is empty", "give at least one sample");
        if (data.LabelShape is null) throw Fail.Value(where, "the data set has no labels", "make it with new Dataset(features, labels)");
        CheckFeatures(method, data);
        CheckSingleOutput(method);
    }

    private void CheckFeatures(string method, Dataset data)
    {
        if (graph is null) return;
        CheckInputCount(1);
        Shape wanted = graph.Inputs[0].Shape;
        if (data.FeatureShape != wanted)
        {
            throw Fail.Shape($"{Path}: {method}",
                $"the samples have shape {data.FeatureShape} (features {data.FeatureShape.Insert(0, data.Count)}), the model takes {wanted}",
                wanted.Length == data.FeatureShape.Length ? "Reshape the features, for example to give images a channel axis" : "give samples of the model's input shape");
        }
    }

    /// <summary>Computes the first sample's loss, so that what does not fit is refused before any weight has changed.</summary>
    private void CheckFirstBatch(BatchReader reader)
    {
        reader.Start(0);
        reader.Next(out Tensor features, out Tensor? labels);
        EnsureBuilt([features.Shape.Remove(0)], [features.DType]);
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        Tensor prediction = Apply(features.Alias(0, features.Shape.With(0, 1)));
        Tensor first = labels!.Alias(0, labels.Shape.With(0, 1));
        try
        {
            loss!.Compute(first, prediction);
        }
        catch (EngineException e) when (e is ShapeException or DTypeException)
        {
            throw Fail.Shape($"{Path}: Fit",
                $"labels {labels.DType} of shape {labels.Shape} do not fit the output {prediction.Shape.With(0, features.Shape[0])} under {loss!.GetType().Name} ({e.Message})",
                "give labels of the output's shape, or class numbers for a sparse loss, or change the last layer's units");
        }
    }
}
