using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Makes the learning rate smaller when a quantity has not become better for some epochs: η ← max(η·factor, minimum).</summary>
/// <remarks>Keras' <c>ReduceLROnPlateau</c>. The optimizer must have been made with a number, not with a schedule. Of an
/// adversarial network both optimizers' rates become smaller; watch <c>generator_loss</c> or <c>discriminator_loss</c>.</remarks>
public sealed class ReduceLROnPlateau : Callback
{
    private readonly Monitor monitor;
    private readonly double factor, minDelta, minimum;
    private readonly int patience, cooldown;
    private double best;
    private int wait, resting;

    /// <summary>Creates the callback.</summary>
    /// <param name="monitor">What is watched; <c>val_loss</c> by default.</param>
    /// <param name="factor">What the rate is multiplied with, in (0, 1); 0.1 by default.</param>
    /// <param name="patience">The epochs without a better value after which the rate changes; 10 by default.</param>
    /// <param name="mode">Which values are better; by the monitor's name by default.</param>
    /// <param name="minDelta">By how much a value must be better to count; 0.0001 by default.</param>
    /// <param name="cooldown">The epochs after a change that are not counted; 0 by default.</param>
    /// <param name="minLearningRate">The smallest rate; 0 by default.</param>
    /// <exception cref="ValueException">A number is out of range.</exception>
    public ReduceLROnPlateau(
        string monitor = "val_loss",
        double factor = 0.1,
        int patience = 10,
        MonitorMode mode = MonitorMode.Auto,
        double minDelta = 1e-4,
        int cooldown = 0,
        double minLearningRate = 0)
    {
        const string Name = "ReduceLROnPlateau";
        this.monitor = new Monitor(Name, monitor, mode);
        if (!(factor is > 0 and < 1)) throw Fail.Value(Name, $"factor is {factor}", "give a number between 0 and 1");
        if (patience < 0) throw Fail.Value(Name, $"patience is {patience}", "give 0 or more");
        if (cooldown < 0) throw Fail.Value(Name, $"cooldown is {cooldown}", "give 0 or more");
        if (!(double.IsFinite(minDelta) && minDelta >= 0)) throw Fail.Value(Name, $"minDelta is {minDelta}", "give a finite number, 0 or more");
        if (!(double.IsFinite(minLearningRate) && minLearningRate >= 0))
            throw Fail.Value(Name, $"minLearningRate is {minLearningRate}", "give a finite number, 0 or more");
        (this.factor, this.minDelta, minimum) = (factor, minDelta, minLearningRate);
        (this.patience, this.cooldown) = (patience, cooldown);
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan) => (best, wait, resting) = (monitor.Worst, 0, 0);

    /// <inheritdoc/>
    public override void SaveState(Model model, CallbackState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Set("best", best);
        state.Set("wait", wait);
        state.Set("resting", resting);
    }

    /// <inheritdoc/>
    public override void LoadState(Model model, CallbackState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        best = state.Number("best") ?? best;
        wait = state.Count("wait") ?? wait;
        resting = state.Count("resting") ?? resting;
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        double value = monitor.Of(measured);
        if (resting > 0)
        {
            resting--;
            wait = 0;
        }

        if (monitor.IsBetter(value, best, minDelta))
        {
            best = value;
            wait = 0;
        }
        else if (resting == 0 && ++wait >= patience)
        {
            if (!LearningRates.Change(model, rate => rate <= minimum ? rate : Math.Max(rate * factor, minimum))) return;
            (resting, wait) = (cooldown, 0);
        }
    }
}
