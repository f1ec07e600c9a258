using System.CommandLine;
using Engine;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>An answer at every step from a simple network, and one for a whole sequence from two stacked LSTMs.</summary>
internal static class SequenceExample
{
    private const int Symbols = 10, Samples = 2000, BuiltInSteps = 12;

    public static Command Command()
    {
        Option<string?> text = new("--text") { Description = "A text whose next character is asked for; without it noisy symbols are told apart." };
        Option<int> epochs = Options.Epochs(12);
        Option<ulong> seed = Options.Seed();
        var command = new Command("sequence", "An answer for every step, and one for the whole sequence.") { text, epochs, seed };
        command.SetAction(parsed => Run(parsed.GetValue(text), parsed.GetValue(epochs), parsed.GetValue(seed)));
        return command;
    }

    private static void Run(string? path, int epochs, ulong seed)
    {
        (Problem everyStep, Problem whole) = path is null ? NoisySymbols(seed) : Characters(path);

        Console.WriteLine($"\nat every step, {everyStep.Asks}:");
        #region doc-every-step
        var perStep = new Sequential(
            new Input([everyStep.Steps], DType.Int32),
            new OneHot(everyStep.Classes),
            new GaussianNoise(0.2),
            new SimpleRNN(32, returnSequences: true),
            new Dense(everyStep.Classes, Activation.Softmax));
        #endregion
        Fit(perStep, everyStep, new Adam(0.01));

        Console.WriteLine($"\nfor the whole sequence, {whole.Asks}:");
        #region doc-whole-sequence
        var perSequence = new Sequential(
            new Input([whole.Steps], DType.Int32),
            new OneHot(whole.Classes),
            new GaussianNoise(0.2),
            new LSTM(64, returnSequences: true),
            new LSTM(64),
            new Dense(whole.Classes, Activation.Softmax));
        #endregion
        Fit(perSequence, whole, new Adam(0.005));

        void Fit(Sequential model, Problem problem, Optimizer optimizer)
        {
            model.Compile(optimizer, new SparseCategoricalCrossentropy(), new Accuracy());
            Console.WriteLine(model.Summary());
            model.Fit(problem.Train, epochs, seed: seed, validationData: problem.Validation);
            Evaluation score = model.Evaluate(problem.Validation);
            Console.WriteLine($"right on sequences not seen in training: {score["accuracy"]:P1}");
        }
    }

    private static (Problem EveryStep, Problem Whole) NoisySymbols(ulong seed)
    {
        Tensor symbols = Tensor.RandomIntegers([Samples, BuiltInSteps], 0, Symbols, new RandomGenerator(seed));
        (Dataset train, Dataset validation) = new Dataset(symbols, symbols).Split(0.8, seed);
        (Dataset first, Dataset others) = new Dataset(symbols, symbols[.., 0]).Split(0.8, seed);
        return (new Problem("which symbol is this", BuiltInSteps, Symbols, train, validation),
            new Problem("which symbol came first", BuiltInSteps, Symbols, first, others));
    }

    private static (Problem EveryStep, Problem Whole) Characters(string path)
    {
        const int Steps = 30;
        string text = TextFile.Read(path);
        var vocabulary = CharacterVocabulary.From(text);
        int[] ids = vocabulary.Encode(text);
        (TextWindows train, TextWindows validation) = TextWindows.Shifted(ids, Steps).Split(0.9);
        (TextWindows next, TextWindows others) = TextWindows.NextCharacter(ids, Steps, stride: 10).Split(0.9);
        return (new Problem("which character comes next", Steps, vocabulary.Count, train, validation),
            new Problem("which character comes behind it", Steps, vocabulary.Count, next, others));
    }

    private sealed record Problem(string Asks, int Steps, int Classes, Dataset Train, Dataset Validation);
}
