using System.Globalization;
using System.Text.Unicode;
using CsvHelper;
using Engine.Formats;

namespace Engine.Data;

/// <summary>Reads CSV files into columns of numbers: every field is checked, and an error names file, line and column.</summary>
internal sealed class CsvReading
{
    /// <summary>The longest line: a quotation that never ends is not read into memory.</summary>
    private const int MaxLineBytes = 1 << 24;

    /// <summary>The most columns: what has more is no table.</summary>
    private const int MaxColumns = 1 << 20;

    private readonly string path;
    private readonly CsvReader parser;
    private readonly CsvLabels kind;
    private string[]? header;
    private int width;
    private int labelColumn;
    private int[] featureColumns = [];
    private readonly List<float> numbers = [];
    private readonly List<float> targets = [];
    private readonly List<int> integers = [];
    private readonly List<string> names = [];
    private readonly Dictionary<string, int> classes = new(StringComparer.Ordinal);
    private readonly bool classesAreGiven;

    private CsvReading(string path, CsvReader parser, CsvLabels kind, IReadOnlyList<string>? given)
    {
        (this.path, this.parser, this.kind, classesAreGiven) = (path, parser, kind, given is not null);
        foreach (string name in given ?? [])
        {
            if (!classes.TryAdd(name, names.Count))
                throw Fail.Value("Dataset.FromCsv", $"class \"{name}\" was given twice", "give each class once");
            names.Add(name);
        }
    }

    /// <summary>Reads a file; the arguments are those of <see cref="Dataset.FromCsv"/>.</summary>
    public static CsvContents Read(
        string path,
        CsvColumn? label,
        IReadOnlyList<CsvColumn>? features,
        bool hasHeader,
        CsvLabels kind,
        IReadOnlyList<string>? classes,
        char delimiter,
        long maxBytes)
    {
        if (classes is not null && (label is null || kind != CsvLabels.Classes))
            throw Fail.Value("Dataset.FromCsv", "classes were given for labels that are none", "give a label column of classes as well");
        if (delimiter is '"' or '\r' or '\n' or '\0' or > '\x7F')
            throw Fail.Value("Dataset.FromCsv", $"delimiter U+{(int)delimiter:X4} came", "give a comma, semicolon or tab");
        using FileStream file = FormatFile.OpenRead("CSV", path);
        using CsvReader parser = CsvReader.Create(file, new CsvReaderOptions
        {
            Separator = delimiter,
            HasHeader = false,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            MaxRecordSize = MaxLineBytes,
            MalformedData = CsvMalformedDataHandling.Throw,
        });
        CsvReading reading = new(path, parser, kind, classes);
        try
        {
            reading.ReadRows(label, features, hasHeader, maxBytes);
        }
        catch (Exception e) when (e is CsvFormatException or IOException)
        {
            string line = e is CsvFormatException { LineNumber: > 0 and var number } ? $" line {number}" : "";
            throw new FileFormatException($"CSV \"{path}\"{line}: the text cannot be read ({e.Message.TrimEnd('.')}), "
                + $"fields with closed quotation marks in lines of at most {MaxLineBytes} bytes were wanted. Mend the line.", e);
        }

        return reading.Finish(label is not null);
    }

    private void ReadRows(CsvColumn? label, IReadOnlyList<CsvColumn>? features, bool hasHeader, long maxBytes)
    {
        if (hasHeader && parser.Read()) header = Record();
        bool known = header is not null;
        if (known) FindColumns(label, features);
        long rows = 0;
        while (parser.Read())
        {
            if (!known)
            {
                width = parser.FieldCount;
                FindColumns(label, features);
                known = true;
            }

            if (parser.FieldCount != width)
            {
                throw Bad($"{parser.FieldCount} fields came", $"{width}, as in the first line, were wanted", "Mend the line.");
            }

            if (++rows * featureColumns.Length * sizeof(float) > Math.Min(maxBytes, int.MaxValue))
            {
                throw Bad($"more than {Math.Min(maxBytes, int.MaxValue)} bytes of numbers are there", "fewer were wanted",
                    "If the file is to be trusted, raise maxBytes, or name fewer features.");
            }

            foreach (int column in featureColumns) numbers.Add(Number(column));
            if (label is not null) ReadLabel();
        }

        if (rows == 0)
        {
            throw new FileFormatException($"CSV \"{path}\": no line of samples is there, at least one was wanted. Check the path, and "
                + "hasHeader.");
        }
    }

    private string[] Record()
    {
        width = parser.FieldCount;
        if (width > MaxColumns)
            throw Bad($"{width} columns came", $"at most {MaxColumns} were wanted", "Check that this is a table, and its delimiter.");
        return [.. Enumerable.Range(0, width).Select(Text)];
    }

    private string Text(int column) => Utf8.IsValid(parser.GetSpan(column)) ? parser.GetString(column)
        : throw Bad($"column {column} holds bytes that are no text", "UTF-8 was wanted", "Save the file as UTF-8.");

