using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A language model of characters: what comes after a window of them, or at every step of streams that are read to their
/// end.</summary>
internal static class TextExample
{
    private const int ValidationStreams = 16, Ignored = -1, SampleLength = 240;

    public static Command Command()
    {
        Option<string> form = new("--model")
        {
            Description = "windows: the character behind 40 others. stream: every next one, with states that go on from batch to batch.",
            DefaultValueFactory = _ => "windows",
        };
        form.AcceptOnlyFromAmong("windows", "stream");
        Option<string?> path = new("--text") { Description = "The text to learn, in UTF-8; without it sentences are made up." };
        Option<int> units = Number("--units", "The length of the states; 128, or 256 in streams.", 128, 256);
        Option<int> length = Number("--length", "Characters in a window; 40, or 100 in streams.", 40, 100);
        Option<int> batch = Number("--batch", "Windows in a batch: of streams their number.", 64, 64);
        Option<double> rate = Number("--learning-rate", "0.001, or 0.002 in streams.", 1e-3, 2e-3);
        Option<double> dropout = Number("--dropout", "The part of the first LSTM's outputs that is dropped.", 0.0, 0.0);
        Option<double> temperature = Number("--temperature", "Of the samples: below 1 they are safer, above 1 bolder.", 0.8, 0.8);
        Option<string> output = Options.File("--save", "Where the best model is written to.", "text.safetensors");
        Option<int> epochs = Options.Epochs(10);
        Option<ulong> seed = Options.Seed();
        var command = new Command("text", "Learns to write, character by character.")
        {
            form, path, units, length, batch, rate, dropout, temperature, output, epochs, seed,
        };
        command.SetAction(parsed =>
        {
            var plan = new Plan(parsed.GetValue(epochs), parsed.GetValue(units), parsed.GetValue(length), parsed.GetValue(batch),
                parsed.GetValue(rate), parsed.GetValue(dropout), parsed.GetValue(temperature), parsed.GetValue(seed),
                parsed.GetValue(output)!);
            string text = parsed.GetValue(path) is { } file ? Stage.Run($"reading {file}", () => TextFile.Read(file)) : MadeUp(plan.Seed);
            if (parsed.GetValue(form) == "windows") Windows(text, plan);
            else Stream(text, plan);
        });
        return command;

        Option<T> Number<T>(string name, string what, T ofWindows, T ofStreams) => new(name)
        {
            Description = what,
            DefaultValueFactory = result => result.GetValue(form) == "stream" ? ofStreams : ofWindows,
        };
    }

    private static void Windows(string text, Plan plan)
    {
        (int epochs, int units, int length, int batch, double rate, double dropout) = plan.Training;
        #region doc-text-model
        var vocabulary = CharacterVocabulary.From(text);
        int[] ids = vocabulary.Encode(text);
        (TextWindows train, TextWindows validation) = TextWindows.NextCharacter(ids, length, stride: 3).Split(0.9);
        var model = new Sequential(
            new Input([length], DType.Int32),
            new OneHot(vocabulary.Count),
            new LSTM(units, returnSequences: true),
            new Dropout(dropout),
            new LSTM(units),
            new Dense(vocabulary.Count, Activation.Softmax));
        model.Compile(new RMSprop(rate), new SparseCategoricalCrossentropy(), new Accuracy());
        #endregion

        Say(model, ids.Length, vocabulary.Count, $"{train.Count} windows of {length} to learn, {validation.Count} to validate");
        model.Fit(train, epochs, batch, seed: plan.Seed, validationData: validation, verbose: Verbosity.Silent,
            callbacks:
            [
                new ModelCheckpoint(plan.Path, saveBestOnly: true),
                Reporter(model, vocabulary, plan, "val_loss", prompt: vocabulary.Decode(ids.AsSpan(0, length))),      // a whole window
            ]);
        Console.WriteLine($"\nthe best model is in {plan.Path}");
    }

