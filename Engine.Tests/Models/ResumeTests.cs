using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Models;

/// <summary>Training that goes on from a file ends with the bits of training that was never interrupted.</summary>
[NonParallelizable]
public class ResumeTests
{
    private const int Epochs = 5, SavedAfter = 2;

    private static readonly (string Name, Func<Optimizer> Make)[] Optimizers =
    [
        ("adam", () => new Adam(0.02)),
        ("amsgrad with decay", () => new Adam(0.02, amsgrad: true, weightDecay: 0.01)),
        ("momentum", () => new SGD(0.05, momentum: 0.9, nesterov: true)),
        ("centered", () => new RMSprop(0.01, momentum: 0.5, centered: true)),
        ("nadam", () => new Nadam(0.02)),
        ("adagrad", () => new Adagrad(0.1)),
        ("schedule", () => new Adam(new CosineDecay(0.001, decaySteps: 30, warmupTarget: 0.05, warmupSteps: 10))),
        ("average", () => new Adam(0.02) { UseEma = true, EmaMomentum = 0.9 }),
        ("average that overwrites", () => new SGD(0.1) { UseEma = true, EmaMomentum = 0.9, EmaOverwriteFrequency = 6 }),
        ("everything", () => new Nadam(new ExponentialDecay(0.05, 4, 0.9))
        {
            GradientAccumulationSteps = 3, UseEma = true, EmaMomentum = 0.8, GlobalClipNorm = 1,
        }),
    ];

    private TemporaryFolder folder = null!;

