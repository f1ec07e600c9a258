using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Data;
using Engine.Formats;

namespace Engine.Models;

/// <content>Files, which hold the vocabularies beside the weights.</content>
public sealed partial class Translator
{
    private const string OptionsKey = "translator", SourceKey = "source_vocabulary", TargetKey = "target_vocabulary";

    internal override IEnumerable<KeyValuePair<string, string>> OwnMetadata =>
    [
        new(OptionsKey, JsonSerializer.Serialize(options, TranslatorJson.Default.TranslatorOptions)),
        new(SourceKey, SourceVocabulary.ToJson()),
        new(TargetKey, TargetVocabulary.ToJson()),
    ];

    /// <summary>Reads a translator, its vocabularies and options included, from a file that <see cref="Model.Save"/> wrote.</summary>
    /// <remarks><see cref="Model.Load"/> reads such a file into a translator that exists already, and refuses one with other
    /// vocabularies. What training needs besides, the optimizer's state, is read by calling <c>Compile</c> and then <c>Load</c>.</remarks>
    /// <param name="path">The file.</param>
    /// <returns>The translator, ready to translate.</returns>
    /// <exception cref="FileFormatException">The file is missing, unsound, or of another model.</exception>
    public static new Translator FromFile(string path)
    {
        Translator translator;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            TranslatorOptions options = OptionsOf(path, file);
            DType type = file.Entries.Count > 0 && file.Entries[0].DType == DType.Float64 ? DType.Float64 : DType.Float32;
            try
            {
                translator = new Translator(
                    Vocabulary(path, file, SourceKey), Vocabulary(path, file, TargetKey), options.Units, options.Embedding, options.Cell,
                    options.Bidirectional, options.Attention, options.Dropout, dtype: type);
            }
            catch (ValueException e)
            {
                throw JsonFile.Bad("Translator", path, $"the options do not fit ({e.Message.TrimEnd('.')})", "what Save writes", e);
            }
        }

        translator.Load(path);
        return translator;
    }

    internal override void CheckMetadata(string path, IReadOnlyDictionary<string, string> metadata)
    {
        foreach ((string key, string own) in OwnMetadata)
        {
            if (key == OptionsKey || !metadata.TryGetValue(key, out string? text) || text == own) continue;
            throw new FileFormatException(
                $"{Path}: Load \"{path}\": the file's {key.Replace('_', ' ')} is not the translator's, so that its weights "
                + " would stand for other words. Make the translator with Translator.FromFile; nothing was changed.");
        }
    }

    private static TranslatorOptions OptionsOf(string path, SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(OptionsKey, out string? text))
            throw JsonFile.Bad("Translator", path, "the file has no translator's options", "a file that a Translator's Save wrote");
        try
        {
            return JsonSerializer.Deserialize(text, TranslatorJson.Default.TranslatorOptions)
                ?? throw JsonFile.Bad("Translator", path, "the options are null", "what Save writes");
        }
        catch (JsonException e)
        {
            throw JsonFile.Bad(
                "Translator", path, $"the options are not of the wanted form ({e.Message.TrimEnd('.')})", "what Save writes", e);
        }
    }

    private static WordVocabulary Vocabulary(string path, SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out string? json) ? WordVocabulary.FromJson(path, json)
        : throw JsonFile.Bad("Translator", path, $"the metadata have no {key}", "a file that a Translator's Save wrote");
}

/// <summary>The reader and writer of a translator's options, generated as the project is compiled.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TranslatorOptions))]
internal sealed partial class TranslatorJson : JsonSerializerContext;
