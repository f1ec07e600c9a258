using Engine.Layers;
using Engine.Tests.Operations;

namespace Engine.Tests.Layers;

public class NoiseLayerTests
{
    private static readonly Func<Layer>[] Makers = [() => new SpatialDropout1D(0.5), () => new GaussianNoise(0.5),
        () => new GaussianDropout(0.5)];

    [Test]
    public void Spatial_dropout_drops_whole_channels([Values(0.1, 0.5)] double rate)
    {
        float kept = (float)(1 / (1 - rate));
        float[] steps = new SpatialDropout1D(rate).Apply(Tensor.Ones([50, 7, 40]), training: true).ToArray<float>();
        float[] images = new SpatialDropout2D(rate).Apply(Tensor.Ones([50, 2, 3, 40]), training: true).ToArray<float>();
        foreach ((float[] y, int positions) in new[] { (steps, 7), (images, 6) })
        {
            int dropped = 0;
            for (int i = 0; i < 50 * 40; i++)
            {
                float first = y[i / 40 * positions * 40 + i % 40];
                for (int p = 1; p < positions; p++) Assert.That(y[(i / 40 * positions + p) * 40 + i % 40], Is.EqualTo(first));
                Assert.That(first, Is.Zero.Or.EqualTo(kept).Within(1e-6f));
                if (first == 0) dropped++;
            }
            // Five standard deviations of a binomial count.
            Assert.That(dropped, Is.EqualTo(2000 * rate).Within(5 * Math.Sqrt(2000 * rate * (1 - rate))));
        }
    }

    [Test]
    public void Noise_has_its_mean_and_its_variance()
    {
        const int N = 100_000;
        Tensor x = Tensor.Full([10, N / 10], 3);
        double[] added = Values(new GaussianNoise(0.5).Apply(x, training: true) - x);
        Assert.That(added.Average(), Is.Zero.Within(5 * 0.5 / Math.Sqrt(N)));
        Assert.That(added.Average(value => value * value), Is.EqualTo(0.25).Within(3).Percent);
        double[] factors = Values(new GaussianDropout(0.2).Apply(x, training: true) / 3);
        Assert.That(factors.Average(), Is.EqualTo(1).Within(5 * 0.5 / Math.Sqrt(N)));
        Assert.That(factors.Average(value => (value - 1) * (value - 1)), Is.EqualTo(0.2 / 0.8).Within(3).Percent);
    }

    [Test]
    public void Inference_changes_nothing([Values(0, 1, 2)] int which)
    {
        Tensor x = Tensor.Ones([4, 5, 6]);
        Assert.That(Makers[which]().Apply(x), Is.SameAs(x));
        Assert.That(new GaussianNoise(0).Apply(x, training: true), Is.SameAs(x));
        Assert.That(new GaussianDropout(0).Apply(x, training: true), Is.SameAs(x));
        Assert.That(new SpatialDropout2D(0).Apply(x.ExpandDims(0), training: true).Rank, Is.EqualTo(4));
    }

    [Test]
    public void The_numbers_depend_on_seed_place_step_and_call_alone([Values(0, 1, 2)] int which)
    {
        float[] Draw(ulong seed, long step)
        {
            Layer layer = Makers[which]();
            layer.UseRandom(new LayerRandom(seed) { Step = step });
            return layer.Apply(Tensor.Ones([4, 5, 60]), training: true).ToArray<float>();
        }
        float[] first = Draw(1, 0), again = Draw(1, 0);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(Draw(1, 1), Is.Not.EqualTo(first));
        Assert.That(Draw(2, 0), Is.Not.EqualTo(first));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Errors.Assert<ValueException>(() => new SpatialDropout1D(1), "SpatialDropout1D", "rate is 1");
        Errors.Assert<ValueException>(() => new SpatialDropout2D(-0.1), "SpatialDropout2D", "rate is -0.1");
        Errors.Assert<ValueException>(() => new GaussianDropout(double.NaN), "GaussianDropout", "rate is NaN");
        Errors.Assert<ValueException>(() => new GaussianNoise(-1), "stddev is -1");
        Errors.Assert<ShapeException>(() => new SpatialDropout1D(0.5).Apply(Tensor.Ones([2, 3])), "[batch, 3]", "[batch, steps, channels]");
        Errors.Assert<ShapeException>(() => new SpatialDropout2D(0.5).Apply(Tensor.Ones([2, 3, 4])), "[batch, height, width, channels]");
    }

    private static double[] Values(Tensor x) => Oracle.Values(x);
}
