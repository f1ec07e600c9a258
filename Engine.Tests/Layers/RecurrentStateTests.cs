using Engine.Layers;
using Engine.Models;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>States given, learned, returned and carried; cells of one's own; what is refused.</summary>
public class RecurrentStateTests
{
    private static readonly (string Name, Func<bool, RecurrentLayer> Make)[] Layers =
    [
        ("simple", stateful => new SimpleRNN(3, returnSequences: true, returnState: true, stateful: stateful)),
        ("lstm", stateful => new LSTM(3, returnSequences: true, returnState: true, stateful: stateful)),
        ("gru", stateful => new GRU(3, returnSequences: true, returnState: true, stateful: stateful)),
    ];

    [TestCaseSource(nameof(Layers))]
    public void A_sequence_in_two_parts_is_the_sequence((string Name, Func<bool, RecurrentLayer> Make) given)
    {
        RecurrentLayer layer = given.Make(false);
        Tensor x = Normal([2, 6, 4]);
        Tensor[] whole = layer.ApplyAll([x]), first = layer.ApplyAll([x[.., ..2]]), second = layer.ApplyAll([x[.., 2..], .. first[1..]]);
        AssertClose(Tensor.Concat([first[0], second[0]], 1), whole[0].Shape, whole[0].ToArray<double>());
        for (int i = 1; i < whole.Length; i++) AssertClose(second[i], whole[i].Shape, whole[i].ToArray<double>());
    }

    [TestCaseSource(nameof(Layers))]
    public void A_stateful_layer_carries_its_states_until_they_are_reset((string Name, Func<bool, RecurrentLayer> Make) given)
    {
        RecurrentLayer layer = given.Make(true);
        Tensor x = Normal([2, 6, 4]);
        double[] whole = layer.ApplyAll([x])[0].ToArray<double>();
        layer.ResetStates();
        Tensor y = Tensor.Concat([layer.ApplyAll([x[.., ..2]])[0], layer.ApplyAll([x[.., 2..3]])[0], layer.ApplyAll([x[.., 3..]])[0]], 1);
        AssertClose(y, y.Shape, whole);
        Assert.That(layer.ApplyAll([x])[0].ToArray<double>(), Is.Not.EqualTo(whole));
        layer.ResetStates();
        Assert.That(layer.ApplyAll([x])[0].ToArray<double>(), Is.EqualTo(whole));
    }

    [Test]
    public void A_stateful_layer_takes_no_gradient_from_the_batch_before()
    {
        var layer = new LSTM(3, stateful: true);
        Tensor x = Normal([2, 6, 4]);
        layer.Apply(x[.., ..3]);
        var reading = new RNN(layer.Cell, returnState: true);
        Tensor[] states = [.. reading.ApplyAll([x[.., ..3]])[1..].Select(state => state.Detach())];
        Tensor[] wanted, actual;
        using (var tape = new GradientTape())
        {
            Tensor loss = reading.ApplyAll([x[.., 3..], .. states])[0].Square().Sum();
            wanted = [.. tape.Gradients(loss, layer.TrainableVariables).Select(pair => pair.Gradient!.Detach())];
        }

        using (var tape = new GradientTape())
        {
            actual = [.. tape.Gradients(layer.Apply(x[.., 3..]).Square().Sum(), layer.TrainableVariables).Select(pair => pair.Gradient!.Detach())];
        }

        Assert.That(actual, Has.Length.EqualTo(3));
        for (int i = 0; i < 3; i++) AssertClose(actual[i], wanted[i].Shape, Values(wanted[i]));
    }

