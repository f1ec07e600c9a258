using Engine.Data;
using Engine.Layers;
using Engine.Metrics;

namespace Engine.Models;

/// <content>Training: Fit and its steps.</content>
public partial class Model
{
    /// <summary>Ends <c>Fit</c> after the batch under way when set to true; <c>Fit</c> sets it to false when it begins.</summary>
    /// <remarks>A callback sets it; Ctrl+C does too.</remarks>
    public bool StopTraining { get; set; }

    /// <summary>Trains on tensors in memory. See the other form for the details.</summary>
    /// <param name="x">The features, samples along the first axis.</param>
    /// <param name="y">The labels, samples along the first axis.</param>
    /// <param name="epochs">The epoch before which training ends: how often every sample is used, when it begins at 0.</param>
    /// <param name="batchSize">Samples in a step; the last batch of an epoch has what remains.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Seed"/> before anything else; null leaves it.</param>
    /// <param name="validationData">What the loss and metrics are also measured on after each epoch; null for none.</param>
    /// <param name="validationSplit">The part of the samples to validate on instead, 0 or more and below 1.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns>Loss and metrics, epoch by epoch.</returns>
    public History Fit(
        Tensor x,
        Tensor y,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        Dataset? validationData = null,
        double validationSplit = 0,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress) =>
        Fit(new Dataset(x, y), epochs, batchSize, shuffle, seed, validationData, validationSplit, callbacks, initialEpoch, verbose);

    /// <summary>Trains the model: for each batch one step of the optimizer against the gradient of the loss.</summary>
    /// <remarks>
    /// The same seed gives the same bits, on any number of threads. A mean over an epoch weighs each batch by its size. Ctrl+C ends
    /// training after the batch under way, and what was measured so far is returned; an epoch cut short is not in it.
    /// <paramref name="validationSplit"/> takes its samples after a shuffle by the seed, not the last ones as in Keras, which a sorted data
    /// set would turn into samples of classes that training never sees.
    /// </remarks>
    /// <param name="data">The samples, with labels.</param>
    /// <param name="epochs">The epoch before which training ends: how often every sample is used, when it begins at 0.</param>
    /// <param name="batchSize">Samples in a step; the last batch of an epoch has what remains.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Seed"/> before anything else; null leaves it.</param>
    /// <param name="validationData">What the loss and metrics are also measured on after each epoch; null for none.</param>
    /// <param name="validationSplit">The part of the samples to validate on instead, 0 or more and below 1.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns>Loss and metrics, epoch by epoch.</returns>
    /// <exception cref="ModelException">The model is not compiled, has nothing to train, or its loss became NaN or infinite.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    /// <exception cref="ValueException">The data set is empty or without labels, or a number is out of range.</exception>
    public History Fit(
        Dataset data,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        Dataset? validationData = null,
        double validationSplit = 0,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckFit(data, validationData, epochs, batchSize, validationSplit, initialEpoch);
        if (seed is { } wanted) Seed = wanted;
        (int[]? trainSamples, int[]? validationSamples) = Split(data, validationSplit);
        Dataset? validation = validationSamples is null ? validationData : data;
        var history = new History();
        using var reader = new BatchReader(data, trainSamples, batchSize, shuffle ? Seed : null);
        using BatchReader? validationReader = validation is null ? null : new BatchReader(validation, validationSamples, batchSize, null);
        CheckFirstBatch(reader);

        var listeners = new List<Callback>(callbacks ?? []);
        if (TrainingProgress.For(verbose, data.FeatureShape.Rank == 3) is { } progress) listeners.Add(progress);
        var plan = new TrainingPlan(initialEpoch, epochs, reader.BatchCount, reader.SampleCount, batchSize);
        StopTraining = false;
        optimizer!.ResumeVariableValues(TrainableVariables);
        using var interruption = new Interruption(this);
        try
        {
            foreach (Callback listener in listeners) listener.OnTrainBegin(this, plan);
            for (int epoch = initialEpoch; epoch < epochs && !StopTraining; epoch++)
            {
                foreach (Callback listener in listeners) listener.OnEpochBegin(this, epoch);
                if (!TrainEpoch(reader, epoch, listeners, out Dictionary<string, double> measured)) break;
                if (validationReader is not null)
                {
                    foreach ((string name, double value) in Measure(validationReader).Values) measured[$"val_{name}"] = value;
                }

                history.Add(epoch, measured);
                Epoch = epoch + 1;
                foreach (Callback listener in listeners) listener.OnEpochEnd(this, epoch, measured);
            }

            optimizer!.FinalizeVariableValues(TrainableVariables);
        }
        finally
        {
            foreach (Callback listener in listeners) listener.OnTrainEnd(this);
        }

        return history;
    }

