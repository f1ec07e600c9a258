using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>A sequence has one mask for its inputs and one for its states; a step of a cell alone has its own.</summary>
public class CellDropoutTests
{
    private static readonly Func<RecurrentCell, Func<Tensor, Tensor>>[] Runs =
    [
        cell =>
        {
            var layer = new RNN(cell, returnSequences: true);
            return x => layer.Apply(x, training: true);
        },
        cell =>
        {
            // A memory of ones gives a context of ones.
            var layer = new AttentionRNN(cell, new AdditiveAttention(units: 2));
            return x => layer.ApplyAll([x[.., .., ..4], Tensor.Ones([x.Shape[0], 3, 4], x.DType)], training: true)[0];
        },
    ];

    [TestCase(0)]
    [TestCase(1)]
    public void One_mask_a_sequence(int run)
    {
        var cell = new Showing(0.5, 0.75);
        Func<Tensor, Tensor> sequence = Runs[run](cell);
        Tensor x = Tensor.Ones([5, 4, 8], DType.Float64), y = sequence(x), again = sequence(x);
        double[] inputs = Values(y[.., .., ..8]), states = Values(y[.., .., 8..]);
        Assert.That(inputs.Distinct().Order(), Is.EqualTo(new[] { 0.0, 2 }));
        Assert.That(states.Distinct().Order(), Is.EqualTo(new[] { 0.0, 4 }));
        Assert.That(inputs.Select(value => value > 0), Is.Not.EqualTo(states.Select(value => value > 0)), "masks of their own");
        for (int t = 1; t < 4; t++) Assert.That(Values(y[.., t]), Is.EqualTo(Values(y[.., 0])), "one mask for all steps");
        Assert.That(Values(again), Is.Not.EqualTo(Values(y)), "others for another sequence");
        AssertStepsDiffer(cell, x[.., 0], Tensor.Ones([5, 8], DType.Float64));
    }

    [Test]
    public void A_sequence_in_one_operation_leaves_its_cell_as_it_was([Values] bool followed)
    {
        var layer = new GRU(8, dropout: 0.5, recurrentDropout: 0.5);
        Tensor x = Tensor.Ones([5, 3, 8], DType.Float64);
        layer.Apply(x, training: true);
        if (followed)
        {
            // Second derivatives take the cell step by step.
            using var outer = new GradientTape();
            outer.Watch(x);
            using var inner = new GradientTape();
            inner.Watch(x);
            outer.Gradient(inner.Gradient(layer.Apply(x, training: true).Square().Sum(), x).Sum(), x);
        }

        AssertStepsDiffer(layer.Cell, x[.., 0], Tensor.Ones([5, 8], DType.Float64));
    }

    [Test]
    public void Nothing_is_dropped_outside_training_or_at_a_rate_of_0([Values] bool training)
    {
        var cell = new Showing(training ? 0 : 0.5, training ? 0 : 0.5);
        Tensor x = Tensor.Ones([5, 4, 8], DType.Float64);
        Assert.That(Values(new RNN(cell, returnSequences: true).Apply(x, training)), Is.All.EqualTo(1));
        Assert.That(Values(cell.Step(x[.., 0], [Tensor.Ones([5, 8], DType.Float64)], training).Output), Is.All.EqualTo(1));
    }

    [TestCase(0.5, 0)]
    [TestCase(0, 0.5)]
    public void Each_rate_is_for_its_own(double dropout, double recurrentDropout)
    {
        Tensor y = new RNN(new Showing(dropout, recurrentDropout)).Apply(Tensor.Ones([5, 4, 8], DType.Float64), training: true);
        Assert.That(Values(y[.., ..8]).Contains(0), Is.EqualTo(dropout > 0));
        Assert.That(Values(y[.., 8..]).Contains(0), Is.EqualTo(recurrentDropout > 0));
    }

    [Test]
    public void A_cell_may_be_given_its_states_or_not()
    {
        var cell = new SimpleRNNCell(3);
        Tensor x = Normal([2, 4]), h = Normal([2, 3]);
        AssertClose(cell.Apply(x), [2, 3], Values(cell.Step(x, cell.InitialState(2)).Output));
        AssertClose(cell.Apply([x, h]), [2, 3], Values(cell.Step(x, [h]).Output));
    }

    [Test]
    public void A_gate_has_the_activation_that_it_is_given()
    {
        Tensor x = Normal([2, 3, 4]);
        Activation same = Activation.Custom("same", value => value.Sigmoid());
        foreach (Func<Activation?, RecurrentLayer> make in (Func<Activation?, RecurrentLayer>[])
            [gate => new LSTM(5, recurrentActivation: gate, name: "r"), gate => new GRU(5, recurrentActivation: gate, name: "r")])
        {
            double[] plain = Values(make(null).Apply(x));
            Assert.That(Values(make(same).Apply(x)), Is.EqualTo(plain).Within(1e-12));
            Assert.That(Values(make(Activation.LeakyReLU(0.5)).Apply(x)), Is.Not.EqualTo(plain).Within(1e-3));
        }
    }

    private static void AssertStepsDiffer(RecurrentCell cell, Tensor x, Tensor state)
    {
        double[] first = Values(cell.Step(x, [state], training: true).Output), second = Values(cell.Step(x, [state], training: true).Output);
        Assert.That(second, Is.Not.EqualTo(first), "each step alone draws anew");
    }

    /// <summary>Its output is what remains of its input and of ones in place of its state.</summary>
    private sealed class Showing(double dropout, double recurrentDropout) : RecurrentCell(dropout, recurrentDropout)
    {
        public override IReadOnlyList<int> StateSizes => [8];

        public override int OutputSize => 16;

        protected override (Tensor Output, Tensor[] States) Call(Tensor x, IReadOnlyList<Tensor> states, bool training) =>
            (Tensor.Concat([DropInput(x, training), DropState(Tensor.OnesLike(states[0]), training)], 1), [states[0]]);
    }
}
