using System.Text;
using Engine;
using Engine.Data;
using Engine.Formats;

namespace Examples;

/// <summary>Sentences and whether each is positive, 1, or not, 0.</summary>
internal sealed record Reviews(string[] Texts, int[] Verdicts)
{
    private const int MadeUp = 2000;

    /// <summary>The lines of two files, or sentences that are made up.</summary>
    public static Reviews Load(string? positive, string? negative, ulong seed) => positive is null || negative is null
        ? Stage.Run($"making up {MadeUp} sentences", () => Of(SmallReviews.Make(MadeUp / 2, seed)))
        : Stage.Run($"reading {Path.GetFileName(positive)} and {Path.GetFileName(negative)}", () => Of((Lines(positive), Lines(negative))));

    /// <summary>The numbers of the sentences with their verdicts, to be split.</summary>
    public Dataset Numbered => new(Tensor.Arange(Texts.Length), Tensor.From<int>(Verdicts));

    /// <summary>The sentences of a part of <see cref="Numbered"/>.</summary>
    public string[] Of(Dataset part) => [.. part.Features.ToArray<int>().Select(i => Texts[i])];

    private static Reviews Of((string[] Positive, string[] Negative) kinds) => new(
        [.. kinds.Positive, .. kinds.Negative], [.. kinds.Positive.Select(_ => 1), .. kinds.Negative.Select(_ => 0)]);

    private static string[] Lines(string path)
    {
        string[] lines;
        try
        {
            lines = TextFile.ReadLines(path);
        }
        catch (FileFormatException) when (File.Exists(path))
        {
            // Pang and Lee's own files are in Latin-1; copies of them are often in UTF-8.
            lines = File.ReadAllLines(path, Encoding.Latin1);
        }

        return [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)];
    }
}