    [Test]
    public void Learned_initial_states_begin_at_0_and_have_gradients()
    {
        var layer = new LSTM(3, learnedInitialState: true);
        Tensor x = Normal([2, 4, 2]);
        double[] zero = layer.Apply(x).ToArray<double>();
        Assert.That(layer.Variables.Select(variable => variable.Name),
            Is.EqualTo(new[] { "lstm/initial_state_0", "lstm/initial_state_1", "lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel", "lstm/lstm_cell/bias" }));
        layer.Variables[0].Assign(Tensor.From<double>([0.5, -1, 2]));
        layer.Variables[1].Assign(Tensor.From<double>([1, 2, -0.5]));
        Tensor h = Tensor.From<double>([0.5, -1, 2, 0.5, -1, 2], [2, 3]), c = Tensor.From<double>([1, 2, -0.5, 1, 2, -0.5], [2, 3]);
        double[] learned = layer.Apply(x).ToArray<double>();
        Assert.That(learned, Is.EqualTo(layer.Apply(x, h, c).ToArray<double>()).And.Not.EqualTo(zero));
        Assert.That(layer.Apply(x, Tensor.ZerosLike(h), Tensor.ZerosLike(c)).ToArray<double>(), Is.EqualTo(zero), "given states come before learned ones");
    }

    [Test]
    public void A_functional_model_hands_states_from_an_encoder_to_a_decoder()
    {
        SymbolicTensor source = SymbolicTensor.Input(5, 2), target = SymbolicTensor.Input(3, 2);
        var encoder = new LSTM(4, returnState: true);
        SymbolicTensor[] encoded = encoder.ApplyAll(source);
        var decoder = new LSTM(4, returnSequences: true, returnState: true);
        SymbolicTensor[] decoded = decoder.ApplyAll(target, encoded[1], encoded[2]);
        var model = new Model([source, target], [new Dense(2).Apply(decoded[0]), decoded[2]]);
        Assert.That(model.OutputShapes, Is.EqualTo(new[] { Shape.Create([3, 2]), Shape.Create([4]) }));
        Tensor x = Normal([2, 5, 2], DType.Float32), y = Normal([2, 3, 2], DType.Float32, 2);
        Tensor[] states = encoder.ApplyAll([x]), wanted = decoder.ApplyAll([y, states[1], states[2]]);
        Tensor[] actual = model.ApplyAll([x, y]);
        Assert.That(actual[1].ToArray<float>(), Is.EqualTo(wanted[2].ToArray<float>()));
        Assert.That(model.PredictAll([x, y])[1].ToArray<float>(), Is.EqualTo(wanted[2].ToArray<float>()));
        Assert.That(model.Summary(), Does.Match(@"lstm \(LSTM\) +\[4\], \[4\], \[4\] +112 +480\n"));
        // A model of several outputs stands in another one like any layer.
        SymbolicTensor[] outer = model.ApplyAll(source, target);
        Assert.That(new Model([source, target], [outer[1]]).Apply(x, y).ToArray<float>(), Is.EqualTo(wanted[2].ToArray<float>()));
    }

    [Test]
    public void A_cell_of_ones_own_has_masks_directions_and_states()
    {
        Tensor x = Tensor.From<double>([1, 2, 3, 4, 5, 6], [2, 3, 1]), mask = Tensor.From<bool>([true, true, false, false, true, true], [2, 3]);
        Tensor[] sums = new RNN(new RunningSum(), returnSequences: true, returnState: true).ApplyAll([x.WithMask(mask)]);
        AssertClose(sums[0], [2, 3, 1], [1, 3, 3, 0, 5, 11]);
        AssertClose(sums[1], [2, 1], [3, 11]);
        AssertClose(new RNN(new RunningSum(), returnSequences: true, goBackwards: true).Apply(x), [2, 3, 1], [3, 5, 6, 6, 11, 15]);
        AssertClose(new RNN(new RunningSum()).Apply(x, Tensor.From<double>([10, 20], [2, 1])), [2, 1], [16, 35]);
        var both = new Bidirectional(new RNN(new RunningSum(), returnSequences: true));
        AssertClose(both.Apply(x.WithMask(mask)), [2, 3, 2], [1, 3, 3, 2, 3, 0, 0, 11, 5, 11, 11, 6]);
        Assert.That(new RNN(new RunningSum()).OutputShape([3, 1]), Is.EqualTo(Shape.Create([1])));
    }

