using Engine.Layers;

namespace Engine.Models;

/// <content>One step of training or evaluation, which a class of one's own may replace.</content>
public partial class Model
{
    private readonly List<(string Name, double Value)> reports = [];
    private IReadOnlyList<Variable>? trained;
    private long trainedWeights;
    private LossTerms? stepTerms;

    private bool OverridesTrainStep => Overrides((Func<Batch, double>)TrainStep);

    private bool OverridesTestStep => Overrides((Func<Batch, double>)TestStep);

    /// <summary>Takes one training step: the outputs, their loss, its gradient, a step of the optimizer, the metrics.</summary>
    /// <remarks>
    /// <para>Keras' <c>train_step</c>. <c>Fit</c> and <see cref="TrainOnBatch"/> call it for each batch. One of one's own opens a
    /// <see cref="GradientTape"/>, applies the model with <c>training: true</c>, and calls <c>Optimizer.Apply</c> with the gradients inside
    /// the tape's block; <see cref="ComputeLoss"/> and <see cref="UpdateMetrics"/> do what <c>Compile</c> was asked for, and
    /// <see cref="Report"/> adds what an epoch measures besides. <c>Fit</c> leaves shuffling, epochs, callbacks, files and resuming to
    /// itself, so that they work as ever.</para>
    /// <para>A model that replaces it may be compiled with an optimizer alone and be given data without labels.</para>
    /// </remarks>
    /// <param name="batch">The samples.</param>
    /// <returns>The loss before the step: a mean over the batch, which <c>Fit</c> averages and refuses when it is not finite.</returns>
    protected virtual double TrainStep(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var tape = new GradientTape();
        Tensor[] predictions = Predictions(batch.Columns.Features, training: true);
        Tensor error = ComputeLoss(batch, predictions);
        double value = error.ToScalar();
        // Here, before any weight changes.
        if (!double.IsFinite(value)) throw new NumericsSearch(this, batch).Explain(value, searchesPasses: true);
        UpdateMetrics(batch, predictions);
        optimizer!.Apply(tape.Gradients(error, TrainedVariables()));
        return value;
    }

    /// <summary>Measures one batch: the outputs, their loss, the metrics; nothing is trained.</summary>
    /// <remarks>Keras' <c>test_step</c>. <c>Evaluate</c> calls it for each batch, and <c>Fit</c> for validation data. It runs in a
    /// <see cref="TensorScope"/> of its own and without a tape.</remarks>
    /// <param name="batch">The samples.</param>
    /// <returns>The loss, a mean over the batch.</returns>
    protected virtual double TestStep(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Tensor[] predictions = Predictions(batch.Columns.Features, training: false);
        double value = ComputeLoss(batch, predictions).ToScalar();
        UpdateMetrics(batch, predictions);
        return value;
    }

    /// <summary>The compiled losses of a batch, weighted, with what weights and layers add to them: Σ wᵢ·lossᵢ + penalties. F-X1.</summary>
    /// <remarks>For use in <see cref="TrainStep"/>, inside the tape, and <see cref="TestStep"/>. What layers added in the step is counted
    /// once, by the first call after it.</remarks>
    /// <param name="batch">The samples.</param>
    /// <param name="predictions">The model's outputs for them.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ModelException">The model is compiled without a loss, or no step is under way.</exception>
    protected Tensor ComputeLoss(Batch batch, params IReadOnlyList<Tensor> predictions)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(predictions);
        RequireStep("ComputeLoss");
        if (losses.Length == 0)
        {
            throw Fail.Model($"{Path}: ComputeLoss", "the model is compiled without a loss",
                "give Compile one, or compute the loss in the step");
        }

        if (predictions.Count != losses.Length)
        {
            throw Fail.Model($"{Path}: ComputeLoss", $"{predictions.Count} predictions for {losses.Length} losses",
                "give one for each output");
        }

