using System.Text;
using Engine;
using Engine.Data;
using Engine.Formats;

namespace Examples;

/// <summary>Names with the numbers of their languages. One that stands more than once in a language counts once, lest it be learnt and then
/// asked for.</summary>
internal sealed record Surnames(string[] Languages, string[] Names, int[] Labels)
{
    private const int Fewest = 5;

    /// <summary>The characters of all names.</summary>
    public CharacterVocabulary Vocabulary { get; } = CharacterVocabulary.From(string.Concat(Names));

    /// <summary>The names of a folder's files, one for each language, or names that are made up; cleaned.</summary>
    public static Surnames Load(string? folder, Tokenizer tokenizer, ulong seed)
    {
        (string Language, string Name)[] all = folder is null
            ? Stage.Run("making up surnames", () => SmallSurnames.Make(seed).ToArray())
            : Stage.Run($"reading {folder}", () => Read(folder));
        (string Language, string Name)[] names =
            [.. all.Select(one => (one.Language, Name: tokenizer.Clean(one.Name).Trim())).Where(one => one.Name.Length > 0).Distinct()];
        foreach (IGrouping<string, (string, string)> language in names.GroupBy(one => one.Language))
        {
            int count = language.Count();
            if (count >= Fewest) continue;
            throw new FileFormatException($"Names \"{folder}\": {language.Key} has {count} different names, at least {Fewest} were wanted. "
                + "Add some, or move the file away.");
        }

        string[] languages = [.. names.Select(one => one.Language).Distinct().Order(StringComparer.Ordinal)];
        int[] labels = [.. names.Select(one => Array.IndexOf(languages, one.Language))];
        return new Surnames(languages, [.. names.Select(one => one.Name)], labels);
    }

    /// <summary>The ids of a name's characters, from 1 on.</summary>
    public int[] Encode(string name) => [.. Vocabulary.Encode(name).Select(id => id + 1)];

    /// <summary>The name of a row of ids.</summary>
    public string Decode(ReadOnlySpan<int> row) => Vocabulary.Decode([.. row.ToArray().Where(id => id > 0).Select(id => id - 1)]);

    /// <summary>A name without the characters that no other name has.</summary>
    public string Known(string name) => string.Concat(name.EnumerateRunes().Where(Vocabulary.Contains));

    /// <summary>How much a name of each language counts: wᵢ ∝ nᵢ⁻ᵇ, one on average over all names. From b = 1 on, languages weigh the
    /// same.</summary>
    public Dictionary<int, double> Weights(double balance)
    {
        if (!(balance is >= 0 and <= 1)) throw new ValueException($"names: --balance is {balance}. Give a number from 0 to 1.");
        double[] raw = [.. Labels.CountBy(label => label).OrderBy(pair => pair.Key).Select(pair => Math.Pow(pair.Value, -balance))];
        double mean = Labels.Average(label => raw[label]);
        return raw.Select((weight, language) => (language, weight / mean)).ToDictionary();
    }

    private static (string Language, string Name)[] Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new FileFormatException(
                $"Names \"{folder}\": there is no such folder, one with a text file for each language was wanted. Check the path.");
        }

        string[] files = [.. Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal)];
        if (files.Length < 2)
        {
            throw new FileFormatException($"Names \"{folder}\": {files.Length} text files are there, at least two were wanted, "
                + "named after their languages. Check the path.");
        }

        return [.. files.SelectMany(file => TextFile.ReadLines(file).Select(name => (Path.GetFileNameWithoutExtension(file), name)))];
    }
}
