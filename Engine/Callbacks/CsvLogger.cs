using System.Globalization;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Writes what was measured into a text file, one line an epoch, each as soon as it is known.</summary>
/// <remarks>Keras' <c>CSVLogger</c>: a header, then the epoch, counted from 0, and the values, which read back to the same
/// numbers.</remarks>
public sealed class CsvLogger : Callback
{
    private readonly string path;
    private readonly char separator;
    private readonly bool append;
    private string[]? columns;

    /// <summary>Creates the callback.</summary>
    /// <param name="path">The file.</param>
    /// <param name="separator">What stands between values; a comma by default.</param>
    /// <param name="append">Whether lines are added to a file that is there; false by default: it is replaced.</param>
    /// <exception cref="ValueException">The path is empty, or the separator may stand in a number or a name.</exception>
    public CsvLogger(string path, char separator = ',', bool append = false)
    {
        if (string.IsNullOrWhiteSpace(path)) throw Fail.Value("CsvLogger", "an empty path", "give the file to write");
        if (char.IsAsciiLetterOrDigit(separator) || separator is '.' or '-' or '+' or '_' or '"' or '\n' or '\r')
            throw Fail.Value("CsvLogger", $"the separator '{separator}' may stand in a value", "give a comma, semicolon or tabulator");
        (this.path, this.separator, this.append) = (path, separator, append);
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan)
    {
        columns = null;
        Write(() =>
        {
            if (append && File.Exists(path)) columns = File.ReadLines(path).FirstOrDefault()?.Split(separator);
            else File.WriteAllText(path, "");
        });
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        string lines = "";
        if (columns is null)
        {
            columns = ["epoch", .. measured.Keys];
            lines = string.Join(separator, columns) + "\n";
        }

        if (!columns.SequenceEqual(["epoch", .. measured.Keys]))
        {
            throw Fail.Value("CsvLogger", $"\"{path}\" has the columns {string.Join(", ", columns)}, and epoch, "
                + $"{string.Join(", ", measured.Keys)} were measured", "write into another file, or leave append out");
        }

        string[] values = [Text(epoch), .. measured.Values.Select(Text)];
        Write(() => File.AppendAllText(path, lines + string.Join(separator, values) + "\n"));
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"CsvLogger \"{path}\": it cannot be written ({e.Message}). Check the folder and its permissions.", e);
        }
    }
}
