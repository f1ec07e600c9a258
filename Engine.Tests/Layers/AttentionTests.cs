using Engine.Layers;
using Engine.Models;
using static Engine.Tests.Layers.AttentionFormulas;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Attention against scalar loops, with masks of every kind.</summary>
public class AttentionTests
{
    private static Tensor QueryMask => Mask([3, 2], 1, 1, 1, 0, 1, 1);

    // Right-padded, with a hole, and nothing but padding.
    private static Tensor ValueMask => Mask([3, 4], 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0);

    [Test]
    public void Dot_attention_is_its_formula([Values] bool useScale, [Values] bool causal, [Values] bool ownKey, [Values(DType.Float32, DType.Float64)] DType type)
    {
        var layer = new Attention(useScale, useCausalMask: causal, returnAttentionScores: true);
        (Tensor q, Tensor v, Tensor k) = Inputs(type, ownKey);
        Tensor[] y = Applied(layer, q, v, k, ownKey);
        double g = useScale ? layer.Scale!.ToScalar() : 1;
        AssertOutputs(y, q, v, (n, t, s) => g * Sum(5, i => At(q, n, t, i) * At(k, n, s, i)), (_, t, s) => !causal || s <= t);
    }

    [Test]
    public void Concatenating_attention_is_its_formula([Values] bool useScale, [Values] bool ownKey)
    {
        var layer = new Attention(useScale, AttentionScoreMode.Concat, returnAttentionScores: true);
        (Tensor q, Tensor v, Tensor k) = Inputs(DType.Float64, ownKey);
        Tensor[] y = Applied(layer, q, v, k, ownKey);
        double g = useScale ? layer.Scale!.ToScalar() : 1, w = layer.ConcatScoreWeight!.ToScalar();
        AssertOutputs(y, q, v, (n, t, s) => w * Sum(5, i => Math.Tanh(g * (At(q, n, t, i) + At(k, n, s, i)))), (_, _, _) => true);
    }

    [Test]
    public void Additive_attention_is_its_formula([Values] bool useScale, [Values] bool causal, [Values(1, 2)] int queries, [Values(DType.Float32, DType.Float64)] DType type)
    {
        var layer = new AdditiveAttention(useScale, useCausalMask: causal, returnAttentionScores: true);
        (Tensor q, Tensor v, Tensor k) = Inputs(type, ownKey: true);
        q = q[.., ..queries];
        Tensor[] y = Applied(layer, q, v, k, ownKey: true);
        double G(int i) => useScale ? At(layer.Scale!, i) : 1;
        AssertOutputs(y, q, v, (n, t, s) => Sum(5, i => G(i) * Math.Tanh(At(q, n, t, i) + At(k, n, s, i))), (_, t, s) => !causal || s <= t);
    }

    [Test]
    public void Additive_attention_projects_queries_and_keys([Values] bool useScale, [Values] bool useBias, [Values(1, 2)] int queries)
    {
        var layer = new AdditiveAttention(useScale, units: 3, useBias: useBias, returnAttentionScores: true);
        (Tensor q, Tensor v, _) = Inputs(DType.Float64, ownKey: true);
        q = q[.., ..queries];
        Tensor[] y = Applied(layer, q, v, v, ownKey: false);
        double G(int i) => useScale ? At(layer.Scale!, i) : 1;
        double Sums(int n, int t, int s, int i) => (useBias ? At(layer.Bias!, i) : 0)
            + Sum(5, j => At(q, n, t, j) * At(layer.QueryKernel!, j, i)) + Sum(6, j => At(v, n, s, j) * At(layer.KeyKernel!, j, i));
        AssertOutputs(y, q, v, (n, t, s) => Sum(3, i => G(i) * Math.Tanh(Sums(n, t, s, i))), (_, _, _) => true);
    }

