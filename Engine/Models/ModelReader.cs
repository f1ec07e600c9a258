using System.Text.Json;
using Engine.Formats;
using Engine.Layers;

namespace Engine.Models;

/// <summary>Makes a model from the layers that a file names, their options and the connections between them.</summary>
internal static class ModelReader
{
    /// <summary>The model, built, with weights that are still to be read.</summary>
    /// <exception cref="FileFormatException">The file has no layers, they do not fit each other, or one cannot be made.</exception>
    public static Model Read(string path, SafetensorsFile file)
    {
        string where = $"Model.FromFile \"{path}\"";
        CheckpointReader.CheckVersion(where, file);
        try
        {
            if (!file.Metadata.TryGetValue("architecture", out string? json)) throw Bad("the file names no layers");
            using JsonDocument document = JsonDocument.Parse(json);
            Model model = Make(document.RootElement, null);
            SymbolicTensor[] inputs = Inputs(document.RootElement);
            model.Random.RoomForWeights = file.Entries.Sum(entry => entry.ByteLength);
            model.Build(inputs);
            _ = model.Variables.Count;
            model.Random.RoomForWeights = long.MaxValue;
            return model;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FileFormatException(
                $"{where}: the metadata's architecture is not what Save writes ({e.Message}). Give a file that Save wrote.", e);
        }
        catch (EngineException e)
        {
            // What a layer refuses about its options or inputs is the file's fault here.
            throw new FileFormatException($"{where}: {e.Message}", e);
        }
    }

    private static Model Make(JsonElement description, string? place)
    {
        string type = description.GetProperty("type").GetString() ?? "", name = description.GetProperty("name").GetString() ?? "";
        if (LayerRegistry.IsRegistered(type))
        {
            return LayerRegistry.Make(description) as Model
                ?? throw Bad($"{type} \"{place}{name}\" is a model in the file, and a layer was registered under this name");
        }

        bool inRow = type == nameof(Sequential);
        if (!inRow && type != nameof(Model))
        {
            throw Bad($"the model {type} \"{place}{name}\" is of a class of its own",
                "Use the FromFile of its class, register it with Layer.Register, or make the model in code and use Load");
        }

        SymbolicTensor[] inputs = Inputs(description);
        var values = new List<SymbolicTensor>(inputs);
        var layers = new List<Layer>();
        var row = new List<Layer>();
        foreach (JsonElement node in description.GetProperty("layers").EnumerateArray())
        {
            Layer layer;
            if (node.TryGetProperty("layer", out JsonElement shared)) layer = layers[Place(shared, layers.Count)];
            else
            {
                layer = node.TryGetProperty("model", out JsonElement inner) ? Make(inner, $"{place}{name}/") : LayerRegistry.Make(node);
                if (!node.GetProperty("trainable").GetBoolean()) layer.Trainable = false;
                layers.Add(layer);
            }

            if (inRow) row.Add(layer);
            else values.AddRange(layer.ApplyAll([.. Places(node.GetProperty("inputs"), values)]));
        }

        if (inRow) return new Sequential(name, [.. row]);
        SymbolicTensor[] outputs = [.. Places(description.GetProperty("outputs"), values)];
        return new Model(inputs, outputs, name);
    }

    private static SymbolicTensor[] Inputs(JsonElement description) =>
    [
        .. description.GetProperty("inputs").EnumerateArray().Select(input => SymbolicTensor.Input(
            Shape.Create([.. input.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())]),
            Enum.TryParse(input.GetProperty("dtype").GetString(), out DType type) && Enum.IsDefined(type)
                ? type
                : throw Bad($"there is no element type {input.GetProperty("dtype").GetRawText()}"))),
    ];

    private static IEnumerable<SymbolicTensor> Places(JsonElement places, List<SymbolicTensor> values) =>
        places.EnumerateArray().Select(at => values[Place(at, values.Count)]);

    private static int Place(JsonElement element, int count)
    {
        int place = element.GetInt32();
        return place >= 0 && place < count ? place : throw Bad($"a layer takes value {place} of {count}");
    }

    private static FileFormatException Bad(string problem, string remedy = "Give a file that Save wrote") =>
        new($"{problem}. {remedy}.");
}
