using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Bench.Peer;

/// <content>A generator against a discriminator.</content>
internal static partial class PeerCases
{
    private static IEnumerable<PeerCase> Adversarial()
    {
        yield return new("dcgan28_b64", () =>
        {
            var generator = new Sequential(
                new Input(100),
                new Dense(6272),
                new BatchNormalization(),
                new ActivationLayer(Activation.ReLU),
                new Reshape(7, 7, 128),
                new Conv2DTranspose(64, 4, strides: 2, padding: Padding.Same),
                new BatchNormalization(),
                new ActivationLayer(Activation.ReLU),
                new Conv2DTranspose(1, 4, Activation.Tanh, strides: 2, padding: Padding.Same));
            var discriminator = new Sequential(
                new Input(28, 28, 1),
                new Conv2D(64, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
                new Conv2D(128, 4, strides: 2, padding: Padding.Same),
                new BatchNormalization(),
                new ActivationLayer(Activation.LeakyReLU(0.2)),
                new Flatten(),
                new Dense(1));
            var gan = new Gan(generator, discriminator, latentSize: 100);
            gan.Compile(new Adam(2e-4), new Adam(2e-4), GanLoss.NonSaturating);
            Tensor real = PeerInputs.Values([64, 28, 28, 1], 1) + 0.5;
            return new PeerWork(() => gan.TrainOnBatch(real));
        });
    }
}