    [Test]
    public void Several_heads_are_their_formula([Values] bool causal, [Values] bool useBias, [Values(DType.Float32, DType.Float64)] DType type)
    {
        var layer = new MultiHeadAttention(2, 3, valueDim: 4, useBias: useBias, outputDim: 7, useCausalMask: causal, returnAttentionScores: true);
        Tensor q = Normal([3, 2, 5], type, 1), v = Normal([3, 4, 6], type, 2), k = Normal([3, 4, 3], type, 3);
        Tensor mask = Mask([3, 2, 4], 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0);
        layer.ApplyAll([q, v, k]);
        Shake(layer);
        Tensor[] y = layer.ApplyAll([q, v, k, mask]);
        AssertClose(y[1], [3, 2, 2, 4], Map([3, 2, 2, 4], at => Weight(at[0], at[1], at[2])[at[3]]));
        AssertClose(y[0], [3, 2, 7], Map([3, 2, 7], at => Bias(layer.OutputBias, at[2])
            + Sum(2, h => Sum(4, e => Sum(4, s => Weight(at[0], h, at[1])[s] * Of(v, layer.ValueKernel, layer.ValueBias, at[0], s, h, e))
                * At(layer.OutputKernel, h, e, at[2])))));

        double Bias(Variable? bias, params int[] at) => bias is null ? 0 : At(bias, at);

        double Of(Tensor x, Variable kernel, Variable? bias, int n, int t, int h, int i) =>
            Bias(bias, h, i) + Sum(x.Shape[2], j => At(x, n, t, j) * At(kernel, j, h, i));

        double[] Weight(int n, int h, int t) => Softmax(
            [.. Enumerable.Range(0, 4).Select(s => Sum(3, i => Of(q, layer.QueryKernel, layer.QueryBias, n, t, h, i)
                * Of(k, layer.KeyKernel, layer.KeyBias, n, s, h, i)) / Math.Sqrt(3))],
            s => mask.AsSpan<bool>()[(n * 2 + t) * 4 + s] && (!causal || s <= t));
    }

    [Test]
    public void Attention_to_oneself_takes_one_input()
    {
        var layer = new MultiHeadAttention(2, 3, useCausalMask: true);
        Tensor x = Normal([2, 4, 5]);
        Tensor y = layer.Apply(x);
        AssertClose(layer.Apply([x, x, x]), y.Shape, Values(y));
        Tensor changed = x + Mask([1, 4, 1], 0, 0, 0, 1).Cast(DType.Float64);
        AssertClose(layer.Apply(changed)[.., ..3], [2, 3, 5], Values(y[.., ..3]));
        Assert.That(Values(layer.Apply(changed)[.., 3..]), Is.Not.EqualTo(Values(y[.., 3..])));
    }

    [Test]
    public void Padding_is_not_seen_and_its_numbers_do_not_matter([Values("dot", "concat", "additive", "projected", "heads")] string kind)
    {
        Layer layer = Layers(kind);
        Tensor q = Normal([3, 2, 5], seed: 1), v = Normal([3, 4, 5], seed: 2);
        Tensor[] y = layer.ApplyAll([q.WithMask(QueryMask), v.WithMask(ValueMask)]);
        Shake(layer);
        y = layer.ApplyAll([q.WithMask(QueryMask), v.WithMask(ValueMask)]);
        Assert.That(y[0].Mask!.ToArray<bool>(), Is.EqualTo(QueryMask.ToArray<bool>()));
        Assert.That(Values(y[0]), Has.All.Not.NaN);
        int heads = kind == "heads" ? 2 : 1;
        Tensor weights = y[1].Reshape(3, heads, 2, 4);
        for (int n = 0; n < 3; n++)
        {
            for (int t = 0; t < 2; t++)
            {
                bool masked = kind == "heads" && !QueryMask.AsSpan<bool>()[n * 2 + t];
                double wanted = n == 2 || masked ? 0 : 1;
                Assert.That(Sum(4, s => At(weights, n, 0, t, s)), Is.EqualTo(wanted).Within(1e-12), "a sum of weights, 0 where nothing is seen");
                for (int s = 0; s < 4; s++)
                    if (!ValueMask.AsSpan<bool>()[n * 4 + s]) Assert.That(At(weights, n, heads - 1, t, s), Is.Zero);
            }
        }

        if (kind != "heads") Assert.That(Values(y[0][2]).Concat(Values(y[0][1, 1])), Has.All.Zero);
        Tensor nans = Tensor.Full([], double.NaN, DType.Float64);
        Tensor badQuery = Tensor.Where(QueryMask.ExpandDims(-1), q, nans), badValue = Tensor.Where(ValueMask.ExpandDims(-1), v, nans);
        using var tape = new GradientTape();
        tape.Watch(badQuery);
        tape.Watch(badValue);
        Tensor[] same = layer.ApplyAll([badQuery.WithMask(QueryMask), badValue.WithMask(ValueMask)]);
        AssertClose(same[0], y[0].Shape, Values(y[0]));
        Tensor[] gradients = tape.Gradients(same[0].Square().Sum(), [badQuery, badValue, .. layer.TrainableVariables]);
        foreach (Tensor gradient in gradients) Assert.That(Values(gradient), Has.All.Not.NaN);
    }

