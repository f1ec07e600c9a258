using System.Text;
using Engine.Data;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

public class CharacterVocabularyTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Characters_are_numbered_by_their_code_points()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.From("bad\ncab\uFB01😀é");
        Assert.That(string.Concat(vocabulary.Characters), Is.EqualTo("\nabcdé\uFB01😀"));
        Assert.That(vocabulary.Count, Is.EqualTo(8));
        Assert.That(vocabulary.Encode("da😀\n"), Is.EqualTo(new[] { 4, 1, 7, 0 }));
        Assert.That(vocabulary.Decode([4, 1, 7, 0]), Is.EqualTo("da😀\n"));
        Assert.That(vocabulary.Encode(""), Is.Empty);
        Assert.That((vocabulary.Contains(new Rune('c')), vocabulary.Contains(new Rune('x')), vocabulary.Contains(new Rune(0x1F601))),
            Is.EqualTo((true, false, false)));
    }

    [TestCase("a\nb c", 0)]
    [TestCase("+a b", 0)]
    [TestCase("!a b", 0, TestName = "Space_is_the_lowest")]
    [TestCase("\ta b", 1)]
    [TestCase("xy", 0)]
    public void A_line_break_else_a_space_fills_windows(string text, int id) =>
        Assert.That(CharacterVocabulary.From(text).PaddingId, Is.EqualTo(id));

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Decoding_undoes_encoding(string? given)
    {
        string text = Sound(given) + "x";
        CharacterVocabulary vocabulary = CharacterVocabulary.From(text);
        int[] ids = vocabulary.Encode(text);
        Assert.That(vocabulary.Decode(ids), Is.EqualTo(text));
        Assert.That(ids, Has.Length.EqualTo(text.EnumerateRunes().Count()));
        Assert.That(vocabulary.Count, Is.EqualTo(text.EnumerateRunes().Distinct().Count()));
    }

    [Test]
    public void A_vocabulary_comes_back_from_its_file()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.From("a\u0000\"\\\u007F\u2028é😀\uFFFF");
        vocabulary.Save(folder["x"]);
        CharacterVocabulary back = CharacterVocabulary.Load(folder["x"]);
        Assert.That(back.Characters, Is.EqualTo(vocabulary.Characters));
        Assert.That(back.PaddingId, Is.EqualTo(vocabulary.PaddingId));
    }

    [Test]
    public void What_has_no_id_is_named_with_its_position()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.From("abc😀");
        Assert.That(() => vocabulary.Encode("abé"), Throws.TypeOf<ValueException>().With.Message.EqualTo(
            "CharacterVocabulary.Encode: character 'é' (U+00E9) at position 2 of the text is not one of the vocabulary's 4; "
            + "leave it out, or make the vocabulary from a text that has it."));
        Assert.That(() => vocabulary.Encode("😀😁"), Throws.TypeOf<ValueException>().With.Message.Contains("(U+1F601) at position 2"));
        Assert.That(() => vocabulary.Encode("a\n"), Throws.TypeOf<ValueException>().With.Message.Contains("(U+000A) at position 1"));
        Assert.That(() => vocabulary.Encode("a\uD83D"),
            Throws.TypeOf<ValueException>().With.Message.Contains("half of a surrogate pair, U+D83D, stands at position 1"));
        Assert.That(() => vocabulary.Decode([0, 4]), Throws.TypeOf<ValueException>().With.Message.EqualTo(
            "CharacterVocabulary.Decode: id 4 at position 1 is outside the vocabulary of 4; "
            + "give ids from 0 to 3, those of this vocabulary."));
        Assert.That(() => vocabulary.Decode([-1]), Throws.TypeOf<ValueException>().With.Message.Contains("id -1 at position 0"));
        Assert.That(() => CharacterVocabulary.From(""), Throws.TypeOf<ValueException>().With.Message.Contains("the text is empty"));
        Assert.That(() => CharacterVocabulary.From("ab\uDE00"),
            Throws.TypeOf<ValueException>().With.Message.Contains("U+DE00, stands at position 2"));
    }

    [TestCase("", "not of the wanted form")]
    [TestCase("null", "null came")]
    [TestCase("[]", "not of the wanted form")]
    [TestCase("""{"format":"engine.word-vocabulary.1","characters":["a"]}""", "format is \"engine.word-vocabulary.1\"")]
    [TestCase("""{"format":"engine.character-vocabulary.1"}""", "not of the wanted form")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":[]}""", "no characters are there")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":["a","bc"]}""", "characters[1] is \"bc\"")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":[null]}""", "characters[0] is null")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":[""]}""", "characters[0] is \"\"")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":["a","b","a"]}""", "character 'a' (U+0061) occurs twice")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":["\ud800"]}""", "not of the wanted form")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":["a"],"x":1}""", "not of the wanted form")]
    [TestCase("""{"format":"engine.character-vocabulary.1","characters":["a"],"characters":["b"]}""", "not of the wanted form")]
    public void A_file_that_is_no_vocabulary_is_refused(string json, string problem)
    {
        string path = folder.Write("x", Encoding.UTF8.GetBytes(json));
        Assert.That(() => CharacterVocabulary.Load(path), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith($"Character vocabulary \"{path}\": ").And.Message.Contains(problem).And.Message.Contains("wanted"));
    }

    /// <summary>A random text without halves of surrogate pairs.</summary>
    internal static string Sound(string? text) => string.Concat((text ?? "").EnumerateRunes());
}
