using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>Weights of samples and classes, several inputs and outputs, frozen layers.</summary>
public class FitOptionTests
{
    private static readonly Tensor X = Tensor.Linspace(-1, 1, 12).Reshape(6, 2);
    private static readonly Tensor Labels = Tensor.From<int>([0, 1, 0, 1, 1, 0]);

    [Test]
    public void Weights_of_samples_multiply_their_losses()
    {
        Tensor y = Tensor.Linspace(0, 1, 6).Reshape(6, 1);
        double[] w = [1, 0, 2, 0.5, 3, 0];
        Sequential model = Line();
        float[] p = model.Predict(X).ToArray<float>();
        double wanted = 0;
        for (int i = 0; i < 6; i++) wanted += w[i] * Math.Pow(p[i] - i / 5.0, 2) / 6;
        Tensor weights = Tensor.From<double>(w);
        Assert.That(model.Evaluate(X, y, batchSize: 4, sampleWeight: weights).Loss, Is.EqualTo(wanted).Within(1e-6));
        Assert.That(model.Fit(X, y, batchSize: 4, sampleWeight: weights, verbose: Verbosity.Silent)["loss"][0], Is.EqualTo(wanted).Within(1e-6));
        Assert.That(model.Fit(X, y, validationSplit: 0.5, sampleWeight: Tensor.Zeros([6]), verbose: Verbosity.Silent)["val_loss"][0],
            Is.Zero, "the weights go with the samples of a split");
    }

    [Test]
    public void A_sample_of_weight_zero_moves_no_weight()
    {
        Tensor y = Tensor.Ones([10, 1]);
        var model = new Sequential(new Input(10), new Dense(1, useBias: false, kernelInitializer: Initializer.Zeros));
        model.Compile(new SGD(learningRate: 1), new MeanSquaredError());
        Tensor weights = Tensor.From<float>([1, 1, 0, 1, 0, 1, 1, 1, 1, 1]);
        model.Fit(Tensor.Eye(10), y, batchSize: 3, sampleWeight: weights, verbose: Verbosity.Silent);
        float[] kernel = model.Variables[0].ToArray<float>();
        for (int i = 0; i < 10; i++) Assert.That(kernel[i] == 0, Is.EqualTo(i is 2 or 4), $"sample {i}");
    }

    [Test]
    public void Weights_of_classes_are_those_of_their_samples()
    {
        var byClass = new Dictionary<int, double> { [1] = 3 };
        Tensor bySample = Tensor.From<float>([1, 3, 1, 3, 3, 1]);
        foreach (Tensor labels in new[] { Labels, Labels.Reshape(6, 1), Labels.Cast(DType.UInt8) })
        {
            Sequential classes = TinyModels.Classifier(), samples = TinyModels.Classifier();
            classes.Fit(X, labels, epochs: 3, batchSize: 4, classWeight: byClass, verbose: Verbosity.Silent);
            samples.Fit(X, labels, epochs: 3, batchSize: 4, sampleWeight: bySample, verbose: Verbosity.Silent);
            Assert.That(TinyModels.Bits(classes), Is.EqualTo(TinyModels.Bits(samples)));
        }

        Sequential oneHot = TinyModels.Classifier(), wanted = TinyModels.Classifier();
        foreach (Sequential model in new[] { oneHot, wanted }) model.Compile(new Adam(), new CategoricalCrossentropy());
        oneHot.Fit(X, Tensor.OneHot(Labels, 2), classWeight: byClass, verbose: Verbosity.Silent);
        wanted.Fit(X, Tensor.OneHot(Labels, 2), sampleWeight: bySample, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(oneHot), Is.EqualTo(TinyModels.Bits(wanted)));
    }

