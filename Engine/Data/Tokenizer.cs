using System.Globalization;
using System.Text;

namespace Engine.Data;

/// <summary>Cuts texts into words and punctuation, after cleaning them.</summary>
/// <remarks>
/// A word is a run of letters, marks, numbers and connecting punctuation (<c>_</c>); white space divides and is no token; anything else is
/// a token of one character: what the regular expression <c>\w+|[^\w\s]</c> finds. Cleaning is done in this order: normalisation, lower
/// case, accents, digits. It needs no tables of the operating system, so it gives the same tokens everywhere.
/// </remarks>
public sealed class Tokenizer
{
    /// <summary>Signs that stand close to the word before them.</summary>
    private const string Closing = ".,!?;:)]}%…’”»›°";

    /// <summary>Signs that stand close to the word after them.</summary>
    private const string Opening = "([{“‘«‹„‚¿¡#@$€£";

    /// <summary>Signs that stand close to both.</summary>
    private const string Joining = "'-/";

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="lowercase">Whether letters become small ones, by Unicode's simple mapping; true by default.</param>
    /// <param name="normalization">The Unicode form to bring texts into; composed (NFC) by default, null for none.</param>
    /// <param name="stripAccents">Whether marks are taken off their letters, <c>é</c> becoming <c>e</c>; false by default. Letters that
    /// Unicode does not decompose, such as <c>ø</c> and <c>ß</c>, stay.</param>
    /// <param name="digits">What becomes of digits; they stay by default.</param>
    /// <param name="punctuation">What becomes of punctuation; each sign is a token by default.</param>
    /// <exception cref="ValueException">There is no such form or handling.</exception>
    public Tokenizer(
        bool lowercase = true,
        NormalizationForm? normalization = NormalizationForm.FormC,
        bool stripAccents = false,
        DigitHandling digits = DigitHandling.Keep,
        PunctuationHandling punctuation = PunctuationHandling.Separate)
    {
        if (normalization is { } form && !Enum.IsDefined(form))
            throw Fail.Value("Tokenizer", $"normalization is {(int)form}", "give a member of NormalizationForm, or null");
        if (!Enum.IsDefined(digits)) throw Fail.Value("Tokenizer", $"digits is {(int)digits}", "give a member of DigitHandling");
        if (!Enum.IsDefined(punctuation))
            throw Fail.Value("Tokenizer", $"punctuation is {(int)punctuation}", "give a member of PunctuationHandling");
        (Lowercase, Normalization, StripAccents, Digits, Punctuation) = (lowercase, normalization, stripAccents, digits, punctuation);
    }

    /// <summary>Whether letters become small ones.</summary>
    public bool Lowercase { get; }

    /// <summary>The Unicode form that texts are brought into; null for none.</summary>
    public NormalizationForm? Normalization { get; }

    /// <summary>Whether marks are taken off their letters.</summary>
    public bool StripAccents { get; }

    /// <summary>What becomes of digits.</summary>
    public DigitHandling Digits { get; }

    /// <summary>What becomes of punctuation.</summary>
    public PunctuationHandling Punctuation { get; }

    /// <summary>A text after the cleaning steps.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The clean text.</returns>
    /// <exception cref="ValueException">The text has half of a surrogate pair.</exception>
    public string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        TextCheck.Sound("Tokenizer", text);
        if (Normalization is { } form) text = UnicodeForms.Normalize(text, form);
        if (Lowercase) text = text.ToLowerInvariant();
        if (StripAccents) text = UnicodeForms.WithoutMarks(text);
        return Digits == DigitHandling.Zero ? Zeroed(text) : text;
    }

    /// <summary>The tokens of a text, cleaned.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Words and signs in their order; none for a text of white space.</returns>
    /// <exception cref="ValueException">The text has half of a surrogate pair.</exception>
    public string[] Tokenize(string text)
    {
        string clean = Clean(text);
        var tokens = new List<string>();
        for (int i = 0; i < clean.Length;)
        {
            Kind kind = KindAt(clean, i, out int length);
            int end = i + length;
            while (kind == Kind.Word && end < clean.Length && KindAt(clean, end, out length) == Kind.Word) end += length;
            if (kind is Kind.Word or Kind.Digit || (kind == Kind.Sign && Punctuation == PunctuationHandling.Separate))
                tokens.Add(clean[i..end]);
            i = end;
        }

        return [.. tokens];
    }

    /// <summary>Tokens as a text: divided by spaces, with punctuation close to the words that it belongs to.</summary>
    /// <remarks>It is a matter of habit and no inverse: it does not know what stood between the tokens. The text of the first tokens is the
    /// beginning of the text of all.</remarks>
    /// <param name="tokens">The tokens.</param>
    /// <returns>The text.</returns>
    public static string Join(IReadOnlyList<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var text = new StringBuilder();
        bool close = true, quoted = false;
        foreach (string token in tokens)
        {
            bool quote = token == "\"", joins = Is(token, Joining);
            bool toLast = joins || Is(token, Closing) || (quote && quoted);
            if (!close && !toLast) text.Append(' ');
            text.Append(token);
            if (quote) quoted = !quoted;
            close = joins || Is(token, Opening) || (quote && quoted);
        }

        return text.ToString();
    }

    internal WordTokenizerFile ToFile() => new()
    {
        Lowercase = Lowercase,
        Normalization = Normalization is { } form ? UnicodeForms.NameOf(form) : null,
        StripAccents = StripAccents,
        Digits = Digits,
        Punctuation = Punctuation,
    };

    private static string Zeroed(string text)
    {
        var zeroed = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            zeroed.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber ? "0" : rune.ToString());
        return zeroed.ToString();
    }

    private static bool Is(string token, string signs) => token.Length == 1 && signs.Contains(token[0], StringComparison.Ordinal);

    private Kind KindAt(string text, int position, out int length)
    {
        Rune rune = TextCheck.RuneAt("Tokenizer", text, position);
        length = rune.Utf16SequenceLength;
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        UnicodeCategory category = Rune.GetUnicodeCategory(rune);
        if (category == UnicodeCategory.DecimalDigitNumber && Digits == DigitHandling.Separate) return Kind.Digit;
        return Punctuation == PunctuationHandling.Keep || category is <= UnicodeCategory.OtherNumber or UnicodeCategory.ConnectorPunctuation
            ? Kind.Word
            : Kind.Sign;
    }

    private enum Kind
    {
        Space,
        Word,
        Digit,
        Sign,
    }
}
