namespace Engine.Callbacks;

/// <summary>A measured quantity that a callback watches, and which of its values are better.</summary>
internal sealed class Monitor
{
    private static readonly string[] LargerIsBetter = ["acc", "auc", "precision", "recall", "f1", "r2"];

    private readonly string callback;
    private readonly bool larger;

    /// <summary>Watches a quantity.</summary>
    /// <exception cref="ValueException">There is no such mode.</exception>
    public Monitor(string callback, string name, MonitorMode mode)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Enum.IsDefined(mode)) throw Fail.Value(callback, $"mode is {(int)mode}", "give a member of MonitorMode");
        (this.callback, Name) = (callback, name);
        larger = mode == MonitorMode.Max
            || (mode == MonitorMode.Auto && Array.Exists(LargerIsBetter, part => name.Contains(part, StringComparison.Ordinal)));
    }

    /// <summary>The quantity's name.</summary>
    public string Name { get; }

    /// <summary>What every value is better than.</summary>
    public double Worst => larger ? double.NegativeInfinity : double.PositiveInfinity;

    /// <summary>The quantity's value.</summary>
    /// <exception cref="ValueException">It was not measured.</exception>
    public double Of(IReadOnlyDictionary<string, double> measured) => measured.TryGetValue(Name, out double value)
        ? value
        : throw Fail.Value(callback, $"monitor \"{Name}\" is not measured, measured are {string.Join(", ", measured.Keys)}",
            "give Fit validation data for a name with val_, name the metric in Compile, or monitor another quantity");

    /// <summary>Whether a value is better than another by more than a difference; never when it is NaN.</summary>
    public bool IsBetter(double value, double than, double difference = 0) =>
        larger ? value - difference > than : value + difference < than;
}
