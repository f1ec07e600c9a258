using Engine.Formats;
using Engine.Layers;
using Engine.Models;
using Engine.Tests.Formats;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Layers.RecurrentFormulas;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Outputs, states and gradients of PyTorch's recurrent layers, by Reference/torch_recurrent.py, and weights between layouts.</summary>
public class TorchRecurrentTests
{
    // The stored values have twelve digits.
    private const double Tolerance = 1e-10;

    private static readonly StoredTensors Stored = new("torch_recurrent.txt");

    private static readonly Tensor Counts = Tensor.From<bool>(
        [true, true, true, true, true, true, false, false, true, true, true, false], [3, 4]);

    private static IEnumerable<TestCaseData> Cases() =>
    [
        Case("rnn", 1, false, false, false, () => new SimpleRNN(2, returnSequences: true, returnState: true)),
        Case("rnn_relu_both", 1, true, true, true,
            () => new SimpleRNN(2, Activation.ReLU, returnSequences: true, returnState: true, zeroOutputForMask: true)),
        Case("lstm", 1, false, true, false, () => new LSTM(2, returnSequences: true, returnState: true)),
        Case("lstm_two_both", 2, true, true, true, () => new LSTM(2, returnSequences: true, returnState: true, zeroOutputForMask: true)),
        Case("lstm_plain", 1, true, false, false, () => new LSTM(2, useBias: false, returnSequences: true, returnState: true)),
        Case("gru", 1, false, false, false, () => new GRU(2, resetAfter: true, returnSequences: true, returnState: true)),
        Case("gru_two_both", 2, true, true, true,
            () => new GRU(2, resetAfter: true, returnSequences: true, returnState: true, zeroOutputForMask: true)),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Layers_agree_with_PyTorch(string name, int layers, bool both, bool start, bool packed, Func<RecurrentLayer> make)
    {
        Layer[] stack = [.. Enumerable.Range(0, layers).Select(_ => Layer(make, both))];
        Tensor x = Stored.Get($"{name}.x").Detach();
        int kinds = make().Cell.StateSizes.Count, directions = both ? 2 : 1;
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor[] starts = [.. Enumerable.Range(0, start ? kinds : 0).Select(kind => Stored.Get($"{name}.start{kind}").Detach())];
        foreach (Tensor state in starts) tape.Watch(state);
        Tensor y = packed ? x.WithMask(Counts) : x, loss = Tensor.Zeros([], DType.Float64);
        var ends = new List<Tensor>();
        for (int k = 0; k < layers; k++)
        {
            Tensor[] given = [.. Enumerable.Range(0, directions).SelectMany(direction => starts.Select(all => all[k * directions + direction]))];
            // The first use makes the weights, which then take PyTorch's values.
            using (GradientTape.StopRecording()) stack[k].ApplyAll([y]);
            TakeWeights(stack[k], name, k, "");
            Tensor[] outputs = stack[k].ApplyAll([y, .. given]);
            y = outputs[0];
            ends.AddRange(outputs[1..]);
        }

        Stored.AssertEqual(y, $"{name}.y", Tolerance);
        for (int kind = 0; kind < kinds; kind++)
            Stored.AssertEqual(Tensor.Stack([.. ends.Where((_, i) => i % kinds == kind)]), $"{name}.end{kind}", Tolerance);
        loss = y.Square().Sum();
        foreach (Tensor end in ends) loss += end.Square().Sum();
        Variable[] variables = [.. stack.SelectMany(layer => layer.TrainableVariables)];
        Tensor[] gradients = tape.Gradients(loss, (IReadOnlyList<Tensor>)[x, .. starts, .. variables]);
        Stored.AssertEqual(gradients[0], $"{name}.dx", Tolerance);
        for (int kind = 0; kind < starts.Length; kind++) Stored.AssertEqual(gradients[1 + kind], $"{name}.dstart{kind}", Tolerance);
        // Gradients take the same way as weights: PyTorch's, in the places of the weights, are to be those of the tape.
        for (int k = 0; k < layers; k++) TakeWeights(stack[k], name, k, "d");
        for (int i = 0; i < variables.Length; i++)
            Assert.That(Values(gradients[1 + starts.Length + i]), Is.EqualTo(Values(variables[i])).Within(1e-9), variables[i].Name);
    }

    [TestCaseSource(nameof(Cases))]
    public void Weights_come_back_as_they_went(string name, int layers, bool both, bool start, bool packed, Func<RecurrentLayer> make)
    {
        var layer = (RecurrentLayer)Layer(make, both: false);
        layer.ApplyAll([Stored.Get($"{name}.x")]);
        TakeWeights(layer, name, 0, "");
        PyTorchCellWeights weights = RecurrentWeights.ToPyTorch((KernelCell)layer.Cell);
        Assert.That(Values(weights.WeightIh), Is.EqualTo(Values(Stored.Get($"{name}.weight_ih_l0"))));
        Assert.That(Values(weights.WeightHh), Is.EqualTo(Values(Stored.Get($"{name}.weight_hh_l0"))));
        if (weights.BiasIh is null) return;
        Tensor ih = Stored.Get($"{name}.bias_ih_l0"), hh = Stored.Get($"{name}.bias_hh_l0");
        bool apart = layer is GRU;
        Assert.That(Values(weights.BiasIh), Is.EqualTo(Values(apart ? ih : ih + hh)));
        Assert.That(Values(weights.BiasHh!), Is.EqualTo(Values(apart ? hh : Tensor.ZerosLike(hh))));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Weights_of_Keras_follow_the_formula_of_Keras(bool resetAfter)
    {
        var cell = new GRUCell(3, resetAfter: resetAfter);
        Tensor x = Normal([1, 2]), h = Normal([1, 3], seed: 2);
        cell.Step(x, [h]);
        var keras = new KerasCellWeights(Normal([2, 9], seed: 3), Normal([3, 9], seed: 4), Normal(resetAfter ? [2, 9] : [9], seed: 5));
        RecurrentWeights.FromKeras(cell, keras);
        double Input(int column) => Enumerable.Range(0, 2).Sum(i => At(x, 0, i) * At(keras.Kernel, i, column)) + B(0, column);
        double B(int row, int column) => resetAfter ? At(keras.Bias!, row, column) : row == 0 ? At(keras.Bias!, column) : 0;
        double State(int column, Func<int, double> state) => Enumerable.Range(0, 3).Sum(i => state(i) * At(keras.RecurrentKernel, i, column)) + B(1, column);
        double Old(int n) => At(h, 0, n);
        // In Keras z keeps the old state.
        double z(int n) => Sigmoid(Input(n) + State(n, Old));
        double r(int n) => Sigmoid(Input(3 + n) + State(3 + n, Old));
        AssertClose(cell.Step(x, [h]).Output, [1, 3], Map([1, 3], at =>
        {
            int n = at[1];
            double candidate = Math.Tanh(Input(6 + n) + (resetAfter ? r(n) * State(6 + n, Old) : State(6 + n, i => r(i) * Old(i))));
            return z(n) * Old(n) + (1 - z(n)) * candidate;
        }));
        KerasCellWeights back = RecurrentWeights.ToKeras(cell);
        Assert.That(Values(back.Kernel), Is.EqualTo(Values(keras.Kernel)));
        Assert.That(Values(back.RecurrentKernel), Is.EqualTo(Values(keras.RecurrentKernel)));
        Assert.That(Values(back.Bias!), Is.EqualTo(Values(keras.Bias!)));
    }

    [Test]
    public void Cells_without_a_difference_take_the_weights_of_Keras_as_they_are()
    {
        var cell = new LSTMCell(3, useBias: false);
        cell.Apply(Normal([1, 2]));
        var keras = new KerasCellWeights(Normal([2, 12]), Normal([3, 12]), null);
        RecurrentWeights.FromKeras(cell, keras);
        Assert.That(Values(cell.Kernel), Is.EqualTo(Values(keras.Kernel)));
        Assert.That(Values(RecurrentWeights.ToKeras(cell).RecurrentKernel), Is.EqualTo(Values(keras.RecurrentKernel)));
    }

    [Test]
    public void A_file_of_PyTorch_fills_the_layers_of_a_module_one_by_one()
    {
        using var folder = new TemporaryFolder();
        const string Name = "lstm_two_both";
        string[] parts = [.. Enumerable.Range(0, 2).SelectMany(k => new[] { "", "_reverse" }.SelectMany(
            direction => new[] { "weight_ih", "weight_hh", "bias_ih", "bias_hh" }.Select(part => $"{part}_l{k}{direction}")))];
        SafetensorsFile.Write(folder["rnn"], [.. parts.Select(part => new SafetensorsItem($"rnn.{part}", Stored.Get($"{Name}.{part}")))]);
        var model = new Sequential(new Input([4, 2], DType.Float64), new Bidirectional(new LSTM(2, returnSequences: true)),
            new Bidirectional(new LSTM(2, returnSequences: true)));
        PyTorchWeights.Load(model, folder["rnn"], new Dictionary<string, string> { ["bidirectional"] = "rnn", ["bidirectional_1"] = "rnn:1" });
        Bidirectional[] stack = [.. model.Layers.OfType<Bidirectional>()];
        var wanted = new Bidirectional(new LSTM(2, returnSequences: true));
        for (int k = 0; k < 2; k++)
        {
            wanted = new Bidirectional(new LSTM(2, returnSequences: true));
            wanted.Apply(Normal([1, 4, k == 0 ? 2 : 4]));
            TakeWeights(wanted, Name, k, "");
            Assert.That(stack[k].Variables.SelectMany(Values), Is.EqualTo(wanted.Variables.SelectMany(Values)));
        }

        Errors.Assert<FileFormatException>(() =>
        {
            PyTorchWeights.Load(model, folder["rnn"], new Dictionary<string, string> { ["bidirectional"] = "rnn", ["bidirectional_1"] = "rnn:2" });
            return model;
        }, "rnn.weight_ih_l2", "missing");
    }

    [Test]
    public void Weights_that_do_not_fit_are_named()
    {
        var cell = new LSTMCell(2);
        PyTorchCellWeights weights = new(Normal([8, 3]), Normal([8, 2]), Normal([8]), Normal([8]));
        Errors.Assert<ModelException>(() => Take(cell, weights), "LSTMCell", "no weights yet");
        cell.Apply(Normal([1, 3]));
        double[] before = Values(cell.Kernel);
        Errors.Assert<ShapeException>(() => Take(cell, weights with { WeightIh = Normal([8, 4]) }), "weight_ih", "[8, 4]", "[8, 3]");
        Errors.Assert<ShapeException>(() => Take(cell, weights with { WeightHh = Normal([2, 8]) }), "weight_hh", "[2, 8]", "[8, 2]");
        Errors.Assert<ShapeException>(() => Take(cell, weights with { BiasHh = null }), "bias_hh is missing", "useBias");
        Assert.That(Values(cell.Kernel), Is.EqualTo(before), "nothing was changed");
        var plain = new LSTMCell(2, useBias: false);
        plain.Apply(Normal([1, 3]));
        Errors.Assert<ShapeException>(() => Take(plain, weights), "bias_ih for a cell without bias");
        foreach ((KernelCell other, string what) in new (KernelCell, string)[]
        {
            (new LSTMCell(2, peephole: true), "peepholes"), (new LSTMCell(2, variant: LstmVariant.Cellless), "variant Cellless"),
            (new GRUCell(2), "resetAfter: false"), (new GRUCell(2, variant: GruVariant.SingleGate), "variant SingleGate"),
            (new SimpleRNNCell(2, layerNormalization: true), "layer normalisation"),
        })
        {
            other.Apply(Normal([1, 3]));
            Errors.Assert<ModelException>(() => RecurrentWeights.ToPyTorch(other), "PyTorch has no such layer", what);
        }

        var gated = new GRUCell(2, variant: GruVariant.ResetGatedCarry);
        gated.Apply(Normal([1, 3]));
        Errors.Assert<ModelException>(() => RecurrentWeights.ToKeras(gated), "Keras has no such layer", "ResetGatedCarry");
        Errors.Assert<ModelException>(() => { RecurrentWeights.FromKeras(gated, new(gated.Kernel, gated.RecurrentKernel, gated.Bias)); return gated; }, "ResetGatedCarry");
    }

    [Test]
    public void Weights_of_other_shapes_and_cells_are_named()
    {
        var cell = new LSTMCell(2);
        cell.Apply(Tensor.Ones([1, 3]));
        KerasCellWeights whole = RecurrentWeights.ToKeras(cell);
        (string Part, KerasCellWeights Given)[] wrong =
        [
            ("FromKeras: kernel of shape [8, 3]", whole with { Kernel = whole.Kernel.Transpose(1, 0) }),
            ("FromKeras: recurrent_kernel of shape [8, 2]", whole with { RecurrentKernel = whole.RecurrentKernel.Transpose(1, 0) }),
            ("FromKeras: bias of shape [1, 8]", whole with { Bias = whole.Bias!.Reshape(1, 8) }),
            ("FromKeras: bias is missing", whole with { Bias = null }),
        ];
        foreach ((string part, KerasCellWeights given) in wrong)
            Errors.Assert<ShapeException>(() => { RecurrentWeights.FromKeras(cell, given); return cell; }, "LSTMCell", part);
        var holes = new LSTMCell(2, peephole: true);
        holes.Apply(Tensor.Ones([1, 3]));
        PyTorchCellWeights torch = RecurrentWeights.ToPyTorch(cell);
        Errors.Assert<ModelException>(() => { RecurrentWeights.FromPyTorch(holes, torch); return holes; }, "FromPyTorch: PyTorch", "peepholes");
        var early = new GRUCell(2);
        early.Apply(Tensor.Ones([1, 3]));
        Errors.Assert<ModelException>(() => { RecurrentWeights.FromPyTorch(early, torch); return early; }, "resetAfter: false");
    }

    private static KernelCell Take(KernelCell cell, PyTorchCellWeights weights)
    {
        RecurrentWeights.FromPyTorch(cell, weights);
        return cell;
    }

    private static TestCaseData Case(string name, int layers, bool both, bool start, bool packed, Func<RecurrentLayer> make) =>
        new TestCaseData(name, layers, both, start, packed, make).SetArgDisplayNames(name);

    private static Layer Layer(Func<RecurrentLayer> make, bool both) => both ? new Bidirectional(make()) : make();

    private static void TakeWeights(Layer layer, string name, int number, string prefix)
    {
        if (layer is Bidirectional both)
        {
            TakeWeights((KernelCell)both.ForwardLayer.Cell, name, $"_l{number}", prefix);
            TakeWeights((KernelCell)both.BackwardLayer.Cell, name, $"_l{number}_reverse", prefix);
        }
        else
        {
            TakeWeights((KernelCell)((RecurrentLayer)layer).Cell, name, $"_l{number}", prefix);
        }
    }

    /// <summary>The weights, or with prefix d their gradients: of two biases that add up each has the whole gradient.</summary>
    private static void TakeWeights(KernelCell cell, string name, string suffix, string prefix)
    {
        Tensor? Bias(string part) => cell.UseBias ? Stored.Get($"{name}.{prefix}{part}{suffix}") : null;
        Tensor? ih = Bias("bias_ih"), hh = Bias("bias_hh");
        if (prefix == "d" && hh is not null && cell is not GRUCell) hh = Tensor.ZerosLike(hh);
        RecurrentWeights.FromPyTorch(
            cell, new(Stored.Get($"{name}.{prefix}weight_ih{suffix}"), Stored.Get($"{name}.{prefix}weight_hh{suffix}"), ih, hh));
    }
}
