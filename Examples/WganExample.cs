using System.CommandLine;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A Wasserstein critic with gradient penalty finds all eight Gaussians of a ring; with <c>--digits</c> it makes digits.</summary>
internal static class WganExample
{
    private const int Modes = 8, Samples = 10_000;
    private const double Radius = 2, Deviation = 0.02;

    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int?> images = Options.Images();
        Option<int?> epochs = new("--epochs") { Description = "Passes over the training data; 600 over the ring, 10 over digits." };
        Option<ulong> seed = Options.Seed();
        Option<bool> digits = new("--digits") { Description = "Digits in place of the ring." };
        Option<string> folder = Options.File("--folder", "Folder for pictures of digits.", "wgan-gp");
        var command = new Command("wgan-gp", "Wasserstein with gradient penalty: a ring, or digits.")
            { data, images, epochs, seed, digits, folder };
        command.SetAction(parsed =>
        {
            int? passes = parsed.GetValue(epochs);
            ulong first = parsed.GetValue(seed);
            if (!parsed.GetValue(digits)) OnRing(passes ?? 600, first);
            else OnDigits(Digits.Load(parsed.GetValue(data), parsed.GetValue(images)), passes ?? 10, first, parsed.GetValue(folder)!);
        });
        return command;
    }

    private static void OnRing(int epochs, ulong seed)
    {
        #region doc-wgan
        var generator = new Sequential(
            new Input(2), new Dense(128, Activation.ReLU), new Dense(128, Activation.ReLU), new Dense(128, Activation.ReLU), new Dense(2));
        var critic = new Sequential(
            new Input(2), new Dense(128, Activation.ReLU), new Dense(128, Activation.ReLU), new Dense(128, Activation.ReLU), new Dense(1));
        var gan = new Gan(generator, critic, latentSize: 2);
        gan.Compile(
            new Adam(new CosineDecay(1e-3, decaySteps: Math.Max(1, epochs * 40 / 5)), beta1: 0.5, beta2: 0.9) { UseEma = true, EmaMomentum = 0.995 },
            new Adam(1e-3, beta1: 0.5, beta2: 0.9),
            GanLoss.Wasserstein,
            discriminatorSteps: 5,
            gradientPenalty: 0.1);
        #endregion
        gan.Fit(Ring(seed), epochs, batchSize: 256, seed: seed, verbose: Verbosity.Silent);
        float[] points = gan.Generate(Samples, seed: 1, batchSize: 1000).ToArray<float>();
        var counts = new int[Modes];
        int near = 0;
        for (int i = 0; i < points.Length; i += 2)
        {
            int mode = (int)Math.Round((Math.Atan2(points[i + 1], points[i]) / (2 * Math.PI) + 1) * Modes) % Modes;
            (double x, double y) = Place(mode);
            if (Math.Sqrt(Math.Pow(points[i] - x, 2) + Math.Pow(points[i + 1] - y, 2)) > 3 * Deviation) continue;
            counts[mode]++;
            near++;
        }

        // A mode counts from a tenth of its even share on.
        Console.WriteLine($"{counts.Count(count => count >= Samples / Modes / 10)} of {Modes} modes found; of {Samples} samples "
            + $"{(double)near / Samples:P1} lie within");
        Console.WriteLine($"three standard deviations of one: {string.Join(" ", counts)}");
    }

    private static Tensor Ring(ulong seed)
    {
        RandomGenerator random = new RandomGenerator(seed).Split("ring");
        var points = new float[2 * Samples];
        for (int i = 0; i < Samples; i++)
        {
            (double x, double y) = Place(random.NextInteger(0, Modes));
            (points[2 * i], points[2 * i + 1]) = ((float)(x + Deviation * random.NextNormal()), (float)(y + Deviation * random.NextNormal()));
        }

        return Tensor.From<float>(points, [Samples, 2]);
    }

    private static (double X, double Y) Place(int mode) =>
        (Radius * Math.Cos(2 * Math.PI * mode / Modes), Radius * Math.Sin(2 * Math.PI * mode / Modes));

    private static void OnDigits((Dataset Train, Dataset Test) data, int epochs, ulong seed, string folder)
    {
        (Dataset train, Dataset test) = data;
        SampleEvaluator evaluator = Judge.Of(train, test);
        Gan gan = BestGan.Networks();
        #region doc-wgan-digits
        int steps = Math.Max(1, epochs * ((train.Count + 63) / 64));
        gan.Compile(
            new Adam(new CosineDecay(1e-3, Math.Max(1, steps / 3)), beta1: 0.5, beta2: 0.9) { UseEma = true, EmaMomentum = 0.99 },
            new Adam(new CosineDecay(1e-3, steps), beta1: 0.5, beta2: 0.9),
            GanLoss.Wasserstein,
            discriminatorSteps: 3,
            gradientPenalty: 10);
        #endregion
        gan.Fit(train, epochs, batchSize: 64, seed: seed, callbacks: [new SampleGallery(folder)]);
        Judge.Print(evaluator.Evaluate(gan.Generate(5000, seed: 1)));
        Console.WriteLine($"pictures in {Path.GetFullPath(Path.Combine(folder, "index.html"))}");
    }
}
