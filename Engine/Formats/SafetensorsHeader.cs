using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;

namespace Engine.Formats;

/// <summary>The JSON header of a safetensors file: parsed token by token, every rule checked, and written.</summary>
internal sealed class SafetensorsHeader
{
    public const int MaxRank = 8;
    private const string MetadataKey = "__metadata__";

    /// <summary>The types of the format that are read: what each becomes, and its size in the file.</summary>
    public static readonly FrozenDictionary<string, (DType DType, int StoredSize)> Types = new Dictionary<string, (DType, int)>
    {
        ["F64"] = (DType.Float64, 8),
        ["F32"] = (DType.Float32, 4),
        ["F16"] = (DType.Float32, 2),
        ["BF16"] = (DType.Float32, 2),
        ["I64"] = (DType.Int64, 8),
        ["I32"] = (DType.Int32, 4),
        ["U8"] = (DType.UInt8, 1),
        ["BOOL"] = (DType.Bool, 1),
    }.ToFrozenDictionary();

    private readonly string path;
    private readonly List<SafetensorsEntry> entries = [];
    private readonly Dictionary<string, string> metadata = [];

    private SafetensorsHeader(string path) => this.path = path;

    public IReadOnlyList<SafetensorsEntry> Entries => entries;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Parses a header and checks it against the data's length.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataLength">How many bytes follow it.</param>
    /// <returns>The header; its entries in the order of their data.</returns>
    /// <exception cref="FileFormatException">A rule of the format is broken.</exception>
    public static SafetensorsHeader Parse(string path, byte[] json, long dataLength)
    {
        SafetensorsHeader header = new(path);
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw Bad(path, json.Length == 0 ? "the header is empty" : $"the header begins with byte 0x{json[0]:X2}", "'{'");
        }

        try
        {
            header.ReadTop(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8 or has half a surrogate pair.
            throw Bad(path, $"the header is not sound JSON ({e.Message})", "one JSON object in UTF-8", e);
        }

        header.CheckCover(dataLength);
        return header;
    }

    /// <summary>Writes the header for tensors whose data follow each other in the given order.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="items">The tensors.</param>
    /// <param name="metadata">Texts; none when null.</param>
    /// <returns>The JSON, padded with spaces to a multiple of 8 bytes.</returns>
    public static byte[] Format(string path, IReadOnlyList<SafetensorsItem> items, IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject(MetadataKey);
                foreach ((string key, string text) in metadata) writer.WriteString(Sound(path, key), Sound(path, text));
                writer.WriteEndObject();
            }

            HashSet<string> names = [MetadataKey];
            long begin = 0;
            foreach (SafetensorsItem item in items)
            {
                if (!names.Add(item.Name))
                {
                    throw new ValueException($"Safetensors \"{path}\": tensor name \"{item.Name}\" came "
                        + $"{(item.Name == MetadataKey ? "but is reserved" : "twice")}, distinct names were wanted. Rename one.");
                }

                Sound(path, item.Name);
                WriteEntry(writer, item, begin, checked(begin + item.ByteLength));
                begin += item.ByteLength;
            }

