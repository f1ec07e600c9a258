using Engine;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A digit classifier that looks at generated digits.</summary>
internal static class Judge
{
    /// <summary>Trains the classifier.</summary>
    public static Sequential Train(Dataset train, int epochs = 2, LearningRateSchedule? learningRate = null)
    {
        var classifier = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(32, 3, Activation.ReLU),
            new MaxPooling2D(),
            new Conv2D(64, 3, Activation.ReLU),
            new MaxPooling2D(),
            new Flatten(),
            new Dense(128, Activation.ReLU),
            new Dense(10, Activation.Softmax));
        classifier.Compile(new Adam(learningRate ?? 1e-3), new SparseCategoricalCrossentropy(), new Accuracy());
        Console.WriteLine("the classifier that will judge:");
        classifier.Fit(train, epochs, batchSize: 64);
        return classifier;
    }

    /// <summary>Trains the classifier and has it look at real digits that it was not trained on.</summary>
    public static SampleEvaluator Of(Dataset train, Dataset test)
    {
        #region doc-judge
        Sequential classifier = Train(train);
        var evaluator = new SampleEvaluator(classifier, test.Features);
        #endregion
        return evaluator;
    }

    public static void Print(SampleEvaluation evaluation)
    {
        ModeCoverage coverage = evaluation.Coverage;
        Console.WriteLine($"Fréchet distance {evaluation.FrechetDistance:F1}, on this classifier's features (it is no FID)");
        Console.WriteLine($"inception-style score {evaluation.InceptionScore:F2} of 10, precision {evaluation.Precision:F2}, recall {evaluation.Recall:F2}");
        Console.WriteLine($"{coverage.Covered} of 10 digits, evenness {coverage.Evenness:F3}, rarest {coverage.RarestShare:P1}, sure {coverage.ConfidentShare:P0}");
    }
}
