using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Engine.Models;

/// <summary>What callbacks remember, as a file has it: numbers in the metadata, tensors beside the weights.</summary>
/// <param name="States">The callbacks' states by their keys.</param>
/// <param name="Tensors">The names of the tensors in the file, each with where it goes once it is read.</param>
internal sealed record CallbackStates(
    IReadOnlyDictionary<string, CallbackState> States, IReadOnlyList<(string Name, Action<Tensor> Keep)> Tensors)
{
    /// <summary>The key of the metadata.</summary>
    public const string Key = "callbacks";

    /// <summary>The name of a tensor in the file.</summary>
    public static string TensorName(string callback, string name) => $"{Key}/{callback}/{name}";

    /// <summary><c>{"EarlyStopping":{"numbers":{"wait":1},"tensors":["dense/kernel"]}}</c>.</summary>
    public static string ToJson(IReadOnlyDictionary<string, CallbackState> states)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach ((string callback, CallbackState state) in states)
            {
                writer.WriteStartObject(callback);
                writer.WriteStartObject("numbers"u8);
                foreach ((string name, double value) in state.Numbers)
                {
                    // JSON has no numbers that are not finite.
                    if (double.IsFinite(value)) writer.WriteNumber(name, value);
                    else writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
                }

                writer.WriteEndObject();
                writer.WriteStartArray("tensors"u8);
                foreach (string name in state.Tensors.Keys) writer.WriteStringValue(name);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is not JSON; other exceptions of JsonElement where it has another form.</exception>
    public static CallbackStates FromJson(string json)
    {
        var states = new Dictionary<string, CallbackState>(StringComparer.Ordinal);
        var tensors = new List<(string, Action<Tensor>)>();
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonProperty callback in document.RootElement.EnumerateObject())
        {
            var state = new CallbackState();
            foreach (JsonProperty number in callback.Value.GetProperty("numbers").EnumerateObject())
                state.Set(NameOf(number.Name), NumberOf(number.Value));
            foreach (JsonElement element in callback.Value.GetProperty("tensors").EnumerateArray())
            {
                string name = NameOf(element.GetString());
                tensors.Add((TensorName(callback.Name, name), values => state.Set(name, values)));
            }

            if (!states.TryAdd(callback.Name, state)) throw new JsonException($"\"{callback.Name}\" stands there twice");
        }

        return new CallbackStates(states, tensors);
    }

    private static string NameOf(string? name) => string.IsNullOrEmpty(name) ? throw new JsonException("a name is empty") : name;

    private static double NumberOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? double.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
        : value.GetDouble();
}
