using System.Text;
using Engine.Formats;

namespace Engine.Data;

/// <content>Learning a tokenizer from texts, and its files.</content>
public sealed partial class BytePairTokenizer
{
    private const string Format = "Tokenizer";

    /// <summary>Learns a tokenizer from texts: joins the most frequent pair of neighbours until there are enough tokens.</summary>
    /// <param name="texts">The texts, such as a file's lines or a single long text.</param>
    /// <param name="vocabularySize">The number of tokens to come to: special ones, 256 for the bytes, and one for each pair. There are
    /// fewer where no further pair is frequent enough.</param>
    /// <param name="minFrequency">How often a pair must occur to become a token; 2 by default.</param>
    /// <param name="specials">Special tokens, such as <c>&lt;pad&gt;</c>: they get the first ids and are recognised in texts.</param>
    /// <param name="addPrefixSpace">Whether a space is put before a text that begins with none; false by default.</param>
    /// <param name="normalization">The Unicode form that texts are brought into first; null, as they are, by default.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ValueException">The texts are empty, a number is out of range, or a special token is empty, a single byte's letter
    /// or given twice.</exception>
    public static BytePairTokenizer Train(
        IEnumerable<string> texts,
        int vocabularySize,
        int minFrequency = 2,
        IReadOnlyList<string>? specials = null,
        bool addPrefixSpace = false,
        NormalizationForm? normalization = null)
    {
        const string Here = $"{Where}.Train";
        ArgumentNullException.ThrowIfNull(texts);
        string[] first = [.. specials ?? []];
        for (int i = 0; i < first.Length; i++)
        {
            TextCheck.Sound(Here, first[i]);
            if (first[i].Length == 0 || ByteLevel.BytesOf(first[i]) is { Length: 1 })
                throw Fail.Value(Here, $"special token {TextCheck.Show(first[i])} is empty or a byte's letter", "give it a longer name");
            if (Array.IndexOf(first, first[i]) != i)
                throw Fail.Value(Here, $"special token {TextCheck.Show(first[i])} occurs twice", "give each once");
        }

        if (vocabularySize < 256 + first.Length)
        {
            throw Fail.Value(Here, $"vocabularySize is {vocabularySize}",
                $"give at least {256 + first.Length}: 256 for the bytes and {first.Length} special tokens");
        }

        if (minFrequency < 1) throw Fail.Value(Here, $"minFrequency is {minFrequency}", "give at least 1");
        if (normalization is { } form && !Enum.IsDefined(form))
            throw Fail.Value(Here, $"normalization is {(int)form}", "give a member of NormalizationForm, or null");
        var training = new BytePairTraining(first);
        if (training.Count(texts, addPrefixSpace, normalization) == 0)
            throw Fail.Value(Here, "the texts are empty", "give at least one character");
        training.Learn(vocabularySize, minFrequency);
        return new BytePairTokenizer(training.Tokens, training.Merges, first, addPrefixSpace, normalization);
    }

    /// <summary>Writes a <c>tokenizer.json</c> that Hugging Face's tokenizers read, atomically.</summary>
    /// <param name="path">The file to create or replace.</param>
    public void Save(string path)
    {
        var vocabulary = new Dictionary<string, int>(Count);
        for (int id = 0; id < Count; id++) vocabulary.Add(tokens[id], id);
        JsonFile.Write(path, new TokenizerFile
        {
            Version = TokenizerFile.KnownVersion,
            AddedTokens = [.. specialIds.OrderBy(entry => entry.Value).Select(entry => new AddedTokenFile
                { Id = entry.Value, Content = entry.Key, Special = true })],
            Normalizer = Normalization is { } form ? new TokenizerStepFile { Type = UnicodeForms.NameOf(form) } : null,
            PreTokenizer = ByteLevelStep(),
            Decoder = ByteLevelStep(),
            Model = new BytePairModelFile
            {
                Vocab = vocabulary,
                Merges = [.. mergeOrder.Select(pair => new MergeFile(tokens[pair.Left], tokens[pair.Right]))],
            },
        }, TextJson.Default.TokenizerFile);
    }

    /// <summary>Reads a <c>tokenizer.json</c> of a byte-level byte pair model, such as GPT-2's.</summary>
    /// <remarks>Whatever would make other ids than this class makes, such as another model, a truncation or a dropout, is refused by
    /// name.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most bytes that are read; 256 MiB by default.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="FileFormatException">The file is missing or too long, no sound JSON, of another kind, or contradicts
    /// itself.</exception>
    public static BytePairTokenizer Load(string path, long maxBytes = JsonFile.DefaultMaxBytes)
    {
        TokenizerFile file = JsonFile.Read(Format, path, maxBytes, TextJson.Default.TokenizerFile);
        NormalizationForm? normalization = NormalizationOf(path, file.Normalizer);
        RequireByteLevel(path, "pre_tokenizer", file.PreTokenizer);
        bool addPrefixSpace = file.PreTokenizer!.AddPrefixSpace
            ?? throw JsonFile.Bad(Format, path, "pre_tokenizer.add_prefix_space is missing", "true or false");
        RequireByteLevel(path, "decoder", file.Decoder);
        if (file.PostProcessor is { } processor) RequireByteLevel(path, "post_processor", processor);
        Refuse(path, "truncation", file.Truncation is not null, "null");
        Refuse(path, "padding", file.Padding is not null, "null");
        BytePairModelFile model = file.Model;
        Refuse(path, "model.type", model.Type is not null and not "BPE", "BPE");
        Refuse(path, "model.dropout", model.Dropout is not null and not 0, "null");
        Refuse(path, "model.continuing_subword_prefix", !string.IsNullOrEmpty(model.ContinuingSubwordPrefix), "null");
        Refuse(path, "model.end_of_word_suffix", !string.IsNullOrEmpty(model.EndOfWordSuffix), "null");
        Refuse(path, "model.byte_fallback", model.ByteFallback, "false");
        Refuse(path, "model.ignore_merges", model.IgnoreMerges, "false");

        AddedTokenFile?[] added = file.AddedTokens ?? [];
        string[] tokens = TokensOf(path, model.Vocab, added);
        string[] specials = [.. added.Select(token => token!.Content)];
        RequireLetters(path, tokens, specials);
        return new BytePairTokenizer(tokens, MergesOf(path, model), specials, addPrefixSpace, normalization);
    }

