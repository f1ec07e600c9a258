using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Models;

/// <summary>Adversarial networks small enough for a test of milliseconds.</summary>
internal static class TinyGans
{
    public const int Latent = 3;

    /// <summary>Points near a circle.</summary>
    public static Tensor Points(int count, ulong seed = 5)
    {
        var random = new RandomGenerator(seed);
        var points = new float[2 * count];
        for (int i = 0; i < count; i++)
        {
            double angle = 2 * Math.PI * random.NextDouble();
            (points[2 * i], points[2 * i + 1]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }

        return Tensor.From<float>(points, [count, 2]);
    }

    public static Sequential Generator() => new(
        new Input(Latent), new Dense(12), new BatchNormalization(), new ActivationLayer(Activation.LeakyReLU(0.2)), new Dense(2));

    public static Sequential Discriminator() => new(
        new Input(2), new Dense(12), new BatchNormalization(), new ActivationLayer(Activation.LeakyReLU(0.2)), new Dropout(0.2), new Dense(1));

    /// <summary>A pair for images [4, 4, 1].</summary>
    public static Gan OfImages()
    {
        var gan = new Gan(
            new Sequential(new Input(Latent), new Dense(16, Activation.Sigmoid), new Reshape(4, 4, 1)),
            new Sequential(new Input(4, 4, 1), new Flatten(), new Dense(1)), Latent);
        gan.Compile(new Adam(), new Adam());
        return gan;
    }

    public static Gan Compiled(GanLoss? loss = null, int discriminatorSteps = 1, bool average = false, double penalty = 0)
    {
        var gan = new Gan(Generator(), Discriminator(), Latent);
        gan.Compile(
            new Adam(0.01, beta1: 0.5) { UseEma = average, EmaMomentum = 0.9 },
            new Adam(0.01, beta1: 0.5),
            loss,
            discriminatorSteps,
            penalty,
            penalty,
            penalty > 0 ? new ExponentialDecay(0.1, 10, 0.5) : null);
        return gan;
    }
}
