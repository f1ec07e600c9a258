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

/// <summary>A graph with two inputs and two outputs: are two pictures of digits the same digit, and what is their sum?</summary>
internal static class FunctionalExample
{
    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int> epochs = Options.Epochs(6);
        Option<ulong> seed = Options.Seed();
        var command = new Command("functional", "A graph with two inputs, shared layers and two outputs.") { data, epochs, seed };
        command.SetAction(parsed => Run(parsed.GetValue(data), parsed.GetValue(epochs), parsed.GetValue(seed)));
        return command;
    }

    private static void Run(string? folder, int epochs, ulong seed)
    {
        (Dataset train, Dataset test) = Digits.Load(folder);
        Pairs known = new(train, 12_000, seed), unseen = new(test, 2000, seed + 1);

        #region doc-siamese
        var encoder = new Sequential(
            "encoder",
            new Input(28, 28, 1),
            new Conv2D(16, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Conv2D(32, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Flatten(),
            new Dense(64, Activation.ReLU));

        SymbolicTensor left = SymbolicTensor.Input(28, 28, 1), right = SymbolicTensor.Input(28, 28, 1);
        SymbolicTensor a = encoder.Apply(left), b = encoder.Apply(right);       // one set of weights, used twice
        SymbolicTensor distance = new Lambda(x => x.Abs()).Apply(new Subtract().Apply(a, b));
        SymbolicTensor both = new Concatenate().Apply(new Add().Apply(a, b), distance);
        SymbolicTensor same = new Dense(1, Activation.Sigmoid, name: "same").Apply(new Dense(32, Activation.ReLU).Apply(distance));
        SymbolicTensor sum = new Dense(19, Activation.Softmax, name: "sum").Apply(new Dense(64, Activation.ReLU).Apply(both));

        var model = new Model([left, right], [same, sum]);
        model.Compile(
            new Adam(),
            [new BinaryCrossentropy(), new SparseCategoricalCrossentropy()],
            lossWeights: [1, 0.5],
            metrics: [[new Accuracy()], [new Accuracy()]]);
        Console.WriteLine(model.Summary());
        History history = model.Fit(
            known.Images, known.Answers, epochs, seed: seed, validationData: (unseen.Images, unseen.Answers),
            verbose: Verbosity.Silent, callbacks: [new LambdaCallback(onEpochEnd: ShowEpoch)]);
        #endregion

        Console.WriteLine();
        Console.WriteLine("what was measured, first epoch and last:");
        foreach (string name in history.Names) Console.WriteLine($"  {name,-18} {history[name][0]:F4} → {history[name][^1]:F4}");

        Tensor[] answers = model.PredictAll(unseen.Images), swapped = model.PredictAll([unseen.Images[1], unseen.Images[0]]);
        double change = Math.Max((answers[0] - swapped[0]).Abs().Max().ToScalar(), (answers[1] - swapped[1]).Abs().Max().ToScalar());
        Console.WriteLine($"left and right exchanged: probabilities change by {change:G2} at most");
        Console.WriteLine();
        Show(unseen, answers[0].ToArray<float>(), answers[1].ArgMax().Cast(DType.Int32).ToArray<int>());
    }

    /// <summary>One line an epoch: all eleven numbers are in the history.</summary>
    private static void ShowEpoch(int epoch, IReadOnlyDictionary<string, double> measured)
    {
        (double same, double sum) = (measured["val_same_accuracy"], measured["val_sum_accuracy"]);
        Console.WriteLine($"epoch {epoch + 1}  loss {measured["loss"]:F4}  on unseen pairs: same {same:P1}, sum {sum:P1}");
    }

    /// <summary>Draws a pair of one digit and a pair of two, and what the network made of them.</summary>
    private static void Show(Pairs pairs, float[] same, int[] sums)
    {
        float[] wanted = pairs.Answers[0].ToArray<float>();
        int[] shown = [Array.IndexOf(wanted, 1), Array.IndexOf(wanted, 0)];
        Console.Write(Digits.Sketch(shown.SelectMany(i => pairs.Images.Select(side => side[i]))));
        foreach (int i in shown) Console.Write($"  same: {same[i],-6:P0} sum: {sums[i]}".PadRight(2 * Digits.Width));
        Console.WriteLine();
    }

    /// <summary>Pairs of pictures, half of them of the same digit, with the two answers.</summary>
    private sealed class Pairs
    {
        public Pairs(Dataset digits, int count, ulong seed)
        {
            int[] labels = digits.Labels!.ToArray<int>();
            ILookup<int, int> places = Enumerable.Range(0, labels.Length).ToLookup(i => labels[i]);
            int[][] ofDigit = [.. Enumerable.Range(0, 10).Select(digit => places[digit].ToArray())];
            var random = new RandomGenerator(seed);
            var (left, right, same, sum) = (new int[count], new int[count], new float[count], new int[count]);
            for (int i = 0; i < count; i++)
            {
                left[i] = random.NextInteger(0, labels.Length);
                int[] partners = random.NextDouble() < 0.5 ? ofDigit[labels[left[i]]] : [];
                right[i] = partners.Length > 0 ? partners[random.NextInteger(0, partners.Length)] : random.NextInteger(0, labels.Length);
                same[i] = labels[left[i]] == labels[right[i]] ? 1 : 0;
                sum[i] = labels[left[i]] + labels[right[i]];
            }

            Images = [digits.Features.Gather(Tensor.From(left)), digits.Features.Gather(Tensor.From(right))];
            Answers = [Tensor.From<float>(same, [count, 1]), Tensor.From(sum)];
        }

        public Tensor[] Images { get; }

        public Tensor[] Answers { get; }
    }
}
