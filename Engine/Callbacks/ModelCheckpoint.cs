using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Saves the model at the end of each epoch, or when it has become better.</summary>
/// <remarks>Keras' <c>ModelCheckpoint</c>. See <see cref="Model.Save"/>: a crash leaves the file before or the new one. In <c>Fit</c> it
/// hears of an epoch's end after all other callbacks, wherever it stands, so that the file holds what they remember of the epoch.</remarks>
public sealed partial class ModelCheckpoint : Callback
{
    private readonly string path;
    private readonly Monitor monitor;
    private readonly bool saveBestOnly, saveWeightsOnly;
    private readonly int? saveFrequency;
    private double best;
    private int epoch, batches;
    private bool? isBetter;

    /// <summary>Creates the callback.</summary>
    /// <param name="path">
    /// The file. <c>{epoch}</c> becomes the number of the epoch, counted from 1, and <c>{val_loss}</c> a measured value; a format may
    /// follow, as in <c>digits-{epoch:00}-{val_loss:F3}.safetensors</c>.
    /// </param>
    /// <param name="monitor">What tells whether the model has become better; <c>val_loss</c> by default.</param>
    /// <param name="saveBestOnly">Whether only a model better than all before is saved; false by default.</param>
    /// <param name="saveWeightsOnly">Whether the state of training is left out; false by default.</param>
    /// <param name="mode">Which values are better; by the monitor's name by default.</param>
    /// <param name="saveFrequency">n: saves after every n batches instead of at an epoch's end; null for each epoch.</param>
    /// <param name="initialValueThreshold">What the first value must be better than to be saved; null for nothing.</param>
    /// <exception cref="ValueException">The path is empty, or a frequency is below 1.</exception>
    public ModelCheckpoint(
        string path,
        string monitor = "val_loss",
        bool saveBestOnly = false,
        bool saveWeightsOnly = false,
        MonitorMode mode = MonitorMode.Auto,
        int? saveFrequency = null,
        double? initialValueThreshold = null)
    {
        if (string.IsNullOrWhiteSpace(path)) throw Fail.Value("ModelCheckpoint", "an empty path", "give the file to write");
        if (saveFrequency < 1)
            throw Fail.Value("ModelCheckpoint", $"saveFrequency is {saveFrequency}", "give at least 1, or null for each epoch");
        this.path = path;
        this.monitor = new Monitor("ModelCheckpoint", monitor, mode);
        (this.saveBestOnly, this.saveWeightsOnly, this.saveFrequency) = (saveBestOnly, saveWeightsOnly, saveFrequency);
        best = initialValueThreshold ?? this.monitor.Worst;
    }

    /// <summary>The best value so far; it stays when the callback is used in a further <c>Fit</c>.</summary>
    public double Best => best;

    /// <inheritdoc/>
    internal override bool Saves => true;

    /// <inheritdoc/>
    public override void OnEpochBegin(Model model, int epoch) => this.epoch = epoch;

    /// <inheritdoc/>
    public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured)
    {
        if (saveFrequency is { } frequency && ++batches % frequency == 0) Save(model, measured);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        if (saveFrequency is null) Save(model, measured);
    }

    /// <inheritdoc/>
    public override void SaveState(Model model, CallbackState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (saveBestOnly) state.Set("best", best);
        if (saveFrequency is not null) state.Set("batches", batches);
    }

    /// <inheritdoc/>
    public override void LoadState(Model model, CallbackState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Number("best") is { } value && !monitor.IsBetter(best, value)) best = value;
        batches = state.Count("batches") ?? 0;
    }

    /// <inheritdoc/>
    internal override void Decide(IReadOnlyDictionary<string, double> measured)
    {
        if (saveFrequency is null) isBetter = IsBetter(measured);
    }

    /// <summary>Whether the model is to be saved; remembers the value when it is.</summary>
    private bool IsBetter(IReadOnlyDictionary<string, double> measured)
    {
        if (!saveBestOnly) return true;
        double value = monitor.Of(measured);
        if (!monitor.IsBetter(value, best)) return false;
        best = value;
        return true;
    }

    private void Save(Model model, IReadOnlyDictionary<string, double> measured)
    {
        bool save = isBetter ?? IsBetter(measured);
        isBetter = null;
        if (save) model.Save(Place().Replace(path, match => Value(match, measured)), saveWeightsOnly);
    }

    private string Value(Match match, IReadOnlyDictionary<string, double> measured)
    {
        (string name, string format) = (match.Groups[1].Value, match.Groups[2].Value);
        if (name == "epoch") return (epoch + 1).ToString(format, CultureInfo.InvariantCulture);
        if (measured.TryGetValue(name, out double value)) return value.ToString(format, CultureInfo.InvariantCulture);
        throw Fail.Value("ModelCheckpoint", $"the path \"{path}\" names \"{name}\", measured are {string.Join(", ", measured.Keys)}",
            "name epoch or one of those");
    }

    [GeneratedRegex(@"\{(\w+)(?::([^{}]*))?\}")]
    private static partial Regex Place();
}
