using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

public class GanErrorTests
{
    private static Gan Make(Layer last, int size = 2)
    {
        var gan = new Gan(new Sequential(new Input(3), new Dense(size), last), new Sequential(new Input(size), new Dense(1)), 3);
        gan.Compile(new Adam(), new Adam());
        return gan;
    }

    private static string Warning(Layer last, Tensor data)
    {
        Gan gan = Make(last);
        gan.Fit(data, verbose: Verbosity.Silent);
        return string.Join('\n', gan.Warnings);
    }

    [Test]
    public void Networks_that_do_not_fit_each_other_are_named()
    {
        Sequential generator = TinyGans.Generator(), discriminator = TinyGans.Discriminator();
        Errors.Assert<ShapeException>(() => new Gan(generator, discriminator, 4), "generator takes [3]", "latentSize 4", "new Input(4)");
        Errors.Assert<ValueException>(() => new Gan(generator, discriminator, 0), "latentSize is 0");
        Errors.Assert<ValueException>(() => new Gan(generator, generator, 3), "one model");
        Errors.Assert<ShapeException>(
            () => new Gan(TinyGans.Generator(), new Sequential(new Input(5), new Dense(1)), 3), "[2]", "[5]");
    }

    [Test]
    public void Samples_and_data_of_different_shapes_are_both_named_before_training()
    {
        Gan gan = TinyGans.Compiled();
        byte[] before = TinyModels.Bits(gan);
        Errors.Assert<ShapeException>(() => gan.Fit(Tensor.Zeros([6, 3]), verbose: Verbosity.Silent), "samples of shape [2]", "shape [3]");
        Errors.Assert<ShapeException>(() => gan.TrainOnBatch(Tensor.Zeros([6, 3])), "samples of shape [2]", "shape [3]");
        Assert.That(TinyModels.Bits(gan), Is.EqualTo(before));
    }

    [Test]
    public void Data_that_the_last_activation_cannot_make_are_warned_of()
    {
        Tensor unit = Tensor.RandomUniform([8, 2], 0, 1, new RandomGenerator(1)), signed = unit * 2 - 1, large = unit * 255;
        Assert.That(Warning(new ActivationLayer(Activation.Tanh), unit), Does.Contain("tanh").And.Contain("features * 2 − 1"));
        Assert.That(Warning(new ActivationLayer(Activation.Tanh), large), Does.Contain("gives only numbers in [-1, 1]"));
        Assert.That(Warning(new ActivationLayer(Activation.Sigmoid), signed), Does.Contain("sigmoid").And.Contain("[0, 1]").And.Contain("tanh"));
        Assert.That(Warning(new ActivationLayer(Activation.ReLU), signed), Does.Contain("relu").And.Contain("without activation"));
        Assert.That(Warning(new Dense(2, Activation.Tanh), unit), Does.Contain("tanh"));
        Assert.That(Warning(new Sequential(new Dense(2, Activation.Tanh), new Reshape(2)), unit), Does.Contain("tanh"));
        Assert.That(Warning(new SpectralNormalization(new Dense(2, Activation.Tanh)), unit), Does.Contain("tanh"));
        Assert.That(Warning(new ActivationLayer(Activation.Tanh), signed), Is.Empty);
        Assert.That(Warning(new ActivationLayer(Activation.Sigmoid), unit), Is.Empty);
        Assert.That(Warning(new Dense(2), large), Is.Empty);
        Assert.That(Warning(new Dropout(0.1), large), Is.Empty);
    }

    [Test]
    public void Layers_after_the_last_activation_that_keep_its_range_hide_nothing()
    {
        Sequential Discriminator() => new(new Flatten(), new Dense(1));
        Tensor large = Tensor.Full([4, 4, 4, 1], 3);
        foreach (Layer[] after in (Layer[][])[[new UpSampling2D()], [new UpSampling2D(3), new Cropping2D(1)], [new UpSampling2D(4), new MaxPooling2D()]])
        {
            var gan = new Gan(new Sequential([new Input(3), new Dense(4, Activation.Sigmoid), new Reshape(2, 2, 1), .. after]), Discriminator(), 3);
            gan.Compile(new Adam(), new Adam());
            gan.Fit(large, verbose: Verbosity.Silent);
            Assert.That(gan.Warnings, Has.Exactly(1).Contains("the generator's sigmoid gives only numbers in [0, 1]"));
        }
    }

    [Test]
    public void A_warning_is_written_to_the_error_output()
    {
        TextWriter before = Console.Error, output = Console.Out;
        var text = new StringWriter();
        try
        {
            Console.SetError(text);
            Console.SetOut(TextWriter.Null);
            Make(new ActivationLayer(Activation.Tanh)).Fit(Tensor.Ones([4, 2]), verbose: Verbosity.Epochs);
        }
        finally
        {
            Console.SetError(before);
            Console.SetOut(output);
        }

        Assert.That(text.ToString(), Does.StartWith("warning: Gan \"gan\": the data lie in [1, 1]"));
    }

