using Engine.Data;
using Engine.Losses;
using Engine.Metrics;

namespace Engine.Models;

/// <content>Training and measuring on pairs of sentences.</content>
public sealed partial class Translator
{
    /// <summary>Trains on pairs of sentences, with the words that should have been written before each.</summary>
    /// <remarks>
    /// Sentences of about equal lengths make a batch, which is padded to its own longest; batches come in a new order each epoch. Padding
    /// counts for nothing in loss and metrics. A mean over an epoch counts each word alike, not each batch or sentence: e to the power of a
    /// cross-entropy is the perplexity. The same seed gives the same bits, on any number of threads. Ctrl+C ends training after the batch
    /// under way.
    /// </remarks>
    /// <param name="pairs">The sentences and their translations.</param>
    /// <param name="epochs">The epoch before which training ends: how often every pair is used, when it begins at 0.</param>
    /// <param name="batchSize">Pairs in a step.</param>
    /// <param name="validationData">What the loss and metrics are also measured on after each epoch; null for none.</param>
    /// <param name="shuffle">Whether the batches come in a new order each epoch, instead of by rising length; true by default.</param>
    /// <param name="seed">Sets <see cref="Model.Seed"/> before anything else; null leaves it.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns>Loss and metrics, epoch by epoch.</returns>
    /// <exception cref="ModelException">The translator is not compiled, or its loss became NaN or infinite.</exception>
    /// <exception cref="ValueException">There are no pairs, or a number is out of range.</exception>
    public History Fit(
        SentencePairs pairs,
        int epochs = 1,
        int batchSize = 64,
        SentencePairs? validationData = null,
        bool shuffle = true,
        ulong? seed = null,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress)
    {
        string where = $"{Path}: Fit";
        CheckCompiled("Fit");
        if (epochs < 0) throw Fail.Value(where, $"epochs is {epochs}", "give 0 or more");
        if (initialEpoch < 0) throw Fail.Value(where, $"initialEpoch is {initialEpoch}", "give 0 or more");
        CheckBatch(where, batchSize);
        SequenceBuckets train = Buckets(where, pairs);
        SequenceBuckets? validation = validationData is null ? null : Buckets($"{where}(validationData)", validationData);
        if (seed is { } wanted) Seed = wanted;
        IReadOnlyList<Variable> variables = TrainableVariables;
        if (variables.Count == 0)
            throw Fail.Model(Path, "the translator has no trainable variables", "set Trainable on it or on some of its layers");
        Optimizer!.ResumeVariableValues(variables);
        var plan = new TrainingPlan(initialEpoch, epochs, (pairs.Count + batchSize - 1) / batchSize, pairs.Count, batchSize);
        return RunEpochs(
            plan,
            callbacks ?? [],
            TrainingProgress.For(verbose, images: false),
            (epoch, listeners) =>
            {
                IEnumerable<SampleBatch> batches = train.Batch(batchSize, shuffle ? Seed : null, epoch);
                if (TrainEpoch(batches, plan.Batches, epoch, variables, listeners) is not { } measured) return null;
                if (validation is null) return measured;
                foreach ((string name, double value) in Measure(validation, batchSize).Values) measured[$"val_{name}"] = value;
                return measured;
            },
            () => Optimizer!.FinalizeVariableValues(variables));
    }

    /// <summary>Measures loss and metrics on pairs of sentences, without training; means over the words.</summary>
    /// <param name="pairs">The sentences and their translations.</param>
    /// <param name="batchSize">Pairs computed at a time.</param>
    /// <returns>Means over the words of the translations.</returns>
    /// <exception cref="ModelException">The translator is not compiled.</exception>
    /// <exception cref="ValueException">There are no pairs, or the batch size is below 1.</exception>
    public Evaluation Evaluate(SentencePairs pairs, int batchSize = 64)
    {
        string where = $"{Path}: Evaluate";
        CheckCompiled("Evaluate");
        CheckBatch(where, batchSize);
        return Measure(Buckets(where, pairs), batchSize);
    }

    /// <summary>exp(−Σ ln p(word) / words): between how many words the translator is in doubt, on average. F-M1.</summary>
    /// <remarks>The ends of the translations count as words, unknown words as the one that stands for them.</remarks>
    /// <param name="pairs">The sentences and their translations.</param>
    /// <param name="batchSize">Pairs computed at a time.</param>
    /// <returns>A number of 1, the best, or more.</returns>
    /// <exception cref="ValueException">There are no pairs, or the batch size is below 1.</exception>
    public double Perplexity(SentencePairs pairs, int batchSize = 64)
    {
        string where = $"{Path}: Perplexity";
        CheckBatch(where, batchSize);
        var metric = new Perplexity();
        ForEach(Buckets(where, pairs), batchSize,
            (labels, prediction) => metric.Update(labels, prediction, prediction.Mask!.Cast(DType.Float64)));
        return metric.Result;
    }

