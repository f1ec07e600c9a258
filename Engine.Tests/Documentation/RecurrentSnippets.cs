using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Documentation;

/// <summary>The code of docs/sequences.md about recurrent layers, run.</summary>
public class RecurrentSnippets
{
    [Test]
    public void Layers_stand_in_a_row()
    {
        #region doc-recurrent-stack
        var model = new Sequential(
            new Input([40], DType.Int32),
            new Embedding(5000, 64, maskZero: true),            // id 0 is padding
            new Bidirectional(new LSTM(32, returnSequences: true)),
            new GRU(32, variant: GruVariant.SingleGate),
            new Dense(2, Activation.Softmax));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
        #endregion

        History history = model.Fit(Tensor.RandomIntegers([8, 40], 0, 5000, new RandomGenerator(seed: 1)), Tensor.Zeros([8], DType.Int32),
            verbose: Verbosity.Silent);
        Assert.That(history["loss"][0], Is.GreaterThan(0));
    }

    [Test]
    public void An_encoder_hands_its_states_to_a_decoder()
    {
        #region doc-recurrent-states
        SymbolicTensor source = SymbolicTensor.Input(12, 8), target = SymbolicTensor.Input(9, 8);
        SymbolicTensor[] encoded = new LSTM(64, returnState: true).ApplyAll(source);            // output, h, c
        SymbolicTensor decoded = new LSTM(64, returnSequences: true).Apply(target, encoded[1], encoded[2]);
        var model = new Model([source, target], [new Dense(8).Apply(decoded)]);
        #endregion

        Assert.That(model.OutputShapes.Single(), Is.EqualTo(Shape.Create([9, 8])));
    }

    [Test]
    public void A_mask_is_given_by_hand()
    {
        var lstm = new LSTM(4);

        #region doc-recurrent-mask
        Tensor x = Tensor.Ones([2, 3, 5]);
        Tensor counts = Tensor.From<bool>([true, true, true, true, false, false], [2, 3]);      // the second has one step
        Tensor y = lstm.Apply(x.WithMask(counts));
        #endregion

        Assert.That(y[1].ToArray<float>(), Is.EqualTo(lstm.Apply(x[.., ..1])[1].ToArray<float>()).Within(1e-6));
    }

    [Test]
    public void A_stream_is_learned_window_by_window()
    {
        #region doc-recurrent-stream
        const int Streams = 16, Steps = 20;
        var model = new Sequential(new Input(Steps, 1), new LSTM(8, returnSequences: true, stateful: true), new Dense(1));
        model.Compile(new Adam(0.01) { GlobalClipNorm = 5 }, new MeanSquaredError());
        Tensor series = Tensor.Arange(0, 201, 1).Reshape(1, 201, 1).BroadcastTo([Streams, 201, 1]) * 0.3;
        for (int epoch = 0; epoch < 2; epoch++)
        {
            model.ResetStates();
            for (int start = 0; start + Steps < 201; start += Steps)
                model.TrainOnBatch(series[.., start..(start + Steps)].Sin(), series[.., (start + 1)..(start + Steps + 1)].Sin());
        }
        #endregion

        Assert.That(model.Step, Is.EqualTo(20));
    }

    [Test]
    public void A_cell_of_ones_own()
    {
        var layer = new Bidirectional(new RNN(new LeakyCell(4, 0.9), returnSequences: true));
        Assert.That(layer.Apply(Tensor.Ones([2, 5, 3])).Shape, Is.EqualTo(Shape.Create([2, 5, 8])));
        Assert.That(GradientCheck.Layer(new RNN(new LeakyCell(2, 0.9)), [2, 3, 2]).MaxError, Is.LessThan(1e-7));
    }

    [Test]
    public void The_flow_of_gradients_is_measured()
    {
        using var folder = new TemporaryFolder();
        (Tensor x, Tensor y) = (Tensor.Ones([4, 30, 2]), Tensor.Zeros([4, 8]));

        #region doc-gradient-flow
        var model = new Sequential(new Input(30, 2), new SimpleRNN(8, recurrentInitializer: Initializer.Orthogonal(0.5)));
        model.Compile(new Adam(), new MeanSquaredError());
        GradientFlowReport flow = GradientFlow.Measure(model, (x, y));
        Console.WriteLine(flow);                                            // a line for each step
        File.WriteAllText(folder["flow.svg"], flow.ToSvg());
        bool learnsEarlySteps = flow.Verdict == GradientFlowVerdict.Healthy;
        #endregion

        Assert.That(learnsEarlySteps, Is.False);
    }

    #region doc-recurrent-cell
    /// <summary>h ← a·h + (1 − a)·tanh(x·W): a leaky average.</summary>
    private sealed class LeakyCell(int units, double a) : RecurrentCell
    {
        private Variable? kernel;

        public override IReadOnlyList<int> StateSizes => [units];

        protected override void Build(Shape inputShape) => kernel = AddWeight("kernel", [inputShape[0], units], Initializer.GlorotUniform);

        protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training)
        {
            Tensor h = a * states[0] + (1 - a) * x.MatMul(kernel!).Tanh();
            return (h, [h]);
        }
    }
    #endregion
}