    private static IEnumerable<string> Names => Optimizers.Select(optimizer => optimizer.Name);

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [TestCaseSource(nameof(Names))]
    public void A_checkpoint_of_an_epoch_goes_on_to_the_same_bits(string name)
    {
        string path = folder["model.safetensors"];
        Dataset data = TinyModels.Quadrants(110);
        Sequential whole = Make(name), rest = Make(name);
        History all = whole.Fit(data, Epochs, batchSize: 16, seed: 9, validationSplit: 0.1,
            callbacks: [new Saver(path)], verbose: Verbosity.Silent);
        rest.Load(path);
        Assert.That((rest.Epoch, rest.Seed, rest.Step), Is.EqualTo((SavedAfter, 9ul, whole.Step / Epochs * SavedAfter)));
        History after = rest.Fit(data, Epochs, batchSize: 16, validationSplit: 0.1, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
        AssertSame(rest, whole);
        Assert.That(after["loss"], Is.EqualTo(all["loss"].Skip(SavedAfter)));
        Assert.That(after["val_loss"], Is.EqualTo(all["val_loss"].Skip(SavedAfter)));
    }

    [TestCaseSource(nameof(Names))]
    public void A_file_written_after_Fit_goes_on_to_the_same_bits(string name)
    {
        string path = folder["model.safetensors"];
        Dataset data = TinyModels.Quadrants(110);
        Sequential whole = Make(name), first = Make(name), rest = Make(name);
        whole.Fit(data, Epochs, batchSize: 16, verbose: Verbosity.Silent);
        first.Fit(data, SavedAfter, batchSize: 16, verbose: Verbosity.Silent);
        first.Save(path);
        rest.Load(path);
        Assert.That(TinyModels.Bits(rest), Is.EqualTo(TinyModels.Bits(first)), "what was saved is what predicts");
        rest.Fit(data, Epochs, batchSize: 16, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
        AssertSame(rest, whole);
        first.Fit(data, Epochs, batchSize: 16, initialEpoch: first.Epoch, verbose: Verbosity.Silent);
        AssertSame(first, whole);
    }

    [Test]
    public void Another_number_of_threads_goes_on_to_the_same_bits()
    {
        int before = Parallelism.MaxThreads;
        try
        {
            string path = folder["digits.safetensors"];
            (byte[] images, byte[] labels) = RenderedDigits.Generate(64, 1);
            var digits = new Dataset(Tensor.From<byte>(images, [64, 28, 28, 1]), Tensor.From<byte>(labels));
            Parallelism.MaxThreads = 1;
            Sequential whole = TinyModels.Digits(), rest = TinyModels.Digits();
            whole.Fit(digits, epochs: 3, batchSize: 24, callbacks: [new Saver(path)], verbose: Verbosity.Silent);
            Parallelism.MaxThreads = 5;
            rest.Load(path);
            rest.Fit(digits, epochs: 3, batchSize: 24, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
            AssertSame(rest, whole);
        }
        finally
        {
            Parallelism.MaxThreads = before;
        }
    }

    [TestCase(1, 3)]
    [TestCase(4, 1)]
    public void Everything_at_once_goes_on_to_the_same_bits_on_another_number_of_threads(int threads, int threadsAfter)
    {
        int before = Parallelism.MaxThreads;
        try
        {
            string path = folder["images.safetensors"];
            (byte[] images, byte[] labels) = RenderedDigits.Generate(90, 1);
            var digits = new Dataset(Tensor.From<byte>(images, [90, 28, 28, 1]), Tensor.From<byte>(labels));
            Dataset noisy = digits.Map((x, random) => x + 0.1 * Tensor.RandomNormal(x.Shape, 0, 1, random), seed: 1);
            var rates = new List<double>();
            Parallelism.MaxThreads = threads;
            Sequential whole = MakeAugmented(), rest = MakeAugmented();
            History all = whole.Fit(noisy, Epochs, batchSize: 16, seed: 11, validationSplit: 0.2, callbacks: [new Saver(path)],
                verbose: Verbosity.Silent);
            Parallelism.MaxThreads = threadsAfter;
            rest.Load(path);
            History after = rest.Fit(noisy, Epochs, batchSize: 16, validationSplit: 0.2, initialEpoch: rest.Epoch,
                callbacks: [new LambdaCallback(onTrainBatchBegin: _ => rates.Add(rest.Optimizer!.LearningRate))],
                verbose: Verbosity.Silent);
            AssertSame(rest, whole);
            foreach (string name in all.Names) Assert.That(after[name], Is.EqualTo(all[name].Skip(SavedAfter)), name);
            Assert.That(rates.Distinct().Count(), Is.EqualTo(rates.Count), "the schedule is in play");
            Assert.That(rest.Optimizer!.Slots.Any(slot => slot.Name.StartsWith("gradient_accumulator", StringComparison.Ordinal)
                && slot.ToArray<float>().Any(value => value != 0)), "gradients wait for the rest of their row");
        }
        finally
        {
            Parallelism.MaxThreads = before;
        }
    }

    [Test]
    public void Weights_that_were_written_to_after_Fit_are_where_training_goes_on()
    {
        Sequential model = Make("average");
        model.Fit(TinyModels.Quadrants(32), verbose: Verbosity.Silent);
        foreach (Variable variable in model.TrainableVariables) variable.Assign(Tensor.ZerosLike(variable));
        model.Optimizer!.ResumeVariableValues(model.TrainableVariables);
        Assert.That(model.TrainableVariables.All(variable => variable.ToArray<float>().All(value => value == 0)));
    }

    [Test]
    public void A_learning_rate_that_was_changed_is_kept()
    {
        Sequential model = Make("adam"), other = Make("adam");
        model.Optimizer!.LearningRate = 1.0 / 3;
        model.Save(folder["rate.safetensors"]);
        other.Load(folder["rate.safetensors"]);
        Assert.That(other.Optimizer!.LearningRate, Is.EqualTo(1.0 / 3));
    }

    private static void AssertSame(Sequential model, Sequential wanted)
    {
        Assert.That(TinyModels.Bits(model), Is.EqualTo(TinyModels.Bits(wanted)));
        Dictionary<string, byte[]> Slots(Sequential of) =>
            of.Optimizer!.Slots.ToDictionary(slot => slot.Name, slot => slot.Bytes().ToArray());
        Assert.That(Slots(model), Is.EqualTo(Slots(wanted)));
        Assert.That((model.Step, model.Optimizer!.Step, model.Epoch), Is.EqualTo((wanted.Step, wanted.Optimizer!.Step, wanted.Epoch)));
    }

    private static Sequential Make(string optimizer)
    {
        var model = new Sequential(
            new Input(2),
            new Dense(16, Activation.Tanh, kernelConstraint: new MaxNorm(2)),
            new BatchNormalization(),
            new Dropout(0.3),
            new GaussianNoise(0.1),
            new Dense(2, Activation.Softmax));
        model.Compile(Optimizers.Single(one => one.Name == optimizer).Make(), new SparseCategoricalCrossentropy(), new Accuracy());
        return model;
    }

    /// <summary>Every layer that draws, averages that move, a schedule, gradients that are gathered and weights that are
    /// averaged.</summary>
    private static Sequential MakeAugmented()
    {
        var model = new Sequential(
            new Input(28, 28, 1),
            new RandomFlip(FlipMode.Horizontal),
            new RandomRotation(0.1),
            new RandomTranslation(0.1, 0.1),
            new RandomZoom(0.1),
            new RandomContrast(0.2),
            new RandomBrightness(0.1, (0, 1)),
            new RandomCrop(26, 26),
            new Conv2D(6, (3, 3), Activation.ReLU, kernelRegularizer: new L2(0.001)),
            new BatchNormalization(),
            new SpatialDropout2D(0.2),
            new MaxPooling2D((2, 2)),
            new GaussianNoise(0.05),
            new Flatten(),
            new Dense(12, Activation.Tanh, kernelConstraint: new MaxNorm(3)),
            new GaussianDropout(0.2),
            new Dropout(0.3),
            new Dense(10, Activation.Softmax));
        var optimizer = new AdamW(new CosineDecay(0.001, decaySteps: 40, warmupTarget: 0.02, warmupSteps: 8), weightDecay: 0.01)
        {
            GradientAccumulationSteps = 3, UseEma = true, EmaMomentum = 0.9, GlobalClipNorm = 1,
        };
        model.Compile(optimizer, new SparseCategoricalCrossentropy(), new Accuracy());
        return model;
    }

    /// <summary>Saves once, in the midst of training.</summary>
    private sealed class Saver(string path) : Callback
    {
        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
        {
            if (model.Epoch == SavedAfter) model.Save(path);
        }
    }
}