    [Test]
    public void Dropped_weights_are_scaled_up_and_drawn_anew_each_step([Values("dot", "additive", "heads")] string kind)
    {
        Layer layer = kind switch
        {
            "dot" => new Attention(dropout: 0.5, returnAttentionScores: true),
            "additive" => new AdditiveAttention(dropout: 0.5, returnAttentionScores: true),
            _ => new MultiHeadAttention(2, 3, dropout: 0.5, returnAttentionScores: true),
        };
        Tensor q = Normal([4, 8, 5]), v = Normal([4, 9, 5], seed: 2);
        double[] plain = Values(layer.ApplyAll([q, v])[1]), dropped = Values(layer.ApplyAll([q, v], training: true)[1]);
        for (int i = 0; i < plain.Length; i++) Assert.That(dropped[i], Is.Zero.Or.EqualTo(2 * plain[i]).Within(1e-12));
        Assert.That(dropped.Count(weight => weight == 0) / (double)dropped.Length, Is.EqualTo(0.5).Within(0.1));
        Assert.That(Values(layer.ApplyAll([q, v], training: true)[1]), Is.Not.EqualTo(dropped));
    }

    [Test]
    public void A_functional_model_carries_masks_to_attention()
    {
        SymbolicTensor ids = SymbolicTensor.Input(Shape.Create([4]), DType.Int32), others = SymbolicTensor.Input(Shape.Create([3]), DType.Int32);
        var embedding = new Embedding(9, 6, maskZero: true);
        SymbolicTensor[] outputs = new Attention(returnAttentionScores: true).ApplyAll(embedding.Apply(ids), embedding.Apply(others));
        Assert.That((outputs[0].Shape, outputs[1].Shape), Is.EqualTo((Shape.Create([4, 6]), Shape.Create([4, 3]))));
        var model = new Model([ids, others], outputs);
        Tensor[] y = model.ApplyAll([Tensor.From<int>([1, 2, 3, 0], [1, 4]), Tensor.From<int>([4, 5, 0], [1, 3])]);
        Assert.That(Enumerable.Range(0, 4).Select(t => At(y[1], 0, t, 2)), Has.All.Zero);
        Assert.That(y[0].Mask!.ToArray<bool>(), Is.EqualTo(new[] { true, true, true, false }));
    }

    [Test]
    public void Weights_are_named_shaped_and_counted_as_in_Keras()
    {
        var layer = new MultiHeadAttention(2, 3, valueDim: 4);
        var x = SymbolicTensor.Input(6, 5);
        var model = new Model(x, layer.Apply(x));
        Assert.That(model.Variables.Select(variable => $"{variable.Name} {variable.Shape}"), Is.EqualTo(new[]
        {
            "multi_head_attention/query_kernel [5, 2, 3]", "multi_head_attention/query_bias [2, 3]", "multi_head_attention/key_kernel [5, 2, 3]",
            "multi_head_attention/key_bias [2, 3]", "multi_head_attention/value_kernel [5, 2, 4]", "multi_head_attention/value_bias [2, 4]",
            "multi_head_attention/attention_output_kernel [2, 4, 5]", "multi_head_attention/attention_output_bias [5]",
        }));
        Assert.That(layer.MultiplyAdds(Shape.Create([6, 5])), Is.EqualTo(2 * (6 * 5 * 3 * 2 + 6 * 5 * 4 * 2 + 6 * 6 * (3 + 4))));
        Assert.That(new Attention().MultiplyAdds([[2, 5], [4, 5]]), Is.EqualTo(2 * 4 * 10));
        Assert.That(new AdditiveAttention(units: 3).MultiplyAdds([[2, 5], [4, 6]]), Is.EqualTo((2 * 5 + 4 * 6) * 3 + 2 * 4 * (3 + 6)));
    }

