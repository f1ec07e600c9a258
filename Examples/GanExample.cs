using System.CommandLine;
using System.IO.Compression;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A generator learns to make digits that a discriminator cannot tell from real ones.</summary>
internal static class GanExample
{
    private const int Scored = 5000;

    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int?> images = Options.Images();
        Option<int> epochs = Options.Epochs(15);
        Option<ulong> seed = Options.Seed();
        Option<string> folder = Options.File("--folder", "Folder for the pictures, the animation and the page.", "gan");
        Option<string?> samples = new("--samples") { Description = "File for 5,000 samples as IDX bytes, for another judge; .gz compresses." };
        var model = new Option<string>("--model")
        {
            Description = "plain: two small networks; best: larger ones, with a moving average and rates that fall.",
            DefaultValueFactory = _ => "plain",
        };
        model.AcceptOnlyFromAmong("plain", "best");
        var command = new Command("gan", "Generator against discriminator on digits.") { model, data, images, epochs, seed, folder, samples };
        command.SetAction(parsed => Run(parsed.GetValue(model) == "best", Digits.Load(parsed.GetValue(data), parsed.GetValue(images)),
            parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(folder)!, parsed.GetValue(samples)));
        return command;
    }

    private static void Run(
        bool best, (Dataset Train, Dataset Test) digits, int epochs, ulong seed, string folder, string? samples)
    {
        (Dataset train, Dataset test) = digits;
        SampleEvaluator evaluator = Judge.Of(train, test);
        Gan gan = best
            ? BestGan.Train(train, epochs, seed, [new SampleGallery(folder), new CollapseWatch(evaluator)])
            : Plain(train, epochs, seed, folder, evaluator);
        if (!double.IsNaN(gan.DiscriminatorAccuracy)) Console.WriteLine($"the discriminator tells {gan.DiscriminatorAccuracy:P1} apart");
        Tensor made = gan.Generate(Scored, seed: 1);
        Judge.Print(evaluator.Evaluate(made));
        Console.WriteLine($"pictures in {Path.GetFullPath(Path.Combine(folder, "index.html"))}");
        if (samples is null) return;
        Write(samples, (made * 255).Round().Cast(DType.UInt8));
        Console.WriteLine($"{Scored} samples in {Path.GetFullPath(samples)}");
    }

    private static Gan Plain(Dataset train, int epochs, ulong seed, string folder, SampleEvaluator evaluator)
    {
        Gan gan = Networks();
        #region doc-gan-fit
        gan.Compile(new Adam(2e-4, beta1: 0.5), new Adam(2e-4, beta1: 0.5), GanLoss.NonSaturating);
        gan.Fit(train, epochs, batchSize: 64, seed: seed,
            callbacks: [new SampleGallery(folder), new CollapseWatch(evaluator)]);
        #endregion
        return gan;
    }

    /// <summary>Writes IDX bytes, compressed where the name says so.</summary>
    private static void Write(string path, Tensor images)
    {
        bool compress = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        string plain = compress ? path[..^3] : path;
        Idx.Write<byte>(plain, [Scored, 28, 28], images.ToArray<byte>());
        if (!compress) return;
        using (FileStream from = File.OpenRead(plain))
        using (var to = new GZipStream(File.Create(path), CompressionLevel.Optimal)) from.CopyTo(to);
        File.Delete(plain);
    }

    private static Gan Networks()
    {
        #region doc-gan
        var generator = new Sequential(
            new Input(64),
            new Dense(7 * 7 * 64),
            new BatchNormalization(),
            new ActivationLayer(Activation.ReLU),
            new Reshape(7, 7, 64),
            new Conv2DTranspose(32, 4, strides: 2, padding: Padding.Same),
            new BatchNormalization(),
            new ActivationLayer(Activation.ReLU),
            new Conv2DTranspose(1, 4, Activation.Sigmoid, strides: 2, padding: Padding.Same));
        var discriminator = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(32, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
            new Conv2D(64, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same),
            new Flatten(),
            new Dense(1));
        var gan = new Gan(generator, discriminator, latentSize: 64);
        #endregion
        return gan;
    }
}
