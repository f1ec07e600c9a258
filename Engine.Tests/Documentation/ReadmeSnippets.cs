using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Documentation;

/// <summary>The program of README, run.</summary>
public class ReadmeSnippets
{
    [Test]
    public void The_first_program_learns_to_read_digits()
    {
        #region doc-first-program
        (Dataset train, Dataset test) = RenderedDigits.Load();

        var model = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(16, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Flatten(),
            new Dense(64, Activation.ReLU),
            new Dense(10, Activation.Softmax));

        model.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
        model.Fit(train, epochs: 1, batchSize: 32);
        Evaluation score = model.Evaluate(test);
        Console.WriteLine($"test accuracy {score["accuracy"]:P1}");
        #endregion

        Assert.That(score["accuracy"], Is.GreaterThan(0.9));
    }
}