    [Test]
    public void A_cell_with_layers_inside_makes_its_own_copy()
    {
        Tensor x = Normal([2, 3, 4]);
        var both = new Bidirectional(new RNN(new Nested(copies: true), returnSequences: true));
        Assert.That(both.Apply(x).Shape, Is.EqualTo(Shape.Create([2, 3, 4])));
        Assert.That(both.Variables, Has.Count.EqualTo(4));
        Assert.That(both.Variables[0].ToArray<double>(), Is.Not.EqualTo(both.Variables[2].ToArray<double>()));
    }

    [Test]
    public void A_reading_loop_gives_what_the_layers_give()
    {
        Tensor x = Normal([3, 5, 2]);
        var layer = new LSTM(4, returnSequences: true);
        AssertClose(new RNN(layer.Cell, returnSequences: true).Apply(x), [3, 5, 4], layer.Apply(x).ToArray<double>());
    }

    [Test]
    public void Dropout_has_one_mask_a_sequence_and_spares_what_is_carried()
    {
        var layer = new RNN(new Passing(0.5, 0), returnSequences: true);
        Tensor x = Tensor.Ones([4, 6, 8], DType.Float64);
        Tensor y = layer.Apply(x, training: true), again = layer.Apply(x, training: true);
        Assert.That(Values(y), Is.EquivalentTo(Values(y).Select(value => value == 0 ? 0 : 2.0)).And.Contains(0.0).And.Contains(2.0));
        for (int t = 1; t < 6; t++) Assert.That(Values(y[.., t]), Is.EqualTo(Values(y[.., 0])), "one mask for all steps");
        Assert.That(Values(again), Is.Not.EqualTo(Values(y)), "another for another sequence");
        Assert.That(Values(layer.Apply(x)), Is.All.EqualTo(1), "none outside training");
        var carried = new GRU(8, recurrentDropout: 0.5, biasInitializer: Initializer.Constant(-50));
        Tensor h = Tensor.Ones([4, 8], DType.Float64);
        // z = 0: the old state is carried on as it is.
        Tensor kept = carried.Apply([x, h], training: true);
        AssertClose(kept, [4, 8], Values(h));
    }

