using Engine.Data;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

public class SentencePairTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private string File(string text) => folder.Write("x.tsv", System.Text.Encoding.UTF8.GetBytes(text));

    [Test]
    public void Pairs_are_read_line_by_line()
    {
        SentencePairs pairs = SentencePairs.Load(File("\uFEFFA dog.\tEin Hund.\r\n  Go! \t Geh! \tnote\n\"x\ty\n"));
        Assert.That(pairs.Count, Is.EqualTo(3));
        Assert.That(pairs.Source, Is.EqualTo(new[] { "A dog.", "Go!", "\"x" }));
        Assert.That(pairs.Target, Is.EqualTo(new[] { "Ein Hund.", "Geh!", "y" }));
        SentencePairs turned = SentencePairs.Load(File("1\ten\tde\n2\tEN\tDE"), sourceColumn: 2, targetColumn: 1);
        Assert.That(turned.Source, Is.EqualTo(new[] { "de", "DE" }));
        Assert.That(turned.Target, Is.EqualTo(new[] { "en", "EN" }));
    }

    [Test]
    public void Pairs_are_taken_and_divided_together()
    {
        string[] numbers = [.. Enumerable.Range(0, 100).Select(i => $"{i}")];
        var pairs = new SentencePairs(numbers, [.. numbers.Select(number => $"<{number}>")]);
        Assert.That(pairs.Take(7).Source, Is.EqualTo(numbers[..7]));
        Assert.That(pairs.Take(1000).Count, Is.EqualTo(100));
        (SentencePairs train, SentencePairs test) = pairs.Split(0.9, seed: 1);
        Assert.That((train.Count, test.Count), Is.EqualTo((90, 10)));
        Assert.That(train.Source.Concat(test.Source), Is.EquivalentTo(numbers));
        Assert.That(train.Source, Is.Not.EqualTo(numbers[..90]), "at random");
        Assert.That(train.Target, Is.EqualTo(train.Source.Select(number => $"<{number}>")));
        Assert.That(pairs.Split(0.9, seed: 1).First.Source, Is.EqualTo(train.Source));
        Assert.That(pairs.Split(0.9, seed: 2).First.Source, Is.Not.EqualTo(train.Source));
    }

    [TestCase("a\tb\nno tab\n", "line 2: the line has no tab, a sentence, a tab and its translation was wanted")]
    [TestCase("a\tb\n\nc\td\n", "line 2: the line has no tab")]
    [TestCase("a\t \n", "line 1: column 1 is empty, a sentence was wanted")]
    [TestCase("\tb\n", "line 1: column 0 is empty")]
    public void A_line_that_is_no_pair_is_named(string text, string problem)
    {
        string path = File(text);
        Assert.That(() => SentencePairs.Load(path),
            Throws.TypeOf<FileFormatException>().With.Message.StartsWith($"Sentence pairs \"{path}\" {problem}"));
    }

    [Test]
    public void Other_bad_files_and_arguments_are_refused()
    {
        Assert.That(() => SentencePairs.Load(File("")), Throws.TypeOf<FileFormatException>().With.Message.Contains("no line is there"));
        Assert.That(() => SentencePairs.Load(folder["none"]), Throws.TypeOf<FileFormatException>().With.Message.Contains("no such file"));
        Assert.That(() => SentencePairs.Load(File("a\tb"), targetColumn: 2), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("line 1: the line has 2 columns, one at place 2"));
        Assert.That(() => SentencePairs.Load(folder.Write("x.tsv", [(byte)'a', (byte)'\t', 0xFE])), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("byte 0xFE at offset 2 is not UTF-8"));
        Assert.That(() => SentencePairs.Load(File("a\tb"), maxBytes: 2),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("raise maxBytes"));
        Assert.That(() => SentencePairs.Load(File("a\tb"), 1, 1), Throws.TypeOf<ValueException>().With.Message.Contains("columns 1 and 1"));
        Assert.That(() => SentencePairs.Load(File("a\tb"), -1), Throws.TypeOf<ValueException>().With.Message.Contains("columns -1 and 1"));
        Assert.That(() => new SentencePairs(["a"], []),
            Throws.TypeOf<ValueException>().With.Message.Contains("1 sentences and 0 translations"));
        var pairs = new SentencePairs(["a", "b"], ["c", "d"]);
        Assert.That(() => pairs.Take(-1), Throws.TypeOf<ValueException>().With.Message.Contains("count is -1"));
        Assert.That(() => pairs.Split(1), Throws.TypeOf<ValueException>().With.Message.Contains("fraction is 1"));
        Assert.That(() => pairs.Split(0.9), Throws.TypeOf<ValueException>().With.Message.Contains("leaves 2 and 0"));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        string pairs = string.Concat(Enumerable.Range(0, 20).Select(i => $"Satz {i}é.\tsentence {i}…\n"));
        byte[] valid = System.Text.Encoding.UTF8.GetBytes(pairs);
        byte[] small = [.. "a\tb\r\nä\tö\r\n"u8];
        Assert.That(Mutation.RefusesOnlyInOwnWords([valid, small], path => SentencePairs.Load(path), maxBytes: 1 << 20),
            Is.GreaterThan(300));
    }

    /// <summary>The real pairs; their generated twin is <see cref="Pairs_are_read_line_by_line"/>.</summary>
    [Test]
    public void The_real_pairs_have_their_known_numbers()
    {
        string? real = RealData.Folder("translation");
        if (real is null)
        {
            Assert.Ignore("The pairs are not here: set ENGINE_DATA to a folder whose subfolder translation holds them. "
                + "The generated twin of this test ran.");
        }

        SentencePairs pairs = SentencePairs.Load(Path.Combine(real!, "multi30k.train.en-de.tsv"));
        Assert.That(pairs.Count, Is.EqualTo(29000));
        // What the regular expression \w+|[^\w\s] of Python finds in lower case: words seen twice, and the four special tokens.
        Assert.That(WordVocabulary.From(pairs.Source, minFrequency: 2).Count, Is.EqualTo(RealSourceWords));
        Assert.That(WordVocabulary.From(pairs.Target, minFrequency: 2).Count, Is.EqualTo(RealTargetWords));
    }

    private const int RealSourceWords = 5898;
    private const int RealTargetWords = 7882;
}
