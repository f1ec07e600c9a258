using System.Text;
using System.Text.RegularExpressions;
using Engine.Data;

namespace Engine.Tests.Data;

public class TokenizerTests
{
    [TestCase("Two dogs, one ball!", "two|dogs|,|one|ball|!")]
    [TestCase("  don't  e-mail\t\n", "don|'|t|e|-|mail")]
    [TestCase("Ünïcode_1 ÀÉ…", "ünïcode_1|àé|…")]
    [TestCase("日本語。1½ 😀", "日本語|。|1½|😀")]
    [TestCase("e\u0301tude", "étude")]
    [TestCase(" \u00A0\u2003 ", "")]
    [TestCase("", "")]
    public void Words_and_signs_are_found(string text, string tokens) =>
        Assert.That(string.Join('|', new Tokenizer().Tokenize(text)), Is.EqualTo(tokens));

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Tokens_are_those_of_the_regular_expression(string? given)
    {
        // .NET's \w sees UTF-16 units: characters beyond the first plane are taken out.
        string text = string.Concat((given ?? "").Where(letter => !char.IsSurrogate(letter)));
        string[] expected = [.. Regex.Matches(text, @"[\p{L}\p{M}\p{N}\p{Pc}]+|[^\p{L}\p{M}\p{N}\p{Pc}\s]").Select(match => match.Value)];
        Assert.That(new Tokenizer(lowercase: false, normalization: null).Tokenize(text), Is.EqualTo(expected));
    }

    [Test]
    public void Cleaning_is_done_step_by_step()
    {
        Assert.That(new Tokenizer(lowercase: false).Clean("Éa\u0301 12"), Is.EqualTo("Éá 12"));
        Assert.That(new Tokenizer(lowercase: false, normalization: null).Clean("a\u0301"), Is.EqualTo("a\u0301"));
        Assert.That(new Tokenizer(normalization: NormalizationForm.FormKC).Clean("ﬁ Ⅷ"), Is.EqualTo("fi viii"));
        Assert.That(new Tokenizer(normalization: NormalizationForm.FormD).Clean("É"), Is.EqualTo("e\u0301"));
        Assert.That(new Tokenizer(stripAccents: true).Clean("Éte\u0301 ÇØ"), Is.EqualTo("ete cø"));
        Assert.That(new Tokenizer(digits: DigitHandling.Zero).Clean("in 1984, ٣𝟘"), Is.EqualTo("in 0000, 00"));
        Assert.That(new Tokenizer(digits: DigitHandling.Separate).Tokenize("ab12 3½"), Is.EqualTo(new[] { "ab", "1", "2", "3", "½" }));
        Assert.That(new Tokenizer(punctuation: PunctuationHandling.Remove).Tokenize("don't, now!"),
            Is.EqualTo(new[] { "don", "t", "now" }));
        Assert.That(new Tokenizer(punctuation: PunctuationHandling.Keep).Tokenize("don't, now!"), Is.EqualTo(new[] { "don't,", "now!" }));
    }

    [TestCase("two dogs , one ball !", "two dogs, one ball!")]
    [TestCase("( don ' t )", "(don't)")]
    [TestCase("a \" quoted word \" here", "a \"quoted word\" here")]
    [TestCase("a t - shirt for $ 5 and 7 %", "a t-shirt for $5 and 7%")]
    [TestCase(", first", ", first")]
    public void Tokens_are_joined_as_people_write(string tokens, string text) =>
        Assert.That(Tokenizer.Join(tokens.Split(' ')), Is.EqualTo(text));

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void The_text_of_the_first_tokens_begins_that_of_all(byte[] picks)
    {
        string[] signs = ["a", "bc", ",", "(", ")", "\"", "'", "-", "…"];
        string[] tokens = [.. (picks ?? []).Select(pick => signs[pick % signs.Length])];
        for (int count = 0; count < tokens.Length; count++)
            Assert.That(Tokenizer.Join(tokens), Does.StartWith(Tokenizer.Join(tokens[..count])));
        Assert.That(Tokenizer.Join(tokens).Replace(" ", ""), Is.EqualTo(string.Concat(tokens)), "nothing is lost");
    }

    [Test]
    public void Options_that_do_not_exist_and_halves_of_characters_are_refused()
    {
        Assert.That(() => new Tokenizer(normalization: (NormalizationForm)3),
            Throws.TypeOf<ValueException>().With.Message.Contains("Tokenizer: normalization is 3"));
        Assert.That(() => new Tokenizer(digits: (DigitHandling)9), Throws.TypeOf<ValueException>().With.Message.Contains("digits is 9"));
        Assert.That(() => new Tokenizer(punctuation: (PunctuationHandling)9),
            Throws.TypeOf<ValueException>().With.Message.Contains("punctuation is 9"));
        Assert.That(() => new Tokenizer().Tokenize("ab\uD800c"), Throws.TypeOf<ValueException>()
            .With.Message.Contains("half of a surrogate pair, U+D800, stands at position 2"));
    }
}
