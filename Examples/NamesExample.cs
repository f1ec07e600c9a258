using System.CommandLine;
using System.Globalization;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>Which language a surname is from, read character by character, where some languages have many names and some few.</summary>
internal static class NamesExample
{
    public static Command Command()
    {
        Option<string> cell = new("--model") { Description = "What reads the characters.", DefaultValueFactory = _ => "lstm" };
        cell.AcceptOnlyFromAmong("lstm", "gru");
        Option<string?> data = new("--data")
        {
            Description = "Folder with a file of names, one a line, for each language; without it names are made up.",
        };
        Option<string[]> asked = new("--name") { Description = "A name to place; may be given several times." };
        Option<double> balance = new("--balance")
        {
            Description = "From 0, every name counts alike in training, to 1, every language does.",
            DefaultValueFactory = _ => 0.5,
        };
        Option<bool> ascii = new("--ascii") { Description = "Reads letters without their marks, as ö as o." };
        Option<int> units = new("--units") { Description = "The length of the states.", DefaultValueFactory = _ => 128 };
        Option<int> epochs = Options.Epochs(30);
        Option<ulong> seed = Options.Seed();
        var command = new Command("names", "Learns which language a surname is from.")
        {
            cell, data, asked, balance, ascii, units, epochs, seed,
        };
        command.SetAction(parsed =>
        {
            var tokenizer = new Tokenizer(lowercase: true, stripAccents: parsed.GetValue(ascii));
            Surnames names = Surnames.Load(parsed.GetValue(data), tokenizer, parsed.GetValue(seed));
            int size = parsed.GetValue(units);
            RecurrentLayer layer = parsed.GetValue(cell) == "gru" ? new GRU(size) : new LSTM(size);
            (Sequential model, Dataset test) =
                Train(names, layer, parsed.GetValue(balance), parsed.GetValue(epochs), parsed.GetValue(seed));
            Judge(names, model, test);
            string[] wanted = parsed.GetValue(asked) is { Length: > 0 } given ? given : Some(names, test);
            Place(names, model, tokenizer, wanted);
        });
        return command;
    }

    private static (Sequential Model, Dataset Test) Train(Surnames names, RecurrentLayer layer, double balance, int epochs, ulong seed)
    {
        (CharacterVocabulary vocabulary, int languages) = (names.Vocabulary, names.Languages.Length);
        #region doc-names
        Tensor ids = Sequences.Pad([.. names.Names.Select(names.Encode)], padding: SequenceSide.Post);      // 0 is padding
        Tensor labels = Tensor.From<int>(names.Labels, [names.Labels.Length]);
        (Dataset rest, Dataset test) = new Dataset(ids, labels).Split(0.8, seed, stratify: true);           // each language 80 : 20
        (Dataset train, Dataset validation) = rest.Split(0.9, seed, stratify: true);                        // chooses the epoch
        var model = new Sequential(
            new Input([ids.Shape[1]], DType.Int32),
            new Embedding(vocabulary.Count + 1, 32, maskZero: true),
            layer,                                                              // an LSTM or a GRU
            new Dropout(0.3),
            new Dense(languages, Activation.Softmax));
        model.Compile(new Adam(0.002), new SparseCategoricalCrossentropy(), new F1Score(name: "f1"));
        #endregion

        Console.WriteLine($"{languages} languages, {vocabulary.Count} characters");
        Console.WriteLine($"{train.Count} names to learn, {validation.Count} to choose the epoch, {test.Count} to ask for\n");
        #region doc-names-fit
        var stop = new EarlyStopping("val_f1", patience: 5, restoreBestWeights: true);
        model.Fit(
            train, epochs, batchSize: 32, seed: seed, validationData: validation, classWeight: names.Weights(balance), callbacks: [stop]);
        #endregion
        string best = stop.Best is { } f1 ? string.Create(CultureInfo.InvariantCulture, $"F1 {f1:F4}") : "not trained";
        Console.WriteLine($"\nbest on the {validation.Count}: epoch {stop.BestEpoch + 1}, {best}");
        return (model, test);
    }

    private static void Judge(Surnames names, Sequential model, Dataset test)
    {
        int count = names.Languages.Length;
        Tensor predicted = model.Predict(test, batchSize: 256);
        var confusion = new ConfusionMatrix(count);
        var f1 = new F1Score();
        confusion.Update(test.Labels!, predicted);
        f1.Update(test.Labels!, predicted);

        Console.WriteLine("\nof 100 names of each row's language, so many were taken for the column's");
        Console.WriteLine(new string(' ', 8) + string.Concat(names.Languages.Select(language => Cut(language, 3).PadLeft(4))));
        for (int i = 0; i < count; i++)
        {
            double total = Total(i);
            IEnumerable<string> shares = Enumerable.Range(0, count)
                .Select(j => confusion[i, j] == 0 ? "." : Math.Round(100 * confusion[i, j] / total).ToString(CultureInfo.InvariantCulture));
            Console.WriteLine(Cut(names.Languages[i], 8).PadRight(8) + string.Concat(shares.Select(share => share.PadLeft(4))));
        }

        Console.WriteLine("\nlanguage       names     right       F1");
        for (int i = 0; i < count; i++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Cut(names.Languages[i], 12),-12}{Total(i),8}{confusion[i, i] / Total(i),10:P1}{f1.PerClass[i],9:F3}"));
        }

        double even = Enumerable.Range(0, count).Average(i => confusion[i, i] / Total(i));
        double largest = Enumerable.Range(0, count).Max(Total) / test.Count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"all names",-12}{test.Count,8}{confusion.Result,10:P1}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"mean of the languages",-20}{even,9:P1}{f1.Result,9:F3}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"always the most frequent language: {largest:P1} of the names"));

        double Total(int language) => Enumerable.Range(0, count).Sum(j => confusion[language, j]);
    }

    /// <summary>The three likeliest languages of each name.</summary>
    private static void Place(Surnames names, Sequential model, Tokenizer tokenizer, string[] asked)
    {
        Console.WriteLine();
        int length = model.InputShapes[0][0];
        foreach (string name in asked)
        {
            string known = names.Known(tokenizer.Clean(name));
            if (known.Length == 0)
            {
                Console.WriteLine($"{name}: no letter of it is known");
                continue;
            }

            float[] shares = model.Predict(Sequences.Pad([names.Encode(known)], length, SequenceSide.Post)).ToArray<float>();
            IEnumerable<string> likely = Enumerable.Range(0, shares.Length).OrderByDescending(i => shares[i]).Take(3)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"{names.Languages[i]} {shares[i]:P0}"));
            Console.WriteLine($"{Cut(name, 20),-20} {string.Join(", ", likely)}");
        }
    }

    /// <summary>A name of each language, of those not seen in training.</summary>
    private static string[] Some(Surnames names, Dataset test)
    {
        int[] labels = test.Labels!.ToArray<int>();
        return [.. Enumerable.Range(0, names.Languages.Length)
            .Select(language => names.Decode(test.Features[Array.IndexOf(labels, language)].AsSpan<int>()))];
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
