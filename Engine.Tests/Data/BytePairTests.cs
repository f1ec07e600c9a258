using System.Text;
using System.Text.RegularExpressions;
using Engine.Data;

namespace Engine.Tests.Data;

public class BytePairTests
{
    private const string Verse = "the cat sat on the mat, the cat's hat\nwas on  the cat; that's that. 12 cats, 123 hats é😀\n";

    [Test]
    public void Pairs_are_learnt_by_frequency()
    {
        // "ug" 20, then "un" 16 and "hug" 15: the words and counts of a well-known worked example.
        string text = string.Concat(Enumerable.Repeat(" hug", 10)) + string.Concat(Enumerable.Repeat(" pug", 5))
            + string.Concat(Enumerable.Repeat(" pun", 12)) + string.Concat(Enumerable.Repeat(" bun", 4))
            + string.Concat(Enumerable.Repeat(" hugs", 5));
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([text], vocabularySize: 259);
        Assert.That(tokenizer.Tokens.Skip(256), Is.EqualTo(new[] { "ug", "Ġp", "un" }), "Ġp comes 17 times, un 16");
        Assert.That(tokenizer.Encode("hugs").Select(id => tokenizer.Tokens[id]), Is.EqualTo(new[] { "h", "ug", "s" }));
        Assert.That((tokenizer.Count, tokenizer.MergeCount), Is.EqualTo((259, 3)));
    }