        return TotalLoss(batch, predictions, TrainedOrNone());
    }

    /// <summary>Adds a batch to the compiled metrics.</summary>
    /// <param name="batch">The samples.</param>
    /// <param name="predictions">The model's outputs for them.</param>
    protected void UpdateMetrics(Batch batch, params IReadOnlyList<Tensor> predictions)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(predictions);
        using IDisposable pause = GradientTape.StopRecording();
        for (int i = 0; i < metrics.Length; i++)
        {
            // As in Keras padding counts for nothing in a metric either; weights of samples do not reach metrics.
            Tensor? counts = metrics[i].Length == 0 ? null : predictions[i].Mask?.Cast(DType.Float64);
            foreach (Metrics.Metric metric in metrics[i]) metric.Update(batch.Labels[i], predictions[i], counts);
        }
    }

    /// <summary>Adds a quantity to what an epoch measures: history and callbacks have its mean over the samples.</summary>
    /// <remarks>For use in <see cref="TrainStep"/> and <see cref="TestStep"/>; on validation data the name gets <c>val_</c> before
    /// it.</remarks>
    /// <param name="name">Its name, as <c>reconstruction_loss</c>.</param>
    /// <param name="value">Its mean over the batch.</param>
    /// <exception cref="ValueException">The name is empty.</exception>
    /// <exception cref="ModelException">No step is under way.</exception>
    protected void Report(string name, double value)
    {
        if (string.IsNullOrEmpty(name)) throw Fail.Value($"{Path}: Report", "an empty name", "name the quantity");
        RequireStep("Report");
        reports.Add((name, value));
    }

    /// <summary>Runs a step, with what it needs around it.</summary>
    private double Run(Func<Batch, double> step, Batch batch)
    {
        using var terms = new LossTerms();
        reports.Clear();
        stepTerms = terms;
        try
        {
            return step(batch);
        }
        finally
        {
            stepTerms = null;
        }
    }

    /// <summary>One training step: the loss, refused when it is not finite.</summary>
    private double Train(Batch batch)
    {
        double value = Run(TrainStep, batch);
        if (!double.IsFinite(value)) throw new NumericsSearch(this, batch).Explain(value, searchesPasses: false);
        Random.Step++;
        return value;
    }

    /// <summary>The passes of a step once more, without changing a weight: under <see cref="DebugNumerics"/> they name what is not
    /// finite.</summary>
    internal void RepeatPasses(Batch batch)
    {
        stepTerms!.Take();
        using var tape = new GradientTape();
        Tensor[] predictions = Predictions(batch.Columns.Features, training: true);
        IReadOnlyList<Variable> variables = TrainedOrNone();
        tape.Gradients(TotalLoss(batch, predictions, variables), variables);
    }

    /// <summary>The loss of a batch, on the tape that is open; nothing is trained or measured.</summary>
    internal Tensor LossOf(Batch batch, bool training)
    {
        using var terms = new LossTerms();
        stepTerms = terms;
        try
        {
            return TotalLoss(batch, Predictions(batch.Columns.Features, training), []);
        }
        finally
        {
            stepTerms = null;
        }
    }

    private void RequireStep(string method)
    {
        if (stepTerms is null) throw Fail.Model($"{Path}: {method}", "no step is under way", "call it in TrainStep or TestStep");
    }

    /// <summary>The variables that training changes, found anew at an epoch's begin, and when a layer has made weights since.</summary>
    private IReadOnlyList<Variable> TrainedVariables()
    {
        IReadOnlyList<Variable> variables = TrainedOrNone();
        return variables.Count > 0
            ? variables
            : throw Fail.Model(Path, "the model has no trainable variables",
                "add layers with weights, or set Trainable on some that it has");
    }

    private IReadOnlyList<Variable> TrainedOrNone()
    {
        if (trained is not null && trainedWeights == Random.Weights) return trained;
        trained = TrainableVariables;
        trainedWeights = Random.Weights;
        return trained;
    }
}
