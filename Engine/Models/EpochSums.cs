using Engine.Metrics;

namespace Engine.Models;

/// <summary>Gathers what the steps of an epoch measure, and gives the means over its samples.</summary>
/// <param name="names">The outputs' names; empty for one.</param>
/// <param name="metrics">The metrics of each output, which gather for themselves.</param>
internal sealed class EpochSums(string[] names, Metric[][] metrics)
{
    private readonly double[] parts = new double[names.Length];
    private readonly Dictionary<string, (double Sum, int Samples)> reported = new(StringComparer.Ordinal);
    private double total;

    /// <summary>The samples so far.</summary>
    public int Samples { get; private set; }

    /// <summary>Adds a step.</summary>
    /// <exception cref="ValueException">A reported name is that of a loss or a metric.</exception>
    public void Add(int count, double loss, double[] outputLosses, List<(string Name, double Value)> reports)
    {
        Samples += count;
        total += count * loss;
        for (int i = 0; i < parts.Length; i++) parts[i] += count * outputLosses[i];
        foreach ((string name, double value) in reports)
        {
            (double sum, int samples) = reported.GetValueOrDefault(name);
            if (samples == 0 && IsTaken(name))
                throw Fail.Value("Report", $"\"{name}\" is measured already", "give the quantity a name of its own");
            reported[name] = (sum + count * value, samples + count);
        }
    }

    /// <summary>Writes down the means so far.</summary>
    public void Note(Dictionary<string, double> measured)
    {
        measured["loss"] = total / Samples;
        for (int i = 0; i < names.Length; i++) measured[$"{names[i]}_loss"] = parts[i] / Samples;
        for (int i = 0; i < metrics.Length; i++)
        {
            foreach (Metric metric in metrics[i])
                measured[NameOf(i, metric)] = metric.Result;
        }

        foreach ((string name, (double sum, int samples)) in reported) measured[name] = sum / samples;
    }

    private bool IsTaken(string name) => name == "loss" || Array.Exists(names, output => name == $"{output}_loss")
        || Enumerable.Range(0, metrics.Length).Any(i => Array.Exists(metrics[i], metric => name == NameOf(i, metric)));

    private string NameOf(int output, Metric metric) => names.Length == 0 ? metric.Name : $"{names[output]}_{metric.Name}";
}
