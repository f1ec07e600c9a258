using System.Globalization;
using System.Net;
using System.Text;
using Engine.Formats;
using static System.FormattableString;

namespace Engine.Callbacks;

/// <summary>One line of a chart.</summary>
/// <param name="Label">What it is, for the legend.</param>
/// <param name="Style">Its colour: a class of <see cref="HtmlStyle"/>, as <c>training</c> or <c>run0</c>.</param>
/// <param name="Epochs">Its places from left to right, counted from 1.</param>
/// <param name="Values">Its heights.</param>
internal sealed record HtmlLine(string Label, string Style, IReadOnlyList<int> Epochs, IReadOnlyList<double> Values);

/// <summary>Curves over epochs as SVG.</summary>
internal sealed class HtmlChart
{
    private const double Left = 58, Right = 16, Bottom = 44;

    /// <summary>From more points than this on a line has no dots, only places that show their number.</summary>
    private const int MostDots = 20;

    private readonly StringBuilder svg = new();
    private readonly double width, height, top;
    private readonly double least, most;
    private readonly int first, last;

    /// <summary>Draws lines of one quantity.</summary>
    /// <param name="name">The chart's title.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="scale">Values that the vertical axis has to hold, so that several charts share it; null for those of the lines.
    /// Lines are cut off where they leave it.</param>
    /// <param name="compact">Whether the chart is half as large, with letters of the same size.</param>
    /// <param name="legend">Whether the lines' labels stand beside the title.</param>
    /// <param name="gap">Whether the room between the first two lines is filled.</param>
    public HtmlChart(
        string name,
        IReadOnlyList<HtmlLine> lines,
        IEnumerable<double>? scale = null,
        bool compact = false,
        bool legend = true,
        bool gap = false)
    {
        (width, height, top) = compact ? (330, 220, 40) : (540, 290, 48);
        (least, most, double step) = RoundScale.Of([.. (scale ?? lines.SelectMany(line => line.Values)).Where(double.IsFinite)]);
        int[] epochs = [.. lines.SelectMany(line => line.Epochs)];
        (first, last) = epochs.Length == 0 ? (1, 1) : (epochs.Min(), epochs.Max());
        svg.Append(Invariant($"<div class=\"chart{(compact ? " compact" : "")}\"><svg viewBox=\"0 0 {width} {height}\""));
        svg.Append(Invariant($" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(name)}\">"));
        svg.Append(Invariant($"<text class=\"name\" x=\"{Left}\" y=\"22\">{WebUtility.HtmlEncode(name)}</text>\n"));
        for (double tick = least; tick <= most + step / 2; tick += step)
        {
            // A sum of steps that should be 0 is not quite.
            (double y, double shown) = (Y(tick), Math.Abs(tick) < step / 2 ? 0 : tick);
            svg.Append(Invariant($"<line class=\"grid\" x1=\"{Left}\" x2=\"{width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>"));
            svg.Append(Invariant($"<text x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Number(shown)}</text>\n"));
        }

        foreach (int epoch in Ticks(first, last, compact ? 6 : 10))
            svg.Append(Invariant($"<text text-anchor=\"middle\" x=\"{X(epoch):F1}\" y=\"{height - Bottom + 18}\">{epoch}</text>"));
        svg.Append(Invariant($"<text text-anchor=\"middle\" x=\"{(Left + width - Right) / 2}\" y=\"{height - 6}\">epoch</text>\n"));

        if (gap && lines.Count > 1) Gap(lines[0], lines[1]);
        foreach (HtmlLine line in lines) Line(line);
        if (legend) Legend(lines);
        svg.Append("</svg></div>\n");
    }

    /// <summary>A number of four digits that count.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>A measured number, with four places where that shows enough of it: numbers below each other line up.</summary>
    public static string Measured(double value) =>
        Math.Abs(value) is 0 or (>= 1e-3 and < 1e4) ? value.ToString("F4", CultureInfo.InvariantCulture)
        : value.ToString(Math.Abs(value) < 1 ? "G2" : "G4", CultureInfo.InvariantCulture);

    public override string ToString() => svg.ToString();

