using System.CommandLine;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>Asked for a "7", the generator draws a 7; a classifier says how often it recognises what was asked for.</summary>
internal static class ConditionalGanExample
{
    private const int Latent = 64, Embedding = 50, Each = 100;

    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int?> images = Options.Images();
        Option<int> epochs = Options.Epochs(10);
        Option<ulong> seed = Options.Seed();
        Option<bool> auxiliary = new("--auxiliary") { Description = "The discriminator names the digit in place of seeing it." };
        Option<string> folder = Options.File("--folder", "Folder for the pictures, the animation and the page.", "conditional-gan");
        var command = new Command("conditional-gan", "Digits on demand.") { data, images, epochs, seed, auxiliary, folder };
        command.SetAction(parsed => Run(Digits.Load(parsed.GetValue(data), parsed.GetValue(images)), parsed.GetValue(epochs),
            parsed.GetValue(seed), parsed.GetValue(auxiliary), parsed.GetValue(folder)!));
        return command;
    }

    private static void Run((Dataset Train, Dataset Test) digits, int epochs, ulong seed, bool auxiliary, string folder)
    {
        (Dataset train, Dataset test) = digits;
        // What it says is a verdict on each sample, so it is to be right: longer than for a distance, and with a rate that falls.
        Sequential classifier = Judge.Train(train, epochs: 4, new CosineDecay(1e-3, 4 * ((train.Count + 63) / 64)));
        Console.WriteLine($"it is right about {classifier.Evaluate(test)["accuracy"]:P2} of digits that it has not seen");
        #region doc-conditional
        var generator = new Sequential(
            new Input(Latent + Embedding),
            new Dense(256), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new Dense(7 * 7 * 64), new BatchNormalization(), new ActivationLayer(Activation.ReLU), new Reshape(7, 7, 64),
            new Conv2DTranspose(32, 4, strides: 2, padding: Padding.Same), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new Conv2DTranspose(1, 4, Activation.Sigmoid, strides: 2, padding: Padding.Same));
        var discriminator = new Sequential(                         // [28, 28, 2]: a digit, and its label as a plane
            new Conv2D(32, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
            new Conv2D(64, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
            new Flatten(),
            new Dense(256, Activation.LeakyReLU(0.2)),
            new Dense(auxiliary ? 1 + 10 : 1));
        var gan = new ConditionalGan(generator, discriminator, Latent, classes: 10, Embedding, auxiliaryClassifier: auxiliary);
        int steps = Math.Max(1, epochs * ((train.Count + 63) / 64));
        gan.Compile(
            new Adam(new CosineDecay(2e-4, steps), beta1: 0.5) { UseEma = true, EmaMomentum = 0.999 },
            new Adam(new CosineDecay(2e-4, steps), beta1: 0.5),
            GanLoss.NonSaturating,
            r1Penalty: 1);
        gan.Fit(train, epochs, batchSize: 64, seed: seed, callbacks: [new SampleGallery(folder, count: 100)]);
        Tensor sevens = gan.Generate(label: 7, count: Each, seed: 1);
        #endregion
        ImageGrid.SavePng(Path.Combine(folder, "sevens.png"), sevens);
        int right = 0;
        for (int digit = 0; digit < 10; digit++)
        {
            int[] seen = classifier.Predict(gan.Generate(digit, Each, seed: 2)).ArgMax().ToArray<int>();
            int recognised = seen.Count(other => other == digit);
            right += recognised;
            Console.WriteLine($"asked for {digit}: {recognised} of {Each} recognised");
        }

        Console.WriteLine($"{right / (10.0 * Each):P1} recognised as asked");
        Console.WriteLine($"pictures in {Path.GetFullPath(Path.Combine(folder, "index.html"))}");
    }
}
