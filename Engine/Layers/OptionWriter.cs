using System.Globalization;
using System.Text.Json;

namespace Engine.Layers;

/// <summary>Writes what layers were made with as JSON; <see cref="LayerOptions"/> reads it.</summary>
internal static class OptionWriter
{
    /// <summary>Whether a value is one that can be written.</summary>
    public static bool CanWrite(object? value) => value is null or bool or int or long or float or double or string or Enum
        or int[] or IReadOnlyList<double> or (int, int) or (double, double) or Shape or Size2D or FactorRange or Padding or Activation or Initializer
        or Regularizer or Constraint or Layer;

    /// <summary>The value, in memory of its own.</summary>
    public static object? Copy(object? value) => value switch
    {
        int[] list => list.Clone(),
        IReadOnlyList<double> list => list.ToArray(),
        _ => value,
    };

    /// <summary>A layer's type, its name, if it was given one, and its options: <c>{"type":"Dropout","options":{"rate":0.5}}</c>.</summary>
    public static void WriteLayer(Utf8JsonWriter writer, Layer layer)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, layer.GetType().Name);
        if (layer.HasGivenName) writer.WriteString("name"u8, layer.Name);
        WriteOptions(writer, layer);
        writer.WriteEndObject();
    }

    /// <summary>The property <c>options</c>, where the layer says what it was made with.</summary>
    public static void WriteOptions(Utf8JsonWriter writer, Layer layer)
    {
        if (layer.Options is not { } options) return;
        writer.WriteStartObject("options"u8);
        foreach ((string name, object? value) in options)
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case float number: Write(writer, (double)number); break;
            case double number: WriteNumber(writer, number); break;
            case string text: writer.WriteStringValue(text); break;
            case Enum member: writer.WriteStringValue(member.ToString()); break;
            case Padding padding: writer.WriteStringValue(padding.ToString()); break;
            case Activation activation: writer.WriteStringValue(activation.Name); break;
            case int[] list: WriteNumbers(writer, list.Select(number => (double)number)); break;
            case IReadOnlyList<double> list: WriteNumbers(writer, list); break;
            case (int first, int second): WriteNumbers(writer, [first, second]); break;
            case (double first, double second): WriteNumbers(writer, [first, second]); break;
            case Shape shape: WriteNumbers(writer, shape.Select(length => (double)length)); break;
            case Size2D size: WriteNumbers(writer, [size.Height, size.Width]); break;
            case FactorRange range: WriteNumbers(writer, [range.Lower, range.Upper]); break;
            case Initializer initializer: Write(writer, initializer.Description, initializer.GetType()); break;
            case Regularizer regularizer: Write(writer, regularizer.Description, regularizer.GetType()); break;
            case Constraint constraint: Write(writer, constraint.Description, constraint.GetType()); break;
            case Layer layer: WriteLayer(writer, layer); break;
            default: throw new InvalidOperationException($"CanWrite has let a {value.GetType().Name} pass.");
        }
    }

    /// <summary>What cannot say what it was made with keeps its type's name, which the reader refuses.</summary>
    private static void Write(Utf8JsonWriter writer, Description? description, Type type)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, description?.Type ?? type.Name);
        foreach ((string name, object? value) in description?.Options ?? [])
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, IEnumerable<double> numbers)
    {
        writer.WriteStartArray();
        foreach (double number in numbers) WriteNumber(writer, number);
        writer.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter writer, double number)
    {
        // JSON has no numbers that are not finite.
        if (double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
    }
}
