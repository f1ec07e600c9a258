using System.Globalization;
using System.Text;

namespace Engine;

/// <summary>A mode that finds where NaN or infinity first appears: in which layer and operation, at which element, forward or backward.</summary>
/// <remarks>It reads every result once more, so it is for searching, not for training. Process-wide.</remarks>
public static class DebugNumerics
{
    /// <summary>Whether results are checked; false by default.</summary>
    public static bool Enabled { get; set; }

    internal static void Check(string operation, Tensor output, ReadOnlySpan<Tensor> operands)
    {
        if (FirstNonFinite(output) is not (var index and >= 0)) return;
        var ranges = new StringBuilder();
        foreach (Tensor operand in operands) ranges.Append(ranges.Length == 0 ? " from " : " and ").Append(Range(operand));
        throw Fail.Value(
            operation,
            $"its result {output.DType}{output.Shape} holds {Number(output.ElementAt(index))} at {Position(output.Shape, index)}, made{ranges}",
            "look at these operands: a logarithm or division near 0, an overflow, or weights that diverged");
    }

    internal static void CheckGradient(string operation, string layerPath, Tensor gradient)
    {
        if (!Enabled || FirstNonFinite(gradient) is not (var index and >= 0)) return;
        string where = layerPath.Length == 0 ? $"gradient of {operation}" : $"{layerPath}: gradient of {operation}";
        throw Fail.Value(where, $"a gradient {gradient.DType}{gradient.Shape} holds {Number(gradient.ElementAt(index))} at {Position(gradient.Shape, index)}", "look at the operation's derivative at its operands, clip gradients or lower the learning rate");
    }

    /// <summary>The place of the first element that is NaN or infinite; -1 when all are finite.</summary>
    internal static int FirstNonFinite(Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => FirstNonFinite(tensor.AsSpan<float>()),
        DType.Float64 => FirstNonFinite(tensor.AsSpan<double>()),
        _ => -1,
    };

    private static int FirstNonFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i])) return i;
        }
        return -1;
    }

    /// <summary>A tensor's type, shape, smallest and largest element; what is not finite is named.</summary>
    private static string Range(Tensor operand)
    {
        if (operand.Length == 0) return $"{operand.DType}{operand.Shape}";
        if (FirstNonFinite(operand) is var index and >= 0) return $"{operand.DType}{operand.Shape} with {Number(operand.ElementAt(index))} at {Position(operand.Shape, index)}";
        double least = double.PositiveInfinity, largest = double.NegativeInfinity;
        for (int i = 0; i < operand.Length; i++)
        {
            least = Math.Min(least, operand.ElementAt(i));
            largest = Math.Max(largest, operand.ElementAt(i));
        }
        return $"{operand.DType}{operand.Shape} of {Number(least)} to {Number(largest)}";
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>A place in row-major order, as <c>[1, 0]</c>.</summary>
    internal static string Position(Shape shape, int index)
    {
        var position = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (index, position[axis]) = Math.DivRem(index, shape[axis]);
        return $"[{string.Join(", ", position)}]";
    }
}