    private void FindColumns(CsvColumn? label, IReadOnlyList<CsvColumn>? features)
    {
        labelColumn = label is { } wanted ? Place(wanted) : -1;
        if (features is not null)
        {
            featureColumns = [.. features.Select(Place)];
            if (featureColumns.Length == 0)
                throw Fail.Value("Dataset.FromCsv", "an empty list of features was given", "name at least one, or leave them out");
        }
        else
        {
            featureColumns = [.. Enumerable.Range(0, width).Where(column => column != labelColumn)];
            if (featureColumns.Length == 0)
                throw Bad($"{width} column came, and it is the label's", "at least one of features was wanted", "Check the delimiter.");
        }
    }

    private int Place(CsvColumn column)
    {
        if (column.Name is null)
        {
            int place = column.Place.GetOffset(width);
            return place >= 0 && place < width ? place
                : throw Bad($"{width} columns came", $"one at place {column} was wanted", "Check the column's number and the delimiter.");
        }

        if (header is null)
        {
            throw Fail.Value("Dataset.FromCsv", $"column {column} was named and hasHeader is false",
                "name columns by their places, from 0");
        }

        int found = Array.IndexOf(header, column.Name);
        if (found < 0)
        {
            throw Bad($"the header has {Shown(header)}", $"column {column} was wanted", "Check the name, its case and the delimiter.");
        }

        return Array.IndexOf(header, column.Name, found + 1) < 0 ? found
            : throw Bad($"the header has {column} twice", "once was wanted", "Name the column by its place.");
    }

    private float Number(int column)
    {
        ReadOnlySpan<byte> bytes = parser.GetSpan(column);
        if (float.TryParse(bytes, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)) return value;
        string field = Text(column);
        string problem = field.Length == 0 ? "the value is missing" : $"\"{Short(field)}\" came";
        throw Bad($"column {NameOf(column)}: {problem}", "a finite number was wanted",
            "Fill the value in, remove the line, or name other features.");
    }

    private void ReadLabel()
    {
        string field = Text(labelColumn);
        switch (kind)
        {
            case CsvLabels.Numbers:
                targets.Add(Number(labelColumn));
                break;
            case CsvLabels.Integers:
                if (!int.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                {
                    throw Bad($"column {NameOf(labelColumn)}: \"{Short(field)}\" came", "a whole number of 32 bits was wanted",
                        "Mend the value, or read the labels as classes.");
                }

                integers.Add(value);
                break;
            default:
                if (field.Length == 0)
                {
                    throw Bad($"column {NameOf(labelColumn)}: the value is missing", "a class name was wanted",
                        "Fill the value in, or remove the line.");
                }

                if (!classes.TryGetValue(field, out int known))
                {
                    if (classesAreGiven)
                    {
                        throw Bad($"column {NameOf(labelColumn)}: \"{Short(field)}\" came", $"one of {Shown(names)} was wanted",
                            "Mend the value, or add it to classes.");
                    }

                    classes.Add(field, known = names.Count);
                    names.Add(field);
                }

                integers.Add(known);
                break;
        }
    }

    private CsvContents Finish(bool hasLabels)
    {
        int rows = numbers.Count / featureColumns.Length;
        Tensor features = Tensor.Wrap(numbers.ToArray(), [rows, featureColumns.Length]);
        Tensor? labels = !hasLabels ? null
            : kind == CsvLabels.Numbers ? Tensor.Wrap(targets.ToArray(), [rows])
            : Tensor.Wrap(kind == CsvLabels.Classes ? SortedClasses() : integers.ToArray(), [rows]);
        return new CsvContents(features, labels, [.. featureColumns.Select(Title)], [.. names]);
    }

    /// <summary>Class numbers in the order of the sorted names, which replaces that of their first lines.</summary>
    private int[] SortedClasses()
    {
        if (classesAreGiven) return [.. integers];
        string[] found = [.. names];
        bool whole = found.All(name => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        names.Sort((a, b) => whole && Whole(a) != Whole(b) ? Whole(a).CompareTo(Whole(b)) : string.CompareOrdinal(a, b));
        int[] places = Array.ConvertAll(found, names.IndexOf);
        return [.. integers.Select(number => places[number])];
    }

    private static long Whole(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private string Title(int column) => header is null ? $"column {column}" : header[column];

    private string NameOf(int column) => header is null ? $"{column}" : $"\"{Short(header[column])}\"";

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..40]}…";

    private static string Shown(IReadOnlyList<string> texts) =>
        $"{string.Join(", ", texts.Take(12).Select(text => $"\"{Short(text)}\""))}{(texts.Count > 12 ? ", …" : "")}";

    private FileFormatException Bad(string came, string wanted, string remedy) =>
        new($"CSV \"{path}\" line {parser.LineNumber}: {came}, {wanted}. {remedy}");
}
