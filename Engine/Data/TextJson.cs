using System.Text.Json.Serialization;

namespace Engine.Data;

/// <summary>The readers and writers of the files below, generated as the project is compiled: no reflection when it runs.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 32,
    UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CharacterVocabularyFile))]
[JsonSerializable(typeof(WordVocabularyFile))]
[JsonSerializable(typeof(TokenizerFile))]
internal sealed partial class TextJson : JsonSerializerContext;

/// <summary>The file of a <see cref="CharacterVocabulary"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed class CharacterVocabularyFile
{
    public const string Name = "engine.character-vocabulary.1";

    public required string Format { get; init; }

    public required string?[] Characters { get; init; }
}

/// <summary>The file of a <see cref="WordVocabulary"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed class WordVocabularyFile
{
    public const string Name = "engine.word-vocabulary.1";

    public required string Format { get; init; }

    public required WordTokenizerFile Tokenizer { get; init; }

    /// <summary>Special tokens first, the first four being padding, start, end and unknown.</summary>
    public required string?[] Specials { get; init; }

    public required string?[] Words { get; init; }
}

/// <summary>The settings of a <see cref="Tokenizer"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed class WordTokenizerFile
{
    public required bool Lowercase { get; init; }

    public required string? Normalization { get; init; }

    public required bool StripAccents { get; init; }

    public required DigitHandling Digits { get; init; }

    public required PunctuationHandling Punctuation { get; init; }
}
