using Engine.Layers;
using Engine.Metrics;
using Engine.Models;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Models;

public class SampleEvaluatorTests
{
    [Test]
    public void Features_and_classes_are_those_of_the_classifier()
    {
        var classifier = new Sequential(
            new Input(4, 1), new Flatten(), new Dense(5, Activation.Tanh, name: "deep"), new Dense(6), new Dense(3, Activation.Softmax));
        Tensor real = Normal([30, 4, 1], DType.Float32), made = Normal([20, 4, 1], DType.Float32, seed: 2) * 0.5;
        var deep = new Model(classifier.Graph!.Inputs, [classifier.Graph.Nodes.Single(node => node.Layer.Name == "deep").Output, classifier.Graph.Outputs[0]]);
        Tensor[] a = deep.PredictAll([real]), b = deep.PredictAll([made]);
        SampleEvaluation evaluation = new SampleEvaluator(classifier, real, "deep", batchSize: 7).Evaluate(made);
        Assert.That(evaluation.FrechetDistance, Is.EqualTo(GanMetrics.FrechetDistance(a[0], b[0])).Within(1e-6));
        Assert.That(evaluation.InceptionScore, Is.EqualTo(GanMetrics.InceptionScore(b[1])).Within(1e-6));
        Assert.That((evaluation.Precision, evaluation.Recall), Is.EqualTo(GanMetrics.PrecisionRecall(a[0], b[0])));
        Assert.That(evaluation.Coverage.Counts, Is.EqualTo(GanMetrics.Coverage(b[1]).Counts));
        var last = new SampleEvaluator(classifier, real);
        Assert.That(last.Evaluate(made).FrechetDistance, Is.Not.EqualTo(evaluation.FrechetDistance), "the layer before the last by default");
        Assert.That(last.Coverage(made).Counts.Sum(), Is.EqualTo(20));
    }

    [Test]
    public void Classifiers_without_features_or_classes_are_refused()
    {
        Tensor real = Normal([8, 4], DType.Float32);
        Errors.Assert<ModelException>(() => new SampleEvaluator(new Sequential(new Dense(3)), real), "no features");
        Errors.Assert<ShapeException>(
            () => new SampleEvaluator(new Sequential(new Input(4), new Dense(4), new Reshape(2, 2)), real), "[2, 2]", "[classes]");
        var classifier = new Sequential(new Input(4), new Dense(5), new Dense(3, Activation.Softmax));
        Errors.Assert<ValueException>(() => new SampleEvaluator(classifier, real, "nowhere"), "no layer \"nowhere\"");
        Errors.Assert<ShapeException>(() => new SampleEvaluator(classifier, Normal([8, 5], DType.Float32)), "[5]", "[4]");
        Errors.Assert<ShapeException>(() => new SampleEvaluator(classifier, Tensor.Zeros([0, 4])), "SampleEvaluator", "[0, 4]", "at least one");
    }

    [Test]
    public void Samples_that_cannot_be_measured_are_refused()
    {
        var classifier = new Sequential(new Input(4), new Dense(5), new Dense(3, Activation.Softmax));
        Tensor real = Normal([8, 4], DType.Float32);
        var evaluator = new SampleEvaluator(classifier, real);
        Errors.Assert<ShapeException>(() => evaluator.Evaluate(Tensor.Zeros([0, 4])), "SampleEvaluator", "[0, 4]", "at least one");
        Errors.Assert<ShapeException>(() => evaluator.Coverage(Tensor.Zeros([0, 4])), "SampleEvaluator", "[0, 4]", "at least one");
        Errors.Assert<ShapeException>(() => evaluator.Evaluate(real[..3]), "at least 4 samples");
        Errors.Assert<ShapeException>(() => evaluator.Coverage(Tensor.Zeros([2, 5])), "[5]", "[4]");
        Errors.Assert<ValueException>(() => evaluator.Evaluate(real * double.NaN), "is NaN");
    }
}
