using System.Globalization;
using System.Text;

namespace Engine.Data;

/// <summary>What byte-level tokens are made of: a letter for each byte, and the pieces of a text that no token crosses.</summary>
/// <remarks>The letters and the pieces are those of GPT-2 (Radford et al. 2019), which tokenizer.json files call ByteLevel.</remarks>
internal static class ByteLevel
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private static readonly char[] Letters = MakeLetters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The letter that stands for a byte in a vocabulary.</summary>
    public static char LetterOf(int value) => Letters[value];

    /// <summary>The letters of some bytes.</summary>
    public static string LettersOf(ReadOnlySpan<byte> bytes)
    {
        var letters = new StringBuilder(bytes.Length);
        foreach (byte value in bytes) letters.Append(Letters[value]);
        return letters.ToString();
    }

    /// <summary>The bytes of a token of letters; null where a letter stands for none.</summary>
    public static byte[]? BytesOf(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            int value = token[i] < Bytes.Length ? Bytes[token[i]] : -1;
            if (value < 0) return null;
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    /// <summary>The length of the piece that begins at a place: a contraction; a run of letters, of numbers, or of other signs, each with
    /// one space before it; or white space up to the space that belongs to what follows.</summary>
    public static int PieceAt(ReadOnlySpan<char> text, int start)
    {
        ReadOnlySpan<char> rest = text[start..];
        foreach (string contraction in Contractions)
        {
            if (rest.StartsWith(contraction, StringComparison.Ordinal)) return contraction.Length;
        }

        int first = rest[0] == ' ' && rest.Length > 1 ? 1 : 0;
        Kind kind = KindAt(rest, first, out int length);
        if (kind != Kind.Space)
        {
            int end = first + length;
            while (end < rest.Length && KindAt(rest, end, out length) == kind) end += length;
            return end;
        }

        int blanks = 0;
        while (blanks < rest.Length && KindAt(rest, blanks, out length) == Kind.Space) blanks += length;
        return blanks == rest.Length || blanks == 1 ? blanks : blanks - 1;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int position, out int length)
    {
        char letter = text[position];
        length = 1;
        if (char.IsAscii(letter))
        {
            return char.IsAsciiLetter(letter) ? Kind.Letter : char.IsAsciiDigit(letter) ? Kind.Number
                : letter is ' ' or (>= '\t' and <= '\r') ? Kind.Space : Kind.Other;
        }

        Rune.DecodeFromUtf16(text[position..], out Rune rune, out length);
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }

    /// <summary>Printable characters of Latin-1 stand for themselves, other bytes for the characters from U+0100 on.</summary>
    private static char[] MakeLetters()
    {
        var letters = new char[256];
        int next = 256;
        for (int value = 0; value < letters.Length; value++)
            letters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : (char)next++;
        return letters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Letters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < Letters.Length; value++) bytes[Letters[value]] = (short)value;
        return bytes;
    }

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }
}