    private static void Stream(string text, Plan plan)
    {
        (int epochs, int units, int length, int batch, double rate, double dropout) = plan.Training;
        #region doc-text-stream
        var vocabulary = CharacterVocabulary.From(text);
        int[] ids = vocabulary.Encode(text);
        int cut = (int)(ids.Length * 0.9);
        TextWindows train = TextWindows.Streams(ids[..cut], length, batch);
        TextWindows validation = TextWindows.Streams(ids[cut..], length, ValidationStreams, ignoreIndex: Ignored);  // to the last character
        var model = new Sequential(
            new Input([length], DType.Int32),
            new Embedding(vocabulary.Count, units, embeddingsInitializer: Initializer.RandomNormal(0, 1)),
            new LSTM(units, returnSequences: true, stateful: true),
            new Dropout(dropout),
            new LSTM(units, returnSequences: true, stateful: true),
            new Dense(vocabulary.Count));
        var loss = new SparseCategoricalCrossentropy(fromLogits: true, ignoreIndex: Ignored);
        model.Compile(new Adam(rate) { GlobalClipNorm = 5 }, loss, new Perplexity(fromLogits: true, ignoreIndex: Ignored));
        var start = new LambdaCallback(onEpochBegin: _ => model.ResetStates());             // an epoch begins at the text's beginning
        #endregion

        Say(model, ids.Length, vocabulary.Count, $"{batch} streams to learn, {ValidationStreams} to validate, in windows of {length}");
        var best = new ModelCheckpoint(plan.Path, "val_perplexity", saveBestOnly: true, mode: MonitorMode.Min);
        Callback reporter = Reporter(model, vocabulary, plan, "val_perplexity", prompt: vocabulary.Decode([vocabulary.PaddingId]));
        #region doc-text-stream-fit
        model.Fit(train, epochs, batchSize: batch, shuffle: false, seed: plan.Seed,
            validationData: validation, validationBatchSize: ValidationStreams,
            callbacks: [start, best, reporter], verbose: Verbosity.Silent);
        #endregion
        Console.WriteLine($"\nthe best model is in {plan.Path}");
    }

    /// <summary>After each epoch a line of numbers, and a text that shows them.</summary>
    private static LambdaCallback Reporter(Sequential model, CharacterVocabulary vocabulary, Plan plan, string monitor, string prompt)
    {
        bool isStream = monitor == "val_perplexity";
        var clock = new Stopwatch();
        return new LambdaCallback(onEpochBegin: _ => clock.Restart(), onEpochEnd: (epoch, measured) =>
        {
            double validation = isStream ? Math.Log(measured[monitor]) : measured[monitor];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nepoch {epoch + 1}/{plan.Epochs}  loss {measured["loss"]:F4}  "
                + $"validation {validation:F4} nats a character  {clock.Elapsed.TotalSeconds:F1} s"));
            var generator = new TextGenerator(model, vocabulary)
            {
                Temperature = plan.Temperature,
                Seed = plan.Seed,
                FromLogits = isStream,
            };
            string sample = generator.Generate(prompt, SampleLength);
            foreach (string line in sample.Split('\n')) Console.WriteLine(Folded(line));
        });
    }

    private static void Say(Sequential model, int characters, int kinds, string parts)
    {
        long parameters = model.Variables.Sum(variable => (long)variable.Length);
        Console.WriteLine($"{characters} characters, {kinds} different, {parameters} parameters");
        Console.WriteLine(parts);
    }

    private static string MadeUp(ulong seed) =>
        Stage.Run("making up 1000 sentences", () => string.Join('\n', SmallGerman.Make(1000, seed).Source));

    /// <summary>A line of a sample, indented, in as many lines as a terminal needs for it.</summary>
    private static string Folded(string line) =>
        string.Join('\n', line.TrimEnd().Chunk(76).DefaultIfEmpty([]).Select(part => $"  {new string(part)}".TrimEnd()));

    /// <summary>What the program was asked for.</summary>
    private sealed record Plan(
        int Epochs, int Units, int Length, int Batch, double Rate, double Dropout, double Temperature, ulong Seed, string Path)
    {
        public (int Epochs, int Units, int Length, int Batch, double Rate, double Dropout) Training =>
            (Epochs, Units, Length, Batch, Rate, Dropout);
    }
}