            writer.WriteEndObject();
        }

        byte[] json = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        json.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(json);
        return json.Length <= SafetensorsFile.MaxHeaderBytes ? json : throw new ValueException(
            $"Safetensors \"{path}\": a header of {json.Length} bytes came, "
            + $"at most {SafetensorsFile.MaxHeaderBytes} were wanted. Store less metadata.");
    }

    /// <summary>The product of a shape and an element's size, without overflow.</summary>
    /// <param name="shape">The dimensions.</param>
    /// <param name="size">The size of an element in bytes.</param>
    /// <param name="length">The product.</param>
    /// <returns>False when a dimension is negative or the product exceeds 2⁶³ − 1.</returns>
    public static bool TryByteLength(IReadOnlyList<int> shape, int size, out long length)
    {
        Int128 product = size;
        bool fits = true;
        foreach (int dimension in shape)
        {
            product *= dimension;
            fits &= dimension >= 0 && product <= long.MaxValue;
        }

        length = fits ? (long)product : 0;
        return fits;
    }

    public static FileFormatException Bad(string path, string came, string wanted, Exception? cause = null)
    {
        string message = $"Safetensors \"{path}\": {came}, {wanted} was wanted. "
            + "The file is damaged, truncated or not safetensors; download or save it again.";
        return cause is null ? new FileFormatException(message) : new FileFormatException(message, cause);
    }

    /// <summary>Refuses half a surrogate pair, which UTF-8 cannot carry: two such names would become one.</summary>
    private static string Sound(string path, string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                throw new ValueException($"Safetensors \"{path}\": text with half a surrogate pair (\\u{(int)text[i]:X4}) at {i} came, "
                    + "sound Unicode was wanted. Rename it.");
            }

            i++;
        }

        return text;
    }

    private static void WriteEntry(Utf8JsonWriter writer, SafetensorsItem item, long begin, long end)
    {
        writer.WriteStartObject(item.Name);
        writer.WriteString("dtype"u8, item.DType switch
        {
            DType.Float64 => "F64"u8,
            DType.Float32 => "F32"u8,
            DType.Int64 => "I64"u8,
            DType.Int32 => "I32"u8,
            DType.UInt8 => "U8"u8,
            _ => "BOOL"u8,
        });
        writer.WriteStartArray("shape"u8);
        foreach (int dimension in item.Shape) writer.WriteNumberValue(dimension);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets"u8);
        writer.WriteNumberValue(begin);
        writer.WriteNumberValue(end);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void ReadTop(byte[] json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 4 });
        HashSet<string> names = [];
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name)) throw Bad(path, $"the name \"{name}\" occurs twice", "each name once");
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) throw Bad(path, $"\"{name}\" is a {reader.TokenType}", "an object");
            if (name == MetadataKey) ReadMetadata(ref reader);
            else entries.Add(ReadEntry(ref reader, name));
        }

        // Only spaces may follow: the reader itself throws on anything else.
        while (reader.Read()) { }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Bad(path, $"metadata \"{key}\" is a {reader.TokenType}", "a string");
            if (!metadata.TryAdd(key, reader.GetString()!)) throw Bad(path, $"metadata \"{key}\" occurs twice", "each key once");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? dtype = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            bool first = field switch
            {
                "dtype" => dtype is null,
                "shape" => shape is null,
                "data_offsets" => offsets is null,
                _ => throw Bad(path, $"tensor \"{name}\" has a field \"{field}\"", "only dtype, shape and data_offsets"),
            };
            if (!first) throw Bad(path, $"tensor \"{name}\" has \"{field}\" twice", "each field once");
            switch (field)
            {
                case "dtype": dtype = ReadType(ref reader, name); break;
                case "shape": shape = ReadNumbers(ref reader, name, field, MaxRank, int.MaxValue); break;
                default: offsets = ReadNumbers(ref reader, name, field, 2, long.MaxValue); break;
            }
        }

        if (dtype is null || shape is null || offsets is not { Length: 2 })
        {
            throw Bad(path, $"tensor \"{name}\" lacks {(dtype is null ? "dtype" : shape is null ? "shape" : "its two data_offsets")}",
                "dtype, shape and data_offsets [begin, end]");
        }

        int[] dimensions = Array.ConvertAll(shape, dimension => (int)dimension);
        (long begin, long end) = (offsets[0], offsets[1]);
        if (!TryByteLength(dimensions, Types[dtype].StoredSize, out long length) || begin > end || end - begin != length)
        {
            throw Bad(path, $"tensor \"{name}\" of type {dtype} and shape {FormatFile.Show(dimensions)} has data_offsets [{begin}, {end}]",
                $"a length of {(length > 0 || dimensions.Contains(0) ? length : "less than 2⁶³")} bytes");
        }

        return new SafetensorsEntry(name, dtype, dimensions, begin, end);
    }

    private string ReadType(ref Utf8JsonReader reader, string name)
    {
        string? dtype = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return dtype is not null && Types.ContainsKey(dtype)
            ? dtype
            : throw Bad(path, $"tensor \"{name}\" has dtype {dtype ?? reader.TokenType.ToString()}",
                $"one of {string.Join(", ", Types.Keys)}");
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string field, int most, long limit)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad(path, $"{field} of tensor \"{name}\" is a {reader.TokenType}", "an array");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (numbers.Count == most) throw Bad(path, $"{field} of tensor \"{name}\" has more than {most} numbers", $"at most {most}");
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0 || number > limit)
            {
                throw Bad(path, $"{field} of tensor \"{name}\" holds something else at place {numbers.Count}",
                    $"a whole number from 0 to {limit}");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The tensors must cover the data from first to last byte: no overlap, no hole, nothing left over.</summary>
    private void CheckCover(long dataLength)
    {
        entries.Sort((a, b) => (a.Begin, a.StoredLength).CompareTo((b.Begin, b.StoredLength)));
        long end = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Begin != end)
            {
                throw Bad(path, $"the data of tensor \"{entry.Name}\" begin at {entry.Begin}, "
                    + $"{(entry.Begin < end ? "overlapping" : "after a hole behind")} "
                    + $"what ends at {end}", $"a beginning at {end}");
            }

            end += entry.StoredLength;
            if (end > dataLength)
            {
                throw Bad(path, $"the data of tensor \"{entry.Name}\" end at {end} of {dataLength} bytes", "offsets within the data");
            }
        }

        if (end != dataLength) throw Bad(path, $"{dataLength} bytes of data are there, the tensors cover {end}", "a cover of all");
    }
}
