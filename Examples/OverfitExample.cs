using System.CommandLine;
using System.Diagnostics;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A network learns 500 digits by heart, and what helps against it: four remedies, one at a time, and their curves.</summary>
internal static class OverfitExample
{
    private const int Few = 500, More = 8 * Few, Unseen = 2000;
    private const double Penalty = 1e-2, Rate = 0.5;

    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int> epochs = Options.Epochs(40);
        Option<ulong> seed = Options.Seed();
        Option<string> path = Options.File("--report", "File for the page with the curves.", "overfit.html");
        var command = new Command("overfit", "What helps against overfitting, in numbers and curves.") { data, epochs, seed, path };
        command.SetAction(parsed => Run(parsed.GetValue(data), parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(path)!));
        return command;
    }

    private static void Run(string? folder, int epochs, ulong seed, string path)
    {
        (Dataset all, Dataset test) = Digits.Load(folder);
        Dataset few = all.Take(Few), unseen = test.Take(Unseen);
        var page = new HtmlComparison(path, "What helps against overfitting", ["accuracy", "crossentropy"]);

        Console.WriteLine($"five trainings of {epochs} epochs, measured on the digits they saw and on {unseen.Count} others");
        Console.WriteLine();
        Console.WriteLine("                      digits seen      digits not seen   gap in accuracy");
        Console.WriteLine("               entropy   accuracy   entropy   accuracy    points    left  time");
        double? worst = null;
        Train("nothing", few, Network());
        Train("L2", few, Network(penalty: Penalty));
        Train("dropout", few, Network(dropout: Rate));
        Train("augmentation", few, Network(augment: true));
        Train("more data", all.Take(More), Network());
        Console.WriteLine();
        Console.WriteLine($"Seen digits are measured without dropout and augmentation. L2 adds {Penalty} times");
        Console.WriteLine($"the squared weights to the loss; more data are {More} digits in place of {Few}.");
        Console.WriteLine($"curves in {Path.GetFullPath(path)}");

        void Train(string remedy, Dataset data, Sequential model)
        {
            var clock = Stopwatch.StartNew();
            var loss = new SparseCategoricalCrossentropy();
            // The loss has L2's penalty in it; as a metric it has not, so that the five can be compared.
            model.Compile(new Adam(), loss, new Accuracy(), new LossMetric(loss, "crossentropy"));
            model.Fit(
                data, epochs, batchSize: 32, seed: seed, validationData: unseen, verbose: Verbosity.Silent,
                callbacks: [page.Run(remedy, data)]);
            Evaluation known = model.Evaluate(data), other = model.Evaluate(unseen);
            double gap = known["accuracy"] - other["accuracy"];
            worst ??= gap;
            Console.Write($"{remedy,-12} {known["crossentropy"],9:F4} {known["accuracy"],10:P2} ");
            Console.Write($"{other["crossentropy"],9:F4} {other["accuracy"],10:P2} ");
            Console.WriteLine($"{100 * gap,9:F2} {gap / worst,7:P0} {clock.Elapsed.TotalSeconds,4:F0} s");
        }
    }

    #region doc-overfit
    /// <summary>The same small network each time; a remedy is a rate that is not 0, or layers that change the images in training.</summary>
    private static Sequential Network(double penalty = 0, double dropout = 0, bool augment = false)
    {
        Layer[] changes = [new RandomRotation(0.03), new RandomTranslation(0.1, 0.1), new RandomZoom(0.1)];
        return new Sequential(
        [
            new Input(28, 28, 1),
            .. augment ? changes : [],
            new Conv2D(16, (3, 3), Activation.ReLU, kernelRegularizer: new L2(penalty)),
            new MaxPooling2D((2, 2)),
            new Conv2D(32, (3, 3), Activation.ReLU, kernelRegularizer: new L2(penalty)),
            new MaxPooling2D((2, 2)),
            new Flatten(),
            new Dropout(dropout),
            new Dense(64, Activation.ReLU, kernelRegularizer: new L2(penalty)),
            new Dropout(dropout),
            new Dense(10, Activation.Softmax),
        ]);
    }
    #endregion
}
