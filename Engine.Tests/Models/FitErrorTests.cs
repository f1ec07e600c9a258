using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Models;

public class FitErrorTests
{
    private static readonly Tensor X = Tensor.Zeros([6, 2]);
    private static readonly Tensor Y = Tensor.Zeros([6], DType.Int32);

    private static void Refused<TException>(Action run, params string[] parts)
        where TException : EngineException
    {
        TException error = Assert.Throws<TException>(run)!;
        foreach (string part in parts) Assert.That(error.Message, Does.Contain(part));
    }

    [Test]
    public void A_model_that_is_not_compiled_says_so()
    {
        var model = new Sequential(new Input(2), new Dense(2));
        Refused<ModelException>(() => model.Fit(X, Y), "Fit", "not compiled", "Compile");
        Refused<ModelException>(() => model.Evaluate(X, Y), "Evaluate", "not compiled");
        Refused<ModelException>(() => model.TrainOnBatch(X, Y), "TrainOnBatch", "not compiled");
    }

    [Test]
    public void Samples_of_another_shape_than_the_model_are_named_with_it()
    {
        Sequential model = TinyModels.Classifier();
        Refused<ShapeException>(() => model.Fit(Tensor.Zeros([6, 3]), Y), "Sequential \"sequential\"", "[3]", "[6, 3]", "[2]");
        Refused<ShapeException>(() => model.Fit(X, Y, validationData: (Tensor.Zeros([6, 5]), Y)), "validationData", "[5]", "[2]");
        Refused<ShapeException>(() => model.Evaluate(Tensor.Zeros([6, 1, 2]), Y), "[1, 2]", "[2]", "Reshape");
        Refused<ShapeException>(() => model.Predict(Tensor.Zeros([6, 3])), "[3]", "[2]");
    }

    [Test]
    public void Labels_that_do_not_fit_the_output_are_refused_before_training()
    {
        var model = new Sequential(new Input(2), new Dense(3, Activation.Softmax));
        model.Compile(new Adam(), new CategoricalCrossentropy());
        byte[] before = TinyModels.Bits(model);
        Refused<ShapeException>(() => model.Fit(X, Tensor.Zeros([6, 5])), "labels", "[6, 5]", "[6, 3]", "CategoricalCrossentropy");
        Assert.That(TinyModels.Bits(model), Is.EqualTo(before));
        Assert.That(model.Step, Is.Zero);
    }

    [Test]
    public void Numbers_out_of_range_are_refused()
    {
        Sequential model = TinyModels.Classifier();
        Refused<ValueException>(() => model.Fit(X, Y, epochs: -1), "epochs is -1");
        Refused<ValueException>(() => model.Fit(X, Y, batchSize: 0), "batchSize is 0");
        Refused<ValueException>(() => model.Fit(X, Y, initialEpoch: -2), "initialEpoch is -2");
        Refused<ValueException>(() => model.Fit(X, Y, validationSplit: 1), "validationSplit is 1");
        Refused<ValueException>(() => model.Fit(X, Y, validationSplit: double.NaN), "validationSplit is NaN");
        Refused<ValueException>(() => model.Fit(X, Y, validationSplit: 0.01), "validationSplit 0.01", "6 to train", "0 to validate");
        Refused<ValueException>(() => model.Fit(X, Y, validationSplit: 0.5, validationData: (X, Y)), "both");
        Refused<ValueException>(() => model.Evaluate(X, Y, batchSize: -3), "batchSize is -3");
        Refused<ValueException>(() => model.Predict(X, batchSize: 0), "batchSize is 0");
    }

    [Test]
    public void A_data_set_without_samples_or_labels_is_refused()
    {
        Sequential model = TinyModels.Classifier();
        Refused<ValueException>(() => model.Fit(Tensor.Zeros([0, 2]), Tensor.Zeros([0], DType.Int32)), "empty");
        Refused<ValueException>(() => model.Fit(new Dataset(X)), "no labels");
        Refused<ValueException>(() => model.Evaluate(new Dataset(X)), "no labels");
    }

    [Test]
    public void A_label_that_is_no_class_is_named_with_its_place()
    {
        Sequential model = TinyModels.Classifier();
        Refused<ValueException>(() => model.Fit(X, Tensor.From<int>([0, 1, 0, 7, 1, 0]), shuffle: false, verbose: Verbosity.Silent), "7",
            "3");
    }

    [Test]
    public void A_model_with_nothing_to_train_is_refused()
    {
        Sequential model = TinyModels.Classifier();
        model.Trainable = false;
        Refused<ModelException>(() => model.Fit(X, Y), "no trainable variables", "Trainable");
    }

    [Test]
    public void Two_metrics_of_one_name_are_refused() => Refused<ValueException>(
        () => TinyModels.Classifier().Compile(new Adam(), new MeanSquaredError(), new Accuracy(), new Accuracy()), "two quantities",
            "\"accuracy\"");

    [Test]
    public void A_history_names_what_it_has()
    {
        History history = TinyModels.Classifier().Fit(TinyModels.Quadrants(8), verbose: Verbosity.Silent);
        Refused<ValueException>(() => _ = history["val_loss"], "\"val_loss\"", "loss, accuracy");
        Evaluation score = TinyModels.Classifier().Evaluate(TinyModels.Quadrants(8));
        Refused<ValueException>(() => _ = score["precision"], "\"precision\"", "loss, accuracy");
        Assert.That(score["loss"], Is.EqualTo(score.Loss));
    }

    [Test]
    [NonParallelizable]
    public void A_loss_that_is_not_finite_stops_training_with_epoch_batch_and_layer()
    {
        var model = new Sequential(new Input(2), new Dense(4), new Dense(1));
        model.Compile(new SGD(learningRate: 1e30), new MeanSquaredError());
        ModelException error = Assert.Throws<ModelException>(() => model.Fit(Tensor.Ones([8, 2]), Tensor.Full([8, 1], 3), epochs: 9,
            batchSize: 4, verbose: Verbosity.Silent))!;
        Assert.That(error.Message, Does.Match(@"the loss is (NaN|-?Infinity) in epoch \d+, batch \d \(step \d+\)"));
        Assert.That(error.Message, Does.Contain("Dense \"dense"));
        Assert.That(error.InnerException, Is.InstanceOf<EngineException>());
        Assert.That(DebugNumerics.Enabled, Is.False);
    }

    [Test]
    [NonParallelizable]
    public void Data_that_are_not_finite_are_named_as_the_cause()
    {
        Tensor x = Tensor.From<float>([1, 2, 3, float.NaN], [2, 2]);
        Refused<ModelException>(() => TinyModels.Classifier().Fit(x, Tensor.From<int>([0, 1]), shuffle: false, verbose: Verbosity.Silent),
            "epoch 1, batch 1", "features of sample 1", "NaN");
    }

    [Test]
    public void Two_layers_of_one_given_name_are_refused() => Refused<ValueException>(
        () => _ = new Sequential(new Input(2), new Dense(2, name: "same"), new Dense(2, name: "same")), "\"same\"", "name");

    [Test]
    public void An_Input_behind_other_layers_is_refused() => Refused<ModelException>(
        () => _ = new Sequential(new Dense(2), new Input(2)), "Input", "first");

    [Test]
    public void An_output_that_comes_from_elsewhere_is_refused()
    {
        SymbolicTensor a = SymbolicTensor.Input(2), b = SymbolicTensor.Input(2);
        Refused<ModelException>(() => _ = new Model(a, new Dense(2).Apply(b)), "not among the model's inputs");
        Refused<ModelException>(() => _ = new Model([a, b], [new Dense(2).Apply(a)]), "leads to no output");
    }
}
