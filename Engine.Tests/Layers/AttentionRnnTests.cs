using Engine.Layers;
using Engine.Tests.Operations;
using static Engine.Tests.Layers.AttentionFormulas;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>A recurrent layer that looks at another sequence before each step.</summary>
public class AttentionRnnTests
{
    // Right-padded, with a hole, and nothing but padding.
    private static Tensor MemoryMask => Mask([3, 4], 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0);

    [Test]
    public void Every_step_is_the_formula([Values] bool lstm, [Values] bool dot, [Values] bool given)
    {
        RecurrentCell cell = lstm ? new LSTMCell(5) : new GRUCell(5);
        AttentionLayer attention = dot ? new Attention() : new AdditiveAttention(units: 2);
        var layer = new AttentionRNN(cell, attention, returnState: true);
        Tensor x = Normal([3, 3, 4], seed: 1), memory = Normal([3, 4, 5], seed: 2).WithMask(MemoryMask);
        Tensor[] states = [.. cell.StateSizes.Select((size, i) => Normal([3, size], seed: (ulong)i + 5))];
        Tensor[] inputs = given ? [x, memory, .. states] : [x, memory];
        layer.ApplyAll(inputs);
        Shake(layer);
        Tensor[] y = layer.ApplyAll(inputs);
        Assert.That(y, Has.Length.EqualTo(2 + cell.StateSizes.Count));

        RecurrentFormulas.Step step = lstm ? RecurrentFormulas.Lstm((LSTMCell)cell) : RecurrentFormulas.Gru((GRUCell)cell);
        for (int n = 0; n < 3; n++)
        {
            double[][] now = [.. cell.StateSizes.Select((size, i) => Enumerable.Range(0, size).Select(j => given ? At(states[i], n, j) : 0).ToArray())];
            for (int t = 0; t < 3; t++)
            {
                double[] h = now[0];
                double[] weights = Softmax([.. Enumerable.Range(0, 4).Select(s => Score(h, n, s))], s => MemoryMask.AsSpan<bool>()[n * 4 + s]);
                double[] c = [.. Enumerable.Range(0, 5).Select(i => Sum(4, s => weights[s] * At(memory, n, s, i)))];
                (double[] output, now) = step([.. Enumerable.Range(0, 4).Select(i => At(x, n, t, i)), .. c], now);
                Assert.That(Values(y[0][n, t]), Is.EqualTo(output).Within(1e-12));
                Assert.That(Values(y[1][n, t]), Is.EqualTo(c).Within(1e-12));
            }

            for (int i = 0; i < now.Length; i++) Assert.That(Values(y[2 + i][n]), Is.EqualTo(now[i]).Within(1e-12));
        }

        double Score(double[] h, int n, int s) => attention is AdditiveAttention additive
            ? Sum(2, k => At(additive.Scale!, k) * Math.Tanh(At(additive.Bias!, k) + Sum(5, i => h[i] * At(additive.QueryKernel!, i, k))
                + Sum(5, i => At(memory, n, s, i) * At(additive.KeyKernel!, i, k))))
            : Sum(5, i => h[i] * At(memory, n, s, i));
    }

    [Test]
    public void Masked_steps_copy_the_states_and_repeat_the_output()
    {
        var layer = new AttentionRNN(new GRUCell(5), new AdditiveAttention(units: 2), returnState: true);
        Tensor x = Normal([2, 3, 4]), memory = Normal([2, 4, 5], seed: 2);
        Tensor mask = Mask([2, 3], 1, 1, 0, 0, 1, 1);
        Tensor[] y = layer.ApplyAll([x.WithMask(mask), memory]), first = layer.ApplyAll([x[..1, ..2], memory[..1]]), last = layer.ApplyAll([x[1.., 1..], memory[1..]]);
        AssertClose(y[0][..1, ..2], [1, 2, 5], Values(first[0]));
        AssertClose(y[0][0, 2], [5], Values(first[0][0, 1]));
        AssertClose(y[2][0], [5], Values(first[2]));
        Assert.That(Values(y[0][1, 0]), Has.All.Zero);
        AssertClose(y[0][1.., 1..], [1, 2, 5], Values(last[0]));
        Assert.That((y[0].Mask, y[1].Mask), Is.Not.EqualTo(((Tensor?)null, (Tensor?)null)));
        Assert.That(y[1].Mask!.ToArray<bool>(), Is.EqualTo(mask.ToArray<bool>()));
    }

    [Test]
    public void Shapes_are_told_before_there_are_numbers()
    {
        var layer = new AttentionRNN(new LSTMCell(6), new AdditiveAttention(units: 2), returnState: true);
        SymbolicTensor[] outputs = layer.ApplyAll(SymbolicTensor.Input(7, 4), SymbolicTensor.Input(5, 3));
        Assert.That(outputs.Select(output => output.Shape), Is.EqualTo(new Shape[] { [7, 6], [7, 3], [6], [6] }));
        var bare = new AttentionRNN(new LSTMCell(6), new AdditiveAttention(units: 2));
        Assert.That(bare.AllOutputShapes([[7, 4], [5, 3]]), Is.EqualTo(new Shape[] { [7, 6], [7, 3] }));
        Tensor[] numbers = [Normal([2, 7, 4]), Normal([2, 5, 3])];
        Assert.That(bare.ApplyAll(numbers).Select(output => output.Shape), Is.EqualTo(new Shape[] { [2, 7, 6], [2, 7, 3] }));
        Errors.Assert<ModelException>(() => bare.Apply(numbers), "AttentionRNN", "2 outputs", "ApplyAll");
        Errors.Assert<ModelException>(() => layer.Apply(numbers), "4 outputs");
        Errors.Assert<ValueException>(() => new AttentionRNN(new GRUCell(3), new Attention(dropout: 0.5)), "AttentionRNN", "dropout");
        Errors.Assert<ShapeException>(() => bare.OutputShape([[7], [5, 3]]), "a query of shape [batch, 7]");
        long look = (6 + 5 * 3) * 2 + 5 * (2 + 3), step = (4 + 3 + 6) * 4 * 6;
        Assert.That(layer.MultiplyAdds([[7, 4], [5, 3]]), Is.EqualTo(7 * (look + step)));
    }
}
