using System.Text;
using Engine.Data;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

public class WordVocabularyTests
{
    private static readonly string[] Sentences = ["The dog sees the cat.", "A dog runs.", "The CAT sleeps"];
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Words_are_numbered_by_frequency_behind_the_special_tokens()
    {
        WordVocabulary vocabulary = WordVocabulary.From(Sentences);
        Assert.That(string.Join(' ', vocabulary.Tokens), Is.EqualTo("<pad> <s> </s> <unk> the . cat dog a runs sees sleeps"));
        Assert.That((vocabulary.Count, vocabulary.SpecialCount), Is.EqualTo((12, 4)));
        Assert.That((vocabulary.PaddingId, vocabulary.StartId, vocabulary.EndId, vocabulary.UnknownId), Is.EqualTo((0, 1, 2, 3)));
        Assert.That(vocabulary.Encode("A cat barks."), Is.EqualTo(new[] { 8, 6, 3, 5 }));
        Assert.That(vocabulary.Encode("the dog", start: true, end: true), Is.EqualTo(new[] { 1, 4, 7, 2 }));
        Assert.That(vocabulary.Decode([1, 4, 7, 3, 5, 2, 0, 0]), Is.EqualTo("the dog <unk>."));
        Assert.That(vocabulary.TokensOf([1, 3, 5]), Is.EqualTo(new[] { "<unk>", "." }));
        Assert.That((vocabulary.IdOf("cat"), vocabulary.IdOf("Cat"), vocabulary.SpecialIdOf("</s>")), Is.EqualTo((6, 3, 2)));
    }

    [Test]
    public void Rare_words_are_left_out()
    {
        Assert.That(WordVocabulary.From(Sentences, maxSize: 6).Tokens, Is.EqualTo(new[] { "<pad>", "<s>", "</s>", "<unk>", "the", "." }));
        Assert.That(WordVocabulary.From(Sentences, minFrequency: 2).Tokens.Skip(4), Is.EqualTo(new[] { "the", ".", "cat", "dog" }));
        Assert.That(WordVocabulary.From(Sentences, maxSize: 1000).Count, Is.EqualTo(12));
        Assert.That(WordVocabulary.From(Sentences, minFrequency: 2).Coverage(["the dog runs", ""]), Is.EqualTo(2 / 3.0));
        Assert.That(WordVocabulary.From(Sentences).Coverage([]), Is.EqualTo(1));
    }