    private TokenizerStepFile ByteLevelStep() =>
        new() { Type = "ByteLevel", AddPrefixSpace = AddPrefixSpace, TrimOffsets = true, UseRegex = true };

    private static NormalizationForm? NormalizationOf(string path, TokenizerStepFile? step)
    {
        if (step is null) return null;
        return UnicodeForms.TryParse(step.Type, out NormalizationForm form) ? form
            : throw JsonFile.Bad(Format, path, $"normalizer {TextCheck.Show(step.Type)} came", "NFC, NFD, NFKC, NFKD or null");
    }

    private static void RequireByteLevel(string path, string name, TokenizerStepFile? step)
    {
        if (step?.Type != "ByteLevel")
            throw JsonFile.Bad(Format, path, $"{name} {(step is null ? "null" : TextCheck.Show(step.Type))} came", "\"ByteLevel\"");
        Refuse(path, $"{name}.use_regex", name == "pre_tokenizer" && step.UseRegex == false, "true");
    }

    private static void Refuse(string path, string name, bool isSet, string wanted)
    {
        if (!isSet) return;
        throw new FileFormatException($"{Format} \"{path}\": {name} is set, and ids would be others than here, {wanted} was wanted. "
            + "Where that does not matter, set it so in the file.");
    }

    /// <summary>The tokens in the order of their ids, which are 0 to the number of tokens without a gap.</summary>
    private static string[] TokensOf(string path, Dictionary<string, int> vocabulary, AddedTokenFile?[] added)
    {
        var all = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (AddedTokenFile? token in added)
        {
            if (token is null || token.Content.Length == 0) throw JsonFile.Bad(Format, path, "an added token is empty", "a text");
            Refuse(path, $"added token {TextCheck.Show(token.Content)}: lstrip, rstrip or single_word",
                token.Lstrip || token.Rstrip || token.SingleWord, "false");
            if (!seen.Add(token.Content)) throw JsonFile.Bad(Format, path, $"added token {TextCheck.Show(token.Content)} occurs twice",
                "it once");
            if (!all.TryAdd(token.Content, token.Id) && all[token.Content] != token.Id)
            {
                throw JsonFile.Bad(Format, path,
                    $"added token {TextCheck.Show(token.Content)} has ids {token.Id} and {all[token.Content]}", "one id");
            }
        }

        var tokens = new string?[all.Count];
        foreach ((string token, int id) in all)
        {
            if ((uint)id >= (uint)tokens.Length)
                throw JsonFile.Bad(Format, path, $"token {TextCheck.Show(token)} has id {id} among {tokens.Length} tokens",
                    $"0 to {tokens.Length - 1}");
            if (tokens[id] is { } other)
                throw JsonFile.Bad(Format, path, $"tokens {TextCheck.Show(other)} and {TextCheck.Show(token)} have id {id}",
                    "an id for each");
            tokens[id] = token;
        }

        return tokens!;
    }

    private static void RequireLetters(string path, string[] tokens, string[] specials)
    {
        var bytes = new bool[256];
        var special = new HashSet<string>(specials, StringComparer.Ordinal);
        foreach (string token in tokens)
        {
            if (special.Contains(token)) continue;
            byte[] letters = token.Length == 0 ? [] : ByteLevel.BytesOf(token)
                ?? throw JsonFile.Bad(Format, path, $"token {TextCheck.Show(token)} has a letter that stands for no byte",
                    "byte-level tokens");
            if (letters.Length == 0) throw JsonFile.Bad(Format, path, "a token is empty", "at least one byte");
            if (letters.Length == 1) bytes[letters[0]] = true;
        }

        int missing = Array.IndexOf(bytes, false);
        if (missing >= 0) throw JsonFile.Bad(Format, path, $"no token is byte 0x{missing:X2} alone", "one for each byte");
    }

    private static List<(int Left, int Right, int Id)> MergesOf(string path, BytePairModelFile model)
    {
        var merges = new List<(int Left, int Right, int Id)>(model.Merges.Length);
        var seen = new HashSet<(int, int)>();
        for (int i = 0; i < model.Merges.Length; i++)
        {
            (string left, string right) = (model.Merges[i].Left, model.Merges[i].Right);
            int IdOf(string token) => model.Vocab.TryGetValue(token, out int id) ? id
                : throw JsonFile.Bad(Format, path, $"merges[{i}] needs {TextCheck.Show(token)}, which is no token",
                    "a token of the vocabulary");
            (int Left, int Right, int Id) merge = (IdOf(left), IdOf(right), IdOf(left + right));
            if (!seen.Add((merge.Left, merge.Right)))
                throw JsonFile.Bad(Format, path, $"merges[{i}], {TextCheck.Show($"{left} {right}")}, occurs twice", "each pair once");
            merges.Add(merge);
        }

        return merges;
    }
}
