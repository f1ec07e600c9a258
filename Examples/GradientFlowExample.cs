using System.CommandLine;
using System.Diagnostics;
using Engine;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>Which networks learn what stands many steps back: the gradient of the loss, step by step, before and after training.</summary>
internal static class GradientFlowExample
{
    private const int Symbols = 4, Samples = 512;

    public static Command Command()
    {
        Option<string?> text = new("--text") { Description = "A text whose next character is asked for; without it the first of many symbols is." };
        Option<int> steps = new("--steps") { Description = "Steps of a sequence.", DefaultValueFactory = _ => 60 };
        Option<int> epochs = Options.Epochs(15);
        Option<ulong> seed = Options.Seed();
        Option<string> plots = Options.File("--plots", "Folder for a plot of each network.", ".");
        var command = new Command("gradient-flow", "Where gradients over time vanish, explode, or reach the first step.")
        {
            text, steps, epochs, seed, plots,
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(text), parsed.GetValue(steps), parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(plots)!));
        return command;
    }

    private static void Run(string? path, int steps, int epochs, ulong seed, string folder)
    {
        (Dataset data, int classes) = path is null ? (FirstSymbols(steps, seed), Symbols) : NextCharacters(path, steps);
        Directory.CreateDirectory(folder);
        Console.WriteLine($"{data.Count} sequences of {steps} steps, {classes} classes; "
            + (path is null ? "wanted is the first symbol of each" : "wanted is the character behind each"));
        Console.WriteLine("ratio: the norm of the gradient at the first step over that at the last");
        Console.WriteLine();
        Console.WriteLine("network                        ratio before        ratio after  accuracy    time");
        Train("SimpleRNN", new SimpleRNN(32));
        Train("SimpleRNN, large matrix", new SimpleRNN(32, Activation.ReLU, recurrentInitializer: Initializer.Orthogonal(2)));
        Train("LSTM", new LSTM(32));
        Train("LSTM, forgets little", new LSTM(32, biasInitializer: new ForgetBias(5), unitForgetBias: false));
        Train("GRU", new GRU(32));
        Console.WriteLine();
        Console.WriteLine($"plots in {Path.GetFullPath(folder)}");

        void Train(string name, Layer layer)
        {
            var clock = Stopwatch.StartNew();
            #region doc-measure-flow
            var model = new Sequential(new Input([steps], DType.Int32), new OneHot(classes), layer, new Dense(classes, Activation.Softmax));
            model.Compile(new Adam(0.005) { GlobalClipNorm = 1 }, new SparseCategoricalCrossentropy(), new Accuracy());
            GradientFlowReport before = GradientFlow.Measure(model, data.Take(64));
            History history = model.Fit(data, epochs, seed: seed, verbose: Verbosity.Silent);
            GradientFlowReport after = GradientFlow.Measure(model, data.Take(64));
            #endregion
            Console.WriteLine(
                $"{name,-24}{Show(before),19}{Show(after),19}{history["accuracy"][^1],10:P1}{clock.Elapsed.TotalSeconds,6:F1} s");
            File.WriteAllText(Path.Combine(folder, $"{name.Replace(", ", "-").Replace(' ', '-')}.svg"), after.ToSvg());
        }
    }

    /// <summary>The last state's: of an LSTM the cell, which carries what is remembered.</summary>
    private static string Show(GradientFlowReport report)
    {
        GradientFlowSeries state = report.Series[^1];
        return $"{state.Norms[0] / state.Norms[^1]:0.0e+00} {state.Verdict.ToString().ToLowerInvariant()}";
    }

    private static Dataset FirstSymbols(int steps, ulong seed)
    {
        Tensor symbols = Tensor.RandomIntegers([Samples, steps], 0, Symbols, new RandomGenerator(seed));
        return new Dataset(symbols, symbols[.., 0]);
    }

    private static (Dataset Data, int Classes) NextCharacters(string path, int steps)
    {
        string text = TextFile.Read(path);
        var vocabulary = CharacterVocabulary.From(text);
        return (TextWindows.NextCharacter(vocabulary.Encode(text), steps, stride: 3).Take(8 * Samples), vocabulary.Count);
    }

    /// <summary>A bias of an LSTM that begins at 0 but for the forget gate, the second of four parts.</summary>
    private sealed class ForgetBias(double value) : Initializer
    {
        public override Tensor Create(Shape shape, DType dtype, RandomGenerator random)
        {
            Tensor zeros = Tensor.Zeros([shape[0] / 4], dtype);
            return Tensor.Concat([zeros, zeros + value, zeros, zeros]);
        }
    }
}
