using System.Globalization;
using System.Text;

namespace Engine;

/// <summary>What a <see cref="GradientCheck"/> found: for each input the derivative that the tape and the differences disagree about most.</summary>
public sealed class GradientReport
{
    private const int InputWidth = 22, ShapeWidth = 14, AtWidth = 13;

    internal GradientReport(string name, int order, IReadOnlyList<GradientReportEntry> entries)
    {
        Name = name;
        Order = order;
        Entries = entries;
        foreach (GradientReportEntry entry in entries) MaxError = Math.Max(MaxError, entry.Error);
    }

    /// <summary>The function, layer or loss that was checked.</summary>
    public string Name { get; }

    /// <summary>1 where first derivatives were checked, 2 where second.</summary>
    public int Order { get; }

    /// <summary>One for each input and parameter, in order: its worst element.</summary>
    public IReadOnlyList<GradientReportEntry> Entries { get; }

    /// <summary>The largest |a − n| / max(1, |a|, |n|) over everything; NaN when a derivative was NaN.</summary>
    public double MaxError { get; }

    /// <summary>A table with one line for each input: its shape, and where and how far the two derivatives are apart.</summary>
    /// <returns>Lines of at most 80 columns.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        string title = $"Gradient check of {Name}, order {Order}";
        text.Append(Cut(title, 55)).Append(CultureInfo.InvariantCulture, $": max error {MaxError:0.0e+00}").Append('\n');
        Line(text, "input", "shape", "worst at", "tape", "differences", "error");
        foreach (GradientReportEntry entry in Entries)
            Line(text, entry.Input, entry.Shape.ToString(), entry.Index, Number(entry.Analytic, "G5"), Number(entry.Numeric, "G5"), Number(entry.Error, "0.0e+00"));
        return text.ToString(0, text.Length - 1);
    }

    private static void Line(StringBuilder text, string input, string shape, string at, string analytic, string numeric, string error) => text
        .Append(Cut(input, InputWidth - 1).PadRight(InputWidth)).Append(Cut(shape, ShapeWidth - 1).PadRight(ShapeWidth)).Append(Cut(at, AtWidth - 1).PadRight(AtWidth))
        .Append(analytic.PadLeft(11)).Append(numeric.PadLeft(12)).Append(error.PadLeft(8)).Append('\n');

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..(width - 1)] + "…";
}

/// <summary>The worst derivative of one input of a <see cref="GradientCheck"/>.</summary>
/// <param name="Input">The input's or parameter's name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Index">The element, as <c>[1, 0]</c>; or the random direction, where the input is too large for each element.</param>
/// <param name="Checked">How many elements or directions were checked.</param>
/// <param name="Analytic">The tape's derivative.</param>
/// <param name="Numeric">The derivative by central differences.</param>
public sealed record GradientReportEntry(string Input, Shape Shape, string Index, int Checked, double Analytic, double Numeric)
{
    /// <summary>|a − n| / max(1, |a|, |n|) of the analytic and the numeric value.</summary>
    public double Error => Math.Abs(Analytic - Numeric) / Math.Max(1, Math.Max(Math.Abs(Analytic), Math.Abs(Numeric)));
}