    [Test]
    public void Ids_are_special_tokens_then_bytes_then_pairs()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Verse], 300, specials: ["<pad>", "<|end|>"]);
        Assert.That(tokenizer.Tokens.Take(4), Is.EqualTo(new[] { "<pad>", "<|end|>", "!", "\"" }));
        Assert.That(tokenizer.Tokens.Skip(2).Take(256), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(tokenizer.PaddingId, Is.Zero);
        Assert.That(tokenizer.Specials, Is.EquivalentTo(new Dictionary<string, int> { ["<pad>"] = 0, ["<|end|>"] = 1 }));
        int[] ids = tokenizer.Encode("the<|end|><pad>cat");
        Assert.That(ids.Select(id => tokenizer.Tokens[id]), Is.SupersetOf(new[] { "<|end|>", "<pad>" }));
        Assert.That(tokenizer.Decode(ids), Is.EqualTo("the<|end|><pad>cat"));
        BytePairTokenizer plain = BytePairTokenizer.Train([Verse], 256);
        Assert.That(plain.Tokens[plain.PaddingId], Is.EqualTo("Ċ"), "the line break");
    }

    [Test]
    public void The_longest_special_token_at_a_place_is_taken()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Verse], 258, specials: ["<a", "<ab>"]);
        Assert.That(tokenizer.Encode("<ab><a"), Is.EqualTo(new[] { 1, 0 }));
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Decoding_undoes_encoding(string? given, string? learnt)
    {
        string text = CharacterVocabularyTests.Sound(given);
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(
            [Verse, CharacterVocabularyTests.Sound(learnt), text + text], 320, specials: ["<pad>", "é😀"]);
        int[] ids = tokenizer.Encode(text);
        Assert.That(tokenizer.Decode(ids), Is.EqualTo(text));
        Assert.That(ids, Has.All.InRange(0, tokenizer.Count - 1));
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void Training_and_encoding_are_the_plain_procedure(byte[] letters, bool prefix)
    {
        // Few letters make many ties, long runs and pairs of a token with itself.
        string text = string.Concat((letters ?? []).Select(letter => "aab c\n"[letter % 6])) + "aaaa ab";
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([text, Verse], 290, minFrequency: 2, addPrefixSpace: prefix);
        var oracle = new Oracle([text, Verse], 290, 2, prefix);
        Assert.That(tokenizer.Tokens, Is.EqualTo(oracle.Tokens));
        Assert.That(tokenizer.Encode(text), Is.EqualTo(oracle.Encode(text)));
        Assert.That(tokenizer.Encode("caaab aabbaa " + text), Is.EqualTo(oracle.Encode("caaab aabbaa " + text)));
    }

    [Test]
    public void A_long_word_without_a_space_is_encoded_in_order()
    {
        string word = string.Concat(Enumerable.Range(0, 30_000).Select(i => "abcab"[i * 7 % 5]));
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([word[..2000]], 280);
        Assert.That(tokenizer.Decode(tokenizer.Encode(word)), Is.EqualTo(word));
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Pieces_are_those_of_the_published_expression(string? given, byte[] picks)
    {
        // .NET's classes see UTF-16 units: characters beyond the first plane are taken out.
        string[] parts = ["'s", "'ll", "'", " ", "  ", "\n", "\t ", "ab", "É", "12", "½", "!?", "\u00A0", "\u3000", "_", "e\u0301"];
        string text = string.Concat((picks ?? []).Select(pick => parts[pick % parts.Length]))
            + string.Concat((given ?? "").Where(letter => !char.IsSurrogate(letter)));
        var pieces = new List<string>();
        for (int start = 0; start < text.Length; start += pieces[^1].Length)
            pieces.Add(text.Substring(start, ByteLevel.PieceAt(text, start)));
        Assert.That(pieces, Is.EqualTo(Regex.Matches(text,
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+").Select(match => match.Value)));
    }

    [Test]
    public void Letters_beyond_the_first_plane_are_letters() => Assert.That(ByteLevel.PieceAt(" 𝐀𝐁1", 0), Is.EqualTo(5));

    [Test]
    public void Half_a_character_is_replaced_and_a_whole_one_whole()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(["abc"], 256);
        int[] ids = tokenizer.Encode("a€");
        Assert.That(ids, Has.Length.EqualTo(4));
        Assert.That(tokenizer.Decode(ids.AsSpan(0, 3)), Is.EqualTo("a\uFFFD"));
        Assert.That(tokenizer.Decode(ids), Is.EqualTo("a€"));
    }

    [Test]
    public void Texts_are_normalised_where_that_is_wanted()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(["e\u0301te\u0301"], 260, normalization: NormalizationForm.FormC);
        Assert.That(tokenizer.Decode(tokenizer.Encode("e\u0301")), Is.EqualTo("é"));
        Assert.That(tokenizer.Normalization, Is.EqualTo(NormalizationForm.FormC));
        Assert.That(BytePairTokenizer.Train(["ab ab"], 258, addPrefixSpace: true).Tokens.Skip(256), Is.EqualTo(new[] { "ab", "Ġab" }));
    }

    [Test]
    public void Bad_arguments_are_refused()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(["abc"], 300);
        Assert.That(tokenizer.Count, Is.EqualTo(256), "no pair comes twice");
        Assert.That(() => tokenizer.Decode([0, 256]), Throws.TypeOf<ValueException>()
            .With.Message.Contains("BytePairTokenizer.Decode: id 256 at position 1 is outside the vocabulary of 256"));
        Assert.That(() => tokenizer.Encode("ab\uD83Dc"), Throws.TypeOf<ValueException>()
            .With.Message.Contains("U+D83D, stands at position 2"));
        Assert.That(() => BytePairTokenizer.Train([], 300), Throws.TypeOf<ValueException>().With.Message.Contains("the texts are empty"));
        Assert.That(() => BytePairTokenizer.Train([""], 300), Throws.TypeOf<ValueException>().With.Message.Contains("the texts are empty"));
        Assert.That(() => BytePairTokenizer.Train(["a"], 256, specials: ["<s>"]), Throws.TypeOf<ValueException>()
            .With.Message.Contains("vocabularySize is 256; give at least 257: 256 for the bytes and 1 special tokens"));
        Assert.That(() => BytePairTokenizer.Train(["a"], 300, minFrequency: 0),
            Throws.TypeOf<ValueException>().With.Message.Contains("minFrequency is 0"));
        Assert.That(() => BytePairTokenizer.Train(["a"], 300, specials: [""]),
            Throws.TypeOf<ValueException>().With.Message.Contains("special token \"\" is empty or a byte's letter"));
        Assert.That(() => BytePairTokenizer.Train(["a"], 300, specials: ["Ġ"]),
            Throws.TypeOf<ValueException>().With.Message.Contains("special token \"Ġ\" is empty or a byte's letter"));
        Assert.That(() => BytePairTokenizer.Train(["a"], 300, specials: ["<s>", "<s>"]),
            Throws.TypeOf<ValueException>().With.Message.Contains("occurs twice"));
        Assert.That(() => BytePairTokenizer.Train(["a"], 300, normalization: (NormalizationForm)4),
            Throws.TypeOf<ValueException>().With.Message.Contains("normalization is 4"));
    }

    /// <summary>The procedure as it is printed: count all pairs of all words, join the most frequent one everywhere, begin again.</summary>
    private sealed class Oracle
    {
        private readonly List<(string Left, string Right)> merges = [];
        private readonly bool prefix;

        public Oracle(string[] texts, int size, int minFrequency, bool prefix)
        {
            this.prefix = prefix;
            Tokens = [.. Enumerable.Range(0, 256).Select(value => ByteLevel.LetterOf(value).ToString()).Order(StringComparer.Ordinal)];
            List<List<string>> words = [.. texts.SelectMany(Words)];
            while (Tokens.Count < size)
            {
                var counts = new Dictionary<(string, string), int>();
                foreach (List<string> word in words)
                {
                    for (int i = 1; i < word.Count; i++)
                        counts[(word[i - 1], word[i])] = counts.GetValueOrDefault((word[i - 1], word[i])) + 1;
                }

                if (counts.Count == 0 || counts.Values.Max() < minFrequency) break;
                (string left, string right) = counts.OrderByDescending(entry => entry.Value)
                    .ThenBy(entry => Tokens.IndexOf(entry.Key.Item1))
                    .ThenBy(entry => Tokens.IndexOf(entry.Key.Item2)).First().Key;
                merges.Add((left, right));
                if (!Tokens.Contains(left + right)) Tokens.Add(left + right);
                foreach (List<string> word in words) Join(word, left, right);
            }
        }

        public List<string> Tokens { get; }

        public int[] Encode(string text)
        {
            List<List<string>> words = Words(text);
            foreach (List<string> word in words)
            {
                bool Has((string, string) pair) => Enumerable.Range(1, word.Count - 1).Any(i => (word[i - 1], word[i]) == pair);
                while (merges.FirstOrDefault(Has) is { Left: { } left, Right: { } right }) Join(word, left, right);
            }

            return [.. words.SelectMany(word => word).Select(token => Tokens.IndexOf(token))];
        }

        private List<List<string>> Words(string text)
        {
            if (prefix && !text.StartsWith(' ')) text = " " + text;
            return [.. Regex.Matches(text, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
                .Select(match => Encoding.UTF8.GetBytes(match.Value).Select(value => ByteLevel.LetterOf(value).ToString()).ToList())];
        }

        private static void Join(List<string> word, string left, string right)
        {
            for (int i = 0; i + 1 < word.Count; i++)
            {
                if (word[i] != left || word[i + 1] != right) continue;
                word[i] = left + right;
                word.RemoveAt(i + 1);
            }
        }
    }
}
