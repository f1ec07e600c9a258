using System.Globalization;
using System.Net;
using System.Text;

namespace Engine.Formats;

/// <summary>One curve of an <see cref="SvgPlot"/>.</summary>
/// <param name="Name">What it is, for the legend.</param>
/// <param name="Values">Its heights from left to right; where one is not finite, the curve is broken.</param>
/// <param name="First">The place of the first value; 1 by default.</param>
public sealed record SvgCurve(string Name, IReadOnlyList<double> Values, int First = 1);

/// <summary>Curves over whole numbers, such as steps or months, as a drawing in SVG, which browsers show and pages take in.</summary>
public static class SvgPlot
{
    private const double Width = 640, Height = 360, Left = 64, Right = 16, Top = 24, Bottom = 40;

    private static readonly string[] Colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"];

    /// <summary>Draws curves over each other: <c>File.WriteAllText("losses.svg", SvgPlot.Draw("loss", "epoch", [new("loss",
    /// history["loss"])]));</c>.</summary>
    /// <param name="title">What is drawn; not shown in the drawing itself.</param>
    /// <param name="axis">What the places from left to right are.</param>
    /// <param name="curves">The curves, at least one with a value.</param>
    /// <param name="logarithmic">Whether heights are on a logarithmic scale, where a curve is broken at values of 0 or less too; false by
    /// default.</param>
    /// <returns>An SVG document.</returns>
    /// <exception cref="ValueException">There is no curve, or none has a value.</exception>
    public static string Draw(string title, string axis, IReadOnlyList<SvgCurve> curves, bool logarithmic = false)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(axis);
        ArgumentNullException.ThrowIfNull(curves);
        if (!curves.Any(curve => curve.Values.Count > 0))
            throw Fail.Value("SvgPlot.Draw", $"{curves.Count} curves without a value", "give at least one curve with a value");
        double[] heights = [.. curves.SelectMany(curve => curve.Values).Select(Scaled).Where(double.IsFinite)];
        (double least, double most, double between) = logarithmic ? RoundScale.OfPowers(heights) : RoundScale.Of(heights);
        SvgCurve[] drawn = [.. curves.Where(curve => curve.Values.Count > 0)];
        int first = drawn.Min(curve => curve.First), last = drawn.Max(curve => curve.First + curve.Values.Count - 1);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" ")
            .Append("font-family=\"sans-serif\" font-size=\"11\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{WebUtility.HtmlEncode(title)}</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        for (double tick = least; tick <= most + 1e-6 * between; tick += between)
        {
            // A sum of steps that should be 0 is not quite.
            string label = (Math.Abs(tick) < between / 2 ? 0 : tick).ToString("G4", CultureInfo.InvariantCulture);
            if (logarithmic) label = "1e" + label;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):F1}\" y2=\"{Y(tick):F1}\" stroke=\"#ddd\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{label}</text>\n");
        }

        for (int at = first; at <= last; at += Math.Max(1, (last - first + 10) / 10))
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(at):F1}\" y=\"{Height - 20}\" text-anchor=\"middle\">{at}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"\n<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">")
            .Append(WebUtility.HtmlEncode(axis)).Append("</text>\n");
        for (int i = 0; i < curves.Count; i++)
        {
            string colour = Colours[i % Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" d=\"{Line(curves[i])}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + 8}\" y=\"{Top + 14 * (i + 1)}\" fill=\"{colour}\">")
                .Append(WebUtility.HtmlEncode(curves[i].Name)).Append("</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double Scaled(double value) => !logarithmic ? value : value > 0 ? Math.Log10(value) : double.NaN;

        double X(int at) => Left + (Width - Left - Right) * (first == last ? 0.5 : (double)(at - first) / (last - first));

        double Y(double height) => Height - Bottom - (Height - Top - Bottom) * (height - least) / (most - least);

        string Line(SvgCurve curve)
        {
            var path = new StringBuilder();
            bool down = false;
            for (int i = 0; i < curve.Values.Count; i++)
            {
                double height = Scaled(curve.Values[i]);
                bool shown = double.IsFinite(height);
                if (shown) path.Append(CultureInfo.InvariantCulture, $"{(down ? 'L' : 'M')}{X(curve.First + i):F1} {Y(height):F1}");
                down = shown;
            }

            return path.ToString();
        }
    }
}
