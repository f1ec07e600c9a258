using System.Globalization;
using System.Net;
using System.Text;

namespace Engine.Callbacks;

/// <summary>Curves over epochs as SVG.</summary>
internal static class HtmlChart
{
    private const double Width = 540, Height = 270, Left = 58, Right = 16, Top = 44, Bottom = 34;

    /// <summary>A number of four digits that count.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Draws lines of one quantity.</summary>
    public static string Draw(string name, IReadOnlyList<int> epochs, IReadOnlyList<(string Label, IReadOnlyList<double> Values)> lines)
    {
        double[] finite = [.. lines.SelectMany(line => line.Values).Where(double.IsFinite)];
        (double least, double most, double step) = Range(finite);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<div class=\"chart\"><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(name)}\">");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"name\" x=\"{Left}\" y=\"22\">{WebUtility.HtmlEncode(name)}</text>\n");
        for (double tick = least; tick <= most + step / 2; tick += step)
        {
            double y = Y(tick, least, most);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Number(tick)}</text>\n");
        }

        int every = Math.Max(1, (epochs.Count + 9) / 10);
        for (int i = 0; i < epochs.Count; i += every)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(i, epochs.Count):F1}\" y=\"{Height - 12}\" text-anchor=\"middle\">{epochs[i]}</text>");
        }

        for (int i = 0; i < lines.Count; i++)
        {
            double legend = Width - Right - 96 * (lines.Count - i);
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle class=\"dot{i}\" cx=\"{legend}\" cy=\"18\" r=\"4\"/><text x=\"{legend + 9}\" y=\"22\">{lines[i].Label}</text>\n");
            Line(svg, i, lines[i].Values, least, most);
        }

        return svg.Append("</svg></div>\n").ToString();
    }

    /// <summary>One line, broken where a value is not finite.</summary>
    private static void Line(StringBuilder svg, int number, IReadOnlyList<double> values, double least, double most)
    {
        var path = new StringBuilder();
        bool down = false;
        for (int i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                down = false;
                continue;
            }

            path.Append(CultureInfo.InvariantCulture, $"{(down ? 'L' : 'M')}{X(i, values.Count):F1} {Y(values[i], least, most):F1}");
            down = true;
            if (values.Count > 40) continue;
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle class=\"dot{number}\" cx=\"{X(i, values.Count):F1}\" cy=\"{Y(values[i], least, most):F1}\" r=\"3\">");
            svg.Append(CultureInfo.InvariantCulture, $"<title>{Number(values[i])}</title></circle>");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"line{number}\" fill=\"none\" stroke-width=\"2\" d=\"{path}\"/>\n");
    }

    private static double X(int index, int count) => Left + (Width - Left - Right) * (count == 1 ? 0.5 : (double)index / (count - 1));

    private static double Y(double value, double least, double most) =>
        Height - Bottom - (Height - Top - Bottom) * (value - least) / (most - least);

    /// <summary>Round numbers below and above all values, and the distance of about five lines between them: 1, 2 or 5 times a power
    /// of ten.</summary>
    private static (double Least, double Most, double Step) Range(double[] values)
    {
        double least = values.Length == 0 ? 0 : values.Min(), most = values.Length == 0 ? 1 : values.Max();
        // Equal values, or values so close that no round numbers lie between them, get room around them.
        double room = Math.Max(Math.Abs(most) * 1e-9, 1e-12);
        if (most - least < room) (least, most) = (least - Math.Max(0.5 * Math.Abs(least), room), most + Math.Max(0.5 * Math.Abs(most), room));
        double raw = (most - least) / 5, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return (Math.Floor(least / step) * step, Math.Ceiling(most / step) * step, step);
    }
}
