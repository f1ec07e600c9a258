using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>Steps of training and evaluation that a class of one's own replaces.</summary>
public class TrainStepTests
{
    [Test]
    public void The_usual_step_written_by_hand_gives_the_usual_bits()
    {
        Dataset data = TinyModels.Quadrants(50);
        var weights = new Dictionary<int, double> { [1] = 2.5 };
        Usual usual = new(), byHand = new ByHand();
        History[] histories = [.. new[] { usual, byHand }.Select(model =>
        {
            var optimizer = new Adam(0.02) { UseEma = true, GradientAccumulationSteps = 2 };
            model.Compile(optimizer, new SparseCategoricalCrossentropy(), new Accuracy());
            return model.Fit(data, epochs: 3, classWeight: weights, validationData: TinyModels.Quadrants(9), verbose: Verbosity.Silent);
        })];
        Assert.That(TinyModels.Bits(byHand), Is.EqualTo(TinyModels.Bits(usual)));
        Assert.That(histories[1].Names, Is.EqualTo((string[])["loss", "accuracy", "twice", "val_loss", "val_accuracy", "val_half"]));
        foreach (string name in histories[0].Names) Assert.That(histories[1][name], Is.EqualTo(histories[0][name]), name);
        Assert.That(histories[1]["twice"], Is.EqualTo(histories[0]["loss"].Select(loss => 2 * loss)).Within(1e-12));
        Assert.That(histories[1]["val_half"], Is.EqualTo(histories[0]["val_loss"].Select(loss => loss / 2)).Within(1e-12));
        Assert.That(byHand.TrainOnBatch(data.Features, data.Labels!), Is.EqualTo(usual.TrainOnBatch(data.Features, data.Labels!)));
    }

    [Test]
    public void A_model_with_a_loss_of_its_own_needs_neither_labels_nor_a_compiled_loss()
    {
        var model = new Autoencoder();
        model.Compile(new Adam(0.05));
        Tensor x = Tensor.RandomNormal([40, 6], 0, 1, new RandomGenerator(1));
        History history = model.Fit(new Dataset(x), epochs: 10, batchSize: 16, validationSplit: 0.25, verbose: Verbosity.Silent);
        Assert.That(history.Names, Is.EqualTo((string[])["loss", "size", "val_loss"]));
        Assert.That(history["loss"][^1], Is.LessThan(history["loss"][0]));
        // Batches of 16 and 14: the second one alone reports.
        Assert.That(history["size"], Is.All.EqualTo(14));
        Assert.That(model.Evaluate(new Dataset(x)).Loss, Is.LessThan(history["val_loss"][0]));
        double before = model.TrainOnBatch(x);
        Assert.That(model.TrainOnBatch(x), Is.LessThan(before));
        Assert.That((model.Loss, model.Step), Is.EqualTo(((Loss?)null, 22L)));
    }

    [Test]
    public void Without_a_loss_the_steps_must_be_the_classs_own()
    {
        Dataset data = TinyModels.Quadrants(8);
        var usual = new Usual();
        usual.Compile(new Adam());
        Errors.Assert<ModelException>(() => usual.Fit(data, verbose: Verbosity.Silent),
            "Fit", "compiled without a loss", "override TrainStep");
        Errors.Assert<ModelException>(() => usual.TrainOnBatch(data.Features, data.Labels!), "TrainOnBatch", "override TrainStep");
        Errors.Assert<ModelException>(() => usual.Evaluate(data), "Evaluate", "override TestStep");
        var steps = new Steps(model => 1);
        steps.Compile(new Adam());
        steps.Fit(data, verbose: Verbosity.Silent);
        Errors.Assert<ModelException>(() => steps.Fit(data, validationData: data, verbose: Verbosity.Silent),
            "validation", "override TestStep");
        Errors.Assert<ModelException>(() => steps.Fit(data, validationSplit: 0.5, verbose: Verbosity.Silent), "override TestStep");
        Errors.Assert<ModelException>(() => new Steps(_ => 1).Fit(data, verbose: Verbosity.Silent), "not compiled");
        Assert.That(Assert.Throws<ArgumentNullException>(() => steps.Compile(null!))!.ParamName, Is.EqualTo("optimizer"));
    }

