using Engine.Layers;
using Engine.Metrics;

namespace Engine.Models;

/// <summary>What a classifier's features and classes say of generated samples beside real ones.</summary>
/// <remarks>On this classifier's features: the figures are not comparable with published ones, nor with those of another classifier.</remarks>
/// <param name="FrechetDistance">F-N15, of the features; smaller is better.</param>
/// <param name="InceptionScore">F-N16, of the classes; larger is better.</param>
/// <param name="Precision">F-N17: how much of what is generated looks real.</param>
/// <param name="Recall">F-N17: how much of what is real is generated.</param>
/// <param name="Coverage">F-N18: the classes.</param>
public sealed record SampleEvaluation(double FrechetDistance, double InceptionScore, double Precision, double Recall, ModeCoverage Coverage);

/// <summary>Measures generated samples with a classifier trained by this engine: the features are the output of a layer of it.</summary>
public sealed class SampleEvaluator
{
    private readonly Model network;
    private readonly Tensor realFeatures;

    /// <summary>Computes the features of real samples once.</summary>
    /// <param name="classifier">A trained classifier of one input whose output is probabilities of classes.</param>
    /// <param name="real">Real samples, best those that the classifier was not trained on; bytes become numbers in [0, 1].</param>
    /// <param name="featureLayer">The layer whose output is the features; by default the one before the last.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <exception cref="ModelException">The classifier does not know its input, or has fewer than two layers.</exception>
    /// <exception cref="ShapeException">The samples do not fit, or the output is not probabilities of classes.</exception>
    /// <exception cref="ValueException">There is no such layer.</exception>
    public SampleEvaluator(Model classifier, Tensor real, string? featureLayer = null, int batchSize = 128)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(real);
        if (classifier.Graph is not { } graph || graph.Nodes.Count < 2)
            throw Fail.Model("SampleEvaluator", $"{classifier.Path} has no features: it does not know its input, or has one layer",
                "give a classifier that begins with an Input and has a layer before its last");
        if (graph.Outputs.Count != 1 || graph.Outputs[0].Shape.Rank != 1)
            throw Fail.Shape("SampleEvaluator", $"{classifier.Path} gives {string.Join(", ", graph.Outputs.Select(output => output.Shape))}",
                "give a classifier with one output of probabilities, [classes]");
        SymbolicTensor features = graph.Outputs[0].Inputs[0];
        if (featureLayer is not null)
        {
            Layer layer = classifier.GetLayer(featureLayer);
            features = graph.Nodes.First(node => node.Layer == layer).Output;
        }

        BatchSize = batchSize;
        network = new Model(graph.Inputs, [features, graph.Outputs[0]], "sample_evaluator");
        realFeatures = Look(real).Features;
    }

    /// <summary>Samples computed at a time.</summary>
    public int BatchSize { get; }

    /// <summary>Measures generated samples.</summary>
    /// <param name="samples">At least four, of the shape of the real ones.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="ShapeException">The samples have another shape, or there are too few.</exception>
    /// <exception cref="ValueException">A feature is NaN or infinite.</exception>
    public SampleEvaluation Evaluate(Tensor samples)
    {
        (Tensor features, Tensor probabilities) = Look(samples);
        (double precision, double recall) = GanMetrics.PrecisionRecall(realFeatures, features);
        return new SampleEvaluation(
            GanMetrics.FrechetDistance(realFeatures, features), GanMetrics.InceptionScore(probabilities), precision, recall,
            GanMetrics.Coverage(probabilities));
    }

    /// <summary>The classes that the classifier sees.</summary>
    /// <param name="samples">At least one, of the shape of the real ones.</param>
    /// <returns>Counts, shares and evenness.</returns>
    /// <exception cref="ShapeException">The samples have another shape, or there are none.</exception>
    public ModeCoverage Coverage(Tensor samples) => GanMetrics.Coverage(Look(samples).Probabilities);

    private (Tensor Features, Tensor Probabilities) Look(Tensor samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Length == 0) throw Fail.Shape("SampleEvaluator", $"samples of shape {samples.Shape}", "give at least one sample");
        Tensor[] outputs = network.PredictAll([samples], BatchSize);
        return (outputs[0].Reshape(outputs[0].Shape[0], -1), outputs[1]);
    }
}
