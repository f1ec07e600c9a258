using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Models;

[NonParallelizable]
public class ConditionalGanTests
{
    /// <summary>Points near one of two places, which the label names.</summary>
    private static (Tensor Points, Tensor Labels) Places(int count)
    {
        var random = new RandomGenerator(3);
        var points = new float[2 * count];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = i % 2;
            points[2 * i] = (labels[i] == 0 ? -2 : 2) + 0.1f * (float)random.NextNormal();
            points[2 * i + 1] = 0.1f * (float)random.NextNormal();
        }

        return (Tensor.From<float>(points, [count, 2]), Tensor.From<int>(labels));
    }

    private static ConditionalGan Make(bool auxiliary, double rate = 0.01)
    {
        var generator = new Sequential(new Dense(16, Activation.LeakyReLU(0.2)), new Dense(2));
        var discriminator = new Sequential(new Dense(16, Activation.LeakyReLU(0.2)), new Dense(auxiliary ? 3 : 1));
        var gan = new ConditionalGan(generator, discriminator, 3, classes: 2, embeddingSize: 4, auxiliaryClassifier: auxiliary);
        gan.Compile(new Adam(rate, beta1: 0.5), new Adam(rate, beta1: 0.5));
        return gan;
    }

    [Test]
    public void A_label_decides_where_samples_lie([Values] bool auxiliary)
    {
        ConditionalGan gan = Make(auxiliary);
        (Tensor x, Tensor labels) = Places(256);
        History history = gan.Fit(x, labels, epochs: 40, batchSize: 32, seed: 4, verbose: Verbosity.Silent);
        Assert.That(history.Names, Is.EqualTo(new[] { "generator_loss", "discriminator_loss" }));
        double[] left = Values(gan.Generate(0, 100)[.., 0]), right = Values(gan.Generate(1, 100)[.., 0]);
        Assert.That(left.Count(value => value < 0), Is.GreaterThanOrEqualTo(95));
        Assert.That(right.Count(value => value > 0), Is.GreaterThanOrEqualTo(95));
    }

    [Test]
    public void The_classifiers_cross_entropy_joins_both_losses()
    {
        // One linear map each and no movement: the losses of the first step are the formula.
        var generator = new Sequential(new Dense(2));
        var discriminator = new Sequential(new Dense(3));
        var gan = new ConditionalGan(generator, discriminator, 2, classes: 2, embeddingSize: 2, auxiliaryClassifier: true, classWeight: 0.5);
        gan.Compile(new SGD(0), new SGD(0));
        (Tensor x, Tensor labels) = Places(6);
        Tensor z = Tensor.RandomNormal([6, 2], 0, 1, new RandomGenerator().Split("conditional_gan").Split(0ul).Split(0ul).Split("latent"));
        (double? g, double d) = gan.TrainOnBatch(x, labels);
        Tensor fake = gan.Generate(labels, z), real = discriminator.Apply(x), made = discriminator.Apply(fake);
        Tensor onReal = Tensor.SoftmaxCrossEntropy(real[.., 1..], labels).Mean(), onFake = Tensor.SoftmaxCrossEntropy(made[.., 1..], labels).Mean();
        GanLoss loss = GanLoss.NonSaturating;
        Assert.That(d, Is.EqualTo((loss.Discriminator(real[.., ..1], made[.., ..1]) + 0.5 * (onReal + onFake)).ToScalar()).Within(1e-5));
        Assert.That(g, Is.EqualTo((loss.Generator(made[.., ..1]) + 0.5 * onFake).ToScalar()).Within(1e-5));
    }

    [Test]
    public void A_discriminator_of_images_sees_the_label_as_a_plane()
    {
        var generator = new Sequential(new Input(7), new Dense(4 * 4), new Reshape(4, 4, 1));
        var discriminator = new Sequential(new Input(4, 4, 2), new Conv2D(3, 2, Activation.ReLU), new Flatten(), new Dense(1));
        var gan = new ConditionalGan(generator, discriminator, 4, classes: 3, embeddingSize: 3);
        gan.Compile(new Adam(), new Adam(), GanLoss.Hinge, gradientPenalty: 1, r1Penalty: 1);
        byte[] before = TinyModels.Bits(gan);
        gan.Fit(Tensor.RandomUniform([6, 4, 4, 1], 0, 1, new RandomGenerator(1)), Tensor.From<byte>([0, 1, 2, 0, 1, 2]), batchSize: 3,
            verbose: Verbosity.Silent);
        byte[] after = TinyModels.Bits(gan);
        Assert.That(after, Is.Not.EqualTo(before));
        Assert.That(gan.Generate(2, 3).Shape.ToString(), Is.EqualTo("[3, 4, 4, 1]"));
        Tensor ends = gan.SampleLatent(2);
        Assert.That(gan.Interpolate(1, ends[0], ends[1], 5).Shape.ToString(), Is.EqualTo("[5, 4, 4, 1]"));
        Assert.That(gan.Variables.Count(variable => variable.Name.Contains("embedding")), Is.EqualTo(2));
    }

    [Test]
    public void Training_that_goes_on_from_a_file_ends_with_the_same_bits([Values] bool auxiliary)
    {
        using var folder = new TemporaryFolder();
        (Tensor x, Tensor labels) = Places(40);
        ConditionalGan whole = Make(auxiliary), first = Make(auxiliary), rest = Make(auxiliary);
        whole.Fit(x, labels, 4, batchSize: 16, verbose: Verbosity.Silent);
        first.Fit(x, labels, 2, batchSize: 16, verbose: Verbosity.Silent);
        first.Save(folder["gan.safetensors"]);
        rest.Load(folder["gan.safetensors"]);
        rest.Fit(new Dataset(x, labels), 4, batchSize: 16, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(rest), Is.EqualTo(TinyModels.Bits(whole)));
    }

    [Test]
    public void While_one_network_is_trained_nothing_of_the_other_changes_nor_of_its_labels([Values] bool auxiliary)
    {
        (Tensor x, Tensor labels) = Places(8);
        string[] Changed(Optimizer generator, Optimizer discriminator, int discriminatorSteps)
        {
            ConditionalGan gan = Make(auxiliary);
            gan.Compile(generator, discriminator, discriminatorSteps: discriminatorSteps);
            byte[][] before = [.. gan.Variables.Select(variable => variable.Bytes().ToArray())];
            gan.TrainOnBatch(x, labels);
            return [.. gan.Variables.Where((variable, i) => !variable.Bytes().SequenceEqual(before[i])).Select(variable => variable.Name)];
        }

        string[] byDiscriminator = Changed(new Adam(0.01), new Adam(0.01), 2), byGenerator = Changed(new Adam(0.01), new SGD(0), 1);
        Assert.That(byDiscriminator, Has.Length.EqualTo(auxiliary ? 4 : 5).And.All.StartsWith("discriminator"));
        Assert.That(byGenerator, Has.Length.EqualTo(5).And.All.StartsWith("generator"), "with the embedding");
    }

    [Test]
    public void The_moving_average_makes_the_samples_during_training_too()
    {
        (Tensor x, Tensor labels) = Places(64);
        var generator = new Sequential(new Dense(16, Activation.LeakyReLU(0.2)), new Dense(2));
        var gan = new ConditionalGan(generator, new Sequential(new Dense(1)), 3, classes: 2, embeddingSize: 4);
        gan.Compile(new Adam(0.01) { UseEma = true, EmaMomentum = 0.9 }, new Adam(0.01));
        double[] during = [];
        byte[] raw = [];
        gan.Fit(x, labels, 2, batchSize: 16, verbose: Verbosity.Silent, callbacks: [new LambdaCallback(onEpochEnd: (_, _) =>
            (during, raw) = (Values(gan.Generate(1, 5)), TinyModels.Bits(generator)))]);
        Assert.That(Values(gan.Generate(1, 5)), Is.EqualTo(during), "the end of Fit leaves the average in place");
        Assert.That(TinyModels.Bits(generator), Is.Not.EqualTo(raw), "training goes on without it");
    }

    [Test]
    public void Bad_input_is_named()
    {
        Sequential Generator() => new(new Input(7), new Dense(2));
        Errors.Assert<ValueException>(() => new ConditionalGan(Generator(), new Sequential(new Dense(1)), 4, 1, 3), "classes is 1");
        Errors.Assert<ValueException>(() => new ConditionalGan(Generator(), new Sequential(new Dense(1)), 4, 2, 0), "embeddingSize is 0");
        Errors.Assert<ValueException>(
            () => new ConditionalGan(Generator(), new Sequential(new Dense(1)), 4, 2, 3, classWeight: -1), "classWeight is -1");
        Errors.Assert<ShapeException>(() => new ConditionalGan(Generator(), new Sequential(new Dense(1)), 4, 2, 5), "[7]", "[9]");
        Errors.Assert<ShapeException>(
            () => new ConditionalGan(Generator(), new Sequential(new Dense(2)), 4, 2, 3, auxiliaryClassifier: true), "[2]", "[3]", "Dense(3)");
        var flat = new Sequential(new Input(7), new Dense(4), new Reshape(2, 2));
        Errors.Assert<ShapeException>(() => new ConditionalGan(flat, new Sequential(new Dense(1)), 4, 2, 3), "samples of shape [2, 2]");
        ConditionalGan gan = Make(false);
        (Tensor x, Tensor labels) = Places(6);
        Errors.Assert<ValueException>(() => gan.Fit(new Dataset(x)), "no labels");
        Errors.Assert<ValueException>(() => gan.Fit(x, labels + 1), "label 1 is 2", "2 classes");
        Errors.Assert<ShapeException>(() => gan.TrainOnBatch(x, Tensor.Zeros([6, 1], DType.Int32)), "[6, 1]", "6 samples");
        Errors.Assert<DTypeException>(() => gan.Fit(x, Tensor.Zeros([6])), "labels of type Float32");
        Errors.Assert<ValueException>(() => gan.Generate(2, 3), "label 0 is 2");
        Errors.Assert<ValueException>(() => gan.Generate(0, 0), "0 samples");
        Errors.Assert<ValueException>(() => gan.Generate(Tensor.Zeros([0], DType.Int32)), "0 samples");
        Errors.Assert<ShapeException>(() => gan.Generate(labels, Tensor.Zeros([6, 4])), "[6, 4]", "[n, 3]");
    }
}
