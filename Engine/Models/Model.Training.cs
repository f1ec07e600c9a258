using Engine.Data;
using Engine.Layers;

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
    /// <param name="classWeight">How much the samples of a class count in training; a class that is not named counts 1. Null for 1
    /// each.</param>
    /// <param name="sampleWeight">How much each sample counts, [N], or each step of it, [N, T]; null for 1 each.</param>
    /// <param name="validationBatchSize">Samples measured at a time; null for <paramref name="batchSize"/>.</param>
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
        Verbosity verbose = Verbosity.Progress,
        IReadOnlyDictionary<int, double>? classWeight = null,
        Tensor? sampleWeight = null,
        int? validationBatchSize = null) => Fit(new Dataset(x, y), epochs, batchSize, shuffle, seed, validationData, validationSplit,
            callbacks, initialEpoch, verbose, classWeight, sampleWeight, validationBatchSize);

    /// <summary>Trains the model: for each batch one step of the optimizer against the gradient of the loss.</summary>
    /// <remarks>
    /// The same seed gives the same bits, on any number of threads. Ctrl+C ends training after the batch under way, and what was measured
    /// so far is returned; an epoch cut short is not in it. The loss of an epoch is the mean of its batches' losses, each weighed by its
    /// samples. So it is in Keras: where a mask or an ignored label takes steps out, a step counts a little more in a batch with few others,
    /// while metrics, as <see cref="Metrics.Perplexity"/> and <see cref="Metrics.LossMetric"/>, are means over all that counts.
    /// <paramref name="validationSplit"/> takes its samples after a shuffle by the seed, not the last ones as in Keras, which a sorted data
    /// set would turn into samples of classes that training never sees. Weights multiply the losses, whose sum is still divided by the
    /// number of samples; as in Keras, weights of samples also count on the samples of a split, weights of classes do not, and metrics
    /// count each sample once. Stateful layers begin each validation anew, and have the training's states again after it; they need batches
    /// of one size.
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
    /// <param name="classWeight">How much the samples of a class count in training; a class that is not named counts 1. Null for 1
    /// each.</param>
    /// <param name="sampleWeight">How much each sample counts, [N], or each step of it, [N, T]; null for 1 each.</param>
    /// <param name="validationBatchSize">Samples measured at a time; null for <paramref name="batchSize"/>.</param>
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
        Verbosity verbose = Verbosity.Progress,
        IReadOnlyDictionary<int, double>? classWeight = null,
        Tensor? sampleWeight = null,
        int? validationBatchSize = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var run = new TrainingRun(epochs, initialEpoch, batchSize, validationBatchSize ?? batchSize, shuffle, seed, validationSplit,
            callbacks ?? [], verbose, classWeight);
        return Fit(TrainingData.Of(data, sampleWeight), validationData is null ? null : TrainingData.Of(validationData, null), run);
    }

    /// <summary>Trains a model of several inputs or outputs. See the form for a data set for the details.</summary>
    /// <param name="x">For each input its samples along the first axis; bytes are scaled to [0, 1].</param>
    /// <param name="y">For each output its labels along the first axis.</param>
    /// <param name="epochs">The epoch before which training ends: how often every sample is used, when it begins at 0.</param>
    /// <param name="batchSize">Samples in a step; the last batch of an epoch has what remains.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Seed"/> before anything else; null leaves it.</param>
    /// <param name="validationData">What the loss and metrics are also measured on after each epoch; null for none.</param>
    /// <param name="validationSplit">The part of the samples to validate on instead, 0 or more and below 1.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <param name="sampleWeight">For each output how much each sample, or each step of it, counts; null, or null for an output, for 1
    /// each.</param>
    /// <param name="validationBatchSize">Samples measured at a time; null for <paramref name="batchSize"/>.</param>
    /// <returns>Loss and metrics, epoch by epoch.</returns>
    /// <exception cref="ModelException">The model is not compiled, has nothing to train, or its loss became NaN or infinite.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    /// <exception cref="ValueException">A column is missing or empty, or a number is out of range.</exception>
    public History Fit(
        IReadOnlyList<Tensor> x,
        IReadOnlyList<Tensor> y,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        (IReadOnlyList<Tensor> X, IReadOnlyList<Tensor> Y)? validationData = null,
        double validationSplit = 0,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress,
        IReadOnlyList<Tensor?>? sampleWeight = null,
        int? validationBatchSize = null)
    {
        TrainingData data = Columns("Fit", x, y, sampleWeight);
        TrainingData? validation = validationData is { } given ? Columns("Fit(validationData)", given.X, given.Y, null) : null;
        return Fit(data, validation,
            new TrainingRun(epochs, initialEpoch, batchSize, validationBatchSize ?? batchSize, shuffle, seed, validationSplit,
                callbacks ?? [], verbose, null));
    }

    private History Fit(TrainingData data, TrainingData? validationData, TrainingRun run)
    {
        CheckFit(data, validationData, run);
        if (run.Seed is { } wanted) Seed = wanted;
        (int[]? trainSamples, int[]? validationSamples) = Split(data, run.ValidationSplit);
        TrainingData? validation = validationSamples is null ? validationData : data;
        using var reader = new TrainingReader(data, trainSamples, run.BatchSize, run.Shuffle ? Seed : null, run.ClassWeight);
        using TrainingReader? validationReader =
            validation is null ? null : new TrainingReader(validation, validationSamples, run.ValidationBatchSize, null);
        CheckStates("Fit", reader.SampleCount, run.BatchSize);
        if (validationReader is not null) CheckStates("Fit(validation)", validationReader.SampleCount, run.ValidationBatchSize);
        CheckFirstBatch(reader);

        var plan = new TrainingPlan(run.InitialEpoch, run.Epochs, reader.BatchCount, reader.SampleCount, run.BatchSize);
        optimizer!.ResumeVariableValues(TrainableVariables);
        return RunEpochs(
            plan,
            run.Callbacks,
            TrainingProgress.For(run.Verbose, data.Inputs[0].FeatureShape.Rank == 3),
            (epoch, listeners) =>
            {
                if (!TrainEpoch(reader, epoch, listeners, out Dictionary<string, double> measured)) return null;
                if (validationReader is null) return measured;
                // Validation begins with no memory of the training's samples, and training goes on as if there had been none.
                using IDisposable states = SetStatesAside();
                foreach ((string name, double value) in Measure(validationReader).Values) measured[$"val_{name}"] = value;
                return measured;
            },
            () => optimizer!.FinalizeVariableValues(TrainableVariables));
    }

    /// <summary>Epoch after epoch, until they are done, a callback or Ctrl+C ends them, or one is cut short.</summary>
    /// <param name="plan">How training will run.</param>
    /// <param name="callbacks">What is told.</param>
    /// <param name="progress">What shows it; null for nothing.</param>
    /// <param name="trainEpoch">Trains one epoch and gives its means; null when it was cut short.</param>
    /// <param name="end">What is done after the last epoch, unless an error ended them.</param>
    private protected History RunEpochs(
        TrainingPlan plan,
        IReadOnlyList<Callback> callbacks,
        Callback? progress,
        Func<int, List<Callback>, Dictionary<string, double>?> trainEpoch,
        Action end)
    {
        var history = new History();
        var listeners = new List<Callback>(callbacks);
        if (progress is not null) listeners.Add(progress);
        StopTraining = false;
        using var interruption = new Interruption(this);
        try
        {
            BeginCallbacks(listeners, plan);
            for (int epoch = plan.InitialEpoch; epoch < plan.Epochs && !StopTraining; epoch++)
            {
                foreach (Callback listener in listeners) listener.OnEpochBegin(this, epoch);
                if (trainEpoch(epoch, listeners) is not { } measured) break;
                history.Add(epoch, measured);
                Epoch = epoch + 1;
                EndEpoch(listeners, epoch, measured);
            }

            end();
        }
        finally
        {
            foreach (Callback listener in listeners) listener.OnTrainEnd(this);
        }

        return history;
    }

    /// <summary>Takes one training step.</summary>
    /// <param name="x">A batch of features; bytes are scaled to [0, 1].</param>
    /// <param name="y">Its labels; null for a model whose <see cref="TrainStep"/> needs none.</param>
    /// <returns>The batch's loss, before the step.</returns>
    /// <exception cref="ModelException">The model is not compiled, has nothing to train, or its loss became NaN or infinite.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    public double TrainOnBatch(Tensor x, Tensor? y = null)
    {
        var data = new Dataset(x, y);
        CheckCompiled("TrainOnBatch");
        var columns = TrainingData.Of(data, null);
        CheckSteps("TrainOnBatch", validates: false);
        CheckData("TrainOnBatch", columns);
        EnsureBuilt([data.FeatureShape], [data.FeatureType]);
        optimizer!.ResumeVariableValues(TrainableVariables);
        ResetMetrics();
        trained = null;
        // Only bytes need a batch of their own, scaled; other samples are used where they lie.
        if (data.FeatureType == x.DType) return Train(new Batch([x], y is null ? [] : [y], [null]));
        using var reader = new TrainingReader(columns, null, Math.Max(1, data.Count), null);
        reader.Start(0);
        return Train(reader.Next()!);
    }

    /// <summary>One epoch; false when it was cut short.</summary>
    private bool TrainEpoch(
        TrainingReader reader,
        int epoch,
        List<Callback> listeners,
        out Dictionary<string, double> measured)
    {
        measured = new Dictionary<string, double>(StringComparer.Ordinal);
        // A callback may have frozen or freed layers since the last epoch.
        trained = null;
        if (!OverridesTrainStep) TrainedVariables();
        ResetMetrics();
        var sums = new EpochSums(OutputNames(), metrics);
        // What was drawn outside training since the last step must not matter: a resumed run has not drawn it.
        RestartCalls();
        reader.Start(epoch);
        for (int index = 0; reader.Next() is { } batch; index++)
        {
            foreach (Callback listener in listeners) listener.OnBatchBegin(this, index);
            int count = batch.Count;
            batch.Place = (epoch, index);
            sums.Add(count, Train(batch), outputLosses, reports);
            bool last = index == reader.BatchCount - 1;
            if (last || listeners.Count > 0) sums.Note(measured);
            foreach (Callback listener in listeners) listener.OnBatchEnd(this, index, measured);
            if (StopTraining && !last) return false;
        }

        return true;
    }

    private (int[]? Train, int[]? Validation) Split(TrainingData data, double part)
    {
        if (part == 0) return (null, null);
        if (data.Inputs.Any(input => input.Overlaps))
        {
            throw Fail.Value($"{Path}: Fit",
                "validationSplit was given for windows that overlap, so that both parts would have the same text",
                "give validationData: (train, validation) = windows.Split(0.9)");
        }

        int validation = (int)Math.Round(part * data.Count);
        if (validation == 0 || validation == data.Count)
        {
            throw Fail.Value($"{Path}: Fit",
                $"validationSplit {part} of {data.Count} samples leaves {data.Count - validation} to train on and {validation} to validate",
                "choose a part that leaves some of both");
        }

        int[] order = BatchReader.AllOf(data.Inputs[0]);
        new RandomGenerator(Seed).Split("validation").Shuffle(order.AsSpan());
        return (order[validation..], order[..validation]);
    }

    /// <summary>What a call of <c>Fit</c> was asked for.</summary>
    private sealed record TrainingRun(
        int Epochs,
        int InitialEpoch,
        int BatchSize,
        int ValidationBatchSize,
        bool Shuffle,
        ulong? Seed,
        double ValidationSplit,
        IReadOnlyList<Callback> Callbacks,
        Verbosity Verbose,
        IReadOnlyDictionary<int, double>? ClassWeight);

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