    [Test]
    public void Probabilities_for_a_loss_on_logits_are_refused()
    {
        var gan = new Gan(TinyGans.Generator(), new Sequential(new Input(2), new Dense(1, Activation.Sigmoid)), 3);
        gan.Compile(new Adam(), new Adam(), GanLoss.Hinge);
        Errors.Assert<ModelException>(() => gan.Fit(TinyGans.Points(8), verbose: Verbosity.Silent), "sigmoid", "GanLoss hinge takes logits");
        Errors.Assert<ModelException>(() => gan.TrainOnBatch(TinyGans.Points(8)), "sigmoid", "GanLoss hinge takes logits");

        // Also of patches, in a row or as their mean.
        var images = new Sequential(new Input(3), new Dense(16), new Reshape(4, 4, 1));
        foreach (Layer last in (Layer[])[new Flatten(), new GlobalAveragePooling2D()])
        {
            gan = new Gan(images, new Sequential(new Conv2D(1, 2, Activation.Sigmoid), last), 3);
            gan.Compile(new Adam(), new Adam());
            Errors.Assert<ModelException>(() => gan.Fit(Tensor.Zeros([4, 4, 4, 1]), verbose: Verbosity.Silent), "sigmoid", "takes logits");
        }
    }

    [Test]
    public void A_loss_that_is_not_finite_names_the_network_and_the_step()
    {
        Gan gan = TinyGans.Compiled();
        Tensor bad = TinyGans.Points(8);
        bad.AsWritableSpan<float>()[5] = float.NaN;
        Errors.Assert<ModelException>(() => gan.Fit(bad, batchSize: 8, shuffle: false, verbose: Verbosity.Silent),
            "the discriminator's loss is NaN in step 1", "row 2 of the batch");

        gan = new Gan(TinyGans.Generator(), new Sequential(new Input(2), new Dense(1)), 3);
        gan.Compile(new Adam(), new SGD(1e38), GanLoss.Wasserstein);
        Errors.Assert<ModelException>(() => gan.Fit(TinyGans.Points(8) * 1e3, verbose: Verbosity.Silent),
            "the generator's loss is", "step 1", "first not finite", "Lower the generator's learning rate");
    }

    [Test]
    public void Numbers_out_of_range_are_named()
    {
        Gan gan = TinyGans.Compiled();
        Tensor x = TinyGans.Points(8);
        Errors.Assert<ValueException>(() => gan.Generate(0), "0 points were asked for", "at least 1");
        Errors.Assert<ValueException>(() => gan.SampleLatent(-1), "-1 points");
        Errors.Assert<ShapeException>(() => gan.Generate(Tensor.Zeros([2, 4])), "[2, 4]", "[n, 3]");
        Errors.Assert<ShapeException>(() => gan.Generate(Tensor.Zeros([0, 3])), "[0, 3]");
        Errors.Assert<ShapeException>(() => gan.Interpolate(Tensor.Zeros([4]), Tensor.Zeros([3])), "[4]", "Float32[3]");
        Errors.Assert<ValueException>(() => gan.Interpolate(Tensor.Zeros([3]), Tensor.Zeros([3]), 1), "steps is 1");
        Errors.Assert<ValueException>(() => gan.Fit(x, epochs: -1), "epochs is -1");
        Errors.Assert<ValueException>(() => gan.Fit(x, initialEpoch: -1), "initialEpoch is -1");
        Errors.Assert<ValueException>(() => gan.Fit(x, batchSize: 0), "batchSize is 0");
        Errors.Assert<ValueException>(() => gan.Fit(Tensor.Zeros([0, 2])), "data set is empty");
        Errors.Assert<ValueException>(() => gan.Generate(2, batchSize: 0), "batchSize is 0");
        Errors.Assert<DTypeException>(() => gan.Fit(Tensor.Zeros([4, 2], DType.Int32)), "type Int32", "Cast");
        Errors.Assert<DTypeException>(() => gan.Fit(Tensor.Zeros([4, 2], DType.Float64)), "type Float64", "generator of type Float32", "Cast");
        Errors.Assert<ValueException>(() => TinyGans.Compiled(discriminatorSteps: 5).Fit(x, batchSize: 4, verbose: Verbosity.Silent),
            "discriminatorSteps, 5", "batches of 4");
        Errors.Assert<ValueException>(() => new WeightClipping(0), "limit is 0");
    }

    [Test]
    public void A_compilation_that_cannot_train_is_refused()
    {
        Gan gan = new(TinyGans.Generator(), TinyGans.Discriminator(), 3);
        var adam = new Adam();
        Tensor x = TinyGans.Points(8);
        Errors.Assert<ModelException>(() => gan.Fit(x), "not compiled", "generator");
        void Compile(Action compile, params string[] parts) => Errors.Assert<ValueException>(() => { compile(); return gan; }, parts);
        Compile(() => gan.Compile(adam, adam), "one optimizer");
        Compile(() => gan.Compile(adam, new Adam(), discriminatorSteps: 0), "discriminatorSteps is 0");
        Compile(() => gan.Compile(adam, new Adam(), gradientPenalty: -1), "gradientPenalty is -1");
        Compile(() => gan.Compile(adam, new Adam(), r1Penalty: double.NaN), "r1Penalty is NaN");
        Compile(() => gan.Compile(adam, new Adam(), instanceNoise: -0.5), "instanceNoise is -0.5");
        gan.Compile(adam, new Adam());
        Errors.Assert<ModelException>(() => gan.Fit(x, x), "Fit", "two losses", "GanMetrics");
        Errors.Assert<ModelException>(() => gan.Evaluate(x, x), "Evaluate", "two losses");
        Errors.Assert<ModelException>(() => gan.TrainOnBatch(x, x), "TrainOnBatch", "two losses");
        gan.Discriminator.Trainable = false;
        Errors.Assert<ModelException>(() => gan.Fit(x, verbose: Verbosity.Silent), "the discriminator has no trainable variables");
    }
}
