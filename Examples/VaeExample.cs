using System.CommandLine;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A variational autoencoder of digits: reconstructions, samples, and ways from one digit to another.</summary>
internal static class VaeExample
{
    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int?> images = Options.Images();
        Option<int> epochs = Options.Epochs(10);
        Option<ulong> seed = Options.Seed();
        Option<string> folder = Options.File("--folder", "Folder for the pictures, the animation and the page.", "vae");
        var command = new Command("vae", "A variational autoencoder of digits.") { data, images, epochs, seed, folder };
        command.SetAction(parsed => Run(Digits.Load(parsed.GetValue(data), parsed.GetValue(images)), parsed.GetValue(epochs),
            parsed.GetValue(seed), parsed.GetValue(folder)!));
        return command;
    }

    private static void Run((Dataset Train, Dataset Test) digits, int epochs, ulong seed, string folder)
    {
        (Dataset train, Dataset test) = digits;
        #region doc-vae
        var encoder = new Sequential(
            new Input(28, 28, 1), new Flatten(), new Dense(400, Activation.ReLU), new Dense(2 * 16));     // a mean and a log variance
        var decoder = new Sequential(
            new Input(16), new Dense(400, Activation.ReLU), new Dense(784, Activation.Sigmoid), new Reshape(28, 28, 1));
        var vae = new Vae(encoder, decoder, latentSize: 16);
        vae.Compile(new Adam(), new BinaryCrossentropy());
        vae.Fit(train.Features, epochs, batchSize: 128, seed: seed, callbacks: [new SampleGallery(folder)]);
        Tensor means = vae.Encode(test.Features[..2]);
        Tensor way = vae.Interpolate(means[0], means[1], steps: 10);
        #endregion
        ImageGrid.SavePng(Path.Combine(folder, "way.png"), way, columns: 10);
        Tensor some = test.Features[..10].Cast(DType.Float32) / 255;
        ImageGrid.SavePng(Path.Combine(folder, "reconstructions.png"), Tensor.Concat([some, vae.Predict(some)]), columns: 10);
        Console.WriteLine($"test loss {vae.Evaluate(test.Features).Loss:F4} a pixel; pictures in {Path.GetFullPath(folder)}");
    }
}
