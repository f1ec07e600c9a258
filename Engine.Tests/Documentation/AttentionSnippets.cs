using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Documentation;

/// <summary>The code of the pages about attention.</summary>
public class AttentionSnippets
{
    [Test]
    public void Words_look_at_words()
    {
        const int vocabularySize = 100;

        #region doc-attention
        SymbolicTensor words = SymbolicTensor.Input([40], DType.Int32);
        SymbolicTensor x = new Embedding(vocabularySize, 32, maskZero: true).Apply(words);
        SymbolicTensor seen = new MultiHeadAttention(numHeads: 4, keyDim: 8).Apply(x, x);               // each word looks at all words
        SymbolicTensor y = new LayerNormalization().Apply(new Add().Apply(x, seen));
        var model = new Model(words, new Dense(2, Activation.Softmax).Apply(new GlobalAveragePooling1D().Apply(y)));
        #endregion

        Assert.That(model.Predict(Tensor.Full([3, 40], 7, DType.Int32)).Shape, Is.EqualTo(Shape.Create([3, 2])));
    }

    [Test]
    public void A_decoder_looks_at_a_memory()
    {
        Tensor target = Tensor.Ones([2, 5, 16]), memory = Tensor.Ones([2, 9, 48]);

        #region doc-attention-decoder
        var decoder = new AttentionRNN(new GRUCell(64), new AdditiveAttention(units: 64));
        Tensor[] outputs = decoder.ApplyAll([target, memory]);              // states [2, 5, 64], what was found [2, 5, 48]
        #endregion

        Assert.That(outputs.Select(output => output.Shape), Is.EqualTo(new Shape[] { [2, 5, 64], [2, 5, 48] }));
    }
}
