using System.CommandLine;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A convolutional network learns to read digits (LeCun et al. 1998), drawn by the library or from MNIST's files.</summary>
internal static class DigitsExample
{
    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int> epochs = Options.Epochs(3);
        Option<ulong> seed = Options.Seed();
        Option<string> path = Options.File("--save", "File for the model.", "digits.safetensors");
        var report = new Option<string?>("--report") { Description = "File for an HTML page of curves and predictions." };
        var command = new Command("digits", "Trains a convolutional network to read digits.") { data, epochs, seed, path, report };
        command.SetAction(parsed => Run(
            parsed.GetValue(data), parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(path)!, parsed.GetValue(report)));
        return command;
    }

    private static void Run(string? folder, int epochs, ulong seed, string path, string? report)
    {
        (Dataset train, Dataset test) = Digits.Load(folder);
        Callback[] callbacks = report is null ? [] : [new HtmlReport(report, test)];

        #region doc-digits
        var model = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(32, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Conv2D(64, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Flatten(),
            new Dense(128, Activation.ReLU),
            new Dense(10, Activation.Softmax));

        model.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
        Console.WriteLine(model.Summary());
        model.Fit(train, epochs: epochs, batchSize: 32, validationData: test, seed: seed, callbacks: callbacks);
        Evaluation score = model.Evaluate(test);
        Tensor probabilities = model.Predict(test);
        model.Save(path);
        #endregion

        Console.WriteLine();
        Console.WriteLine($"test accuracy {score["accuracy"]:P2}, loss {score.Loss:F4}, on {test.Count} digits not seen in training");
        Tensor labels = test.Labels!;
        var confusion = new ConfusionMatrix(10);
        confusion.Update(labels, probabilities);
        Console.WriteLine();
        Console.WriteLine(confusion);
        Console.WriteLine();
        ShowSome(test.Features, labels, probabilities.ArgMax());
        Console.WriteLine($"model saved in {Path.GetFullPath(path)}");
    }

    /// <summary>Draws two digits that were read right and two that were not, side by side, with what the network made of them.</summary>
    private static void ShowSome(Tensor images, Tensor labels, Tensor guesses)
    {
        int[] wanted = labels.Cast(DType.Int32).ToArray<int>(), read = guesses.Cast(DType.Int32).ToArray<int>();
        IEnumerable<int> right = Enumerable.Range(0, wanted.Length).Where(i => wanted[i] == read[i]).Take(2);
        IEnumerable<int> wrong = Enumerable.Range(0, wanted.Length).Where(i => wanted[i] != read[i]).Take(2);
        int[] shown = [.. right, .. wrong];
        Console.Write(Digits.Sketch(shown.Select(i => images[i])));
        foreach (int i in shown) Console.Write($"  is {wanted[i]}, read as {read[i]}".PadRight(Digits.Width));
        Console.WriteLine("\n");
    }
}