    /// <summary>Labels at the right end of the title's line.</summary>
    private void Legend(IReadOnlyList<HtmlLine> lines)
    {
        double x = width - Right;
        for (int i = lines.Count - 1; i >= 0; i--)
        {
            // The letters' width is not known here: what they take in a common font of 12 pixels.
            x -= 6.4 * lines[i].Label.Length;
            svg.Append(Invariant($"<circle class=\"dot {lines[i].Style}\" cx=\"{x - 9:F1}\" cy=\"18\" r=\"4\"/>"));
            svg.Append(Invariant($"<text x=\"{x:F1}\" y=\"22\">{WebUtility.HtmlEncode(lines[i].Label)}</text>\n"));
            x -= 28;
        }
    }

    /// <summary>One line, broken where a value is not finite, and cut off where it leaves the axis.</summary>
    private void Line(HtmlLine line)
    {
        var path = new StringBuilder();
        bool down = false;
        string dot = line.Values.Count > MostDots ? "hidden dot" : "dot";
        for (int i = 0; i < line.Values.Count; i++)
        {
            double value = line.Values[i], before = i == 0 ? double.NaN : line.Values[i - 1];
            bool inside = Holds(value), crosses = i > 0 && double.IsFinite(value) && double.IsFinite(before) && inside != Holds(before);
            if (crosses)
            {
                double border = Math.Clamp(inside ? before : value, least, most), part = (border - before) / (value - before);
                double x = X(line.Epochs[i - 1]) + part * (X(line.Epochs[i]) - X(line.Epochs[i - 1]));
                path.Append(Invariant($"{(down ? 'L' : 'M')}{x:F1} {Y(border):F1}"));
            }

            if (inside) path.Append(Invariant($"{(down || crosses ? 'L' : 'M')}{X(line.Epochs[i]):F1} {Y(value):F1}"));
            down = inside;
            if (!inside) continue;
            svg.Append(Invariant($"<circle class=\"{dot} {line.Style}\" cx=\"{X(line.Epochs[i]):F1}\" cy=\"{Y(value):F1}\" r=\"3\">"));
            string label = WebUtility.HtmlEncode(line.Label);
            svg.Append(Invariant($"<title>{label}, epoch {line.Epochs[i]}: {Measured(value)}</title></circle>"));
        }

        svg.Append(Invariant($"<path class=\"line {line.Style}\" d=\"{path}\"/>\n"));
    }

    /// <summary>The room between two lines.</summary>
    private void Gap(HtmlLine one, HtmlLine other)
    {
        var there = new StringBuilder();
        var back = new StringBuilder();
        for (int i = 0; i < Math.Min(one.Values.Count, other.Values.Count); i++)
        {
            if (!double.IsFinite(one.Values[i]) || !double.IsFinite(other.Values[i])) continue;
            (double above, double below) = (Math.Clamp(one.Values[i], least, most), Math.Clamp(other.Values[i], least, most));
            there.Append(Invariant($"{X(one.Epochs[i]):F1},{Y(above):F1} "));
            back.Insert(0, Invariant($"{X(other.Epochs[i]):F1},{Y(below):F1} "));
        }

        svg.Append(Invariant($"<polygon class=\"gap\" points=\"{there}{back}\"/>\n"));
    }

    /// <summary>Whether a value lies on the axis: NaN does not.</summary>
    private bool Holds(double value) => value >= least && value <= most;

    private double X(int epoch) => Left + (width - Left - Right) * (first == last ? 0.5 : (double)(epoch - first) / (last - first));

    private double Y(double value) => height - Bottom - (height - top - Bottom) * (value - least) / (most - least);

    /// <summary>The first epoch and round ones, at most so many.</summary>
    private static IEnumerable<int> Ticks(int first, int last, int count)
    {
        if (last - first < count) return Enumerable.Range(first, last - first + 1);
        int step = (int)RoundScale.Round((double)(last - first) / (count - 1));
        IEnumerable<int> round = Enumerable.Range(1, last / step).Select(i => i * step);
        return round.Where(epoch => epoch - first > step / 2).Prepend(first);
    }
}
