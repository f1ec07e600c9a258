using Engine.Data;
using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Gradients;

/// <content>Attention.</content>
public static partial class GradientRegistry
{
    // Right-padded, left-padded, with a hole, and nothing but padding.
    private static Tensor PaddedValues => Bools([4, 3], true, true, false, false, true, true, true, false, true, false, false, false);

    private static Tensor PaddedQueries => Bools([4, 2], true, false, true, true, false, true, true, true);

    private static IEnumerable<GradientRow> AttentionRows() =>
    [
        Attending<Attention>("", () => new Attention(), [2, 3, 4], [2, 5, 4]),
        Attending<Attention>("scaled, causal, keys, scores", () => new Attention(
            useScale: true, useCausalMask: true, returnAttentionScores: true), [2, 3, 4], [2, 3, 2], [2, 3, 4]),
        Attending<Attention>("concatenating, masked", () => new Attention(useScale: true, AttentionScoreMode.Concat), [4, 2, 3], [4, 3, 3]),
        Attending<Attention>("dropped", () => new Attention(dropout: 0.3), [4, 2, 3], [4, 3, 3]),
        Attending<AdditiveAttention>("", () => new AdditiveAttention(), [2, 3, 4], [2, 5, 4]),
        Attending<AdditiveAttention>("one query", () => new AdditiveAttention(), [2, 1, 4], [2, 5, 4]),
        Attending<AdditiveAttention>("unscaled, causal, keys", () => new AdditiveAttention(
            useScale: false, useCausalMask: true), [2, 3, 4], [2, 3, 2], [2, 3, 4]),
        Attending<AdditiveAttention>("projected, masked, scores", () => new AdditiveAttention(
            units: 2, returnAttentionScores: true), [4, 2, 3], [4, 3, 4]),
        Attending<MultiHeadAttention>("", () => new MultiHeadAttention(2, 3), [2, 3, 4], [2, 2, 3]),
        Attending<MultiHeadAttention>("to oneself, causal", () => new MultiHeadAttention(2, 2, useCausalMask: true), [2, 3, 4]),
        Attending<MultiHeadAttention>("masked, keys, scores", () => new MultiHeadAttention(
            2, 2, valueDim: 3, useBias: false, outputDim: 2, returnAttentionScores: true), [4, 2, 3], [4, 3, 2], [4, 3, 4]),
        Attending<MultiHeadAttention>("dropped", () => new MultiHeadAttention(2, 2, dropout: 0.3), [4, 2, 3], [4, 3, 3]),
        Attending<AttentionRNN>("additive", () => new AttentionRNN(
            new GRUCell(2), new AdditiveAttention(units: 3), returnState: true), [2, 3, 2], [2, 4, 3], [2, 2]),
        Attending<AttentionRNN>("dot, masked", () => new AttentionRNN(new LSTMCell(3), new Attention()), [4, 2, 2], [4, 3, 3]),
        Translating("", TranslatorCell.LSTM, bidirectional: false, TranslatorAttention.None),
        Translating("both directions, additive", TranslatorCell.GRU, bidirectional: true, TranslatorAttention.Additive),
        Translating("both directions, dot", TranslatorCell.LSTM, bidirectional: true, TranslatorAttention.Dot),
    ];

    /// <summary>A translator with padding on both sides.</summary>
    private static GradientRow Translating(string name, TranslatorCell cell, bool bidirectional, TranslatorAttention attention)
    {
        WordVocabulary words = WordVocabulary.From(["a b c"]);
        Tensor[] inputs = [Indices([2, 4], 1, 4, 5, 2, 1, 6, 2, 0), Indices([2, 3], 1, 5, 6, 1, 4, 0)];
        return new(nameof(Translator), t => t[0], [])
        {
            Case = name,
            Check = order => GradientCheck.Layer(
                new Translator(words, words, 3, 2, cell, bidirectional, attention, dtype: DType.Float64), inputs, new RandomGenerator(seed: 5),
                order: order),
        };
    }

    /// <summary>A row with the masks above where four samples of two queries and three values stand; dropping in training.</summary>
    private static GradientRow Attending<TLayer>(string name, Func<Layer> layer, params Shape[] shapes)
        where TLayer : Layer
    {
        var random = new RandomGenerator(seed: 13);
        Tensor[] inputs = [.. shapes.Select(shape => GradientRow.Values(Draw.Normal, shape, random))];
        bool masked = shapes[0][0] == 4;
        return new(typeof(TLayer).Name, t => t[0], [])
        {
            Case = name,
            Check = order => GradientCheck.Layer(
                new WholeSequence(layer(), masked ? PaddedQueries : null, masked ? PaddedValues : null), inputs, new RandomGenerator(seed: 5), name == "dropped", order),
        };
    }
}
