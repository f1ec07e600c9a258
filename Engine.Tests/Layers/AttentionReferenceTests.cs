using Engine.Layers;
using Engine.Tests.Reference;
using static Engine.Tests.Layers.AttentionFormulas;

namespace Engine.Tests.Layers;

/// <summary>Outputs and gradients of PyTorch: Reference/attention_reference.py.</summary>
public class AttentionReferenceTests
{
    private static readonly StoredTensors Stored = new("attention_reference.txt");

    [Test]
    public void Causal_attention_to_oneself_is_PyTorchs()
    {
        var layer = new MultiHeadAttention(2, 2, useCausalMask: true, returnAttentionScores: true, dtype: DType.Float64);
        Tensor x = Stored.Get("self.query");
        layer.ApplyAll([x]);
        Tensor[] packed = Stored.Get("self.in_proj_weight").Split(3);
        SetProjections(layer, "self", packed);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor[] y = layer.ApplyAll([x]);
        Stored.AssertEqual(y[0], "self.y");
        Stored.AssertEqual(y[1], "self.weights");
        Tensor[] gradients = tape.Gradients(y[0].Square().Sum(), [x, layer.QueryKernel, layer.KeyKernel, layer.ValueKernel, layer.OutputKernel]);
        Stored.AssertEqual(gradients[0], "self.dquery", 1e-11);
        Stored.AssertEqual(Tensor.Concat([Rows(gradients[1]), Rows(gradients[2]), Rows(gradients[3])]), "self.din_proj_weight", 1e-11);
        Stored.AssertEqual(gradients[4].Reshape(4, 4).Transpose(), "self.dout_proj.weight", 1e-11);
    }

    [Test]
    public void Attention_to_another_sequence_with_padding_is_PyTorchs()
    {
        var layer = new MultiHeadAttention(3, 2, returnAttentionScores: true, dtype: DType.Float64);
        Tensor q = Stored.Get("cross.query"), k = Stored.Get("cross.key"), v = Stored.Get("cross.value").WithMask(Mask([2, 4], 1, 1, 1, 0, 0, 1, 1, 1));
        layer.ApplyAll([q, v, k]);
        SetProjections(layer, "cross", [Stored.Get("cross.q_proj_weight"), Stored.Get("cross.k_proj_weight"), Stored.Get("cross.v_proj_weight")]);
        using var tape = new GradientTape();
        tape.Watch(q);
        Tensor[] y = layer.ApplyAll([q, v, k]);
        Stored.AssertEqual(y[0], "cross.y");
        Stored.AssertEqual(y[1], "cross.weights");
        Variable[] variables = [layer.QueryKernel, layer.KeyKernel, layer.ValueKernel, layer.OutputKernel, layer.OutputBias!];
        Tensor[] gradients = tape.Gradients(y[0].Square().Sum(), [q, .. variables]);
        Stored.AssertEqual(gradients[0], "cross.dquery", 1e-11);
        Stored.AssertEqual(Rows(gradients[1]), "cross.dq_proj_weight", 1e-11);
        Stored.AssertEqual(Rows(gradients[2]), "cross.dk_proj_weight", 1e-11);
        Stored.AssertEqual(Rows(gradients[3]), "cross.dv_proj_weight", 1e-11);
        Stored.AssertEqual(gradients[4].Reshape(6, 6).Transpose(), "cross.dout_proj.weight", 1e-11);
        Stored.AssertEqual(gradients[5], "cross.dout_proj.bias", 1e-11);
    }

    [Test]
    public void Additive_attention_is_that_of_a_translator_in_PyTorch()
    {
        var layer = new AdditiveAttention(units: 4, returnAttentionScores: true, dtype: DType.Float64);
        Tensor q = Stored.Get("additive.query").ExpandDims(1), v = Stored.Get("additive.value");
        Tensor masked = v.WithMask(Mask([3, 5], 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0));
        layer.ApplyAll([q, masked]);
        Set(layer.QueryKernel!, Stored.Get("additive.ua").Transpose());
        Set(layer.KeyKernel!, Stored.Get("additive.wa").Transpose());
        Set(layer.Bias!, Stored.Get("additive.b"));
        Set(layer.Scale!, Stored.Get("additive.va").Flatten());
        using var tape = new GradientTape();
        tape.Watch(q);
        tape.Watch(masked);
        Tensor[] y = layer.ApplyAll([q, masked]);
        Stored.AssertEqual(y[0].Squeeze(1), "additive.y");
        Stored.AssertEqual(y[1].Squeeze(1), "additive.weights");
        Tensor[] gradients = tape.Gradients(y[0].Square().Sum(), [q, masked, layer.KeyKernel!, layer.QueryKernel!, layer.Scale!]);
        Stored.AssertEqual(gradients[0].Squeeze(1), "additive.dquery", 1e-11);
        Stored.AssertEqual(gradients[1], "additive.dvalue", 1e-11);
        Stored.AssertEqual(gradients[2].Transpose(), "additive.dwa", 1e-11);
        Stored.AssertEqual(gradients[3].Transpose(), "additive.dua", 1e-11);
        Stored.AssertEqual(gradients[4].ExpandDims(0), "additive.dva", 1e-11);
    }

    /// <summary>Keras' [features, heads, n] of PyTorch's rows [heads·n, features], and the biases that PyTorch packs.</summary>
    private static void SetProjections(MultiHeadAttention layer, string name, Tensor[] rows)
    {
        Variable[] kernels = [layer.QueryKernel, layer.KeyKernel, layer.ValueKernel], biases = [layer.QueryBias!, layer.KeyBias!, layer.ValueBias!];
        Tensor[] packed = Stored.Get($"{name}.in_proj_bias").Split(3);
        for (int i = 0; i < 3; i++)
        {
            Set(kernels[i], rows[i].Transpose().Reshape(kernels[i].Shape));
            Set(biases[i], packed[i].Reshape(biases[i].Shape));
        }

        Set(layer.OutputKernel, Stored.Get($"{name}.out_proj.weight").Transpose().Reshape(layer.OutputKernel.Shape));
        Set(layer.OutputBias!, Stored.Get($"{name}.out_proj.bias"));
    }

    private static Tensor Rows(Tensor kernel) => kernel.Reshape(kernel.Shape[0], -1).Transpose();

    private static void Set(Variable variable, Tensor values)
    {
        Assert.That(values.Shape, Is.EqualTo(variable.Shape));
        values.AsSpan<double>().CopyTo(variable.AsWritableSpan<double>());
    }
}
