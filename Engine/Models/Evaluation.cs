using System.Globalization;

namespace Engine.Models;

/// <summary>What <c>Evaluate</c> measured: the loss and the metrics, as means over the samples.</summary>
public sealed class Evaluation
{
    private readonly Dictionary<string, double> values;

    internal Evaluation(Dictionary<string, double> values) => this.values = values;

    /// <summary>The mean loss.</summary>
    public double Loss => values["loss"];

    /// <summary>The quantities: <c>loss</c> and the metrics' names.</summary>
    public IReadOnlyCollection<string> Names => values.Keys;

    /// <summary>One quantity.</summary>
    /// <param name="name"><c>loss</c>, or a metric's name as <c>accuracy</c>.</param>
    /// <exception cref="ValueException">Nothing of this name was measured.</exception>
    public double this[string name] => values.TryGetValue(name, out double value)
        ? value
        : throw Fail.Value("Evaluation", $"\"{name}\" was asked for, measured were {string.Join(", ", values.Keys)}",
            "ask for one of those; a metric is named in Compile");

    internal IReadOnlyDictionary<string, double> Values => values;

    /// <summary>All quantities: <c>loss 0.0312  accuracy 0.9891</c>.</summary>
    /// <returns>One line.</returns>
    public override string ToString() =>
        string.Join("  ", values.Select(pair => $"{pair.Key} {pair.Value.ToString("F4", CultureInfo.InvariantCulture)}"));
}
