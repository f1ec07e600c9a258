using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <content>What is refused before training or evaluation begins.</content>
public partial class Model
{
    private void CheckFit(TrainingData data, TrainingData? validationData, TrainingRun run)
    {
        string where = $"{Path}: Fit";
        CheckCompiled("Fit");
        if (run.Epochs < 0) throw Fail.Value(where, $"epochs is {run.Epochs}", "give 0 or more");
        if (run.InitialEpoch < 0) throw Fail.Value(where, $"initialEpoch is {run.InitialEpoch}", "give 0 or more");
        CheckBatchSize("Fit", run.BatchSize);
        if (run.ValidationBatchSize < 1)
            throw Fail.Value(where, $"validationBatchSize is {run.ValidationBatchSize}", "give at least 1, or null for batchSize");
        if (!(run.ValidationSplit is >= 0 and < 1)) throw Fail.Value(where, $"validationSplit is {run.ValidationSplit}",
            "give 0 or more and less than 1");
        if (run.ValidationSplit > 0 && validationData is not null)
            throw Fail.Value(where, "both validationData and validationSplit were given", "give one of them");
        foreach ((int label, double weight) in run.ClassWeight ?? new Dictionary<int, double>())
        {
            if (!(double.IsFinite(weight) && weight >= 0))
                throw Fail.Value(where, $"the weight of class {label} is {weight}", "give finite numbers, 0 or more");
        }

        if (run.ClassWeight is not null && data.Weights[0] is not null)
            throw Fail.Value(where, "both classWeight and sampleWeight were given", "multiply the weights of the samples yourself");
        if (run.ClassWeight is not null && data.LabelCount > 1)
            throw Fail.Value(where, $"classWeight was given for {data.LabelCount} outputs", "give sampleWeight for each output");
        CheckSteps("Fit", validates: validationData is not null || run.ValidationSplit > 0);
        CheckData("Fit", data);
        if (validationData is not null) CheckData("Fit(validationData)", validationData);
    }

    /// <summary>One batch with labels, for a compiled model, which is built for it if it is not yet.</summary>
    internal TrainingData CheckedBatch(string method, Dataset batch)
    {
        CheckCompiled(method);
        var data = TrainingData.Of(batch, null);
        CheckData(method, data);
        EnsureBuilt([batch.FeatureShape], [batch.FeatureType]);
        return data;
    }

    private protected virtual void CheckCompiled(string method)
    {
        if (optimizer is null)
            throw Fail.Model($"{Path}: {method}", "the model is not compiled", "call Compile with an optimizer and a loss first");
    }

    private void CheckBatchSize(string method, int batchSize)
    {
        if (batchSize < 1) throw Fail.Value($"{Path}: {method}", $"batchSize is {batchSize}", "give at least 1");
    }

    /// <summary>Columns for several inputs or outputs, each there and of one length.</summary>
    private TrainingData Columns(
        string method, IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y, IReadOnlyList<Tensor?>? weights)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        string where = $"{Path}: {method}";
        if (x.Count == 0) throw Fail.Value(where, "no inputs", "give the samples of each input");
        if (y.Count == 0) throw Fail.Value(where, "no labels", "give the labels of each output");
        if (weights is not null && weights.Count != y.Count)
            throw Fail.Value(where, $"{weights.Count} sampleWeights for {y.Count} outputs", "give weights, or null, for each output");
        foreach (Tensor column in x.Concat(y))
        {
            if (column.Rank == 0 || x[0].Rank == 0 || column.Shape[0] != x[0].Shape[0])
            {
                throw Fail.Shape(where, $"columns of shape {x[0].Shape} and {column.Shape}",
                    "give as many samples for each input and each output, along the first axis");
            }
        }