    /// <summary>One epoch; null when it was cut short.</summary>
    private Dictionary<string, double>? TrainEpoch(
        IEnumerable<SampleBatch> batches, int count, int epoch, IReadOnlyList<Variable> variables, List<Callback> listeners)
    {
        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (Metric metric in Metrics) metric.Reset();
        (double sum, long words, int index) = (0, 0, 0);
        RestartCalls();
        foreach (SampleBatch batch in batches)
        {
            foreach (Callback listener in listeners) listener.OnBatchBegin(this, index);
            (double loss, int counted) = TrainStep(batch, variables, epoch, index);
            (sum, words) = (sum + counted * loss, words + counted);
            Note(measured, sum / words);
            foreach (Callback listener in listeners) listener.OnBatchEnd(this, index, measured);
            index++;
            if (StopTraining && index < count) return null;
        }

        return measured;
    }

    private (double Loss, int Words) TrainStep(SampleBatch batch, IReadOnlyList<Variable> variables, int epoch, int index)
    {
        using var tape = new GradientTape();
        (Tensor input, Tensor labels, int words) = Shifted(batch.Labels!);
        Tensor prediction = Apply([batch.Features, input], training: true);
        Tensor error = TotalLoss(labels, prediction, variables);
        double value = error.ToScalar();
        if (!double.IsFinite(value))
        {
            throw Fail.Model($"{Path}: Fit", $"the loss became {value} in epoch {epoch + 1}, batch {index + 1} (step {Step + 1})",
                "lower the learning rate, or clip gradients, new Adam { GlobalClipNorm = 1 }; DebugNumerics names the first operation");
        }

        using (GradientTape.StopRecording()) UpdateMetrics(labels, prediction);
        Optimizer!.Apply(tape.Gradients(error, variables));
        Random.Step++;
        return (value, words);
    }

    private Evaluation Measure(SequenceBuckets data, int batchSize)
    {
        foreach (Metric metric in Metrics) metric.Reset();
        IReadOnlyList<Variable> variables = TrainableVariables;
        (double sum, long words) = (0, 0);
        ForEach(data, batchSize, (labels, prediction) =>
        {
            int counted = Words(labels);
            (sum, words) = (sum + counted * TotalLoss(labels, prediction, variables).ToScalar(), words + counted);
            UpdateMetrics(labels, prediction);
        });
        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        Note(measured, sum / words);
        return new Evaluation(measured);
    }

    /// <summary>Predicts batch by batch, without training.</summary>
    private void ForEach(SequenceBuckets data, int batchSize, Action<Tensor, Tensor> see)
    {
        using IDisposable pause = GradientTape.StopRecording();
        foreach (SampleBatch batch in data.Batch(batchSize))
        {
            using var scope = new TensorScope();
            (Tensor input, Tensor labels, _) = Shifted(batch.Labels!);
            see(labels, Apply([batch.Features, input], training: false));
        }
    }

    private Tensor TotalLoss(Tensor labels, Tensor prediction, IReadOnlyList<Variable> variables)
    {
        Tensor error = Loss!.Compute(labels, prediction, mask: prediction.Mask);
        return WeightPenalty(variables) is { } penalty ? error + penalty.Cast(error.DType) : error;
    }

    private void UpdateMetrics(Tensor labels, Tensor prediction)
    {
        IReadOnlyList<Metric> metrics = Metrics;
        if (metrics.Count == 0) return;
        Tensor counts = prediction.Mask!.Cast(DType.Float64);
        foreach (Metric metric in metrics) metric.Update(labels, prediction, counts);
    }

    private void Note(Dictionary<string, double> measured, double loss)
    {
        measured["loss"] = loss;
        foreach (Metric metric in Metrics) measured[metric.Name] = metric.Result;
    }

    /// <summary>What the decoder is shown, without the end, and what it should write, without the start: of one padding.</summary>
    private (Tensor Input, Tensor Labels, int Words) Shifted(Tensor target)
    {
        int rows = target.Shape[0], length = target.Shape[1] - 1, words = 0;
        Tensor input = Tensor.Empty([rows, length], DType.Int32), labels = Tensor.Empty([rows, length], DType.Int32);
        ReadOnlySpan<int> ids = target.AsSpan<int>();
        Span<int> shown = input.AsWritableSpan<int>(), wanted = labels.AsWritableSpan<int>();
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < length; i++)
            {
                int id = ids[row * (length + 1) + i], next = ids[row * (length + 1) + i + 1];
                wanted[row * length + i] = next;
                shown[row * length + i] = next == TargetVocabulary.PaddingId ? TargetVocabulary.PaddingId : id;
                if (next != TargetVocabulary.PaddingId) words++;
            }
        }

        return (input, labels, words);
    }

    private static int Words(Tensor labels)
    {
        int words = 0;
        foreach (int id in labels.AsSpan<int>()) words += id == 0 ? 0 : 1;
        return words;
    }

    private SequenceBuckets Buckets(string where, SentencePairs pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Count == 0) throw Fail.Value(where, "there are no pairs of sentences", "give at least one");
        int[][] source = [.. pairs.Source.Select(sentence => SourceVocabulary.Encode(sentence, start: true, end: true))];
        int[][] target = [.. pairs.Target.Select(sentence => TargetVocabulary.Encode(sentence, start: true, end: true))];
        return new SequenceBuckets(source, target);
    }

    private static void CheckBatch(string where, int batchSize)
    {
        if (batchSize < 1) throw Fail.Value(where, $"batchSize is {batchSize}", "give at least 1");
    }
}
