using System.CommandLine;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>The MNIST network of Keras' introduction, line by line; docs/coming-from-keras.md shows both.</summary>
internal static class KerasExample
{
    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int> epochs = Options.Epochs(4);
        var command = new Command("from-keras", "The MNIST network of Keras' introduction, ported.") { data, epochs };
        command.SetAction(parsed => Run(parsed.GetValue(data), parsed.GetValue(epochs)));
        return command;
    }

    private static void Run(string? folder, int epochs)
    {
        (Dataset train, Dataset test) = Digits.Load(folder);

        #region doc-keras
        var model = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(32, 3, Activation.ReLU),
            new MaxPooling2D(2),
            new Conv2D(64, 3, Activation.ReLU),
            new MaxPooling2D(2),
            new Flatten(),
            new Dropout(0.5),
            new Dense(10, Activation.Softmax));

        model.Compile(
            new Adam(),
            new SparseCategoricalCrossentropy(),
            new Accuracy());
        Console.WriteLine(model.Summary());
        model.Fit(
            train,
            batchSize: 128,
            epochs: epochs,
            validationSplit: 0.1);

        Evaluation score = model.Evaluate(test);
        Console.WriteLine($"test loss {score.Loss:F4}");
        Console.WriteLine($"accuracy {score["accuracy"]:F4}");
        #endregion
    }
}
