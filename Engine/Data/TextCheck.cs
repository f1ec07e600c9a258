using System.Text;

namespace Engine.Data;

/// <summary>What vocabularies and tokenizers refuse.</summary>
internal static class TextCheck
{
    /// <summary>Refuses an id outside a vocabulary.</summary>
    public static void Id(string where, int id, int position, int count)
    {
        if ((uint)id >= (uint)count)
        {
            throw Fail.Value(where, $"id {id} at position {position} is outside the vocabulary of {count}",
                $"give ids from 0 to {count - 1}, those of this vocabulary");
        }
    }

    /// <summary>Refuses half of a surrogate pair: it is no character, and no encoding can give it back.</summary>
    public static void Sound(string where, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) throw Half(where, text[i], i);
            i++;
        }
    }

    /// <summary>The character at a place of a text.</summary>
    /// <exception cref="ValueException">It is half of a surrogate pair.</exception>
    public static Rune RuneAt(string where, ReadOnlySpan<char> text, int position) =>
        Rune.DecodeFromUtf16(text[position..], out Rune rune, out _) == System.Buffers.OperationStatus.Done
            ? rune
            : throw Half(where, text[position], position);

    /// <summary>A character as messages show it.</summary>
    public static string Show(Rune rune) => $"'{(Rune.IsControl(rune) ? '\uFFFD'.ToString() : rune.ToString())}' (U+{rune.Value:X4})";

    /// <summary>A token or a piece of text as messages show it.</summary>
    public static string Show(string text) => $"\"{(text.Length <= 40 ? text : $"{text[..40]}…")}\"";

    private static ValueException Half(string where, char half, int position) =>
        Fail.Value(where, $"half of a surrogate pair, U+{(int)half:X4}, stands at position {position} of the text",
            "give whole characters, read from UTF-8 with TextFile.Read");
}
