using System.Globalization;
using System.Text;

namespace Examples;

/// <summary>Two series on a terminal.</summary>
internal static class TextPlot
{
    private const int Rows = 16, Room = 68;

    /// <summary>Draws two series of equal lengths over each other: the first as <c>o</c>, the second as <c>x</c>, both in one place as
    /// <c>*</c>.</summary>
    public static string Draw(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        // What does not fit on a line is left out at the beginning.
        int count = Math.Min(first.Count, Room), skipped = first.Count - count, step = Math.Max(1, Math.Min(3, Room / count));
        double least = first.Concat(second).Min(), most = first.Concat(second).Max(), height = Math.Max(most - least, 1e-9);
        var rows = new char[Rows][];
        for (int row = 0; row < Rows; row++) rows[row] = [.. Enumerable.Repeat(' ', count * step)];
        for (int i = 0; i < count; i++)
        {
            int a = RowOf(first[skipped + i]), b = RowOf(second[skipped + i]);
            rows[a][i * step] = 'o';
            rows[b][i * step] = a == b ? '*' : 'x';
        }

        var text = new StringBuilder();
        for (int row = 0; row < Rows; row++)
        {
            double value = most - height * row / (Rows - 1);
            string label = row % 5 == 0 ? value.ToString("G4", CultureInfo.InvariantCulture) : "";
            text.Append(label.PadLeft(9)).Append(" |").Append(new string(rows[row]).TrimEnd()).Append('\n');
        }

        return text.ToString();

        int RowOf(double value) => (int)Math.Round((most - value) / height * (Rows - 1));
    }
}