    [Test]
    public void Shapes_are_told_for_other_sizes_of_values_and_outputs([Values] bool scores)
    {
        var layer = new MultiHeadAttention(2, 3, valueDim: 4, outputDim: 7, returnAttentionScores: scores);
        Shape[] inputs = [[5, 6], [8, 9], [8, 10]], wanted = scores ? [[5, 7], [2, 5, 8]] : [[5, 7]];
        Assert.That(layer.AllOutputShapes(inputs), Is.EqualTo(wanted));
        Assert.That(layer.OutputShape(inputs), Is.EqualTo(Shape.Create([5, 7])));
        Tensor[] y = layer.ApplyAll([.. inputs.Select(shape => Normal(shape.Insert(0, 2)))]);
        Assert.That(y.Select(output => output.Shape.Remove(0)), Is.EqualTo(wanted));
        Assert.That((layer.ValueDim, layer.ValueKernel.Shape, layer.OutputKernel.Shape),
            Is.EqualTo((4, Shape.Create([9, 2, 4]), Shape.Create([2, 4, 7]))));
        Assert.That(layer.MultiplyAdds(inputs), Is.EqualTo(2 * (5 * 6 * 3 + 8 * 10 * 3 + 8 * 9 * 4 + 5 * 4 * 7 + 5 * 8 * (3 + 4))));
        var dot = new Attention(returnAttentionScores: scores);
        wanted = scores ? [[5, 6], [5, 8]] : [[5, 6]];
        Assert.That(dot.AllOutputShapes([[5, 6], [8, 6]]), Is.EqualTo(wanted));
        Assert.That(dot.ApplyAll([Normal([2, 5, 6]), Normal([2, 8, 6])]).Select(output => output.Shape.Remove(0)), Is.EqualTo(wanted));
        Assert.That(dot.ConcatScoreWeight, Is.Null);
        Assert.That(new AdditiveAttention().MultiplyAdds([[5, 6], [8, 6]]), Is.EqualTo(5 * 8 * (6 + 6)));
    }

    private static Layer Layers(string kind) => kind switch
    {
        "dot" => new Attention(useScale: true, returnAttentionScores: true),
        "concat" => new Attention(scoreMode: AttentionScoreMode.Concat, returnAttentionScores: true),
        "additive" => new AdditiveAttention(returnAttentionScores: true),
        "projected" => new AdditiveAttention(units: 3, returnAttentionScores: true),
        _ => new MultiHeadAttention(2, 3, returnAttentionScores: true),
    };

    private static (Tensor Query, Tensor Value, Tensor Key) Inputs(DType type, bool ownKey)
    {
        Tensor query = Normal([3, 2, 5], type, 1), key = Normal([3, 4, 5], type, 2);
        return (query, ownKey ? Normal([3, 4, 6], type, 3) : key, key);
    }

    private static Tensor[] Applied(Layer layer, Tensor query, Tensor value, Tensor key, bool ownKey)
    {
        Tensor[] inputs = ownKey ? [query, value, key] : [query, value];
        layer.ApplyAll(inputs);
        Shake(layer);
        return layer.ApplyAll(inputs);
    }

    private static void AssertOutputs(Tensor[] actual, Tensor query, Tensor value, Func<int, int, int, double> score, Sees sees)
    {
        (double[] output, double[] weights) = Attend(query, value, score, sees);
        AssertClose(actual[0], [query.Shape[0], query.Shape[1], value.Shape[2]], output);
        AssertClose(actual[1], [query.Shape[0], query.Shape[1], value.Shape[1]], weights);
    }
}
