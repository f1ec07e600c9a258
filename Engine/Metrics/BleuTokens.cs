using System.Text.RegularExpressions;

namespace Engine.Metrics;

/// <summary>Cuts sentences into the tokens that BLEU counts.</summary>
internal static partial class BleuTokens
{
    /// <summary>The tokens of a sentence.</summary>
    public static string[] Of(string sentence, BleuTokenization tokenization, bool lowercase)
    {
        if (lowercase) sentence = sentence.ToLowerInvariant();
        return Words(tokenization == BleuTokenization.Mteval13a ? Separated(sentence) : sentence);
    }

    /// <summary>The rules of mteval-v13a for Western languages, in their order.</summary>
    private static string Separated(string sentence)
    {
        sentence = sentence.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal)
            .Replace('\n', ' ').Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        sentence = Sign().Replace($" {sentence} ", " $1 ");
        sentence = PointAfterOther().Replace(sentence, "$1 $2 ");
        sentence = PointBeforeOther().Replace(sentence, " $1 $2");
        return DashAfterDigit().Replace(sentence, "$1 $2 ");
    }

    private static string[] Words(string text)
    {
        var words = new List<string>();
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && !IsSpace(text[i])) i++;
            if (i > start) words.Add(text[start..i]);
            i++;
        }

        return [.. words];
    }

    /// <summary>White space as Python's <c>split</c> has it: the separators U+001C to U+001F too.</summary>
    private static bool IsSpace(char letter) => char.IsWhiteSpace(letter) || letter is >= '\x1C' and <= '\x1F';

    [GeneratedRegex(@"([!-&(-+/:-@\[-`{-~])", RegexOptions.CultureInvariant)]
    private static partial Regex Sign();

    [GeneratedRegex("([^0-9])([.,])", RegexOptions.CultureInvariant)]
    private static partial Regex PointAfterOther();

    [GeneratedRegex("([.,])([^0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex PointBeforeOther();

    [GeneratedRegex("([0-9])(-)", RegexOptions.CultureInvariant)]
    private static partial Regex DashAfterDigit();
}