    [Test]
    public void A_step_that_goes_wrong_is_named()
    {
        Dataset data = TinyModels.Quadrants(8);
        Tensor holed = data.Features.Detach();
        holed.AsWritableSpan<float>()[7] = float.NaN;
        ModelException Fails(Func<Steps, Batch, double> step, Tensor? features = null)
        {
            var model = new Steps(step);
            model.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
            return Assert.Throws<ModelException>(() => model.Fit(features ?? data.Features, data.Labels!, batchSize: 4, shuffle: false,
                verbose: Verbosity.Silent))!;
        }

        Assert.That(Fails((_, _) => double.NaN).Message, Does.Contain("loss is NaN in epoch 1, batch 1 (step 1)")
            .And.Contain("made in TrainStep").And.Contain("DebugNumerics"));
        Assert.That(Fails((_, batch) => batch.X.Sum().ToScalar(), holed).Message, Does.Contain("features of sample 3"));
        Assert.That(Fails((model, batch) => model.Error(batch, 0)).Message, Does.Contain("0 predictions for 1 losses"));
        var outside = new Steps(_ => 0);
        Errors.Assert<ModelException>(() => outside.Error(new Steps(_ => 0).LastBatch(data), 1), "ComputeLoss", "no step is under way");
        Errors.Assert<ModelException>(() => (object)outside.Say("x"), "Report", "no step is under way");
        Errors.Assert<ValueException>(() => (object)outside.Say(""), "Report", "empty name");
        outside.Compile(new Adam());
        var reporting = new Steps((model, batch) => model.Say("accuracy"));
        reporting.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
        Errors.Assert<ValueException>(() => reporting.Fit(data, verbose: Verbosity.Silent), "\"accuracy\" is measured already");
        var lossless = new Steps((model, batch) => model.Error(batch, 1));
        lossless.Compile(new Adam());
        Errors.Assert<ModelException>(() => lossless.Fit(data, verbose: Verbosity.Silent), "ComputeLoss", "compiled without a loss");
        var unlabelled = new Steps((_, batch) => batch.Y.Length);
        unlabelled.Compile(new Adam());
        Errors.Assert<ValueException>(() => unlabelled.Fit(new Dataset(data.Features), verbose: Verbosity.Silent),
            "Y was asked for", "no labels");
    }

    private class Usual : Model
    {
        private readonly Dense hidden, output;
        private readonly Dropout dropout;

        public Usual()
            : base("usual")
        {
            hidden = AddLayer(new Dense(8, Activation.Tanh, kernelRegularizer: new L2(0.01), activityRegularizer: new L1(0.01)));
            dropout = AddLayer(new Dropout(0.2));
            output = AddLayer(new Dense(2, Activation.Softmax));
        }

        protected override Tensor Call(Tensor x, bool training) => output.Apply(dropout.Apply(hidden.Apply(x), training));
    }

    private sealed class ByHand : Usual
    {
        protected override double TrainStep(Batch batch)
        {
            using var tape = new GradientTape();
            Tensor prediction = Apply(batch.X, training: true);
            Tensor loss = ComputeLoss(batch, prediction);
            Optimizer!.Apply(tape.Gradients(loss, TrainableVariables));
            UpdateMetrics(batch, prediction);
            Report("twice", 2 * loss.ToScalar());
            return loss.ToScalar();
        }

        protected override double TestStep(Batch batch)
        {
            double loss = base.TestStep(batch);
            Report("half", loss / 2);
            return loss;
        }
    }

    private sealed class Autoencoder : Model
    {
        private readonly Dense encoder, decoder;

        public Autoencoder() => (encoder, decoder) = (AddLayer(new Dense(3)), AddLayer(new Dense(6)));

        protected override Tensor Call(Tensor x, bool training) => decoder.Apply(encoder.Apply(x));

        protected override double TrainStep(Batch batch)
        {
            using var tape = new GradientTape();
            Tensor loss = (Apply(batch.X, training: true) - batch.X).Square().Mean();
            Optimizer!.Apply(tape.Gradients(loss, TrainableVariables));
            if (batch.Count < 16) Report("size", batch.Count);
            return loss.ToScalar();
        }

        protected override double TestStep(Batch batch) => (Apply(batch.X) - batch.X).Square().Mean().ToScalar();
    }

    private sealed class Steps(Func<Steps, Batch, double> step) : Model
    {
        private Batch? last;

        public Steps(Func<Steps, double> step)
            : this((model, _) => step(model))
        {
        }

        public double Error(Batch batch, int predictions) =>
            ComputeLoss(batch, Enumerable.Repeat(Tensor.Ones([batch.Count, 2]), predictions).ToArray()).ToScalar();

        public double Say(string name)
        {
            Report(name, 1);
            return 0;
        }

        public Batch LastBatch(Dataset data)
        {
            Compile(new Adam());
            Fit(data, verbose: Verbosity.Silent);
            return last!;
        }

        protected override Tensor Call(Tensor x, bool training) => x;

        protected override double TrainStep(Batch batch)
        {
            last = batch;
            return step(this, batch);
        }
    }
}
