using System.Text;
using System.Text.Unicode;

namespace Engine.Formats;

/// <summary>Reads text files that must be UTF-8: a wrong byte is an error with its place, never a replaced character.</summary>
public static class TextFile
{
    /// <summary>The most bytes that a text may have, unless a caller says otherwise: 1 GiB.</summary>
    public const long DefaultMaxBytes = 1L << 30;

    /// <summary>Reads a whole file as text.</summary>
    /// <param name="path">The file, UTF-8; a byte order mark at its beginning is no part of the text.</param>
    /// <param name="maxBytes">The most bytes that are read; 1 GiB by default.</param>
    /// <returns>The text, its line ends as they are.</returns>
    /// <exception cref="FileFormatException">The file is missing or longer, or a byte is not UTF-8: the message names its
    /// offset.</exception>
    public static string Read(string path, long maxBytes = DefaultMaxBytes) => Read("Text", path, maxBytes);

    /// <summary>Reads the lines of a file.</summary>
    /// <param name="path">The file, UTF-8; a byte order mark at its beginning is no part of the text.</param>
    /// <param name="maxBytes">The most bytes that are read; 1 GiB by default.</param>
    /// <returns>The lines without their ends (<c>\n</c> or <c>\r\n</c>); an end of line at the end of the file begins no other.</returns>
    /// <exception cref="FileFormatException">The file is missing or longer, or a byte is not UTF-8: the message names its
    /// offset.</exception>
    public static string[] ReadLines(string path, long maxBytes = DefaultMaxBytes) => ReadLines("Text", path, maxBytes);

    internal static string[] ReadLines(string format, string path, long maxBytes)
    {
        string text = Read(format, path, maxBytes);
        if (text.Length == 0) return [];
        string[] lines = (text[^1] == '\n' ? text[..^1] : text).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].EndsWith('\r')) lines[i] = lines[i][..^1];
        }

        return lines;
    }

    internal static string Read(string format, string path, long maxBytes)
    {
        ReadOnlySpan<byte> bytes = ReadBytes(format, path, maxBytes);
        int offset = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        if (Utf8.IsValid(bytes[offset..])) return Encoding.UTF8.GetString(bytes[offset..]);
        while (Rune.DecodeFromUtf8(bytes[offset..], out _, out int consumed) == System.Buffers.OperationStatus.Done) offset += consumed;
        throw new FileFormatException($"{format} \"{path}\": byte 0x{bytes[offset]:X2} at offset {offset} is not UTF-8, a text in UTF-8 "
            + "was wanted. Save the file as UTF-8.");
    }

    internal static byte[] ReadBytes(string format, string path, long maxBytes)
    {
        using FileStream file = FormatFile.OpenRead(format, path);
        long most = Math.Min(maxBytes, Array.MaxLength);
        if (file.Length > most)
        {
            throw new FileFormatException($"{format} \"{path}\": {file.Length} bytes are there, at most {most} were wanted. If the file is "
                + "to be trusted, raise maxBytes, or divide it.");
        }

        var bytes = new byte[file.Length];
        try
        {
            file.ReadExactly(bytes);
        }
        catch (IOException e)
        {
            throw new FileFormatException($"{format} \"{path}\": the file cannot be read ({e.Message}), {bytes.Length} bytes were wanted. "
                + "Check that nothing changes it meanwhile.", e);
        }

        return bytes;
    }
}