    [Test]
    public void Several_outputs_have_their_losses_weights_and_names()
    {
        Model model = TwoHeads();
        model.Compile(new SGD(learningRate: 0), [new MeanSquaredError(), new SparseCategoricalCrossentropy()], lossWeights: [0.25, 2],
            metrics: [[], [new Accuracy()]]);
        Tensor y = Tensor.Ones([6, 1]);
        History history = model.Fit([X, X * 2], [y, Labels], batchSize: 4, validationData: ([X, X], [y, Labels]), verbose: Verbosity.Silent);
        Assert.That(history.Names, Is.EqualTo(new[]
        {
            "loss", "value_loss", "class_loss", "class_accuracy", "val_loss", "val_value_loss", "val_class_loss", "val_class_accuracy",
        }));
        Assert.That(history["loss"][0], Is.EqualTo(0.25 * history["value_loss"][0] + 2 * history["class_loss"][0]).Within(1e-6));
        Tensor[] p = model.PredictAll([X, X * 2]);
        Assert.That(history["value_loss"][0], Is.EqualTo((p[0] - y).Square().Mean().ToScalar()).Within(1e-6));
        Evaluation score = model.Evaluate([X, X * 2], [y, Labels], sampleWeight: [Tensor.Zeros([6]), null]);
        Assert.That(score["value_loss"], Is.Zero);
        Assert.That(score.Loss, Is.EqualTo(2 * score["class_loss"]).Within(1e-6));
    }

    [Test]
    public void Several_inputs_are_shuffled_together_and_learned_from()
    {
        var random = new RandomGenerator(3);
        Tensor a = Tensor.RandomNormal([256, 2], 0, 1, random), b = Tensor.RandomNormal([256, 2], 0, 1, random);
        Tensor value = (a - b).Sum(1, keepDims: true);
        Tensor label = (value > 0).Cast(DType.Int32).Reshape(256);
        Model model = TwoHeads();
        model.Compile(new Adam(0.05), [new MeanSquaredError(), new SparseCategoricalCrossentropy()], metrics: [[], [new Accuracy()]]);
        History history = model.Fit([a, b], [value, label], epochs: 40, validationSplit: 0.25, verbose: Verbosity.Silent);
        Assert.That(history["val_value_loss"][^1], Is.LessThan(0.05));
        Assert.That(history["val_class_accuracy"][^1], Is.GreaterThan(0.9));
    }

    [Test]
    public void A_frozen_layer_stays_and_the_others_learn()
    {
        Sequential model = TinyModels.Classifier();
        Layer frozen = model.GetLayer("dense");
        frozen.Trainable = false;
        byte[] before = [.. frozen.Variables.SelectMany(variable => variable.Bytes().ToArray())];
        byte[] others = model.GetLayer("dense_1").Variables[0].Bytes().ToArray();
        model.Fit(TinyModels.Quadrants(64), epochs: 2, verbose: Verbosity.Silent);
        Assert.That(frozen.Variables.SelectMany(variable => variable.Bytes().ToArray()), Is.EqualTo(before));
        Assert.That(model.GetLayer("dense_1").Variables[0].Bytes().ToArray(), Is.Not.EqualTo(others));
        frozen.Trainable = true;
        model.Fit(TinyModels.Quadrants(64), verbose: Verbosity.Silent);
        Assert.That(frozen.Variables.SelectMany(variable => variable.Bytes().ToArray()), Is.Not.EqualTo(before));
    }

