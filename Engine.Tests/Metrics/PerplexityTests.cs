using Engine.Losses;
using Engine.Metrics;

namespace Engine.Tests.Metrics;

public class PerplexityTests
{
    private static readonly Tensor Probabilities =
        Tensor.From<float>([0.5f, 0.25f, 0.25f, 0.1f, 0.8f, 0.1f, 0.2f, 0.2f, 0.6f, 1, 0, 0], [2, 2, 3]);
    private static readonly Tensor Labels = Tensor.From(0, 1, 2, 0).Reshape(2, 2);

    [Test]
    public void It_is_its_formula()
    {
        var metric = new Perplexity();
        Assert.That((metric.Name, metric.Result), Is.EqualTo(("perplexity", 0.0)));
        metric.Update(Labels, Probabilities);
        double mean = -(Math.Log(0.5) + Math.Log(0.8) + Math.Log(0.6) + Math.Log(1 - 1e-7)) / 4;
        Assert.That(metric.Result, Is.EqualTo(Math.Exp(mean)).Within(1e-6));
        metric.Reset();
        Assert.That(metric.Result, Is.Zero);
        metric.Update(Tensor.From(3, 0), Tensor.Full([2, 7], 1 / 7.0));
        Assert.That(metric.Result, Is.EqualTo(7).Within(1e-5), "in doubt between seven");
    }

    [Test]
    public void It_is_the_exponential_of_the_loss_for_any_split_into_batches()
    {
        var random = new RandomGenerator(3);
        Tensor logits = Tensor.RandomNormal([50, 4, 9], 0, 2, random), labels = Tensor.RandomIntegers([50, 4], 0, 9, random);
        double loss = new SparseCategoricalCrossentropy(fromLogits: true).Compute(labels, logits).ToScalar();
        var whole = new Perplexity(fromLogits: true);
        whole.Update(labels, logits);
        Assert.That(whole.Result, Is.EqualTo(Math.Exp(loss)).Within(1e-4));
        var parts = new Perplexity(fromLogits: true);
        parts.Update(labels[..7], logits[..7]);
        parts.Update(labels[7..], logits[7..]);
        Assert.That(parts.Result, Is.EqualTo(whole.Result), "the same bits");
    }

    [Test]
    public void Padding_and_weights_of_zero_do_not_count()
    {
        var ignoring = new Perplexity(ignoreIndex: 0);
        ignoring.Update(Labels, Probabilities);
        double wanted = Math.Exp(-(Math.Log(0.8) + Math.Log(0.6)) / 2);
        Assert.That(ignoring.Result, Is.EqualTo(wanted).Within(1e-6));
        var weighing = new Perplexity();
        weighing.Update(Labels, Probabilities, Tensor.From<float>([0, 3, 3, 0], [2, 2]));
        Assert.That(weighing.Result, Is.EqualTo(wanted).Within(1e-6));
        var nothing = new Perplexity(ignoreIndex: 0);
        nothing.Update(Tensor.From(0, 0), Tensor.Full([2, 3], 1 / 3.0));
        Assert.That(nothing.Result, Is.Zero);
    }

    [Test]
    public void What_stands_at_padding_may_be_anything()
    {
        var metric = new Perplexity(fromLogits: true);
        metric.Update(Tensor.From(1, 0), Tensor.From<float>([0, 0, float.NaN, float.NaN], [2, 2]), Tensor.From<float>([1, 0]));
        Assert.That(metric.Result, Is.EqualTo(2).Within(1e-6));
    }

    [Test]
    public void Bad_arguments_are_refused()
    {
        Assert.That(() => new Perplexity().Update(Labels.Cast(DType.Float32), Probabilities),
            Throws.TypeOf<DTypeException>().With.Message.Contains("labels of type Float32"));
        Assert.That(() => new Perplexity().Update(Labels[0], Probabilities),
            Throws.TypeOf<ShapeException>().With.Message.Contains("labels of shape [2]"));
        Assert.That(() => new Perplexity().Update(Labels, Probabilities, Tensor.From<float>([1, 2, 3])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("Perplexity: sample weights of shape [3]"));
    }
}
