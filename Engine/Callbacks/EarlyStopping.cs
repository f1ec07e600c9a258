using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Ends training when a quantity has not become better for some epochs.</summary>
/// <remarks>Keras' <c>EarlyStopping</c>. A value that is NaN is never better. A training that goes on from a file waits on where that one
/// waited, the best weights are in the file, and where it had been ended nothing is trained, unless <c>patience</c> is larger now.</remarks>
public sealed class EarlyStopping : Callback
{
    private readonly Monitor monitor;
    private readonly double minDelta;
    private readonly int patience, startFromEpoch;
    private readonly double? baseline;
    private readonly bool restoreBestWeights;
    private Tensor[]? bestWeights;
    private int wait;
    private bool isTraining;

    /// <summary>Creates the callback.</summary>
    /// <param name="monitor">What is watched; <c>val_loss</c> by default.</param>
    /// <param name="minDelta">By how much a value must be better to count; 0 by default.</param>
    /// <param name="patience">The epochs without a better value after which training ends; 0 by default: at once.</param>
    /// <param name="mode">Which values are better; by the monitor's name by default.</param>
    /// <param name="baseline">What a value must be better than as well for the waiting to start anew; null for nothing.</param>
    /// <param name="restoreBestWeights">Whether the model gets the weights of its best epoch back when training ends, by this callback or
    /// not; false by default.</param>
    /// <param name="startFromEpoch">The epochs at the beginning that are not watched; 0 by default.</param>
    /// <exception cref="ValueException">A number is negative or not finite.</exception>
    public EarlyStopping(
        string monitor = "val_loss",
        double minDelta = 0,
        int patience = 0,
        MonitorMode mode = MonitorMode.Auto,
        double? baseline = null,
        bool restoreBestWeights = false,
        int startFromEpoch = 0)
    {
        this.monitor = new Monitor("EarlyStopping", monitor, mode);
        // Keras takes the absolute value.
        if (!double.IsFinite(minDelta)) throw Fail.Value("EarlyStopping", $"minDelta is {minDelta}", "give a finite number");
        if (patience < 0) throw Fail.Value("EarlyStopping", $"patience is {patience}", "give 0 or more");
        if (startFromEpoch < 0) throw Fail.Value("EarlyStopping", $"startFromEpoch is {startFromEpoch}", "give 0 or more");
        (this.minDelta, this.patience, this.startFromEpoch) = (Math.Abs(minDelta), patience, startFromEpoch);
        (this.baseline, this.restoreBestWeights) = (baseline, restoreBestWeights);
    }

    /// <summary>The best value of the last training; null before the first one that was watched.</summary>
    public double? Best { get; private set; }

    /// <summary>The epoch of the best value, counted from 0.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>The epoch after which this callback ended training; null when it did not.</summary>
    public int? StoppedEpoch { get; private set; }

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan) =>
        (wait, bestWeights, Best, BestEpoch, StoppedEpoch, isTraining) = (0, null, null, 0, null, true);

    /// <inheritdoc/>
    public override void SaveState(Model model, CallbackState state)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(state);
        state.Set("wait", wait);
        state.Set("best", Best);
        state.Set("best_epoch", BestEpoch);
        state.Set("stopped_epoch", StoppedEpoch);
        if (bestWeights is null) return;
        List<(string Name, Variable Variable)> variables = model.NamedVariables();
        for (int i = 0; i < bestWeights.Length; i++) state.Set(variables[i].Name, bestWeights[i]);
    }

    /// <inheritdoc/>
    /// <exception cref="ValueException">The best weights in the state are not those of the model's variables.</exception>
    public override void LoadState(Model model, CallbackState state)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(state);
        if (restoreBestWeights && state.Tensors.Count > 0)
            bestWeights = [.. model.NamedVariables().Select(pair => BestOf(state, pair.Name, pair.Variable))];
        wait = state.Count("wait") ?? wait;
        Best = state.Number("best");
        BestEpoch = state.Count("best_epoch") ?? BestEpoch;
        if (state.Count("stopped_epoch") is not { } stopped || wait < patience) return;
        StoppedEpoch = stopped;
        model.StopTraining = true;
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        if (epoch < startFromEpoch) return;
        double value = monitor.Of(measured);
        if (restoreBestWeights && bestWeights is null) Keep(model, epoch);
        wait++;
        if (monitor.IsBetter(value, Best ?? monitor.Worst, minDelta))
        {
            Best = value;
            Keep(model, epoch);
            if (baseline is null || monitor.IsBetter(value, baseline.Value, minDelta)) wait = 0;
            return;
        }

        if (wait < patience || epoch == 0) return;
        StoppedEpoch = epoch;
        model.StopTraining = true;
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(Model model)
    {
        // They stay for a file that is written later.
        if (bestWeights is null || !isTraining) return;
        isTraining = false;
        IReadOnlyList<Variable> variables = model.Variables;
        for (int i = 0; i < bestWeights.Length; i++) variables[i].Assign(bestWeights[i]);
    }

    private static Tensor BestOf(CallbackState state, string name, Variable variable) =>
        state.Tensors.TryGetValue(name, out Tensor? best) && best.Shape == variable.Shape && best.DType == variable.DType
            ? best
            : throw Fail.Value("EarlyStopping",
                $"the best weights in the file have no \"{name}\" {variable.DType}{variable.Shape}",
                "give LoadState what SaveState noted for a model of the same layers");

    private void Keep(Model model, int epoch)
    {
        BestEpoch = epoch;
        if (restoreBestWeights) bestWeights = [.. model.Variables.Select(variable => variable.Detach())];
    }
}
