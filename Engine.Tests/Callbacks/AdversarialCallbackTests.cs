using Engine.Callbacks;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Models;
using Engine.Tests.Operations;

namespace Engine.Tests.Callbacks;

[NonParallelizable]
public class AdversarialCallbackTests
{
    private static readonly Tensor Images = Tensor.RandomUniform([12, 4, 4, 1], 0, 1, new RandomGenerator(1));

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Each_epoch_leaves_a_grid_of_the_same_points_a_strip_an_animation_and_a_page()
    {
        Gan gan = TinyGans.OfImages();
        gan.Fit(Images, epochs: 3, batchSize: 4, callbacks: [new SampleGallery(folder["gallery"], count: 9, seed: 6)], verbose: Verbosity.Silent);
        string[] files = [.. Directory.GetFiles(folder["gallery"]).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        Assert.That(files, Is.EqualTo(new[]
        {
            "index.html", "interpolation.png", "samples_001.png", "samples_002.png", "samples_003.png", "training.png",
        }));
        byte[] last = ImageGrid.Compose(gan.Generate(9, seed: 6)).ToArray<byte>();
        Assert.That(Png.Load(Path.Combine(folder["gallery"], "samples_003.png")).ToArray<byte>(), Is.EqualTo(last));
        Assert.That(Png.Load(Path.Combine(folder["gallery"], "samples_001.png")).ToArray<byte>(), Is.Not.EqualTo(last));
        Tensor strip = Png.Load(Path.Combine(folder["gallery"], "interpolation.png"));
        Assert.That((strip.Shape[0], strip.Shape[1]), Is.EqualTo((4 * 6 + 2, 10 * 6 + 2)));
        Tensor first = Png.Load(Path.Combine(folder["gallery"], "training.png"));
        Assert.That(first.ToArray<byte>(), Is.EqualTo(Png.Load(Path.Combine(folder["gallery"], "samples_001.png")).ToArray<byte>()));
        string page = File.ReadAllText(Path.Combine(folder["gallery"], "index.html"));
        foreach (string part in new[] { "epoch 3 of 3", "generator_loss", "discriminator_loss", "training.png", "samples_003.png", "interpolation.png" })
            Assert.That(page, Does.Contain(part));
    }

    [Test]
    public void Labels_take_turns_and_a_vae_is_shown_too()
    {
        var conditional = new ConditionalGan(
            new Sequential(new Dense(16, Activation.Sigmoid), new Reshape(4, 4, 1)), new Sequential(new Flatten(), new Dense(1)), 3, 3, 2);
        conditional.Compile(new Adam(), new Adam());
        conditional.Fit(Images, Tensor.Arange(12) * 0, batchSize: 4, callbacks: [new SampleGallery(folder["labels"], 6)], verbose: Verbosity.Silent);
        Assert.That(Png.Load(Path.Combine(folder["labels"], "samples_001.png")).Shape[1], Is.EqualTo(3 * 6 + 2), "a column for each label");
        var vae = new Vae(
            new Sequential(new Input(4, 4, 1), new Flatten(), new Dense(4)),
            new Sequential(new Dense(16, Activation.Sigmoid), new Reshape(4, 4, 1)), 2);
        vae.Compile(new Adam(), new MeanSquaredError());
        vae.Fit(Images, callbacks: [new SampleGallery(folder["vae"], 4, columns: 4)], verbose: Verbosity.Silent);
        Assert.That(Png.Load(Path.Combine(folder["vae"], "samples_001.png")).Shape[0], Is.EqualTo(6 + 2));
        Assert.That(File.ReadAllText(Path.Combine(folder["vae"], "index.html")), Does.Contain("Vae &quot;vae&quot;"));
    }

    [Test]
    public void The_report_of_other_models_shows_both_losses()
    {
        TinyGans.OfImages().Fit(Images, epochs: 2, batchSize: 4, callbacks: [new HtmlReport(folder["report.html"])], verbose: Verbosity.Silent);
        Assert.That(File.ReadAllText(folder["report.html"]), Does.Contain("generator_loss").And.Contain("discriminator_loss").And.Contain("Adam"));
    }

    [Test]
    public void A_discriminator_that_is_right_about_everything_is_warned_of()
    {
        // The data are far from anything that the generator can make.
        var gan = new Gan(new Sequential(new Input(3), new Dense(2, Activation.Tanh)), new Sequential(new Input(2), new Dense(1)), 3);
        gan.Compile(new SGD(0), new Adam(0.1));
        var said = new List<string>();
        var watch = new CollapseWatch(say: said.Add);
        gan.Fit(TinyGans.Points(64) + 50, epochs: 25, batchSize: 16, callbacks: [watch], verbose: Verbosity.Silent);
        Assert.That(said, Is.Not.Empty, $"accuracy {gan.DiscriminatorAccuracy}");
        Assert.That(said[^1], Does.StartWith("epoch 25: the discriminator tells 100.0 % of all samples apart").And.Contain("WithLabelSmoothing"));
        Assert.That(watch.Warnings, Is.EqualTo(said));
    }

    [Test]
    public void A_network_with_labels_is_watched_too()
    {
        var gan = new ConditionalGan(new Sequential(new Dense(2, Activation.Tanh)), new Sequential(new Dense(1)), 3, classes: 2, embeddingSize: 2);
        gan.Compile(new SGD(0), new Adam(0.1));
        var watch = new CollapseWatch(say: _ => { });
        gan.Fit(TinyGans.Points(64) + 50, Tensor.Zeros([64], DType.Int32), epochs: 25, batchSize: 16, callbacks: [watch], verbose: Verbosity.Silent);
        Assert.That(watch.Warnings, Has.Some.StartsWith("epoch 25: the discriminator tells 100.0 % of all samples apart"));
    }

    [Test]
    public void Samples_that_become_alike_and_classes_that_are_lost_are_warned_of()
    {
        Gan gan = TinyGans.OfImages();
        var classifier = new Sequential(new Input(4, 4, 1), new Flatten(), new Dense(6, Activation.Tanh), new Dense(4, Activation.Softmax));
        var said = new List<string>();
        var watch = new CollapseWatch(new SampleEvaluator(classifier, Images), say: said.Add);
        foreach (Variable variable in gan.Generator.Variables) variable.Assign(variable * 40);
        gan.Fit(Images, epochs: 3, batchSize: 4, callbacks: [watch, new Collapser()], verbose: Verbosity.Silent);
        Assert.That(said, Has.Some.StartsWith("epoch 3: the samples have become alike").And.Some.Contains("classes that they showed before"));
        Assert.That(said, Has.None.StartsWith("epoch 2: the samples"), "they had not yet");
        Assert.That(watch.Warnings, Is.EqualTo(said));
    }

    [Test]
    public void Bad_input_is_named()
    {
        Errors.Assert<ValueException>(() => new SampleGallery(""), "empty folder");
        Errors.Assert<ValueException>(() => new SampleGallery("x", count: 0), "count is 0");
        Errors.Assert<ValueException>(() => new SampleGallery("x", columns: 0), "columns is 0");
        Errors.Assert<ValueException>(() => new SampleGallery("x", interpolationSteps: 1), "interpolationSteps is 1");
        Errors.Assert<ValueException>(() => new SampleGallery("x", milliseconds: 0), "milliseconds is 0");
        Errors.Assert<ValueException>(() => new CollapseWatch(samples: 1), "samples is 1");
        Errors.Assert<ValueException>(() => new CollapseWatch(accuracy: 0.5), "accuracy is 0.5");
        Errors.Assert<ValueException>(() => new CollapseWatch(spread: 2), "spread is 2");
        Sequential classifier = TinyModels.Classifier();
        foreach (Callback callback in new Callback[] { new SampleGallery(folder["x"]), new CollapseWatch() })
        {
            Errors.Assert<ModelException>(
                () => classifier.Fit(TinyModels.Quadrants(8), callbacks: [callback], verbose: Verbosity.Silent), callback.GetType().Name, "Gan");
        }

        // What cannot be shown is told before training, not after an epoch.
        Gan vectors = TinyGans.Compiled();
        byte[] before = TinyModels.Bits(vectors);
        Errors.Assert<ShapeException>(
            () => vectors.Fit(TinyGans.Points(8), callbacks: [new SampleGallery(folder["x"])], verbose: Verbosity.Silent),
            "SampleGallery", "samples of shape [2]", "[H, W, 3]");
        Assert.That(TinyModels.Bits(vectors), Is.EqualTo(before));
        File.WriteAllText(folder["file"], "");
        Errors.Assert<FileFormatException>(
            () => TinyGans.OfImages().Fit(Images, callbacks: [new SampleGallery(Path.Combine(folder["file"], "x"))], verbose: Verbosity.Silent),
            "SampleGallery", "cannot be made");
    }

    /// <summary>Lets the generator make one image of everything in the last epoch.</summary>
    private sealed class Collapser : Callback
    {
        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
        {
            if (epoch != 1) return;
            foreach (Variable variable in ((Gan)model).Generator.Variables) variable.Assign(Tensor.ZerosLike(variable));
        }
    }
}
