using System.CommandLine;
using System.Globalization;
using System.Text;
using Engine;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>Classes from a table, such as Fisher's irises (1936): a stratified split, scaled columns, a confusion matrix.</summary>
internal static class TabularExample
{
    public static Command Command()
    {
        var data = new Option<string?>("--data") { Description = "CSV file, class in the last column; without it flowers are made up." };
        Option<int> epochs = Options.Epochs(40);
        Option<ulong> seed = Options.Seed();
        var command = new Command("tabular", "Trains a small network on a CSV file.") { data, epochs, seed };
        command.SetAction(parsed => Run(parsed.GetValue(data), parsed.GetValue(epochs), parsed.GetValue(seed)));
        return command;
    }

    private static void Run(string? file, int epochs, ulong seed)
    {
        CsvDataset table = Stage.Run(
            file is null ? "making up a table of 150 flowers" : $"reading {file}", () => file is null ? Flowers(seed) : Read(file));

        #region doc-tabular
        (Dataset train, Dataset test) = table.Split(0.8, seed, stratify: true);     // each class 80 : 20
        var scaled = new Normalization();
        scaled.Adapt(train);                                                        // the test rows stay unseen
        var model = new Sequential(
            new Input(table.FeatureShape[0]),
            scaled,
            new Dense(16, Activation.ReLU),
            new Dense(table.ClassNames.Count, Activation.Softmax));

        model.Compile(new Adam(0.01), new SparseCategoricalCrossentropy(), new Accuracy());
        History history = Stage.Run($"training on {train.Count} rows, {epochs} epochs",
            () => model.Fit(train, epochs, batchSize: 16, seed: seed, verbose: Verbosity.Silent));
        Evaluation score = model.Evaluate(test);
        #endregion

        Console.WriteLine();
        Console.WriteLine($"{"column",-24}{"mean",10}{"deviation",12}    measured on the training rows");
        float[] mean = scaled.Mean.ToArray<float>(), variance = scaled.Variance.ToArray<float>();
        for (int i = 0; i < mean.Length; i++)
            Console.WriteLine($"{table.FeatureNames[i],-24}{mean[i],10:G4}{Math.Sqrt(variance[i]),12:G4}");
        Console.WriteLine();
        IReadOnlyList<double> loss = history["loss"], accuracy = history["accuracy"];
        Console.WriteLine($"loss {loss[0]:F4} → {loss[^1]:F4}, accuracy {accuracy[0]:P1} → {accuracy[^1]:P1}");
        Console.WriteLine($"on {test.Count} rows not seen in training: loss {score.Loss:F4}, accuracy {score["accuracy"]:P1}");
        Console.WriteLine();
        var confusion = new ConfusionMatrix(table.ClassNames.Count);
        confusion.Update(test.Labels!, model.Predict(test));
        Console.WriteLine(confusion);
        for (int i = 0; i < table.ClassNames.Count; i++) Console.WriteLine($"{i,18} = {table.ClassNames[i]}");
    }

    private static CsvDataset Read(string path) => Dataset.FromCsv(path, label: ^1, hasHeader: HasHeader(path));

    /// <summary>A first line that begins with a number is a row, any other names the columns.</summary>
    private static bool HasHeader(string path) => File.Exists(path) && File.ReadLines(path).FirstOrDefault() is { } line
        && !double.TryParse(line.Split(',')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Three kinds of flowers that differ in their means and overlap at their edges, in centimetres.</summary>
    private static CsvDataset Flowers(ulong seed)
    {
        (string Name, double[] Means)[] kinds =
            [("bellflower", [2.2, 1.6, 4.0]), ("buttercup", [1.2, 1.2, 2.4]), ("cornflower", [1.9, 0.9, 3.4])];
        double[] deviations = [0.2, 0.2, 0.4];
        var random = new RandomGenerator(seed);
        var text = new StringBuilder("petal length,petal width,leaf length,kind\n");
        for (int i = 0; i < 150; i++)
        {
            (string name, double[] means) = kinds[i % kinds.Length];
            for (int j = 0; j < means.Length; j++)
                text.Append(CultureInfo.InvariantCulture, $"{means[j] + deviations[j] * random.NextNormal():F1},");
            text.Append(name).Append('\n');
        }

        string path = Path.GetTempFileName();
        File.WriteAllText(path, text.ToString());
        CsvDataset table = Read(path);
        File.Delete(path);
        return table;
    }
}
