namespace Engine.Data;

/// <summary>What the label column of a CSV file holds.</summary>
public enum CsvLabels
{
    /// <summary>Names of classes, texts or numbers alike: each distinct one is a class, and labels are class numbers (Int32).</summary>
    Classes,

    /// <summary>Whole numbers that are used as they are (Int32).</summary>
    Integers,

    /// <summary>Numbers to predict (Float32).</summary>
    Numbers,
}

/// <summary>A column of a CSV file: by its name in the header, or by its place.</summary>
/// <remarks>Written as a text, a number from 0, or a place from the end: <c>"species"</c>, <c>4</c>, <c>^1</c>.</remarks>
public readonly record struct CsvColumn
{
    private CsvColumn(string? name, Index place) => (Name, Place) = (name, place);

    /// <summary>The name in the header; null for a column that is named by its place.</summary>
    public string? Name { get; }

    /// <summary>The place, where <see cref="Name"/> is null.</summary>
    public Index Place { get; }

    /// <summary>A column by its name in the header.</summary>
    /// <param name="name">The name, as it stands there.</param>
    public static implicit operator CsvColumn(string name) => new(name, default);

    /// <summary>A column by its place.</summary>
    /// <param name="place">The place, from 0.</param>
    /// <exception cref="ValueException">The place is negative.</exception>
    public static implicit operator CsvColumn(int place) => place >= 0
        ? new CsvColumn(null, place)
        : throw Fail.Value("CsvColumn", $"column {place}", "count from 0, or from the end with ^1");

    /// <summary>A column by its place.</summary>
    /// <param name="place">The place, from the beginning or the end.</param>
    public static implicit operator CsvColumn(Index place) => new(null, place);

    /// <inheritdoc/>
    public override string ToString() => Name is { } name ? $"\"{name}\"" : Place.ToString();
}

/// <summary>Samples from a CSV file, with the names of columns and classes: see <see cref="Dataset.FromCsv"/>.</summary>
public sealed class CsvDataset : Dataset
{
    internal CsvDataset(CsvContents contents)
        : base(contents.Features, contents.Labels) =>
        (FeatureNames, ClassNames) = (contents.FeatureNames, contents.ClassNames);

    /// <summary>The names of the feature columns, in their order: the header's, or <c>column 0</c>, <c>column 1</c>, ….</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>The class names in the order of their numbers; empty where labels are no classes.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    private protected override bool IsPlain => true;
}

/// <summary>What was read of a CSV file.</summary>
internal sealed record CsvContents(Tensor Features, Tensor? Labels, string[] FeatureNames, string[] ClassNames);
