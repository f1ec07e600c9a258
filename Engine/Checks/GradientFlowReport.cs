using System.Globalization;
using System.Text;
using Engine.Formats;

namespace Engine;

/// <summary>What <see cref="GradientFlow"/> found: for every state of every recurrent layer the norms of its gradients. F-R3.</summary>
public sealed class GradientFlowReport
{
    internal GradientFlowReport(string model, IReadOnlyList<GradientFlowSeries> series) => (Model, Series) = (model, series);

    /// <summary>The model that was measured.</summary>
    public string Model { get; }

    /// <summary>One for each state of each recurrent layer, in the order in which they run; one again for each use of a shared
    /// layer.</summary>
    public IReadOnlyList<GradientFlowSeries> Series { get; }

    /// <summary>The worst verdict: exploding before vanishing before healthy.</summary>
    public GradientFlowVerdict Verdict => Series.Max(series => series.Verdict);

    /// <summary>A table: for each state the verdict and the ratios, then a line for each step.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Gradient flow of {Model}: {Word(Verdict)}\n");
        foreach (GradientFlowSeries series in Series)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Name(series)}: {Word(series.Verdict)}; from step to step back between ")
                .Append(CultureInfo.InvariantCulture, $"{series.SmallestRatio:G4} and {series.LargestRatio:G4} times\n");
        }

        text.Append("step".PadLeft(6));
        foreach (GradientFlowSeries series in Series) text.Append("  ").Append(Cell(Name(series), series));
        int steps = Series.Max(series => series.Norms.Count);
        for (int t = 0; t < steps; t++)
        {
            text.Append('\n').Append(CultureInfo.InvariantCulture, $"{t + 1,6}");
            foreach (GradientFlowSeries series in Series)
            {
                string norm = t < series.Norms.Count ? series.Norms[t].ToString("0.000e+00", CultureInfo.InvariantCulture) : "";
                text.Append("  ").Append(Cell(norm, series));
            }
        }

        return text.ToString();
    }

    /// <summary>The norms over the steps as curves on a logarithmic scale.</summary>
    /// <returns>An SVG document.</returns>
    public string ToSvg() => SvgPlot.Draw(
        $"Gradient flow of {Model}: {Word(Verdict)}",
        "step",
        [.. Series.Select(series => new SvgCurve($"{Name(series)}: {Word(series.Verdict)}", series.Norms))],
        logarithmic: true);

    private static string Name(GradientFlowSeries series) => $"{series.Layer} {series.State}";

    private static string Word(GradientFlowVerdict verdict) => verdict.ToString().ToLowerInvariant();

    private static string Cell(string text, GradientFlowSeries series) => text.PadLeft(Math.Max(9, Name(series).Length));
}
