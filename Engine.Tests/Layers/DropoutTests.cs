using Engine.Layers;

namespace Engine.Tests.Layers;

public class DropoutTests
{
    [Test]
    public void Training_drops_the_rate_and_scales_the_rest([Values(0.1, 0.5, 0.8)] double rate)
    {
        const int N = 100_000;
        float[] y = new Dropout(rate).Apply(Tensor.Ones([10, N / 10]), training: true).ToArray<float>();
        float kept = (float)(1 / (1 - rate));
        Assert.That(y, Is.All.EqualTo(0f).Or.EqualTo(kept).Within(1e-6f));
        // Five standard deviations of a binomial count.
        Assert.That(y.Count(v => v == 0), Is.EqualTo(rate * N).Within(5 * Math.Sqrt(N * rate * (1 - rate))));
    }

    [Test]
    public void Inference_and_a_rate_of_0_change_nothing()
    {
        Tensor x = Tensor.Ones([4, 5]);
        Assert.That(new Dropout(0.5).Apply(x), Is.SameAs(x));
        Assert.That(new Dropout(0).Apply(x, training: true), Is.SameAs(x));
    }

    [Test]
    public void The_mask_depends_on_seed_place_step_and_call_alone()
    {
        float[] mask = Mask(1, "a", 0);
        Assert.That(Mask(1, "a", 0), Is.EqualTo(mask));
        Assert.That(Mask(1, "a", 1), Is.Not.EqualTo(mask));
        Assert.That(Mask(1, "b", 0), Is.Not.EqualTo(mask));
        Assert.That(Mask(2, "a", 0), Is.Not.EqualTo(mask));
        var random = new LayerRandom(1);
        var layer = new Dropout(0.5, "a");
        layer.UseRandom(random);
        float[] first = Drop(layer), second = Drop(layer);
        Assert.That(second, Is.Not.EqualTo(first));
        random.Step = 5;
        float[] later = Drop(layer);
        Assert.That(later, Is.EqualTo(Mask(1, "a", 5)));
    }

    [Test]
    public void The_gradient_passes_where_the_value_did()
    {
        Tensor x = Tensor.Ones([50]);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = new Dropout(0.3).Apply(x, training: true);
        Assert.That(tape.Gradient(y.Sum(), x).ToArray<float>(), Is.EqualTo(y.ToArray<float>()));
    }

    [Test]
    public void Rates_outside_their_range_are_refused([Values(-0.1, 1, double.NaN)] double rate) =>
        Assert.That(() => new Dropout(rate), Throws.TypeOf<ValueException>().With.Message.Contains("rate is"));

    private static float[] Mask(ulong seed, string name, long step)
    {
        var layer = new Dropout(0.5, name);
        layer.UseRandom(new LayerRandom(seed) { Step = step });
        return Drop(layer);
    }

    private static float[] Drop(Dropout layer) => layer.Apply(Tensor.Ones([200]), training: true).ToArray<float>();
}
