using Engine.Kernels;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Operations;

/// <summary>The recurrent formulas as scalar loops in double, step by step as they are printed.</summary>
internal sealed class RecurrentReference(RecurrentKind kind, RecurrentOperands operands)
{
    private readonly int units = operands.Recurrent.Shape[0];
    private readonly double[] x = Values(operands.Input);
    private readonly double[] w = Values(operands.Kernel);
    private readonly double[] u = Values(operands.Recurrent);
    private readonly double[]? b = operands.Bias is null ? null : Values(operands.Bias);

    /// <summary>The outputs in the order of the steps, and the last state and cell.</summary>
    public (double[] Outputs, double[] State, double[] Cell) Run(bool backwards, bool zeroOutputs)
    {
        int batch = operands.Input.Shape[0], steps = operands.Input.Shape[1];
        double[] outputs = new double[batch * steps * units], lastStates = new double[batch * units], lastCells = new double[batch * units];
        for (int n = 0; n < batch; n++)
        {
            double[] h = Row(operands.State, n), c = Row(operands.Cell, n), shown = new double[units];
            double[]? drop = operands.Dropout is null ? null : Row(operands.Dropout, n);
            for (int s = 0; s < steps; s++)
            {
                int t = backwards ? steps - 1 - s : s;
                bool counts = operands.Mask is null || operands.Mask.AsSpan<bool>()[n * steps + t];
                if (counts)
                {
                    h = Step(n * steps + t, h, [.. h.Select((value, j) => drop is null ? value : value * drop[j])], c);
                    shown = h;
                }
                for (int j = 0; j < units; j++) outputs[(n * steps + s) * units + j] = counts || !zeroOutputs ? shown[j] : 0;
            }
            h.CopyTo(lastStates, n * units);
            c.CopyTo(lastCells, n * units);
        }
        return (outputs, lastStates, lastCells);
    }

    private double[] Row(Tensor? values, int n) => values is null ? new double[units] : Values(values)[(n * units)..((n + 1) * units)];

    private double[] Step(int row, double[] h, double[] dropped, double[] c)
    {
        int features = operands.Input.Shape[2];
        double In(int gate, int j) => Product(x, row * features, features, w, gate, j) + (b is null ? 0 : b[gate * units + j]);
        double Of(double[] state, int gate, int j) => Product(state, 0, units, u, gate, j);
        double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, units).Select(value)];
        double[] Gate(int gate) => Each(j => Sigmoid(In(gate, j) + Of(dropped, gate, j)));
        switch (kind)
        {
            case RecurrentKind.Tanh: return Each(j => Math.Tanh(In(0, j) + Of(dropped, 0, j)));
            case RecurrentKind.Relu: return Each(j => Math.Max(0, In(0, j) + Of(dropped, 0, j)));
            case RecurrentKind.Linear: return Each(j => In(0, j) + Of(dropped, 0, j));
            case RecurrentKind.Lstm:
            {
                double[] i = Gate(0), f = Gate(1), o = Gate(3);
                for (int j = 0; j < units; j++) c[j] = f[j] * c[j] + i[j] * Math.Tanh(In(2, j) + Of(dropped, 2, j));
                return Each(j => o[j] * Math.Tanh(c[j]));
            }
            case RecurrentKind.CelllessLstm:
            {
                double[] i = Gate(0), f = Gate(1), o = Gate(3), inner = Each(j => f[j] * dropped[j]);
                return Each(j => f[j] * h[j] + i[j] * Math.Tanh(In(2, j) + Of(inner, 2, j)) * o[j]);
            }
            case RecurrentKind.SingleGateGru:
            {
                double[] z = Gate(0), inner = Each(j => z[j] * dropped[j]);
                return Each(j => (1 - z[j]) * h[j] + z[j] * Math.Tanh(In(1, j) + Of(inner, 1, j)));
            }
            case RecurrentKind.ResetAfterGru:
            {
                double Second(int gate, int j) => Of(dropped, gate, j) + (b is null ? 0 : b[(3 + gate) * units + j]);
                double[] z = Each(j => Sigmoid(In(0, j) + Second(0, j))), r = Each(j => Sigmoid(In(1, j) + Second(1, j)));
                return Each(j => (1 - z[j]) * h[j] + z[j] * Math.Tanh(In(2, j) + r[j] * Second(2, j)));
            }
            default:
            {
                double[] z = Gate(0), r = Gate(1), inner = Each(j => r[j] * dropped[j]);
                double Carried(int j) => kind == RecurrentKind.Gru ? h[j] : r[j] * h[j];
                return Each(j => (1 - z[j]) * Carried(j) + z[j] * Math.Tanh(In(2, j) + Of(inner, 2, j)));
            }
        }
    }

    private double Product(double[] from, int start, int length, double[] matrix, int gate, int j)
    {
        double sum = 0;
        int columns = operands.Recurrent.Shape[1];
        for (int k = 0; k < length; k++) sum += from[start + k] * matrix[k * columns + gate * units + j];
        return sum;
    }

    private static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
}
