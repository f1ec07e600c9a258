using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Formats;
using Engine.Optimizers;

namespace Engine.Models;

/// <summary>Puts a model's weights, and the state of its training, into a safetensors file.</summary>
internal sealed class CheckpointWriter(Model model, bool weightsOnly)
{
    /// <summary>The version of the names and texts that are written; files of a newer one are refused.</summary>
    public const int Version = 1;

    /// <summary>The name of a slot's tensor.</summary>
    public static string SlotName(string optimizer, string slot, string variable) => $"{optimizer}/{slot}/{variable}";

    public void Write(string path)
    {
        var items = new List<SafetensorsItem>();
        IReadOnlyList<TrainedPart> parts = weightsOnly ? [] : model.TrainedParts;
        foreach ((string name, Variable variable) in model.NamedVariables())
        {
            items.Add(new SafetensorsItem(name, variable));
            foreach (TrainedPart part in parts)
            {
                if (!part.Holds(variable)) continue;
                foreach ((string slot, Variable values) in part.Optimizer.SavedSlots(variable))
                    items.Add(new SafetensorsItem(SlotName(part.Key, slot, name), values));
            }
        }

        IReadOnlyDictionary<string, CallbackState> callbacks =
            weightsOnly ? new Dictionary<string, CallbackState>() : model.CallbackStates();
        foreach ((string callback, CallbackState state) in callbacks)
        {
            foreach ((string name, Tensor values) in state.Tensors)
                items.Add(new SafetensorsItem(CallbackStates.TensorName(callback, name), values));
        }

        Dictionary<string, string> metadata = Metadata();
        if (callbacks.Count > 0) metadata[CallbackStates.Key] = CallbackStates.ToJson(callbacks);
        SafetensorsFile.Write(path, items, metadata);
    }

    private Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "engine",
            ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["architecture"] = ModelArchitecture.ToJson(model),
            ["vector_bits"] = Parallelism.VectorBits.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((string key, string text) in model.OwnMetadata) metadata[key] = text;
        if (weightsOnly) return metadata;
        metadata["seed"] = model.Seed.ToString(CultureInfo.InvariantCulture);
        metadata["step"] = model.Step.ToString(CultureInfo.InvariantCulture);
        metadata["epoch"] = model.Epoch.ToString(CultureInfo.InvariantCulture);
        foreach (TrainedPart part in model.TrainedParts) metadata[part.Key] = Describe(part.Optimizer);
        return metadata;
    }

    private static string Describe(Optimizer optimizer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, optimizer.GetType().Name);
            writer.WriteNumber("step"u8, optimizer.Step);
            // A schedule follows from the step; only a number may have been changed since the optimizer was made.
            if (optimizer.Schedule is ConstantLearningRate constant) writer.WriteNumber("learning_rate"u8, constant.LearningRate);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
