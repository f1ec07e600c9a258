using System.Numerics.Tensors;
using System.Security.Cryptography;
using Engine.Data;

namespace Engine.Tests.Data;

public class RenderedDigitsTests
{
    private const int Pixels = 784;

    [Test]
    public void Every_machine_draws_the_same_bytes()
    {
        (byte[] images, byte[] labels) = RenderedDigits.Generate(500, 1);
        Assert.That(Convert.ToHexString(SHA256.HashData([.. images, .. labels]))[..16], Is.EqualTo("F591DB1C934788A6"));
    }

    [Test]
    public void An_image_depends_on_seed_and_index_alone()
    {
        (byte[] some, byte[] someLabels) = RenderedDigits.Generate(300, 7);
        (byte[] more, byte[] moreLabels) = RenderedDigits.Generate(1000, 7);
        Assert.That(some.AsSpan().SequenceEqual(more.AsSpan(0, 300 * Pixels)));
        Assert.That(someLabels, Is.EqualTo(moreLabels[..300]));
        Assert.That(RenderedDigits.Generate(300, 8).Images.AsSpan().SequenceEqual(some), Is.False);
    }

    [Test]
    public void Digits_are_balanced_distinct_white_on_black_and_inside_the_frame()
    {
        (byte[] images, byte[] labels) = RenderedDigits.Generate(4000, 3);
        for (int digit = 0; digit < 10; digit++) Assert.That(labels.Count(label => label == digit), Is.InRange(330, 470), $"digit {digit}");
        HashSet<string> hashes = [];
        double border = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            byte[] image = images[(i * Pixels)..((i + 1) * Pixels)];
            Assert.That(hashes.Add(Convert.ToHexString(SHA256.HashData(image))), $"image {i} is another's twin");
            Assert.That(image.Max(), Is.GreaterThan(150), $"image {i} is faint");
            Assert.That(image.Count(pixel => pixel > 128), Is.InRange(15, 330), $"ink of image {i}");
            border += image[..28].Concat(image[^28..]).Average(pixel => pixel);
        }

        Assert.That(border / labels.Length, Is.LessThan(12), "mean brightness of the first and last rows: noise, hardly ever ink");
    }

    [Test]
    public void A_count_outside_the_possible_is_refused()
    {
        Assert.That(RenderedDigits.Generate(0, 1).Images, Is.Empty);
        Assert.That(() => RenderedDigits.Generate(-1, 1), Throws.TypeOf<ValueException>().With.Message.Contains("-1 images"));
        Assert.That(() => RenderedDigits.Generate(int.MaxValue, 1),
            Throws.TypeOf<ValueException>().With.Message.Contains("different seeds"));
    }

    [Test]
    public void A_linear_softmax_reads_most_digits_but_stays_under_93_percent()
    {
        (float[][] x, byte[] y) = Floats(RenderedDigits.Generate(RenderedDigits.TrainCount, RenderedDigits.TrainSeed));
        (float[][] xTest, byte[] yTest) = Floats(RenderedDigits.Generate(RenderedDigits.TestCount, RenderedDigits.TestSeed));
        float[][] w = [.. Enumerable.Range(0, 10).Select(_ => new float[Pixels + 1])];
        int[] order = [.. Enumerable.Range(0, x.Length)];
        Random random = new(1);
        float[] p = new float[10];
        double best = 0;
        for (int epoch = 0; epoch < 12; epoch++)
        {
            random.Shuffle(order);
            float rate = 0.02f / (1 + epoch);
            foreach (int i in order)
            {
                for (int k = 0; k < 10; k++) p[k] = TensorPrimitives.Dot<float>(w[k], x[i]);
                TensorPrimitives.SoftMax(p, p);
                p[y[i]] -= 1;
                for (int k = 0; k < 10; k++) TensorPrimitives.MultiplyAdd(x[i], -rate * p[k], w[k], w[k]);
            }

            int right = 0;
            for (int i = 0; i < xTest.Length; i++)
            {
                for (int k = 0; k < 10; k++) p[k] = TensorPrimitives.Dot<float>(w[k], xTest[i]);
                if (TensorPrimitives.IndexOfMax<float>(p) == yTest[i]) right++;
            }

            best = Math.Max(best, (double)right / xTest.Length);
        }

        Assert.That(best, Is.InRange(0.85, 0.93));
        TestContext.Out.WriteLine($"linear softmax: {best:P2}");
    }

    private static (float[][] X, byte[] Y) Floats((byte[] Images, byte[] Labels) set)
    {
        float[][] x = new float[set.Labels.Length][];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = new float[Pixels + 1];
            for (int k = 0; k < Pixels; k++) x[i][k] = set.Images[i * Pixels + k] / 255f;
            x[i][Pixels] = 1;
        }

        return (x, set.Labels);
    }
}