    /// <summary>Takes one training step.</summary>
    /// <param name="x">A batch of features; bytes are scaled to [0, 1].</param>
    /// <param name="y">Its labels.</param>
    /// <returns>The batch's loss, before the step.</returns>
    /// <exception cref="ModelException">The model is not compiled, has nothing to train, or its loss became NaN or infinite.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    public double TrainOnBatch(Tensor x, Tensor y)
    {
        var data = new Dataset(x, y);
        CheckCompiled("TrainOnBatch");
        CheckData("TrainOnBatch", data);
        EnsureBuilt([data.FeatureShape], [data.FeatureType]);
        optimizer!.ResumeVariableValues(TrainableVariables);
        foreach (Metric metric in metrics) metric.Reset();
        // Only bytes need a batch of their own, scaled; other samples are used where they lie.
        if (data.FeatureType == x.DType) return TrainStep(x, y, TrainedVariables(), 0, 0);
        using var reader = new BatchReader(data, null, Math.Max(1, data.Count), null);
        reader.Start(0);
        reader.Next(out Tensor features, out Tensor? labels);
        return TrainStep(features, labels!, TrainedVariables(), 0, 0);
    }

    /// <summary>One epoch; false when it was cut short.</summary>
    private bool TrainEpoch(BatchReader reader, int epoch, List<Callback> listeners, out Dictionary<string, double> measured)
    {
        measured = new Dictionary<string, double>(StringComparer.Ordinal);
        IReadOnlyList<Variable> trained = TrainedVariables();
        foreach (Metric metric in metrics) metric.Reset();
        double sum = 0;
        int samples = 0;
        // What was drawn outside training since the last step must not matter: a resumed run has not drawn it.
        RestartCalls();
        reader.Start(epoch);
        for (int batch = 0; reader.Next(out Tensor features, out Tensor? labels); batch++)
        {
            int count = features.Shape[0];
            sum += count * TrainStep(features, labels!, trained, epoch, batch);
            samples += count;
            bool last = batch == reader.BatchCount - 1;
            if (last || listeners.Count > 0) Note(measured, sum / samples);
            foreach (Callback listener in listeners) listener.OnBatchEnd(this, batch, measured);
            if (StopTraining && !last) return false;
        }

        return true;
    }

    private double TrainStep(Tensor features, Tensor labels, IReadOnlyList<Variable> trained, int epoch, int batch)
    {
        using var tape = new GradientTape();
        using var terms = new LossTerms();
        Tensor prediction = Apply(features, training: true);
        Tensor error = TotalLoss(labels, prediction, terms, trained);
        double value = error.ToScalar();
        if (!double.IsFinite(value)) throw NumericsSearch.Explain(this, features, labels, value, epoch, batch);
        using (GradientTape.StopRecording())
        {
            foreach (Metric metric in metrics) metric.Update(labels, prediction);
        }

        optimizer!.Apply(tape.Gradients(error, trained));
        Random.Step++;
        return value;
    }

    /// <summary>The loss of a batch with what weights and layers add to it. F-X1.</summary>
    internal Tensor TotalLoss(Tensor labels, Tensor prediction, LossTerms terms, IReadOnlyList<Variable> trained)
    {
        Tensor error = loss!.Compute(labels, prediction);
        if (WeightPenalty(trained) is { } penalty) error += penalty.Cast(error.DType);
        if (terms.Sum() is { } added) error += added.Cast(error.DType);
        return error;
    }

    private void Note(Dictionary<string, double> measured, double meanLoss)
    {
        measured["loss"] = meanLoss;
        foreach (Metric metric in metrics) measured[metric.Name] = metric.Result;
    }

    private IReadOnlyList<Variable> TrainedVariables()
    {
        IReadOnlyList<Variable> trained = TrainableVariables;
        return trained.Count > 0
            ? trained
            : throw Fail.Model(Path, "the model has no trainable variables",
                "add layers with weights, or set Trainable on some that it has");
    }

    private (int[]? Train, int[]? Validation) Split(Dataset data, double part)
    {
        if (part == 0) return (null, null);
        int validation = (int)Math.Round(part * data.Count);
        if (validation == 0 || validation == data.Count)
        {
            throw Fail.Value($"{Path}: Fit",
                $"validationSplit {part} of {data.Count} samples leaves {data.Count - validation} to train on and {validation} to validate",
                "choose a part that leaves some of both");
        }

        int[] order = BatchReader.AllOf(data);
        new RandomGenerator(Seed).Split("validation").Shuffle(order.AsSpan());
        return (order[validation..], order[..validation]);
    }

    /// <summary>While <c>Fit</c> runs, the first Ctrl+C ends it after a batch; a second one ends the program as ever.</summary>
    private sealed class Interruption : IDisposable
    {
        private readonly Model model;

        public Interruption(Model model)
        {
            this.model = model;
            Console.CancelKeyPress += Stop;
        }

        public void Dispose() => Console.CancelKeyPress -= Stop;

        private void Stop(object? sender, ConsoleCancelEventArgs e)
        {
            if (model.StopTraining) return;
            model.StopTraining = true;
            e.Cancel = true;
        }
    }
}
