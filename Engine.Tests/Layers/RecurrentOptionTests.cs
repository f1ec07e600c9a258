using Engine.Layers;
using static Engine.Tests.Layers.RecurrentFormulas;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Each option of a recurrent layer reaches what it is for, and nothing else.</summary>
public class RecurrentOptionTests
{
    private static readonly Func<Rules, RecurrentLayer>[] Ruled =
    [
        r => new SimpleRNN(2, kernelInitializer: r.Values[0], recurrentInitializer: r.Values[1], biasInitializer: r.Values[2],
            kernelRegularizer: r.Penalties[0], recurrentRegularizer: r.Penalties[1], biasRegularizer: r.Penalties[2],
            kernelConstraint: r.Limits[0], recurrentConstraint: r.Limits[1], biasConstraint: r.Limits[2]),
        r => new LSTM(2, kernelInitializer: r.Values[0], recurrentInitializer: r.Values[1], biasInitializer: r.Values[2], unitForgetBias: false,
            kernelRegularizer: r.Penalties[0], recurrentRegularizer: r.Penalties[1], biasRegularizer: r.Penalties[2],
            kernelConstraint: r.Limits[0], recurrentConstraint: r.Limits[1], biasConstraint: r.Limits[2]),
        r => new GRU(2, kernelInitializer: r.Values[0], recurrentInitializer: r.Values[1], biasInitializer: r.Values[2],
            kernelRegularizer: r.Penalties[0], recurrentRegularizer: r.Penalties[1], biasRegularizer: r.Penalties[2],
            kernelConstraint: r.Limits[0], recurrentConstraint: r.Limits[1], biasConstraint: r.Limits[2]),
    ];

    private static readonly Func<double, double, (RecurrentLayer Layer, RecurrentCell Cell)>[] Dropping =
    [
        (input, state) => (new SimpleRNN(9, dropout: input, recurrentDropout: state, returnSequences: true, name: "r"),
            new SimpleRNNCell(9, dropout: input, recurrentDropout: state)),
        (input, state) => (new LSTM(9, dropout: input, recurrentDropout: state, returnSequences: true, name: "r"),
            new LSTMCell(9, dropout: input, recurrentDropout: state)),
        (input, state) => (new GRU(9, dropout: input, recurrentDropout: state, returnSequences: true, name: "r"),
            new GRUCell(9, dropout: input, recurrentDropout: state)),
    ];

    [Test]
    public void Initializers_regularizers_and_constraints_reach_their_own_weights([Values(0, 1, 2)] int layer, [Values(0, 1, 2)] int which)
    {
        double[] first = [-2, -3, -5];
        var rules = new Rules(
            [.. first.Select(value => Initializer.Constant(value))],
            [.. Enumerable.Range(0, 3).Select(i => i == which ? new L1(0.5) : null)],
            [.. Enumerable.Range(0, 3).Select(i => i == which ? new NonNegative() : null)]);
        RecurrentLayer made = Ruled[layer](rules);
        made.Apply(Tensor.Ones([2, 3, 4]));
        var cell = (KernelCell)made.Cell;
        Variable[] weights = [cell.Kernel, cell.RecurrentKernel, cell.Bias!];
        for (int i = 0; i < 3; i++) Assert.That(Values(weights[i]), Is.All.EqualTo(first[i]));
        Assert.That(made.WeightPenalty()!.ToScalar(), Is.EqualTo(-0.5 * first[which] * weights[which].Length).Within(1e-4));
        foreach (Variable weight in weights) weight.Constrain();
        for (int i = 0; i < 3; i++) Assert.That(Values(weights[i]), Is.All.EqualTo(i == which ? 0 : first[i]));
    }

    [Test]
    public void Inputs_and_states_are_dropped_at_their_own_rates([Values(0, 1, 2)] int layer, [Values(0, 0.7)] double input)
    {
        double state = input > 0 ? 0 : 0.7;
        (RecurrentLayer fused, RecurrentCell cell) = Dropping[layer](input, state);
        Tensor x = Normal([4, 5, 6]), dropped = fused.Apply(x, training: true);
        AssertClose(new RNN(cell, returnSequences: true, name: "r").Apply(x, training: true), [4, 5, 9], Values(dropped));
        // The first step has no state to drop.
        double[] plain = Values(fused.Apply(x)[.., 0]), first = Values(dropped[.., 0]);
        if (input > 0) Assert.That(first, Is.Not.EqualTo(plain).Within(1e-3));
        else Assert.That(first, Is.EqualTo(plain).Within(1e-12));
        Assert.That(Values(dropped), Is.Not.EqualTo(Values(fused.Apply(x))).Within(1e-3));
    }

    [Test]
    public void Candidates_and_gates_have_the_activations_that_they_are_given([Values(0, 1, 2)] int form)
    {
        static double Relu(double x) => Math.Max(0, x);
        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
        Initializer some = Initializer.RandomNormal(0, 0.7);
        RecurrentCell cell = form switch
        {
            0 => new LSTMCell(3, Activation.ReLU, Activation.Softplus, biasInitializer: some, peephole: true),
            1 => new LSTMCell(3, Activation.ReLU, Activation.Softplus, biasInitializer: some, variant: LstmVariant.Cellless),
            _ => new GRUCell(3, Activation.ReLU, Activation.Softplus, biasInitializer: some, resetAfter: true),
        };
        Tensor x = Normal([2, 4]);
        Tensor[] states = [.. cell.StateSizes.Select((size, i) => Normal([2, size], seed: (ulong)i + 3))];
        (Tensor y, Tensor[] next) = cell.Step(x, states);
        Step formula = form switch
        {
            0 => Lstm((LSTMCell)cell, Relu, Softplus),
            1 => Cellless((LSTMCell)cell, Relu, Softplus),
            _ => Gru((GRUCell)cell, Relu, Softplus),
        };
        var wanted = Enumerable.Range(0, 2).Select(n => formula(Row(x, n), [.. states.Select(state => Row(state, n))])).ToArray();
        AssertClose(y, [2, 3], Map([2, 3], at => wanted[at[0]].Output[at[1]]));
        for (int i = 0; i < next.Length; i++) AssertClose(next[i], [2, 3], Map([2, 3], at => wanted[at[0]].States[i][at[1]]));
    }

    /// <summary>What W, U and b have.</summary>
    private sealed record Rules(Initializer[] Values, Regularizer?[] Penalties, Constraint?[] Limits);
}
