using Engine.Layers;

namespace Engine.Tests.Gradients;

/// <content>Recurrent cells and layers.</content>
public static partial class GradientRegistry
{
    // Right-padded, left-padded, with a hole, and nothing but padding.
    private static Tensor Padded => Bools([4, 3], true, true, false, false, true, true, true, false, true, false, false, false);

    private static IEnumerable<GradientRow> RecurrentRows() =>
    [
        .. Cells(), .. Lengths(), .. Masked(),
        Of("", () => new RNN(new LSTMCell(2), returnSequences: true), [2, 3, 2]),
        Sequence<RNN>("backwards, learned initial state", () => new RNN(new GRUCell(2), goBackwards: true, learnedInitialState: true), [[2, 3, 2]]),
        Of("softplus, no bias", () => new SimpleRNN(3, Activation.Softplus, useBias: false, returnSequences: true), [2, 3, 2]),
        Of("dropped", () => new SimpleRNN(3, dropout: 0.4, recurrentDropout: 0.3), [3, 4, 2], training: true),
        Of("dropped", () => new LSTM(3, dropout: 0.4, recurrentDropout: 0.3), [3, 3, 2], training: true),
        Of("dropped", () => new GRU(3, dropout: 0.4, recurrentDropout: 0.3), [3, 3, 2], training: true),
        Of("", () => new TimeDistributed(new Dense(2, Activation.Tanh)), [2, 3, 4]),
        Of("", () => new Masking(), [2, 3, 2]),
        Sequence<BatchNormalization>("masked", () => new BatchNormalization(), [[4, 3, 2]], Padded, training: true),
        Sequence<GlobalAveragePooling1D>("masked", () => new GlobalAveragePooling1D(), [[4, 3, 2]], Padded),
        Sequence<LSTM>("recomputed", () => new LSTM(2, returnSequences: true, recomputeEvery: 2), [[2, 5, 2]]),
        Sequence<GRU>("recomputed, masked, backwards", () => new GRU(2, goBackwards: true, recomputeEvery: 1), [[4, 3, 2]], Padded),
        Sequence<SimpleRNN>("recomputed", () => new SimpleRNN(2, recomputeEvery: 3), [[2, 4, 2]]),
        Sequence<Bidirectional>("", () => new Bidirectional(new LSTM(2, returnSequences: true)), [[2, 3, 2]]),
        Sequence<Bidirectional>("sum, masked, states", () => new Bidirectional(
            new GRU(2, returnSequences: true, returnState: true), BidirectionalMerge.Sum), [[4, 3, 2], [4, 2], [4, 2]], Padded, order: 1),
        Sequence<Bidirectional>("product", () => new Bidirectional(new SimpleRNN(2), BidirectionalMerge.Multiply), [[2, 3, 2]]),
        Sequence<Bidirectional>("mean", () => new Bidirectional(new SimpleRNN(2), BidirectionalMerge.Average), [[2, 3, 2]]),
        Sequence<Bidirectional>("apart", () => new Bidirectional(
            new SimpleRNN(2, returnSequences: true), BidirectionalMerge.None), [[2, 3, 2]]),
    ];

    private static IEnumerable<GradientRow> Cells() =>
    [
        Joining("", () => new SimpleRNNCell(3), [2, 2], [2, 3]),
        Joining("normalised", () => new SimpleRNNCell(3, layerNormalization: true), [2, 2], [2, 3]),
        Joining("", () => new LSTMCell(2), [2, 2], [2, 2], [2, 2]),
        Joining("peepholes, normalised", () => new LSTMCell(2, peephole: true, layerNormalization: true), [2, 2], [2, 2], [2, 2]),
        Joining("without a cell", () => new LSTMCell(2, variant: LstmVariant.Cellless), [2, 2], [2, 2]),
        Joining("", () => new GRUCell(2), [2, 2], [2, 2]),
        Joining("reset after", () => new GRUCell(2, resetAfter: true), [2, 2], [2, 2]),
        Joining("reset after, normalised", () => new GRUCell(2, resetAfter: true, layerNormalization: true), [2, 2], [2, 2]),
        Joining("gated carry", () => new GRUCell(2, variant: GruVariant.ResetGatedCarry, useBias: false), [2, 2], [2, 2]),
        Joining("single gate", () => new GRUCell(2, variant: GruVariant.SingleGate), [2, 2], [2, 2]),
        Joining("single gate, reset after", () => new GRUCell(2, variant: GruVariant.SingleGate, resetAfter: true), [2, 2], [2, 2]),
    ];

