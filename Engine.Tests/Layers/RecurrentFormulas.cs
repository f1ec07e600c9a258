using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Recurrent formulas as scalar loops over one sample, written from the papers alone.</summary>
public static class RecurrentFormulas
{
    /// <summary>A step: inputs and states of one sample to output and next states.</summary>
    public delegate (double[] Output, double[][] States) Step(double[] x, double[][] states);

    /// <summary>h = f(W_x x + W_h h + b).</summary>
    public static Step Simple(SimpleRNNCell cell, Func<double, double> f) => (x, states) =>
    {
        double[] h = Units(cell.Units, n => f(Sum(x, cell.Kernel, n) + Sum(states[0], cell.RecurrentKernel, n) + Bias(cell.Bias, n)));
        return (h, [h]);
    };

    /// <summary>F-L2, with peepholes where the cell has them.</summary>
    public static Step Lstm(LSTMCell cell, Func<double, double>? activation = null, Func<double, double>? gates = null) => (x, states) =>
    {
        (Func<double, double> f, Func<double, double> g) = (activation ?? Math.Tanh, gates ?? Sigmoid);
        int units = cell.Units;
        double[] h = states[0], c = states[1];
        double Gate(int gate, int n) => Sum(x, cell.Kernel, gate * units + n) + Sum(h, cell.RecurrentKernel, gate * units + n) + Bias(cell.Bias, gate * units + n);
        double Peep(int row, double[] at, int n) => cell.Peephole is { } p ? At(p, row, n) * at[n] : 0;
        double[] next = Units(units, n => g(Gate(1, n) + Peep(1, c, n)) * c[n] + g(Gate(0, n) + Peep(0, c, n)) * f(Gate(2, n)));
        double[] output = Units(units, n => g(Gate(3, n) + Peep(2, next, n)) * f(next[n]));
        return (output, [output, next]);
    };

    /// <summary>F-L3.</summary>
    public static Step Cellless(LSTMCell cell, Func<double, double>? activation = null, Func<double, double>? gates = null) => (x, states) =>
    {
        (Func<double, double> f, Func<double, double> g) = (activation ?? Math.Tanh, gates ?? Sigmoid);
        int units = cell.Units;
        double[] h = states[0];
        double Fixed(int gate, int n) => Sum(x, cell.Kernel, gate * units + n) + Bias(cell.Bias, gate * units + n);
        double Gate(int gate, int n) => g(Fixed(gate, n) + Sum(h, cell.RecurrentKernel, gate * units + n));
        double[] kept = Units(units, n => Gate(1, n) * h[n]);
        double[] next = Units(units, n =>
            kept[n] + Gate(0, n) * f(Fixed(2, n) + Sum(kept, cell.RecurrentKernel, 2 * units + n)) * Gate(3, n));
        return (next, [next]);
    };

    /// <summary>F-U1 to F-U3, each with the reset before or after the product.</summary>
    public static Step Gru(GRUCell cell, Func<double, double>? activation = null, Func<double, double>? gates = null) => (x, states) =>
    {
        (Func<double, double> f, Func<double, double> g) = (activation ?? Math.Tanh, gates ?? Sigmoid);
        int units = cell.Units, last = cell.Variant == GruVariant.SingleGate ? units : 2 * units;
        double[] h = states[0];
        double B(int row, int n) => cell.Bias is null ? 0 : cell.ResetAfter ? At(cell.Bias, row, n) : row == 0 ? At(cell.Bias, n) : 0;
        double Gate(int column) => g(Sum(x, cell.Kernel, column) + Sum(h, cell.RecurrentKernel, column) + B(0, column) + B(1, column));
        double[] z = Units(units, Gate), r = cell.Variant == GruVariant.SingleGate ? z : Units(units, n => Gate(units + n));
        double[] reset = Units(units, n => r[n] * h[n]);
        double[] candidate = Units(units, n => f(Sum(x, cell.Kernel, last + n) + B(0, last + n) + (cell.ResetAfter
            ? r[n] * (Sum(h, cell.RecurrentKernel, last + n) + B(1, last + n))
            : Sum(reset, cell.RecurrentKernel, last + n))));
        double[] carried = cell.Variant == GruVariant.ResetGatedCarry ? reset : h;
        double[] next = Units(units, n => (1 - z[n]) * carried[n] + z[n] * candidate[n]);
        return (next, [next]);
    };

    /// <summary>A sequence of one sample: every output and the last states. Where the mask is false the states and the output stay.</summary>
    public static (double[][] Outputs, double[][] States) Run(
        Step step, double[][] xs, double[][] states, int outputs, bool[]? mask = null, bool zeroOutputForMask = false)
    {
        var all = new double[xs.Length][];
        double[] before = new double[outputs];
        for (int t = 0; t < xs.Length; t++)
        {
            if (mask?[t] == false)
            {
                all[t] = zeroOutputForMask ? new double[outputs] : before;
                continue;
            }

            (before, states) = step(xs[t], states);
            all[t] = before;
        }

        return (all, states);
    }

    /// <summary>The steps of a sample, in either direction.</summary>
    public static double[][] Steps(Tensor x, int sample, bool backwards)
    {
        IEnumerable<double[]> steps = Enumerable.Range(0, x.Shape[1])
            .Select(t => Enumerable.Range(0, x.Shape[2]).Select(f => At(x, sample, t, f)).ToArray());
        return backwards ? [.. steps.Reverse()] : [.. steps];
    }

    /// <summary>A row of a state.</summary>
    public static double[] Row(Tensor state, int sample) => [.. Enumerable.Range(0, state.Shape[1]).Select(n => At(state, sample, n))];

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Units(int units, Func<int, double> value) => [.. Enumerable.Range(0, units).Select(value)];

    private static double Bias(Tensor? bias, int n) => bias is null ? 0 : At(bias, n);

    private static double Sum(double[] x, Tensor matrix, int column)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * At(matrix, i, column);
        return sum;
    }
}
