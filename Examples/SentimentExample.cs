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

/// <summary>Is a review positive? A recurrent network that reads it both ways, or a convolutional one that looks for phrases.</summary>
internal static class SentimentExample
{
    public static Command Command()
    {
        var network = new Option<string>("--model")
        {
            Description = "lstm: reads forwards and backwards; cnn: looks for phrases of 3, 4 and 5 words (Kim 2014).",
            DefaultValueFactory = _ => "cnn",
        };
        network.AcceptOnlyFromAmong("lstm", "cnn");
        var positive = new Option<string?>("--positive") { Description = "File of positive reviews, one a line; else some are made up." };
        var negative = new Option<string?>("--negative") { Description = "File of negative reviews, one a line." };
        var texts = new Option<string[]>("--text") { Description = "A sentence to judge after training; may be given several times." };
        var words = new Option<int>("--words") { Description = "Words that are read of a longer sentence.", DefaultValueFactory = _ => 50 };
        Option<int> epochs = Options.Epochs(20);
        Option<ulong> seed = Options.Seed();
        var command = new Command("sentiment", "Tells positive reviews from negative ones.")
        {
            network, positive, negative, texts, words, epochs, seed,
        };
        command.Validators.Add(given =>
        {
            if (given.GetValue(positive) is null != given.GetValue(negative) is null)
                given.AddError("Give --positive and --negative, or neither.");
            if (given.GetResult(words)?.GetValueOrDefault<int>() < 1) given.AddError("Give --words 1 or more.");
        });
        command.SetAction(parsed =>
        {
            var reviews = Reviews.Load(parsed.GetValue(positive), parsed.GetValue(negative), parsed.GetValue(seed));
            Run(reviews, parsed.GetValue(network) == "lstm", parsed.GetValue(words), parsed.GetValue(texts) ?? [], parsed.GetValue(epochs),
                parsed.GetValue(seed));
        });
        return command;
    }

    private static void Run(Reviews reviews, bool isLstm, int most, string[] texts, int epochs, ulong seed)
    {
        #region doc-sentiment-split
        (Dataset rest, Dataset test) = reviews.Numbered.Split(0.9, seed, stratify: true);   // both verdicts 90 : 10
        (Dataset train, Dataset validation) = rest.Split(0.9, seed, stratify: true);        // chooses the epoch; the test chooses nothing
        var vocabulary = WordVocabulary.From(reviews.Of(train), minFrequency: 2);           // rarer words are <unk>
        #endregion

        int longest = reviews.Of(rest).Max(text => vocabulary.Encode(text).Length), length = Math.Min(longest, most);
        Console.WriteLine($"{train.Count} sentences to train on, {validation.Count} to choose the epoch, {test.Count} held out");
        Console.WriteLine($"{vocabulary.Count} words, {vocabulary.Coverage(reviews.Of(test)):P1} of those held out; "
            + $"up to {longest} in a sentence, {length} are read");
        Console.WriteLine();

        Model model = isLstm ? Lstm(vocabulary.Count, length) : Cnn(vocabulary.Count, length);
        #region doc-sentiment-fit
        model.Compile(new Adam(isLstm ? 0.003 : 0.001), new BinaryCrossentropy(), new Accuracy());
        var stop = new EarlyStopping(patience: 3, restoreBestWeights: true);
        History history = model.Fit(
            Coded(train), epochs, batchSize: 50, seed: seed, validationData: Coded(validation), callbacks: [stop]);
        #endregion

        Tensor probabilities = model.Predict(Coded(test));
        var confusion = new ConfusionMatrix(2);
        confusion.Update(test.Labels!, probabilities);
        Console.WriteLine();
        string ofBest = stop.Best is { } best ? $"loss {best:F4}, accuracy {history["val_accuracy"][stop.BestEpoch]:P1}" : "not trained";
        Console.WriteLine($"best on the {validation.Count}: epoch {stop.BestEpoch + 1}, {ofBest}");
        Console.WriteLine($"on the {test.Count} held out: accuracy {confusion.Result:P1}");
        Console.WriteLine();
        Console.WriteLine(confusion);
        Console.WriteLine("                 0 = negative, 1 = positive");

        float[] values = probabilities.ToArray<float>();
        string[] signed = [.. reviews.Of(test).Zip(test.Labels!.ToArray<int>(), (text, wanted) => $"{(wanted == 1 ? '+' : '-')} {text}")];
        Show("the surest sentences held out and the least sure", [.. Extremes(values, 2), .. Doubtful(values, 2)], signed, values);
        string[] words = [.. vocabulary.Tokens.Skip(vocabulary.SpecialCount).Take(1000)];
        float[] alone = Judge(words);
        Show("the surest of the 1000 commonest words", Extremes(alone, 4), words, alone);
        if (texts.Length > 0) Show("what was given", [.. Enumerable.Range(0, texts.Length)], texts, Judge(texts));

        Tensor Encoded(IEnumerable<string> some) =>
            Sequences.Pad([.. some.Select(vocabulary.Encode)], length, SequenceSide.Post, SequenceSide.Post);

        Dataset Coded(Dataset part) => new(Encoded(reviews.Of(part)), part.Labels);

        float[] Judge(string[] some) => model.Predict(Encoded(some)).ToArray<float>();
    }

    private static Sequential Lstm(int words, int length)
    {
        #region doc-sentiment-lstm
        var model = new Sequential(
            new Input([length], DType.Int32),
            new Embedding(words, 128, maskZero: true),                      // padding is masked: no step of the LSTM sees it
            new Dropout(0.2),
            new Bidirectional(new LSTM(64)),
            new Dropout(0.5),
            new Dense(1, Activation.Sigmoid));
        #endregion
        return model;
    }

    private static Model Cnn(int words, int length)
    {
        #region doc-sentiment-cnn
        int[] widths = [3, 4, 5];
        SymbolicTensor ids = SymbolicTensor.Input([length], DType.Int32);
        SymbolicTensor counts = new Lambda(x => (x > 0).Cast(DType.Float32).ExpandDims(-1)).Apply(ids);     // 1 at words, 0 at padding
        SymbolicTensor text = new Multiply().Apply(new Embedding(words, 128).Apply(ids), counts);
        SymbolicTensor[] phrases = [.. widths.Select(width =>
        {
            SymbolicTensor found = new Conv1D(100, width, Activation.ReLU, padding: Padding.Same).Apply(text);
            return new GlobalMaxPooling1D().Apply(new Multiply().Apply(found, counts));                     // none is below 0
        })];
        SymbolicTensor kept = new Dropout(0.5).Apply(new Concatenate().Apply(phrases));
        var model = new Model(ids, new Dense(1, Activation.Sigmoid, kernelConstraint: new MaxNorm(3)).Apply(kept));
        #endregion
        return model;
    }

    private static int[] Extremes(float[] values, int each)
    {
        int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];
        return [.. order.Take(each), .. order.Skip(Math.Max(each, order.Length - each))];
    }

    private static int[] Doubtful(float[] values, int count) =>
        [.. Enumerable.Range(0, values.Length).OrderBy(i => Math.Abs(values[i] - 0.5f)).Take(count)];

    private static void Show(string what, int[] chosen, string[] texts, float[] values)
    {
        Console.WriteLine();
        Console.WriteLine($"probability of being positive, {what}:");
        foreach (int i in chosen)
        {
            string text = texts[i].Length > 68 ? texts[i][..67] + "…" : texts[i];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{values[i],9:P1}  {text}"));
        }
    }
}
