using System.Globalization;
using System.Text;
using Engine.Data;

namespace Engine.Tests.Data;

public class UnicodeFormTests
{
    private static readonly NormalizationForm[] Forms =
        [NormalizationForm.FormC, NormalizationForm.FormD, NormalizationForm.FormKC, NormalizationForm.FormKD];

    [TestCase("é", "é", "e\u0301", "é", "e\u0301")]
    [TestCase("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A", TestName = "Angstrom sign")]
    [TestCase("ﬁ²", "ﬁ²", "ﬁ²", "fi2", "fi2")]
    [TestCase("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307", TestName = "Marks change places")]
    [TestCase("각", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [TestCase("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", TestName = "Excluded from composition")]
    [TestCase("a\u0305\u0301", "a\u0305\u0301", "a\u0305\u0301", "a\u0305\u0301", "a\u0305\u0301", TestName = "A mark is blocked")]
    [TestCase("plain", "plain", "plain", "plain", "plain")]
    public void A_text_has_its_four_forms(string text, params string[] forms)
    {
        for (int i = 0; i < Forms.Length; i++) Assert.That(UnicodeForms.Normalize(text, Forms[i]), Is.EqualTo(forms[i]), $"{Forms[i]}");
    }

    /// <summary>The texts and what Python makes of them are written by Reference/unicode_forms.py.</summary>
    [Test]
    public void Texts_of_letters_and_marks_in_any_order_are_as_in_Python()
    {
        using Stream stored = typeof(UnicodeFormTests).Assembly.GetManifestResourceStream("unicode_forms.txt")!;
        using var reader = new StreamReader(stored);
        int count = 0;
        while (reader.ReadLine() is { } line)
        {
            string[] texts = [.. line.Split("; ").Select(text => string.Concat(
                text.Split(' ').Select(point => char.ConvertFromUtf32(int.Parse(point, NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture)))))];
            for (int i = 0; i < Forms.Length; i++)
                Assert.That(UnicodeForms.Normalize(texts[0], Forms[i]), Is.EqualTo(texts[i + 1]), $"{Forms[i]} of {line}");
            count++;
        }

        Assert.That(count, Is.EqualTo(400));
    }

    [Test]
    public void A_form_of_a_form_is_that_form_for_every_character()
    {
        // Between these ranges no character has a form of its own, apart from Hangul, of which one in seven is looked at.
        IEnumerable<int> points = [.. Enumerable.Range(0, 0x3400), .. Enumerable.Range(0xA600, 0x700),
            .. Enumerable.Range(0, 11172 / 7).Select(i => 0xAC00 + 7 * i), .. Enumerable.Range(0xF900, 0x700),
            .. Enumerable.Range(0x10000, 0x2400), .. Enumerable.Range(0x1D000, 0x300), .. Enumerable.Range(0x2F800, 0x220)];
        foreach (int point in points)
        {
            string text = char.ConvertFromUtf32(point), composed = UnicodeForms.Normalize(text, NormalizationForm.FormC);
            string decomposed = UnicodeForms.Normalize(text, NormalizationForm.FormD);
            if (UnicodeForms.Normalize(decomposed, NormalizationForm.FormC) != composed
                || UnicodeForms.Normalize(composed, NormalizationForm.FormD) != decomposed
                || UnicodeForms.Normalize(composed, NormalizationForm.FormC) != composed)
            {
                Assert.Fail($"U+{point:X4}");
            }
        }
    }

    [TestCase("Élève à Köln", "Eleve a Koln")]
    [TestCase("e\u0301\u0323", "e")]
    [TestCase("ø ß 각", "ø ß 각")]
    public void Marks_are_taken_off_their_letters(string text, string without) =>
        Assert.That(UnicodeForms.WithoutMarks(text), Is.EqualTo(without));
}
