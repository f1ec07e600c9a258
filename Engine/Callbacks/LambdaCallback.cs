using Engine.Models;

namespace Engine.Callbacks;

/// <summary>A callback of functions.</summary>
/// <remarks>Keras' <c>LambdaCallback</c>. Epochs and batches are counted from 0.</remarks>
public sealed class LambdaCallback : Callback
{
    private readonly Action<int>? onEpochBegin, onTrainBatchBegin;
    private readonly Action<int, IReadOnlyDictionary<string, double>>? onEpochEnd, onTrainBatchEnd;
    private readonly Action? onTrainBegin, onTrainEnd;

    /// <summary>Creates the callback; each function may be left out.</summary>
    /// <param name="onEpochBegin">Takes the epoch.</param>
    /// <param name="onEpochEnd">Takes the epoch and what was measured.</param>
    /// <param name="onTrainBegin">Runs once, first.</param>
    /// <param name="onTrainEnd">Runs once, last.</param>
    /// <param name="onTrainBatchBegin">Takes the batch in its epoch.</param>
    /// <param name="onTrainBatchEnd">Takes the batch and the means since the epoch began, valid during the call only.</param>
    public LambdaCallback(
        Action<int>? onEpochBegin = null,
        Action<int, IReadOnlyDictionary<string, double>>? onEpochEnd = null,
        Action? onTrainBegin = null,
        Action? onTrainEnd = null,
        Action<int>? onTrainBatchBegin = null,
        Action<int, IReadOnlyDictionary<string, double>>? onTrainBatchEnd = null)
    {
        (this.onEpochBegin, this.onEpochEnd, this.onTrainBegin) = (onEpochBegin, onEpochEnd, onTrainBegin);
        (this.onTrainEnd, this.onTrainBatchBegin, this.onTrainBatchEnd) = (onTrainEnd, onTrainBatchBegin, onTrainBatchEnd);
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan) => onTrainBegin?.Invoke();

    /// <inheritdoc/>
    public override void OnTrainEnd(Model model) => onTrainEnd?.Invoke();

    /// <inheritdoc/>
    public override void OnEpochBegin(Model model, int epoch) => onEpochBegin?.Invoke(epoch);

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured) =>
        onEpochEnd?.Invoke(epoch, measured);

    /// <inheritdoc/>
    public override void OnBatchBegin(Model model, int batch) => onTrainBatchBegin?.Invoke(batch);

    /// <inheritdoc/>
    public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured) =>
        onTrainBatchEnd?.Invoke(batch, measured);
}