    /// <summary>Every form over 1 to 7 steps, with initial states, each outcome seen; odd lengths backwards.</summary>
    private static IEnumerable<GradientRow> Lengths()
    {
        for (int length = 1; length <= 7; length++)
        {
            bool back = length % 2 == 1;
            int steps = length;
            foreach ((string form, Type type, int states, Func<bool, Layer> make) in Forms())
            {
                Shape[] shapes = [[2, steps, 2], .. Enumerable.Repeat(Shape.Create([2, 2]), states)];
                yield return Sequence(type, $"{form}{steps} steps{(back ? " backwards" : "")}, initial states", () => make(back), shapes, null,
                    order: length == 2 ? 2 : 1);
            }
        }
    }

    /// <summary>Every form under masks of every kind, in both directions.</summary>
    private static IEnumerable<GradientRow> Masked()
    {
        foreach ((string form, Type type, int states, Func<bool, Layer> make) in Forms())
        {
            Shape[] shapes = [[4, 3, 2], .. Enumerable.Repeat(Shape.Create([4, 2]), states)];
            yield return Sequence(type, $"{form}masked", () => make(false), shapes, Padded, order: 1);
            yield return Sequence(type, $"{form}masked, backwards", () => make(true), [shapes[0]], Padded, order: 1);
        }

        yield return Sequence<LSTM>("masked, zero outputs", () => new LSTM(2, returnSequences: true, zeroOutputForMask: true), [[4, 3, 2]], Padded);
    }

    private static IEnumerable<(string Form, Type Type, int States, Func<bool, Layer> Make)> Forms() =>
    [
        ("", typeof(SimpleRNN), 1, back => new SimpleRNN(2, returnSequences: true, returnState: true, goBackwards: back)),
        ("", typeof(LSTM), 2, back => new LSTM(2, returnSequences: true, returnState: true, goBackwards: back)),
        ("peepholes, ", typeof(LSTM), 2, back => new LSTM(2, peephole: true, returnSequences: true, returnState: true, goBackwards: back)),
        ("without a cell, ", typeof(LSTM), 1, back => new LSTM(
            2, variant: LstmVariant.Cellless, returnSequences: true, returnState: true, goBackwards: back)),
        ("", typeof(GRU), 1, back => new GRU(2, returnSequences: true, returnState: true, goBackwards: back)),
        ("reset after, ", typeof(GRU), 1, back => new GRU(2, resetAfter: true, returnSequences: true, returnState: true, goBackwards: back)),
        ("gated carry, ", typeof(GRU), 1, back => new GRU(
            2, variant: GruVariant.ResetGatedCarry, returnSequences: true, returnState: true, goBackwards: back)),
        ("single gate, ", typeof(GRU), 1, back => new GRU(
            2, variant: GruVariant.SingleGate, returnSequences: true, returnState: true, goBackwards: back)),
    ];

    private static GradientRow Sequence<TLayer>(string name, Func<Layer> layer, Shape[] shapes, Tensor? mask = null, int order = 2, bool training = false)
        where TLayer : Layer => Sequence(typeof(TLayer), name, layer, shapes, mask, order, training);

    private static GradientRow Sequence(
        Type type, string name, Func<Layer> layer, Shape[] shapes, Tensor? mask, int order, bool training = false)
    {
        var random = new RandomGenerator(seed: 11);
        Tensor[] inputs = [.. shapes.Select(shape => GradientRow.Values(Draw.Normal, shape, random))];
        return new(type.Name, t => t[0], [])
        {
            Case = name,
            Order = order,
            Check = degree => GradientCheck.Layer(new WholeSequence(layer(), mask), inputs, new RandomGenerator(seed: 5), training, degree),
        };
    }
}
