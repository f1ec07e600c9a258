using Engine.Layers;
using Engine.Tests.Operations;
using static Engine.Tests.Layers.AttentionFormulas;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>What attention refuses.</summary>
public class AttentionErrorTests
{
    private static Tensor Q => Normal([2, 3, 5]);

    private static Tensor V => Normal([2, 4, 5]);

    [Test]
    public void Options_out_of_range()
    {
        Errors.Assert<ValueException>(() => new Attention(dropout: 1), "Attention", "dropout is 1", "0 or more, less than 1");
        Errors.Assert<ValueException>(() => new Attention(scoreMode: (AttentionScoreMode)7), "Attention", "scoreMode is 7", "AttentionScoreMode");
        Errors.Assert<ValueException>(() => new AdditiveAttention(units: 0), "AdditiveAttention", "units is 0", "at least 1");
        Errors.Assert<ValueException>(() => new AdditiveAttention(dropout: double.NaN), "dropout is NaN");
        Errors.Assert<ValueException>(() => new MultiHeadAttention(0, 3), "MultiHeadAttention", "numHeads is 0");
        Errors.Assert<ValueException>(() => new MultiHeadAttention(2, 0), "keyDim is 0");
        Errors.Assert<ValueException>(() => new MultiHeadAttention(2, 3, valueDim: 0), "valueDim is 0");
        Errors.Assert<ValueException>(() => new MultiHeadAttention(2, 3, outputDim: -1), "outputDim is -1");
        Errors.Assert<ValueException>(() => new MultiHeadAttention(2, 3, dropout: -0.1), "dropout is -0.1");
        Errors.Assert<ValueException>(() => new AttentionRNN(new GRUCell(3), new Attention(useCausalMask: true)), "AttentionRNN", "causal mask");
    }

    [Test]
    public void Inputs_that_do_not_fit()
    {
        Errors.Assert<ShapeException>(() => new Attention().Apply(Q), "Attention \"attention\"", "1 inputs", "[query, value, key]");
        Errors.Assert<ShapeException>(() => new Attention().Apply([Q, V, V, V]), "4 inputs");
        Errors.Assert<ShapeException>(() => new Attention().Apply([Q, V, V, V]), "give [query, value] or [query, value, key].");
        Errors.Assert<ShapeException>(() => new AdditiveAttention().Apply(Q, Normal([2, 4, 6])), "queries of 5 features and keys of 6");
        Assert.That(new AdditiveAttention(units: 2).Apply(Q, Normal([2, 4, 6])).Shape, Is.EqualTo(Shape.Create([2, 3, 6])));
        Errors.Assert<ShapeException>(() => new MultiHeadAttention(2, 3).Apply([Q, V, V, V, V]), "5 inputs", "attentionMask");
        Errors.Assert<ShapeException>(() => new Attention().Apply(Normal([2, 5]), V), "query of shape [batch, 5]", "[batch, steps, features]");
        Errors.Assert<ShapeException>(() => new Attention().Apply(Q, Normal([2, 0, 5])), "value of shape [batch, 0, 5]", "at least one step");
        foreach (Layer layer in (Layer[])[new AdditiveAttention(), new MultiHeadAttention(2, 3), new AttentionRNN(new GRUCell(2), new Attention())])
        {
            Errors.Assert<ShapeException>(() => layer.ApplyAll([Normal([2, 0, 5]), V]), layer.GetType().Name, "query of shape [batch, 0, 5]", "at least one step");
            Errors.Assert<ShapeException>(() => layer.ApplyAll([Q, Normal([2, 0, 5])]), layer.GetType().Name, "value of shape [batch, 0, 5]", "at least one step");
        }

        Errors.Assert<ShapeException>(() => new Attention().Apply(Q, Normal([2, 4, 6])), "queries of 5 features and keys of 6", "Dense");
        Errors.Assert<ShapeException>(() => new Attention().Apply(Q, V, Normal([2, 3, 5])), "3 keys and 4 values", "one key for each value");
        Errors.Assert<ShapeException>(() => new Attention().Apply(Q, Normal([3, 4, 5])), "2 and 3 samples");
        Errors.Assert<DTypeException>(() => new Attention().Apply(Q, V.Cast(DType.Float32)), "Float32", "Cast");
        Errors.Assert<ModelException>(() => new Attention(returnAttentionScores: true).Apply(Q, V), "2 outputs", "ApplyAll");
        Errors.Assert<ModelException>(() => new MultiHeadAttention(2, 3, returnAttentionScores: true).Apply(Q, V), "2 outputs", "ApplyAll");
    }