        return TrainingData.Of(x, y, weights);
    }

    /// <summary>Data for training or evaluation: with samples, with labels, of the model's input shapes.</summary>
    private void CheckData(string method, TrainingData data)
    {
        string where = $"{Path}: {method}";
        if (data.Count == 0) throw Fail.Value(where, "the data set is empty", "give at least one sample");
        if (data.LabelCount == 0 && losses.Length > 0)
            throw Fail.Value(where, "the data set has no labels", "make it with new Dataset(features, labels)");
        foreach (Tensor? weights in data.Weights)
        {
            if (weights is null) continue;
            if (weights.Rank == 0 || weights.Shape[0] != data.Count)
                throw Fail.Shape(where, $"sampleWeight of shape {weights.Shape} for {data.Count} samples", "give one weight for each sample");
            if (weights.DType == DType.Bool)
                throw Fail.DType(where, "sampleWeight of type Bool", "give numbers, converted with Cast(DType.Float32)");
        }

        CheckFeatures(method, data.Inputs);
        // Steps of one's own, without a compiled loss, make of the labels what they like.
        if (losses.Length == 0) return;
        if (data.LabelCount != losses.Length)
        {
            throw Fail.Model(where, $"labels for {data.LabelCount} outputs came, and the model is compiled with {losses.Length} losses",
                "give labels, and Compile a loss, for each output");
        }

        CheckLossCount(method);
    }

    private void CheckLossCount(string method)
    {
        if (losses.Length > 0) CheckOutputCount($"{Path}: {method}", losses.Length, "losses");
    }

    /// <summary>Refuses to train or validate without a loss, unless the class has steps of its own.</summary>
    private void CheckSteps(string method, bool validates)
    {
        if (losses.Length > 0) return;
        if (!OverridesTrainStep)
        {
            throw Fail.Model($"{Path}: {method}", "the model is compiled without a loss, and its class does not override TrainStep",
                "give Compile a loss, or override TrainStep");
        }

        if (validates && !OverridesTestStep)
        {
            throw Fail.Model($"{Path}: {method}",
                "validation was asked for, the model is compiled without a loss, and its class does not override TestStep",
                "override TestStep, give Compile a loss, or leave validation out");
        }
    }

    private void CheckFeatures(string method, IReadOnlyList<Dataset> inputs)
    {
        if (Plan is null) return;
        CheckInputCount(inputs.Count);
        if (graph is null) return;
        for (int i = 0; i < inputs.Count; i++)
        {
            Shape wanted = graph.Inputs[i].Shape;
            Dataset data = inputs[i];
            if (data.FeatureShape == wanted) continue;
            string which = inputs.Count == 1 ? "the samples" : $"the samples of input {i}";
            throw Fail.Shape($"{Path}: {method}",
                $"{which} have shape {data.FeatureShape} (features {data.FeatureShape.Insert(0, data.Count)}), the model takes {wanted}",
                wanted.Length == data.FeatureShape.Length
                    ? "Reshape the features, for example to give images a channel axis"
                    : "give samples of the model's input shape");
        }
    }

    /// <summary>Refuses a last batch of another size where states are carried from batch to batch, before anything has changed.</summary>
    private void CheckStates(string method, int samples, int batchSize)
    {
        if (samples <= batchSize || samples % batchSize == 0 || RecurrentLayer.FirstStateful(this) is not { } layer) return;
        throw Fail.Shape($"{Path}: {method}",
            $"{samples} samples in batches of {batchSize} leave a last one of {samples % batchSize}, and {layer.Path} carries states "
            + "from batch to batch",
            $"give a batchSize that divides them, or Take({samples - samples % batchSize}) of the samples");
    }

    /// <summary>Computes the first sample's loss, so that what does not fit is refused before any weight has changed.</summary>
    private void CheckFirstBatch(TrainingReader reader)
    {
        reader.Start(0);
        Batch batch = reader.Next()!;
        EnsureBuilt([.. batch.Features.Select(x => x.Shape.Remove(0))], [.. batch.Features.Select(x => x.DType)]);
        CheckLossCount("Fit");
        // What a step of one's own makes of the labels is not known.
        if (OverridesTrainStep) return;
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        using var trial = new Trial();
        Tensor[] predictions = Predictions([.. batch.Features.Select(First)], training: false);
        for (int i = 0; i < losses.Length; i++)
        {
            Tensor labels = batch.Labels[i], first = First(labels);
            try
            {
                Tensor? weights = batch.Weights[i] is { } given ? First(given) : null;
                if (batch.ClassWeight is { } classWeight) weights = WeightsOf(first, predictions[i], classWeight);
                losses[i].Compute(first, predictions[i], weights, predictions[i].Mask);
            }
            catch (EngineException e) when (e is ShapeException or DTypeException)
            {
                string which = losses.Length == 1 ? "" : $" of output {i}";
                throw Fail.Shape($"{Path}: Fit",
                    $"labels{which} {labels.DType} of shape {labels.Shape} do not fit the output "
                    + $"{predictions[i].Shape.With(0, batch.Count)} under {losses[i].GetType().Name} ({e.Message})",
                    "give labels of the output's shape, or class numbers for a sparse loss, or change the last layer's units");
            }
        }
    }

    private static Tensor First(Tensor column) => column.Alias(0, column.Shape.With(0, 1));
}
