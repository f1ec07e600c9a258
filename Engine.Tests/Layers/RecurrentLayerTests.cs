using Engine.Layers;
using static Engine.Tests.Layers.RecurrentFormulas;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Recurrent layers against the formulas as scalar loops.</summary>
public class RecurrentLayerTests
{
    private static readonly Initializer Some = Initializer.RandomNormal(0, 0.7);

    private static IEnumerable<TestCaseData> Forms()
    {
        TestCaseData Form(string name, Func<bool, bool, bool, RecurrentLayer> make, Func<RecurrentCell, Step> formula) =>
            new TestCaseData(make, formula).SetArgDisplayNames(name);

        yield return Form("SimpleRNN, F-R1", (sequences, back, zero) => new SimpleRNN(3, biasInitializer: Some, returnSequences: sequences,
            returnState: true, goBackwards: back, zeroOutputForMask: zero), cell => Simple((SimpleRNNCell)cell, Math.Tanh));
        yield return Form("SimpleRNN, relu, no bias", (sequences, back, zero) => new SimpleRNN(3, Activation.ReLU, useBias: false,
            returnSequences: sequences, returnState: true, goBackwards: back, zeroOutputForMask: zero),
            cell => Simple((SimpleRNNCell)cell, x => Math.Max(0, x)));
        foreach (bool peephole in new[] { false, true })
        {
            yield return Form($"LSTM, F-L2{(peephole ? ", peepholes" : "")}", (sequences, back, zero) => new LSTM(3, biasInitializer: Some,
                returnSequences: sequences, returnState: true, goBackwards: back, zeroOutputForMask: zero, peephole: peephole),
                cell => Lstm((LSTMCell)cell));
        }

        yield return Form("LSTM, F-L3", (sequences, back, zero) => new LSTM(3, biasInitializer: Some, returnSequences: sequences,
            returnState: true, goBackwards: back, zeroOutputForMask: zero, variant: LstmVariant.Cellless), cell => Cellless((LSTMCell)cell));
        foreach (GruVariant variant in Enum.GetValues<GruVariant>())
        {
            foreach (bool after in new[] { false, true })
            {
                yield return Form($"GRU, {variant}{(after ? ", reset after" : "")}", (sequences, back, zero) => new GRU(3, biasInitializer: Some,
                    returnSequences: sequences, returnState: true, goBackwards: back, zeroOutputForMask: zero, resetAfter: after,
                    variant: variant), cell => Gru((GRUCell)cell));
            }
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void A_layer_is_its_formula_at_every_step(Func<bool, bool, bool, RecurrentLayer> make, Func<RecurrentCell, Step> formula)
    {
        foreach (DType dtype in Floats)
        foreach ((int batch, int steps, int features) in new[] { (1, 1, 1), (2, 4, 3), (3, 7, 1) })
        foreach (bool backwards in new[] { false, true })
        foreach (bool given in new[] { false, true })
        {
            RecurrentLayer layer = make(true, backwards, false);
            Tensor x = Normal([batch, steps, features], dtype);
            AssertRun(layer, formula, x, null, given);
            AssertRun(make(false, backwards, false), formula, x, null, given);
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void Masked_steps_copy_the_state_and_repeat_the_output(Func<bool, bool, bool, RecurrentLayer> make, Func<RecurrentCell, Step> formula)
    {
        // To the right, to the left, a hole, and nothing but padding.
        bool[,] counts =
        {
            { true, true, false, false, false }, { false, false, true, true, true }, { true, false, true, false, true },
            { false, false, false, false, false },
        };
        foreach (DType dtype in Floats)
        foreach (bool backwards in new[] { false, true })
        foreach (bool zero in new[] { false, true })
        {
            Tensor x = Normal([4, 5, 2], dtype);
            AssertRun(make(true, backwards, zero), formula, x, counts, given: true);
            AssertRun(make(false, backwards, zero), formula, x, counts, given: false);
        }
    }

    [Test]
    public void The_concatenated_form_and_the_split_weights_agree()
    {
        // F-L1: W [h, x] with W = [U; W_x] is F-L2's x·W_x + h·U.
        var cell = new LSTMCell(3, biasInitializer: Some);
        Tensor x = Normal([2, 4]), h = Normal([2, 3], seed: 2), c = Normal([2, 3], seed: 3);
        (Tensor output, Tensor[] states) = cell.Step(x, [h, c]);
        Tensor w = Tensor.Concat([cell.RecurrentKernel, cell.Kernel]);
        Tensor[] sums = (Tensor.Concat([h, x], 1).MatMul(w) + cell.Bias!).Split(4, 1);
        Tensor next = sums[1].Sigmoid() * c + sums[0].Sigmoid() * sums[2].Tanh();
        AssertClose(states[1], next.Shape, next.ToArray<double>());
        AssertClose(output, next.Shape, (sums[3].Sigmoid() * next.Tanh()).ToArray<double>());
    }

    [Test]
    public void Normalised_cells_are_their_formulas()
    {
        Tensor x = Normal([2, 3]), h = Normal([2, 4], seed: 2), c = Normal([2, 4], seed: 3);
        var simple = new SimpleRNNCell(4, biasInitializer: Some, layerNormalization: true);
        Tensor y = simple.Step(x, [h]).Output;
        Tensor wanted = (Normalized(x.MatMul(simple.Kernel)) + Normalized(h.MatMul(simple.RecurrentKernel)) + simple.Bias!).Tanh();
        AssertClose(y, wanted.Shape, wanted.ToArray<double>());
        var lstm = new LSTMCell(4, layerNormalization: true);
        (y, Tensor[] states) = lstm.Step(x, [h, c]);
        Tensor[] sums = (Normalized(x.MatMul(lstm.Kernel)) + Normalized(h.MatMul(lstm.RecurrentKernel)) + lstm.Bias!).Split(4, 1);
        wanted = sums[1].Sigmoid() * c + sums[0].Sigmoid() * sums[2].Tanh();
        AssertClose(states[1], wanted.Shape, wanted.ToArray<double>());
        AssertClose(y, wanted.Shape, (sums[3].Sigmoid() * Normalized(wanted).Tanh()).ToArray<double>());
        var gru = new GRUCell(4, layerNormalization: true);
        y = gru.Step(x, [h]).Output;
        Tensor[] w = gru.Kernel.Split([8, 4], 1), u = gru.RecurrentKernel.Split([8, 4], 1);
        Tensor[] gates = (Normalized(x.MatMul(w[0])) + Normalized(h.MatMul(u[0]))).Sigmoid().Split(2, 1);
        Tensor candidate = (Normalized(x.MatMul(w[1])) + Normalized((gates[1] * h).MatMul(u[1]))).Tanh();
        wanted = (1 - gates[0]) * h + gates[0] * candidate;
        AssertClose(y, wanted.Shape, wanted.ToArray<double>());
    }

    [Test]
    public void Normalised_cells_of_every_form_are_their_formulas([Values] GruVariant variant, [Values] bool after)
    {
        Tensor x = Normal([2, 3]), h = Normal([2, 4], seed: 2);
        var gru = new GRUCell(4, biasInitializer: Some, resetAfter: after, variant: variant, layerNormalization: true);
        Tensor y = gru.Step(x, [h]).Output;
        int width = variant == GruVariant.SingleGate ? 4 : 8;
        Tensor[] w = gru.Kernel.Split([width, 4], 1), u = gru.RecurrentKernel.Split([width, 4], 1);
        Tensor[] b = (after ? gru.Bias![0] : gru.Bias!).Split([width, 4]);
        Tensor[] c = (after ? gru.Bias![1] : Tensor.Zeros([width + 4], DType.Float64)).Split([width, 4]);
        Tensor gates = (Normalized(x.MatMul(w[0])) + Normalized(h.MatMul(u[0])) + b[0] + c[0]).Sigmoid();
        Tensor z = gates[.., ..4], r = variant == GruVariant.SingleGate ? z : gates[.., 4..];
        Tensor reset = after ? r * (Normalized(h.MatMul(u[1])) + c[1]) : Normalized((r * h).MatMul(u[1]));
        Tensor candidate = (Normalized(x.MatMul(w[1])) + b[1] + reset).Tanh();
        Tensor wanted = (1 - z) * (variant == GruVariant.ResetGatedCarry ? r * h : h) + z * candidate;
        AssertClose(y, wanted.Shape, wanted.ToArray<double>());
    }

    [Test]
    public void A_normalised_cell_with_peepholes_is_its_formula()
    {
        Tensor x = Normal([2, 3]), h = Normal([2, 4], seed: 2), c = Normal([2, 4], seed: 3);
        var lstm = new LSTMCell(4, biasInitializer: Some, peephole: true, layerNormalization: true);
        (Tensor y, Tensor[] states) = lstm.Step(x, [h, c]);
        Tensor[] sums = (Normalized(x.MatMul(lstm.Kernel)) + Normalized(h.MatMul(lstm.RecurrentKernel)) + lstm.Bias!).Split(4, 1);
        Tensor next = (sums[1] + c * lstm.Peephole![1]).Sigmoid() * c + (sums[0] + c * lstm.Peephole[0]).Sigmoid() * sums[2].Tanh();
        AssertClose(states[1], next.Shape, next.ToArray<double>());
        Tensor wanted = (sums[3] + next * lstm.Peephole[2]).Sigmoid() * Normalized(next).Tanh();
        AssertClose(y, wanted.Shape, wanted.ToArray<double>());
    }

    /// <summary>Each row less its mean over its deviation, by loops.</summary>
    private static Tensor Normalized(Tensor x)
    {
        var values = new double[x.Length];
        int columns = x.Shape[1];
        for (int row = 0; row < x.Shape[0]; row++)
        {
            double mean = 0, variance = 0;
            for (int i = 0; i < columns; i++) mean += At(x, row, i) / columns;
            for (int i = 0; i < columns; i++) variance += Math.Pow(At(x, row, i) - mean, 2) / columns;
            for (int i = 0; i < columns; i++) values[row * columns + i] = (At(x, row, i) - mean) / Math.Sqrt(variance + 1e-3);
        }

        return Tensor.From<double>(values, x.Shape);
    }

    private static void AssertRun(RecurrentLayer layer, Func<RecurrentCell, Step> formula, Tensor x, bool[,]? counts, bool given)
    {
        int batch = x.Shape[0], steps = x.Shape[1], states = layer.Cell.StateSizes.Count;
        Tensor[] first = [.. layer.Cell.StateSizes.Select((size, i) => given ? Normal([batch, size], x.DType, (ulong)i + 9) : Tensor.Zeros([batch, size]))];
        Tensor[] inputs = [counts is null ? x : x.WithMask(Bools(counts)), .. given ? first : []];
        Tensor[] actual = layer.ApplyAll(inputs);
        Assert.That(layer.AllOutputShapes([.. inputs.Select(input => input.Shape.Remove(0))]), Is.EqualTo(actual.Select(y => y.Shape.Remove(0))));
        var results = Enumerable.Range(0, batch).Select(n => Run(
            formula(layer.Cell), Steps(x, n, layer.GoBackwards), [.. first.Select(state => Row(state, n))], layer.Cell.OutputSize,
            MaskOf(counts, n, layer.GoBackwards), layer.ZeroOutputForMask)).ToArray();
        AssertClose(actual[0], actual[0].Shape, layer.ReturnSequences
            ? Map(actual[0].Shape, at => results[at[0]].Outputs[at[1]][at[2]])
            : Map(actual[0].Shape, at => results[at[0]].Outputs[steps - 1][at[1]]));
        for (int i = 0; i < states; i++) AssertClose(actual[i + 1], actual[i + 1].Shape, Map(actual[i + 1].Shape, at => results[at[0]].States[i][at[1]]));
    }

    private static bool[]? MaskOf(bool[,]? counts, int sample, bool backwards)
    {
        if (counts is null) return null;
        IEnumerable<bool> row = Enumerable.Range(0, counts.GetLength(1)).Select(t => counts[sample, t]);
        return backwards ? [.. row.Reverse()] : [.. row];
    }

    private static Tensor Bools(bool[,] values) => Tensor.From<bool>([.. values.Cast<bool>()], [values.GetLength(0), values.GetLength(1)]);
}