    [Test]
    public void Options_that_cannot_be_are_refused()
    {
        Sequential model = TinyModels.Classifier();
        var weights = new Dictionary<int, double> { [0] = double.NaN };
        Errors.Assert<ValueException>(() => model.Fit(X, Labels, classWeight: weights), "class 0 is NaN");
        weights[0] = 2;
        Errors.Assert<ValueException>(() => model.Fit(X, Labels, classWeight: weights, sampleWeight: Tensor.Ones([6])), "both classWeight");
        Errors.Assert<ShapeException>(() => model.Fit(X, Labels, sampleWeight: Tensor.Ones([5])), "sampleWeight of shape [5]", "6 samples");
        Errors.Assert<ShapeException>(() => model.Fit(X, Labels, sampleWeight: Tensor.Ones([6, 3])), "sample weights of shape");
        Errors.Assert<DTypeException>(() => model.Fit(X, Labels, sampleWeight: Labels.EqualTo(Labels)), "sampleWeight of type Bool");

        Model heads = TwoHeads();
        var adam = new Adam();
        Loss[] losses = [new MeanSquaredError(), new SparseCategoricalCrossentropy()];
        Errors.Assert<ValueException>(() => { heads.Compile(adam, new MeanSquaredError()); return heads; }, "1 losses for 2 outputs");
        Errors.Assert<ValueException>(() => { heads.Compile(adam, losses, [1]); return heads; }, "1 lossWeights for 2");
        Errors.Assert<ValueException>(() => { heads.Compile(adam, losses, [1, -1]); return heads; }, "loss weight is -1");
        Errors.Assert<ValueException>(() => { heads.Compile(adam, losses, metrics: [[]]); return heads; }, "1 lists of metrics");
        Errors.Assert<ValueException>(() => { heads.Compile(adam, Array.Empty<Loss>()); return heads; }, "no loss");
        heads.Compile(adam, losses);
        Tensor y = Tensor.Ones([6, 1]);
        Errors.Assert<ValueException>(() => heads.Fit([], [y, Labels]), "no inputs");
        Errors.Assert<ValueException>(() => heads.Fit([X, X], []), "no labels");
        Errors.Assert<ShapeException>(() => heads.Fit([X, X], [y[..5], Labels]), "[6, 2] and [5, 1]");
        Errors.Assert<ShapeException>(() => heads.Fit([X], [y, Labels]), "1 inputs", "has 2");
        Errors.Assert<ModelException>(() => heads.Fit([X, X], [y]), "1 outputs", "2 losses");
        Errors.Assert<ShapeException>(() => heads.Fit(X, Labels), "1 inputs", "has 2");
        Errors.Assert<ValueException>(() => heads.Fit([X, X], [y, Labels], sampleWeight: [null]), "1 sampleWeights for 2");
        Errors.Assert<ShapeException>(() => heads.Fit([X, X], [Labels, Tensor.Ones([6, 4])]), "labels of output 1", "[6, 4]");
    }

    [Test]
    [NonParallelizable]
    public void The_sample_that_is_not_finite_is_named_by_its_place_in_the_data()
    {
        Tensor x = TinyModels.Quadrants(40).Features.Detach();
        x.AsWritableSpan<float>()[2 * 29 + 1] = float.NaN;
        Errors.Assert<ModelException>(() => TinyModels.Classifier().Fit(x, Tensor.Zeros([40], DType.Int32), batchSize: 8,
            verbose: Verbosity.Silent), "features of sample 29", "NaN");
        Model heads = TwoHeads();
        heads.Compile(new Adam(), [new MeanSquaredError(), new SparseCategoricalCrossentropy()]);
        Errors.Assert<ModelException>(() => heads.Fit([Tensor.Zeros([40, 2]), x], [Tensor.Zeros([40, 1]), Tensor.Zeros([40], DType.Int32)],
            batchSize: 8, verbose: Verbosity.Silent), "features of input 1 of sample 29");
    }

    private static Sequential Line()
    {
        var model = new Sequential(new Input(2), new Dense(1));
        model.Compile(new SGD(learningRate: 0), new MeanSquaredError());
        return model;
    }

    private static Model TwoHeads()
    {
        SymbolicTensor a = SymbolicTensor.Input(2), b = SymbolicTensor.Input(2);
        SymbolicTensor both = new Concatenate().Apply(a, b);
        return new Model([a, b], [new Dense(1, name: "value").Apply(both), new Dense(2, Activation.Softmax, name: "class").Apply(both)]);
    }
}
