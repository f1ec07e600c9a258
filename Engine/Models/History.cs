namespace Engine.Models;

/// <summary>What <c>Fit</c> measured: for each quantity one number an epoch.</summary>
/// <remarks><c>loss</c> and the metrics' names, and with <c>val_</c> before them those of the validation data.</remarks>
public sealed class History
{
    private readonly List<string> names = [];
    private readonly Dictionary<string, List<double>> values = new(StringComparer.Ordinal);
    private readonly List<int> epochs = [];

    internal History()
    {
    }

    /// <summary>The quantities, in the order they were measured.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The epochs that were trained, counted from 0.</summary>
    public IReadOnlyList<int> Epochs => epochs;

    /// <summary>One quantity over the epochs; <c>history["loss"][^1]</c> is the last.</summary>
    /// <param name="name">Its name, as <c>loss</c>, <c>accuracy</c> or <c>val_accuracy</c>.</param>
    /// <exception cref="ValueException">Nothing of this name was measured.</exception>
    public IReadOnlyList<double> this[string name] => values.TryGetValue(name, out List<double>? list)
        ? list
        : throw Fail.Value("History",
            $"\"{name}\" was asked for, measured were {(names.Count == 0 ? "no quantities" : string.Join(", ", names))}",
            "ask for one of those; a metric is named in Compile, val_ needs validation data");

    /// <summary>Whether a quantity was measured.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>True when there are numbers of this name.</returns>
    public bool Contains(string name) => values.ContainsKey(name);

    internal void Add(int epoch, IReadOnlyDictionary<string, double> measured)
    {
        epochs.Add(epoch);
        foreach ((string name, double value) in measured)
        {
            if (!values.TryGetValue(name, out List<double>? list))
            {
                names.Add(name);
                values.Add(name, list = []);
            }

            list.Add(value);
        }
    }
}
