using System.Globalization;
using System.Net;
using System.Text;

namespace Engine;

/// <summary>What <see cref="GradientFlow"/> found: for every state of every recurrent layer the norms of its gradients. F-R3.</summary>
public sealed class GradientFlowReport
{
    private const double Width = 640, Height = 360, Left = 64, Right = 16, Top = 24, Bottom = 40;

    private static readonly string[] Colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"];

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
    public string ToSvg()
    {
        double[] drawn = [.. Series.SelectMany(series => series.Norms).Where(IsDrawn).Select(Math.Log10)];
        double least = drawn.Length == 0 ? 0 : Math.Floor(drawn.Min()), most = drawn.Length == 0 ? 1 : Math.Ceiling(drawn.Max());
        if (most == least) most++;
        int steps = Series.Max(series => series.Norms.Count), every = Math.Max(1, (steps + 9) / 10);
        double X(int t) => Left + (Width - Left - Right) * (steps == 1 ? 0.5 : (double)t / (steps - 1));
        double Y(double norm) => Height - Bottom - (Height - Top - Bottom) * (Math.Log10(norm) - least) / (most - least);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" ")
            .Append("font-family=\"sans-serif\" font-size=\"11\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{WebUtility.HtmlEncode($"Gradient flow of {Model}: {Word(Verdict)}")}</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        double between = Math.Max(1, Math.Ceiling((most - least) / 8));
        for (double power = least; power <= most; power += between)
        {
            double y = Y(Math.Pow(10, power));
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"#ddd\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">1e{power}</text>\n");
        }

        for (int t = 0; t < steps; t += every)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(t):F1}\" y=\"{Height - 20}\" text-anchor=\"middle\">{t + 1}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"\n<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">step</text>\n");
        for (int i = 0; i < Series.Count; i++)
        {
            string colour = Colours[i % Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" d=\"{Curve(Series[i], X, Y)}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + 8}\" y=\"{Top + 14 * (i + 1)}\" fill=\"{colour}\">")
                .Append(WebUtility.HtmlEncode($"{Name(Series[i])}: {Word(Series[i].Verdict)}")).Append("</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>One line, broken where a norm is 0 or not finite.</summary>
    private static string Curve(GradientFlowSeries series, Func<int, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        bool down = false;
        for (int t = 0; t < series.Norms.Count; t++)
        {
            double norm = series.Norms[t];
            if (IsDrawn(norm)) path.Append(CultureInfo.InvariantCulture, $"{(down ? 'L' : 'M')}{x(t):F1} {y(norm):F1}");
            down = IsDrawn(norm);
        }

        return path.ToString();
    }

    private static bool IsDrawn(double norm) => double.IsFinite(norm) && norm > 0;

    private static string Name(GradientFlowSeries series) => $"{series.Layer} {series.State}";

    private static string Word(GradientFlowVerdict verdict) => verdict.ToString().ToLowerInvariant();

    private static string Cell(string text, GradientFlowSeries series) => text.PadLeft(Math.Max(9, Name(series).Length));
}
