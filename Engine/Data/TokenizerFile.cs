using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Data;

/// <summary>The form of Hugging Face's <c>tokenizer.json</c>, as far as byte-level byte pair models need it.</summary>
internal sealed class TokenizerFile
{
    public const string KnownVersion = "1.0";

    public string? Version { get; init; }

    public JsonElement? Truncation { get; init; }

    public JsonElement? Padding { get; init; }

    public AddedTokenFile?[]? AddedTokens { get; init; }

    public TokenizerStepFile? Normalizer { get; init; }

    public TokenizerStepFile? PreTokenizer { get; init; }

    public TokenizerStepFile? PostProcessor { get; init; }

    public TokenizerStepFile? Decoder { get; init; }

    public required BytePairModelFile Model { get; init; }
}

/// <summary>A token that is recognised in a text before anything else.</summary>
internal sealed class AddedTokenFile
{
    public required int Id { get; init; }

    public required string Content { get; init; }

    public bool SingleWord { get; init; }

    public bool Lstrip { get; init; }

    public bool Rstrip { get; init; }

    public bool Normalized { get; init; }

    public bool Special { get; init; }
}

/// <summary>One of the steps around the model.</summary>
internal sealed class TokenizerStepFile
{
    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? AddPrefixSpace { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? TrimOffsets { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? UseRegex { get; init; }
}

/// <summary>The model.</summary>
internal sealed class BytePairModelFile
{
    public string? Type { get; init; } = "BPE";

    public double? Dropout { get; init; }

    public string? UnkToken { get; init; }

    public string? ContinuingSubwordPrefix { get; init; }

    public string? EndOfWordSuffix { get; init; }

    public bool FuseUnk { get; init; }

    public bool ByteFallback { get; init; }

    public bool IgnoreMerges { get; init; }

    public required Dictionary<string, int> Vocab { get; init; }

    public required MergeFile[] Merges { get; init; }
}

/// <summary>A pair that was learnt: <c>"a b"</c>, as it is written here, or <c>["a", "b"]</c>, as newer files have it.</summary>
[JsonConverter(typeof(MergeConverter))]
internal readonly record struct MergeFile(string Left, string Right);

/// <summary>Reads both forms of a pair.</summary>
internal sealed class MergeConverter : JsonConverter<MergeFile>
{
    public override MergeFile Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            string text = reader.GetString()!;
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || text.IndexOf(' ', space + 1) >= 0) throw new JsonException("A merge is not two tokens divided by one space.");
            return new MergeFile(text[..space], text[(space + 1)..]);
        }

        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("A merge is neither a string nor an array.");
        string left = Part(ref reader), right = Part(ref reader);
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? new MergeFile(left, right)
            : throw new JsonException("A merge has more than two tokens.");
    }

    public override void Write(Utf8JsonWriter writer, MergeFile value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"{value.Left} {value.Right}");

    private static string Part(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.String
        ? reader.GetString()!
        : throw new JsonException("A merge is not two tokens.");
}