    [Test]
    public void A_text_does_not_become_a_special_token_by_what_is_written_in_it()
    {
        WordVocabulary vocabulary = WordVocabulary.From(
            ["<mask> is <pad> </s> here"], tokenizer: new Tokenizer(punctuation: PunctuationHandling.Keep), specials: ["<mask>"]);
        Assert.That(vocabulary.Tokens.Skip(4), Is.EqualTo(new[] { "<mask>", "here", "is" }));
        Assert.That(vocabulary.Encode("<pad> <mask> is <s>"), Is.EqualTo(new[] { 3, 3, 6, 3 }));
        Assert.That(vocabulary.Decode([4, 6]), Is.EqualTo("<mask> is"));
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Decoding_known_words_gives_the_tokens_back(string?[] given)
    {
        string[] texts = [.. (given ?? []).Select(CharacterVocabularyTests.Sound), "x"];
        WordVocabulary vocabulary = WordVocabulary.From(texts);
        foreach (string text in texts)
        {
            int[] ids = vocabulary.Encode(text);
            Assert.That(vocabulary.TokensOf(ids), Is.EqualTo(vocabulary.Tokenizer.Tokenize(text)));
            Assert.That(ids, Has.All.InRange(4, vocabulary.Count - 1));
        }
    }

    [Test]
    public void A_vocabulary_comes_back_from_its_file()
    {
        var tokenizer = new Tokenizer(false, NormalizationForm.FormKD, true, DigitHandling.Zero, PunctuationHandling.Remove);
        WordVocabulary vocabulary = WordVocabulary.From(["Été 12 a\"b\\"], tokenizer: tokenizer, specials: ["<sep>"]);
        vocabulary.Save(folder["x"]);
        WordVocabulary back = WordVocabulary.Load(folder["x"]);
        Assert.That(back.Tokens, Is.EqualTo(vocabulary.Tokens));
        Assert.That(back.SpecialCount, Is.EqualTo(5));
        Tokenizer read = back.Tokenizer;
        Assert.That((read.Lowercase, read.Normalization, read.StripAccents, read.Digits, read.Punctuation),
            Is.EqualTo((false, (NormalizationForm?)NormalizationForm.FormKD, true, DigitHandling.Zero, PunctuationHandling.Remove)));
        WordVocabulary.From(["a"], tokenizer: new Tokenizer(normalization: null)).Save(folder["x"]);
        Assert.That(WordVocabulary.Load(folder["x"]).Tokenizer.Normalization, Is.Null);
    }

    [Test]
    public void Bad_arguments_are_refused()
    {
        WordVocabulary vocabulary = WordVocabulary.From(Sentences);
        Assert.That(() => vocabulary.Decode([4, 12]), Throws.TypeOf<ValueException>()
            .With.Message.EqualTo("WordVocabulary.Decode: id 12 at position 1 is outside the vocabulary of 12; "
                + "give ids from 0 to 11, those of this vocabulary."));
        Assert.That(() => vocabulary.SpecialIdOf("the"), Throws.TypeOf<ValueException>()
            .With.Message.Contains("\"the\" is no special token; use one of <pad>, <s>, </s>, <unk>"));
        Assert.That(() => WordVocabulary.From([]), Throws.TypeOf<ValueException>().With.Message.Contains("the texts have no word"));
        Assert.That(() => WordVocabulary.From([" ", ""]), Throws.TypeOf<ValueException>().With.Message.Contains("the texts have no word"));
        Assert.That(() => WordVocabulary.From(["a"], maxSize: 4),
            Throws.TypeOf<ValueException>().With.Message.Contains("maxSize is 4; give more than the 4 special tokens"));
        Assert.That(() => WordVocabulary.From(["a"], minFrequency: 0),
            Throws.TypeOf<ValueException>().With.Message.Contains("minFrequency is 0"));
        Assert.That(() => WordVocabulary.From(["a"], specials: ["<s>"]),
            Throws.TypeOf<ValueException>().With.Message.Contains("special token \"<s>\" occurs twice"));
        Assert.That(() => WordVocabulary.From(["a"], specials: [""]),
            Throws.TypeOf<ValueException>().With.Message.Contains("a special token is empty"));
        Assert.That(() => WordVocabulary.From(["a\uDC00"]), Throws.TypeOf<ValueException>().With.Message.Contains("U+DC00"));
    }

    private static IEnumerable<TestCaseData> BadFiles()
    {
        const string Tokenizer =
            """{"lowercase":true,"normalization":"NFC","strip_accents":false,"digits":"Keep","punctuation":"Keep"}""";
        const string Specials = """["<pad>","<s>","</s>","<unk>"]""";
        static TestCaseData Case(string name, string tokenizer, string specials, string words, string problem) => new TestCaseData(
            $$"""{"format":"engine.word-vocabulary.1","tokenizer":{{tokenizer}},"specials":{{specials}},"words":{{words}}}""", problem)
            .SetArgDisplayNames(name);
        yield return Case("other specials", Tokenizer, """["<pad>","<s>"]""", "[]", "specials begin with others, <pad>, <s>");
        yield return Case("twice", Tokenizer, Specials, """["a","b","a"]""", "token \"a\" occurs twice");
        yield return Case("a special word", Tokenizer, Specials, """["<s>"]""", "token \"<s>\" occurs twice");
        yield return Case("empty word", Tokenizer, Specials, """["a",""]""", "the token of id 5 is empty");
        yield return Case("null word", Tokenizer, Specials, """[null]""", "the token of id 4 is empty");
        yield return Case("form", Tokenizer.Replace("NFC", "NFX"), Specials, "[]", "normalization \"NFX\" came");
        yield return Case("digits", Tokenizer.Replace("\"Keep\",", "7,"), Specials, "[]", "digits or punctuation is a number");
        yield return Case("no tokenizer", "null", Specials, "[]", "not of the wanted form");
        yield return Case("no option", "{}", Specials, "[]", "not of the wanted form");
        yield return Case("no words", Tokenizer, Specials, "null", "not of the wanted form");
    }

    [TestCaseSource(nameof(BadFiles))]
    public void A_file_that_is_no_vocabulary_is_refused(string json, string problem)
    {
        string path = folder.Write("x", Encoding.UTF8.GetBytes(json));
        Assert.That(() => WordVocabulary.Load(path), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith($"Word vocabulary \"{path}\": ").And.Message.Contains(problem).And.Message.Contains("wanted"));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        WordVocabulary.From(Sentences).Save(folder["x"]);
        CharacterVocabulary.From("abcé😀").Save(folder["y"]);
        byte[][] valid = [File.ReadAllBytes(folder["x"])];
        Assert.That(Mutation.RefusesOnlyInOwnWords(valid, path => WordVocabulary.Load(path), maxBytes: 2 << 20), Is.GreaterThan(1000));
        valid = [File.ReadAllBytes(folder["y"])];
        Assert.That(Mutation.RefusesOnlyInOwnWords(valid, path => CharacterVocabulary.Load(path), maxBytes: 2 << 20), Is.GreaterThan(1000));
    }
}
