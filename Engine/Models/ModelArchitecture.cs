using System.Buffers;
using System.Text;
using System.Text.Json;
using Engine.Layers;

namespace Engine.Models;

/// <summary>What a model looks like, as JSON: its inputs, its layers with the shapes and connections between them, its outputs.</summary>
internal static class ModelArchitecture
{
    public static string ToJson(Model model)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, model);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The layers in the order in which they are written; one that is used twice stands there twice.</summary>
    public static IEnumerable<Layer> Layers(Model model) => model.Plan!.Nodes.Select(node => node.Layer);

    private static void Write(Utf8JsonWriter writer, Model model)
    {
        IModelPlan graph = model.Plan!;
        writer.WriteStartObject();
        writer.WriteString("type"u8, model.GetType().Name);
        writer.WriteString("name"u8, model.Name);
        OptionWriter.WriteOptions(writer, model);
        writer.WriteStartArray("inputs"u8);
        foreach (SymbolicTensor input in graph.Inputs)
        {
            writer.WriteStartObject();
            writer.WriteString("dtype"u8, input.DType.ToString());
            WriteNumbers(writer, "shape"u8, input.Shape.AsSpan());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("layers"u8);
        var written = new Dictionary<Layer, int>(ReferenceEqualityComparer.Instance);
        foreach (GraphNode node in graph.Nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, node.Layer.GetType().Name);
            writer.WriteString("name"u8, node.Layer.Name);
            writer.WriteString("dtype"u8, node.Layer.DType.ToString());
            writer.WriteBoolean("trainable"u8, node.Layer.Trainable);
            // Values are counted from the inputs on, each layer's outputs being the next.
            WriteNumbers(writer, "inputs"u8, node.Inputs);
            WriteNumbers(writer, "output_shape"u8, node.Output.Shape.AsSpan());
            if (node.Outputs.Count > 1) writer.WriteNumber("output_count"u8, node.Outputs.Count);
            // A shared layer stands there with what it was made with once; its number is that of its first use among all.
            bool isFirst = written.TryAdd(node.Layer, written.Count);
            if (!isFirst) writer.WriteNumber("layer"u8, written[node.Layer]);
            else if (node.Layer is not Model) OptionWriter.WriteOptions(writer, node.Layer);
            if (isFirst && node.Layer is Model { Plan: not null } inner)
            {
                writer.WritePropertyName("model"u8);
                Write(writer, inner);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteNumbers(writer, "outputs"u8, graph.OutputPlaces);
        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<int> numbers)
    {
        writer.WriteStartArray(name);
        foreach (int number in numbers) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
