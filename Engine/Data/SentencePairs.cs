using Engine.Formats;

namespace Engine.Data;

/// <summary>Sentences and their translations, in their order.</summary>
public sealed class SentencePairs
{
    private const string Format = "Sentence pairs";

    private readonly string[] source;
    private readonly string[] target;

    /// <summary>Pairs in memory.</summary>
    /// <param name="source">The sentences.</param>
    /// <param name="target">For each its translation.</param>
    /// <exception cref="ValueException">The numbers of sentences differ.</exception>
    public SentencePairs(IReadOnlyList<string> source, IReadOnlyList<string> target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        if (source.Count != target.Count)
        {
            throw Fail.Value("SentencePairs", $"{source.Count} sentences and {target.Count} translations",
                "give one translation for each sentence");
        }

        (this.source, this.target) = ([.. source], [.. target]);
    }

    /// <summary>The sentences.</summary>
    public IReadOnlyList<string> Source => source;

    /// <summary>Their translations.</summary>
    public IReadOnlyList<string> Target => target;

    /// <summary>The number of pairs.</summary>
    public int Count => source.Length;

    /// <summary>Reads pairs from a file: a pair a line, divided by a tab.</summary>
    /// <remarks>White space at both ends of a sentence is no part of it. Columns that are not named are left aside.</remarks>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="sourceColumn">The column of the sentences, from 0; the first by default.</param>
    /// <param name="targetColumn">The column of their translations; the second by default.</param>
    /// <param name="maxBytes">The most bytes that are read; 1 GiB by default.</param>
    /// <returns>The pairs, in the file's order.</returns>
    /// <exception cref="FileFormatException">The file is missing, too long, empty or not UTF-8, or a line has no tab, too few columns or
    /// an empty sentence: the message names file and line.</exception>
    /// <exception cref="ValueException">A column is negative, or both are the same.</exception>
    public static SentencePairs Load(
        string path, int sourceColumn = 0, int targetColumn = 1, long maxBytes = TextFile.DefaultMaxBytes)
    {
        if (sourceColumn < 0 || targetColumn < 0 || sourceColumn == targetColumn)
        {
            throw Fail.Value("SentencePairs.Load", $"columns {sourceColumn} and {targetColumn}",
                "give two different ones, counted from 0");
        }

        string[] lines = TextFile.ReadLines(Format, path, maxBytes);
        if (lines.Length == 0)
            throw new FileFormatException($"{Format} \"{path}\": no line is there, at least one was wanted. Check the path.");
        var source = new string[lines.Length];
        var target = new string[lines.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].Contains('\t'))
                throw Bad(path, i, "the line has no tab", "a sentence, a tab and its translation", "Mend the line, or remove it.");
            source[i] = Column(path, lines[i], i, sourceColumn);
            target[i] = Column(path, lines[i], i, targetColumn);
        }

        return new SentencePairs(source, target);
    }

    /// <summary>The first pairs.</summary>
    /// <param name="count">How many; all, where there are not so many.</param>
    /// <returns>The pairs.</returns>
    /// <exception cref="ValueException">The number is negative.</exception>
    public SentencePairs Take(int count)
    {
        if (count < 0) throw Fail.Value("SentencePairs.Take", $"count is {count}", "give 0 or more");
        count = Math.Min(count, Count);
        return new SentencePairs(source[..count], target[..count]);
    }

    /// <summary>Divides the pairs at random into two parts, each pair in one of them.</summary>
    /// <param name="fraction">The first part's share: round(fraction · count) pairs.</param>
    /// <param name="seed">The seed of the choice.</param>
    /// <returns>The two parts.</returns>
    /// <exception cref="ValueException">The fraction is not between 0 and 1, or a part would be empty.</exception>
    public (SentencePairs First, SentencePairs Second) Split(double fraction, ulong seed = RandomGenerator.DefaultSeed)
    {
        if (!(fraction is > 0 and < 1)) throw Fail.Value("SentencePairs.Split", $"fraction is {fraction}", "give a number between 0 and 1");
        int first = (int)Math.Round(fraction * Count);
        if (first == 0 || first == Count)
        {
            throw Fail.Value("SentencePairs.Split", $"fraction {fraction} of {Count} pairs leaves {first} and {Count - first}",
                "choose a fraction that leaves some to both parts");
        }

        int[] order = new RandomGenerator(seed).Split("shuffle").Permutation(Count);
        return (Chosen(order.AsSpan(0, first)), Chosen(order.AsSpan(first)));
    }

    private SentencePairs Chosen(ReadOnlySpan<int> pairs)
    {
        var from = new string[pairs.Length];
        var to = new string[pairs.Length];
        for (int i = 0; i < pairs.Length; i++) (from[i], to[i]) = (source[pairs[i]], target[pairs[i]]);
        return new SentencePairs(from, to);
    }

    private static string Column(string path, string line, int index, int column)
    {
        ReadOnlySpan<char> rest = line;
        for (int i = 0; i < column; i++)
        {
            int tab = rest.IndexOf('\t');
            if (tab < 0)
            {
                throw Bad(path, index, $"the line has {i + 1} columns", $"one at place {column}, counted from 0,",
                    "Mend the line, or remove it.");
            }

            rest = rest[(tab + 1)..];
        }

        int end = rest.IndexOf('\t');
        string sentence = (end < 0 ? rest : rest[..end]).Trim().ToString();
        return sentence.Length > 0 ? sentence
            : throw Bad(path, index, $"column {column} is empty", "a sentence", "Fill it in, or remove the line.");
    }

    private static FileFormatException Bad(string path, int index, string came, string wanted, string remedy) =>
        new($"{Format} \"{path}\" line {index + 1}: {came}, {wanted} was wanted. {remedy}");
}
