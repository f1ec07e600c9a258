using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>The adversarial pair that made the best digits of those that were tried.</summary>
internal static class BestGan
{
    /// <summary>The two networks. The discriminator has no batch normalisation, so a penalty on a sample's slope is that sample's alone.</summary>
    public static Gan Networks()
    {
        #region doc-gan-best
        var generator = new Sequential(
            new Input(64),
            new Dense(256), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new Dense(7 * 7 * 64), new BatchNormalization(), new ActivationLayer(Activation.ReLU), new Reshape(7, 7, 64),
            new Conv2DTranspose(32, 4, strides: 2, padding: Padding.Same), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new Conv2DTranspose(1, 4, Activation.Sigmoid, strides: 2, padding: Padding.Same));
        var discriminator = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(32, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
            new Conv2D(64, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
            new Flatten(),
            new Dense(256, Activation.LeakyReLU(0.2)),              // sees how distant strokes go together
            new Dense(1));
        var gan = new Gan(generator, discriminator, latentSize: 64);
        #endregion
        return gan;
    }

    public static Gan Train(Dataset train, int epochs, ulong seed, IReadOnlyList<Callback> callbacks)
    {
        Gan gan = Networks();
        #region doc-gan-best-fit
        int steps = Math.Max(1, epochs * ((train.Count + 63) / 64));
        gan.Compile(
            new Adam(new CosineDecay(1e-3, steps), beta1: 0.5) { UseEma = true, EmaMomentum = 0.999 },
            new Adam(new CosineDecay(2e-4, steps), beta1: 0.5),
            GanLoss.NonSaturating);
        gan.Fit(train, epochs, batchSize: 64, seed: seed, callbacks: callbacks);
        #endregion
        return gan;
    }
}
