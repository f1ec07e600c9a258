using System.Text;
using System.Text.Json;
using Engine.Formats;

namespace Engine.Data;

/// <summary>The words of some texts, numbered by how often they occur, behind the special tokens.</summary>
/// <remarks>
/// Ids 0 to 3 are <c>&lt;pad&gt;</c>, <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c> and <c>&lt;unk&gt;</c>, further special tokens follow, then
/// words: the most frequent first, of equally frequent ones the first by its characters. A word that has no id becomes
/// <see cref="UnknownId"/>. A text never becomes a special token by what is written in it.
/// </remarks>
public sealed class WordVocabulary : ITextEncoder
{
    private const string Where = "WordVocabulary";
    private const string Format = "Word vocabulary";

    private static readonly string[] Standard = ["<pad>", "<s>", "</s>", "<unk>"];

    private readonly string[] tokens;
    private readonly Dictionary<string, int> words = new(StringComparer.Ordinal);

    private WordVocabulary(Tokenizer tokenizer, string[] tokens, int specials)
    {
        (Tokenizer, this.tokens, SpecialCount) = (tokenizer, tokens, specials);
        for (int id = specials; id < tokens.Length; id++) words.Add(tokens[id], id);
    }

    /// <summary>The number of ids: special tokens and words.</summary>
    public int Count => tokens.Length;

    /// <summary>The number of special tokens, whose ids come first: 4, and those given.</summary>
    public int SpecialCount { get; }

    /// <summary>The id of <c>&lt;pad&gt;</c>, 0: what <c>Embedding(maskZero: true)</c> leaves out.</summary>
    public int PaddingId => 0;

    /// <summary>The id of <c>&lt;s&gt;</c>, 1, with which a text begins.</summary>
    public int StartId { get; } = 1;

    /// <summary>The id of <c>&lt;/s&gt;</c>, 2, with which a text ends.</summary>
    public int EndId { get; } = 2;

    /// <summary>The id of <c>&lt;unk&gt;</c>, 3, which stands for every other word.</summary>
    public int UnknownId { get; } = 3;

