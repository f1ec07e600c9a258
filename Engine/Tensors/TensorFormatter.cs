using System.Globalization;
using System.Text;

namespace Engine;

/// <summary>Writes a tensor's elements as nested brackets, of a long axis only the edges.</summary>
internal static class TensorFormatter
{
    private const int ShownWhole = 1000;

    public static string Format(Tensor tensor, string? format, IFormatProvider? provider)
    {
        bool whole = tensor.Length is > 0 and <= ShownWhole;
        var shown = new List<string>();
        Collect(tensor, 0, 0, whole, format, provider, shown);
        int width = 0;
        foreach (string element in shown) width = Math.Max(width, element.Length);
        var text = new StringBuilder();
        int next = 0;
        Write(tensor, 0, whole, shown, tensor.Rank > 1 ? width : 0, text, ref next);
        return text.ToString();
    }

    private static void Collect(Tensor tensor, int axis, int start, bool whole, string? format, IFormatProvider? provider, List<string> shown)
    {
        if (axis == tensor.Rank)
        {
            shown.Add(Element(tensor, start, format, provider));
            return;
        }
        int inner = tensor.Shape.LengthOf(axis + 1, tensor.Rank);
        for (int i = 0; i < tensor.Shape[axis]; i++)
        {
            if (Hidden(tensor, axis, i, whole)) continue;
            Collect(tensor, axis + 1, start + i * inner, whole, format, provider, shown);
        }
    }

    private static void Write(Tensor tensor, int axis, bool whole, List<string> shown, int width, StringBuilder text, ref int next)
    {
        if (axis == tensor.Rank)
        {
            text.Append(shown[next++].PadLeft(width));
            return;
        }
        bool innermost = axis == tensor.Rank - 1;
        text.Append('[');
        bool first = true, gap = false;
        for (int i = 0; i < tensor.Shape[axis]; i++)
        {
            bool hidden = Hidden(tensor, axis, i, whole);
            if (hidden && gap) continue;
            if (!first) text.Append(innermost ? ", " : ",\n" + new string(' ', axis + 1));
            first = false;
            gap = hidden;
            if (hidden) text.Append('…');
            else Write(tensor, axis + 1, whole, shown, width, text, ref next);
        }
        text.Append(']');
    }

    private static bool Hidden(Tensor tensor, int axis, int position, bool whole)
    {
        // Of many axes fewer positions each, so that the text stays below some 256 elements.
        int edge = tensor.Rank <= 3 ? 3 : tensor.Rank == 4 ? 2 : 1;
        return !whole && tensor.Shape[axis] > 2 * edge && position >= edge && position < tensor.Shape[axis] - edge;
    }

    /// <summary>One element, in row-major order.</summary>
    public static string Element(Tensor tensor, int index, string? format, IFormatProvider? provider)
    {
        if (tensor.DType == DType.Bool) return tensor.ElementAt(index) != 0 ? "true" : "false";
        // Not every 64-bit integer is a double.
        if (tensor.DType == DType.Int64) return tensor.Data<long>()[index].ToString(format, provider ?? CultureInfo.InvariantCulture);
        double value = tensor.ElementAt(index);
        return value.ToString(format ?? (tensor.DType.IsFloatingPoint() ? "G6" : "F0"), provider ?? CultureInfo.InvariantCulture);
    }
}