    [Test]
    public void First_values_are_those_of_Keras()
    {
        var lstm = new LSTM(4);
        lstm.Apply(Tensor.Zeros([1, 2, 3]));
        Assert.That(lstm.Cell.Kernel.Shape, Is.EqualTo(Shape.Create([3, 16])));
        Assert.That(lstm.Cell.RecurrentKernel.Shape, Is.EqualTo(Shape.Create([4, 16])));
        Assert.That(lstm.Cell.Bias!.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 }));
        Tensor square = lstm.Cell.RecurrentKernel.MatMul(lstm.Cell.RecurrentKernel, transposeB: true);
        Assert.That(square.ToArray<float>(), Is.EqualTo(Tensor.Eye(4).ToArray<float>()).Within(1e-6), "orthogonal over the whole matrix");
        var plain = new LSTM(4, unitForgetBias: false);
        plain.Apply(Tensor.Zeros([1, 2, 3]));
        Assert.That(plain.Cell.Bias!.ToArray<float>(), Is.All.Zero);
        var gru = new GRU(4, resetAfter: true);
        gru.Apply(Tensor.Zeros([1, 2, 3]));
        Assert.That(gru.Cell.Bias!.Shape, Is.EqualTo(Shape.Create([2, 12])));
        Assert.That(new GRU(4).Cell.ResetAfter, Is.False);
    }

    [Test]
    public void Regularizers_and_constraints_reach_the_weights()
    {
        var layer = new SimpleRNN(2, kernelRegularizer: new L2(0.5), recurrentRegularizer: new L1(0.25), biasRegularizer: new L2(1),
            kernelConstraint: new NonNegative(), kernelInitializer: Initializer.Constant(-2), recurrentInitializer: Initializer.Ones,
            biasInitializer: Initializer.Constant(3), activityRegularizer: new L1(2));
        var x = Tensor.Ones([2, 3, 1]);
        using var terms = new LossTerms();
        Tensor y = layer.Apply(x);
        Assert.That(layer.WeightPenalty()!.ToScalar(), Is.EqualTo(0.5 * 8 + 0.25 * 4 + 18).Within(1e-6));
        Assert.That(terms.Sum()!.ToScalar(), Is.EqualTo(2 * Values(y).Sum(Math.Abs) / 2).Within(1e-5));
        layer.Cell.Kernel.Constrain();
        Assert.That(layer.Cell.Kernel.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Bad_inputs_are_named()
    {
        Tensor x = Tensor.Zeros([2, 3, 4]);
        Errors.Assert<ShapeException>(() => new LSTM(2).Apply(Tensor.Zeros([2, 0, 4])), "LSTM \"lstm\"", "a sequence of length 0", "at least one step");
        Errors.Assert<ShapeException>(() => new RNN(new GRUCell(2)).Apply(Tensor.Zeros([2, 0, 4])), "RNN \"rnn\"", "a sequence of length 0");
        Errors.Assert<ShapeException>(() => new Bidirectional(new LSTM(2)).Apply(Tensor.Zeros([2, 0, 4])), "Bidirectional", "a sequence of length 0");
        Errors.Assert<ShapeException>(() => new LSTM(2).Apply(Tensor.Zeros([2, 3, 0])), "no features");
        Errors.Assert<ShapeException>(() => new LSTM(2).Apply(Tensor.Zeros([2, 3])), "[batch, steps, features]");
        Errors.Assert<DTypeException>(() => new LSTM(2).Apply(Tensor.Zeros([2, 3, 4], DType.Int32)), "Int32", "Cast");
        var built = new GRU(2);
        built.Apply(x);
        Errors.Assert<ShapeException>(() => built.Apply(Tensor.Zeros([2, 3, 5])), "GRU \"gru\"", "5 features", "built for 4");
        Errors.Assert<ShapeException>(() => new LSTM(2).Apply(x, Tensor.Zeros([2, 2])), "1 initial states, where 2 are wanted");
        Errors.Assert<ShapeException>(() => new GRU(2).Apply(x, Tensor.Zeros([2, 3])), "initial state 0", "[batch, 3]", "[batch, 2]");
        Errors.Assert<ShapeException>(() => new GRU(2).Apply(x, Tensor.Zeros([1, 2])), "2 and 1 samples");
        Errors.Assert<ModelException>(() => new LSTM(2, returnState: true).Apply(x), "3 outputs", "ApplyAll");
        Errors.Assert<ModelException>(() => new LSTM(2, returnState: true).Apply(SymbolicTensor.Input(3, 4)), "3 outputs", "ApplyAll");
        Errors.Assert<ShapeException>(() => x.WithMask(Tensor.Zeros([2, 4]).Cast(DType.Bool)), "a mask of shape [2, 4]", "[2, 3, 4]");
        Errors.Assert<ShapeException>(() => x.WithMask(Tensor.Zeros([]).Cast(DType.Bool)), "a mask of shape []");
        Errors.Assert<DTypeException>(() => x.WithMask(Tensor.Zeros([2, 3])), "a mask of type Float32");
        Errors.Assert<ShapeException>(() => new LSTM(2).Apply(x.WithMask(Tensor.Zeros([2]).Cast(DType.Bool))), "LSTM", "a mask of shape [2]", "each sample and step");
        var stateful = new LSTM(2, stateful: true);
        stateful.Apply(x);
        Errors.Assert<ShapeException>(() => stateful.Apply(Tensor.Zeros([1, 3, 4])), "a batch of 1 samples", "states of 2", "ResetStates");
        Errors.Assert<ShapeException>(() => stateful.Apply(Tensor.Zeros([5, 3, 4])), "a batch of 5 samples", "states of 2", "ResetStates");
        stateful.ResetStates();
        Assert.That(stateful.Apply(Tensor.Zeros([5, 3, 4])).Shape[0], Is.EqualTo(5));
        Errors.Assert<ValueException>(() => new LSTM(0), "LSTMCell", "units is 0");
        Errors.Assert<ValueException>(() => new LSTM(2, dropout: 1), "dropout is 1");
        Errors.Assert<ValueException>(() => new SimpleRNN(2, recurrentDropout: -0.1), "recurrentDropout is -0.1");
        Errors.Assert<ValueException>(() => new LSTM(2, variant: LstmVariant.Cellless, peephole: true), "peephole", "Cellless");
        Errors.Assert<ValueException>(() => new LSTM(2, variant: LstmVariant.Cellless, layerNormalization: true), "layerNormalization", "Cellless");
        Errors.Assert<ValueException>(() => new LSTM(2, variant: (LstmVariant)9), "variant is 9");
        Errors.Assert<ValueException>(() => new GRU(2, variant: (GruVariant)9), "variant is 9");
        Errors.Assert<ShapeException>(() => new LSTMCell(2).Apply(x), "LSTMCell", "[batch, features]");
        Errors.Assert<ShapeException>(() => new GRUCell(2).Step(Tensor.Zeros([2, 3]), []), "0 states, where 1 are wanted", "InitialState");
    }

    [Test]
    public void Bad_directions_are_named()
    {
        Errors.Assert<ValueException>(() => new Bidirectional(new LSTM(2, goBackwards: true)), "goes backwards");
        Errors.Assert<ValueException>(() => new Bidirectional(new LSTM(2), backwardLayer: new LSTM(2)), "goes forwards", "goBackwards: true");
        Errors.Assert<ValueException>(() => new Bidirectional(new LSTM(2), backwardLayer: new LSTM(2, returnSequences: true, goBackwards: true)), "differ");
        Errors.Assert<ValueException>(() => new Bidirectional(new LSTM(2), (BidirectionalMerge)9), "mergeMode is 9");
        Tensor x = Tensor.Zeros([2, 3, 4]);
        Errors.Assert<ShapeException>(() => new Bidirectional(new LSTM(2), BidirectionalMerge.Sum, new LSTM(3, goBackwards: true)).Apply(x), "outputs of 2 and 3", "Concat");
        Errors.Assert<ShapeException>(() => new Bidirectional(new LSTM(2)).Apply(x, Tensor.Zeros([2, 2])), "1 initial states, where 4 are wanted");
        Errors.Assert<ModelException>(() => new Bidirectional(new LSTM(2), BidirectionalMerge.None).Apply(x), "2 outputs", "ApplyAll");
        Errors.Assert<ModelException>(() => new Bidirectional(new RNN(new Nested(copies: false))), "layers inside it", "override Copy", "backwardLayer");
    }

    [Test]
    public void Both_directions_meet_at_every_step()
    {
        Tensor x = Normal([2, 4, 3]);
        foreach (BidirectionalMerge merge in Enum.GetValues<BidirectionalMerge>())
        {
            var both = new Bidirectional(new GRU(2, returnSequences: true, returnState: true), merge);
            Tensor[] outputs = both.ApplyAll([x]), forward = both.ForwardLayer.ApplyAll([x]), backward = both.BackwardLayer.ApplyAll([x]);
            Assert.That(both.AllOutputShapes([x.Shape.Remove(0)]), Is.EqualTo(outputs.Select(y => y.Shape.Remove(0))));
            AssertClose(outputs[^2], [2, 2], Values(forward[1]));
            AssertClose(outputs[^1], [2, 2], Values(backward[1]));
            // The backward layer's last output, of the first step, is its state.
            AssertClose(backward[1], [2, 2], Values(backward[0][.., 3]));
            Tensor turned = backward[0].Flip(1);
            Tensor wanted = merge switch
            {
                BidirectionalMerge.Concat => Tensor.Concat([forward[0], turned], -1),
                BidirectionalMerge.Sum => forward[0] + turned,
                BidirectionalMerge.Multiply => forward[0] * turned,
                BidirectionalMerge.Average => (forward[0] + turned) / 2,
                _ => forward[0],
            };
            AssertClose(outputs[0], wanted.Shape, Values(wanted));
            if (merge == BidirectionalMerge.None) AssertClose(outputs[1], turned.Shape, Values(turned));
            Assert.That(both.MultiplyAdds([4, 3]), Is.EqualTo(2 * 4 * (3 + 2) * 6));
        }

        var named = new Bidirectional(new LSTM(2, name: "reader"));
        named.Apply(x);
        Assert.That(named.Variables.Select(variable => variable.Name),
            Does.Contain("bidirectional/reader/lstm_cell/kernel").And.Contain("bidirectional/backward_reader/lstm_cell/kernel"));
        Assert.That(named.ForwardLayer.Variables[0].ToArray<double>(), Is.Not.EqualTo(named.BackwardLayer.Variables[0].ToArray<double>()));
    }

    [Test]
    public void Both_directions_carry_the_mask_where_they_give_every_step([Values] bool sequences, [Values] bool apart)
    {
        Tensor x = Normal([2, 4, 3]), mask = Tensor.From<double>([1, 1, 1, 0, 1, 0, 0, 0], [2, 4]).Cast(DType.Bool);
        var both = new Bidirectional(new GRU(2, returnSequences: sequences), apart ? BidirectionalMerge.None : BidirectionalMerge.Concat);
        Tensor[] outputs = both.ApplyAll([x.WithMask(mask)]);
        Assert.That(outputs, Has.Length.EqualTo(apart ? 2 : 1));
        Assert.That(both.AllOutputShapes([[4, 3]]), Is.EqualTo(outputs.Select(y => y.Shape.Remove(0))));
        foreach (Tensor output in outputs) Assert.That(output.Mask?.ToArray<bool>(), Is.EqualTo(sequences ? mask.ToArray<bool>() : null));
        Tensor forward = both.ForwardLayer.Apply(x.WithMask(mask)), backward = both.BackwardLayer.Apply(x.WithMask(mask));
        if (sequences) backward = backward.Flip(1);
        Tensor[] wanted = apart ? [forward, backward] : [Tensor.Concat([forward, backward], -1)];
        for (int i = 0; i < wanted.Length; i++) AssertClose(outputs[i], wanted[i].Shape, Values(wanted[i]));
        Tensor single = new GRU(2, returnSequences: sequences).Apply(x.WithMask(mask));
        Assert.That(single.Mask?.ToArray<bool>(), Is.EqualTo(sequences ? mask.ToArray<bool>() : null));
    }

    [Test]
    public void Resetting_a_layer_resets_those_inside_it()
    {
        var both = new Bidirectional(new GRU(2, stateful: true));
        Tensor x = Normal([2, 4, 3]);
        double[] first = Values(both.Apply(x)), next = Values(both.Apply(x));
        Assert.That(next, Is.Not.EqualTo(first));
        both.ResetStates();
        Assert.That(Values(both.Apply(x)), Is.EqualTo(first));
    }

    /// <summary>The sum of what came so far.</summary>
    private sealed class RunningSum : RecurrentCell
    {
        public override IReadOnlyList<int> StateSizes => [1];

        protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training) =>
            (x + states[0], [x + states[0]]);
    }

    /// <summary>Gives its input, with dropout.</summary>
    private sealed class Passing(double dropout, double recurrentDropout) : RecurrentCell(dropout, recurrentDropout)
    {
        public override IReadOnlyList<int> StateSizes => [8];

        protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training) =>
            (DropInput(x, training), [DropState(states[0], training)]);
    }

    /// <summary>A cell with a layer inside.</summary>
    private sealed class Nested : RecurrentCell
    {
        private readonly Dense dense;
        private readonly bool copies;

        public Nested(bool copies)
        {
            dense = AddLayer(new Dense(2));
            this.copies = copies;
        }

        public override IReadOnlyList<int> StateSizes => [2];

        public override RecurrentCell Copy() => copies ? new Nested(copies) : base.Copy();

        protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training)
        {
            Tensor h = dense.Apply(x, training) + states[0];
            return (h, [h]);
        }
    }
}