    [Test]
    public void Masks_that_do_not_fit()
    {
        Tensor deep = V.WithMask(Mask([2, 4, 5], new int[40]));
        Errors.Assert<ShapeException>(() => new Attention().Apply(Q, deep), "value", "mask of shape [2, 4, 5]", "[batch, steps]");
        Errors.Assert<ShapeException>(() => new MultiHeadAttention(2, 3).Apply(deep, V), "query", "mask of shape [2, 4, 5]");
        Errors.Assert<ShapeException>(() => new MultiHeadAttention(2, 3).Apply([Q, V, V, Mask([2, 4, 3], new int[24])]), "attentionMask of shape [batch, 4, 3]", "3 queries and 4 values");
        Errors.Assert<DTypeException>(() => new MultiHeadAttention(2, 3).Apply([Q, V, V, Normal([2, 3, 4])]), "attentionMask of type Float64", "truth values");
        Errors.Assert<ShapeException>(() => new AttentionRNN(new GRUCell(3), new AdditiveAttention(units: 2)).ApplyAll([Q, deep]), "memory", "mask of shape [2, 4, 5]");
    }

    [Test]
    public void A_layer_applied_twice_with_other_features()
    {
        var additive = new AdditiveAttention(units: 2);
        additive.Apply(Q, V);
        Errors.Assert<ShapeException>(() => additive.Apply(Normal([2, 3, 6]), V), "query of 6 features", "kernel [5, 2] was built for 5");
        Errors.Assert<ShapeException>(() => additive.Apply(Q, Normal([2, 4, 7])), "key of 7 features", "kernel [5, 2] was built for 5");
        var heads = new MultiHeadAttention(2, 3);
        heads.Apply(Q, V);
        Errors.Assert<ShapeException>(() => heads.Apply(Normal([2, 3, 6]), V), "query of 6 features", "built for 5");
        Errors.Assert<ShapeException>(() => heads.Apply(Q, Normal([2, 4, 7])), "value of 7 features", "built for 5");
        Errors.Assert<ShapeException>(() => heads.Apply(Q, V, Normal([2, 4, 7])), "key of 7 features", "built for 5");
        var decoder = new AttentionRNN(new GRUCell(3), new AdditiveAttention(units: 2));
        decoder.ApplyAll([Q, V]);
        Errors.Assert<ShapeException>(() => decoder.ApplyAll([Normal([2, 3, 6]), V]), "6 features", "built for 5");
        Errors.Assert<ShapeException>(() => decoder.ApplyAll([Q, Normal([2, 4, 6])]), "key of 6 features");
    }

    [Test]
    public void Decoders_without_what_they_need()
    {
        var decoder = new AttentionRNN(new LSTMCell(3), new AdditiveAttention(units: 2), returnState: true);
        Errors.Assert<ShapeException>(() => decoder.ApplyAll([Q]), "1 inputs", "memory [batch, places, features]");
        Errors.Assert<ShapeException>(() => decoder.ApplyAll([Q, V, Normal([2, 3])]), "1 initial states, where 2 are wanted");
        Errors.Assert<ShapeException>(() => decoder.ApplyAll([Q, V, Normal([2, 3]), Normal([2, 4])]), "initial state 1 of shape [batch, 4]");
        Errors.Assert<ModelException>(() => decoder.Apply([Q, V]), "4 outputs", "ApplyAll");
        Errors.Assert<ModelException>(() => new AdditiveAttention(units: 2).QueryKernel!, "QueryKernel", "no weights yet");
        Errors.Assert<ModelException>(() => new MultiHeadAttention(2, 3).OutputKernel, "OutputKernel", "no weights yet");
    }
}
