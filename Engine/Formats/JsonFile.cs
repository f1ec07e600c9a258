using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Engine.Formats;

/// <summary>How small files of settings and vocabularies are read and written as JSON: what does not fit is refused in the engine's
/// words.</summary>
internal static class JsonFile
{
    /// <summary>The most bytes that a file may have: 256 MiB, many times the largest vocabularies in use.</summary>
    public const long DefaultMaxBytes = 1L << 28;

    /// <summary>Reads a file into the type that mirrors it.</summary>
    /// <exception cref="FileFormatException">The file is missing, too long, no sound JSON, or not of the type's form.</exception>
    public static T Read<T>(string format, string path, long maxBytes, JsonTypeInfo<T> type) =>
        Parse(format, path, TextFile.ReadBytes(format, path, maxBytes), type);

    /// <summary>Reads bytes that stand in a file.</summary>
    /// <exception cref="FileFormatException">They are no sound JSON, or not of the type's form.</exception>
    public static T Parse<T>(string format, string path, ReadOnlySpan<byte> bytes, JsonTypeInfo<T> type)
    {
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw Bad(format, path, "null came", "one JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8 or has half a surrogate pair.
            throw Bad(format, path, $"the file is not of the wanted form ({e.Message.TrimEnd('.')})", "one JSON object of it in UTF-8", e);
        }
    }

    /// <summary>Writes a file atomically.</summary>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type) =>
        FormatFile.WriteAtomically(path, stream => JsonSerializer.Serialize(stream, value, type));

    /// <summary>Refuses a file that says that it is something else.</summary>
    public static void RequireFormat(string format, string path, string came, string wanted)
    {
        if (came != wanted) throw Bad(format, path, $"the file's format is \"{(came.Length <= 40 ? came : $"{came[..40]}…")}\"",
            $"\"{wanted}\"");
    }

    /// <summary>The error of a file that breaks a rule.</summary>
    public static FileFormatException Bad(string format, string path, string came, string wanted, Exception? inner = null)
    {
        string message = $"{format} \"{path}\": {came}, {wanted} was wanted. Check that this is the file that was meant, and whole.";
        return inner is null ? new FileFormatException(message) : new FileFormatException(message, inner);
    }
}