    /// <summary>What cuts texts into words.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The tokens in the order of their ids.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>The vocabulary of some texts.</summary>
    /// <param name="texts">The texts, such as sentences.</param>
    /// <param name="maxSize">The most ids, special tokens included: rarer words are unknown; null for all words.</param>
    /// <param name="minFrequency">How often a word must occur; once by default.</param>
    /// <param name="tokenizer">What cuts texts into words; by default lower-case words and punctuation, <c>new Tokenizer()</c>.</param>
    /// <param name="specials">Special tokens besides the four.</param>
    /// <returns>The vocabulary.</returns>
    /// <exception cref="ValueException">The texts have no word, a number is out of range, or a special token occurs twice.</exception>
    public static WordVocabulary From(
        IEnumerable<string> texts,
        int? maxSize = null,
        int minFrequency = 1,
        Tokenizer? tokenizer = null,
        IReadOnlyList<string>? specials = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] first = [.. Standard, .. specials ?? []];
        if (FirstRepeated(first) is { } repeated)
            throw Fail.Value($"{Where}.From", $"special token {TextCheck.Show(repeated)} occurs twice",
                "give each once, and none of the four");
        if (first.Contains("")) throw Fail.Value($"{Where}.From", "a special token is empty", "give it a name");
        if (maxSize <= first.Length)
            throw Fail.Value($"{Where}.From", $"maxSize is {maxSize}", $"give more than the {first.Length} special tokens, or null");
        if (minFrequency < 1) throw Fail.Value($"{Where}.From", $"minFrequency is {minFrequency}", "give at least 1");
        tokenizer ??= new Tokenizer();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            foreach (string word in tokenizer.Tokenize(text)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        if (counts.Count == 0) throw Fail.Value($"{Where}.From", "the texts have no word", "give texts with at least one");
        foreach (string special in first) counts.Remove(special);
        IEnumerable<string> kept = counts.Where(entry => entry.Value >= minFrequency)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Key);
        return new WordVocabulary(tokenizer, [.. first, .. kept.Take((maxSize ?? int.MaxValue) - first.Length)], first.Length);
    }

    /// <summary>The id of a word as the tokenizer gives it; <see cref="UnknownId"/> where it has none.</summary>
    /// <param name="word">The word.</param>
    public int IdOf(string word) => words.GetValueOrDefault(word, UnknownId);

    /// <summary>The id of a special token.</summary>
    /// <param name="token">The token, such as <c>&lt;s&gt;</c>.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ValueException">It is none of the vocabulary's special tokens.</exception>
    public int SpecialIdOf(string token) => Array.IndexOf(tokens, token, 0, SpecialCount) is >= 0 and int id ? id : throw Fail.Value(
        $"{Where}.SpecialIdOf", $"{TextCheck.Show(token)} is no special token", $"use one of {string.Join(", ", tokens[..SpecialCount])}");

    /// <summary>The ids of a text's words, without start and end.</summary>
    /// <param name="text">The text.</param>
    /// <returns>One id for each token of <see cref="Tokenizer"/>.</returns>
    /// <exception cref="ValueException">The text has half of a surrogate pair.</exception>
    public int[] Encode(string text) => Encode(text, start: false, end: false);

    /// <summary>The ids of a text's words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Whether <see cref="StartId"/> comes before them.</param>
    /// <param name="end">Whether <see cref="EndId"/> comes after them.</param>
    /// <returns>The ids.</returns>
    /// <exception cref="ValueException">The text has half of a surrogate pair.</exception>
    public int[] Encode(string text, bool start, bool end)
    {
        string[] found = Tokenizer.Tokenize(text);
        int first = start ? 1 : 0;
        var ids = new int[first + found.Length + (end ? 1 : 0)];
        for (int i = 0; i < found.Length; i++) ids[first + i] = IdOf(found[i]);
        if (start) ids[0] = StartId;
        if (end) ids[^1] = EndId;
        return ids;
    }

    /// <summary>The words of some ids, joined by <see cref="Tokenizer.Join"/>.</summary>
    /// <param name="ids">The ids; paddings, starts and ends leave no trace, other special tokens their names.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ValueException">An id is not one of 0 to Count − 1: the message names it, its position and the size.</exception>
    public string Decode(ReadOnlySpan<int> ids) => Tokenizer.Join(TokensOf(ids));

    /// <summary>The words of some ids.</summary>
    /// <param name="ids">The ids; paddings, starts and ends are left out.</param>
    /// <returns>The words, unknown ones as <c>&lt;unk&gt;</c>.</returns>
    /// <exception cref="ValueException">An id is not one of 0 to Count − 1: the message names it, its position and the size.</exception>
    public string[] TokensOf(ReadOnlySpan<int> ids)
    {
        var found = new List<string>(ids.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            TextCheck.Id($"{Where}.Decode", ids[i], i, Count);
            if (ids[i] >= UnknownId) found.Add(tokens[ids[i]]);
        }

        return [.. found];
    }

    /// <summary>The part of the words of some texts that have ids: 1 where none is unknown, and where there is no word.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>A number from 0 to 1.</returns>
    public double Coverage(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        long known = 0, all = 0;
        foreach (string text in texts)
        {
            foreach (string word in Tokenizer.Tokenize(text))
            {
                all++;
                if (words.ContainsKey(word)) known++;
            }
        }

        return all == 0 ? 1 : (double)known / all;
    }

    /// <summary>Writes tokens and the tokenizer's settings to a JSON file, atomically.</summary>
    /// <param name="path">The file to create or replace.</param>
    public void Save(string path) => JsonFile.Write(path, ToFile(), TextJson.Default.WordVocabularyFile);

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The vocabulary, with the same ids and tokenizer.</returns>
    /// <exception cref="FileFormatException">The file is missing, or is not such a vocabulary.</exception>
    public static WordVocabulary Load(string path) =>
        FromFile(path, JsonFile.Read(Format, path, JsonFile.DefaultMaxBytes, TextJson.Default.WordVocabularyFile));

    /// <summary>What <see cref="Save"/> writes, as a text within another file.</summary>
    internal string ToJson() => JsonSerializer.Serialize(ToFile(), TextJson.Default.WordVocabularyFile);

    /// <summary>Reads what <see cref="ToJson"/> gave, from within a file.</summary>
    /// <exception cref="FileFormatException">It is no such vocabulary.</exception>
    internal static WordVocabulary FromJson(string path, string json) =>
        FromFile(path, JsonFile.Parse(Format, path, Encoding.UTF8.GetBytes(json), TextJson.Default.WordVocabularyFile));

    private WordVocabularyFile ToFile() => new()
    {
        Format = WordVocabularyFile.Name,
        Tokenizer = Tokenizer.ToFile(),
        Specials = tokens[..SpecialCount],
        Words = tokens[SpecialCount..],
    };

    private static WordVocabulary FromFile(string path, WordVocabularyFile file)
    {
        JsonFile.RequireFormat(Format, path, file.Format, WordVocabularyFile.Name);
        if (!file.Specials.Take(Standard.Length).SequenceEqual(Standard))
            throw JsonFile.Bad(Format, path, "specials begin with others", string.Join(", ", Standard));
        string?[] read = [.. file.Specials, .. file.Words];
        int missing = Array.FindIndex(read, string.IsNullOrEmpty);
        if (missing >= 0) throw JsonFile.Bad(Format, path, $"the token of id {missing} is empty", "a word");
        string[] tokens = [.. read.OfType<string>()];
        if (FirstRepeated(tokens) is { } repeated) throw JsonFile.Bad(Format, path, $"token {TextCheck.Show(repeated)} occurs twice",
            "it once");
        WordTokenizerFile settings = file.Tokenizer;
        NormalizationForm? form = null;
        if (settings.Normalization is { } name)
        {
            if (!UnicodeForms.TryParse(name, out NormalizationForm known))
                throw JsonFile.Bad(Format, path, $"normalization {TextCheck.Show(name)} came", "NFC, NFD, NFKC, NFKD or null");
            form = known;
        }

        if (!Enum.IsDefined(settings.Digits) || !Enum.IsDefined(settings.Punctuation))
            throw JsonFile.Bad(Format, path, "digits or punctuation is a number without a name", "a name");
        var tokenizer = new Tokenizer(settings.Lowercase, form, settings.StripAccents, settings.Digits, settings.Punctuation);
        return new WordVocabulary(tokenizer, tokens, file.Specials.Length);
    }

    private static string? FirstRepeated(string[] tokens)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return tokens.FirstOrDefault(token => !seen.Add(token));
    }
}
