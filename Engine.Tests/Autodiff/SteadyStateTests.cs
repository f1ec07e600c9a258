using System.Diagnostics;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Autodiff;

/// <summary>A training loop that has warmed up takes no tensor memory from the garbage collector and does not grow.</summary>
[NonParallelizable]
public class SteadyStateTests
{
    private const int AllowedBytes = 32 * 1024, AugmentedLayers = 20;

    [TestCase(32)]
    [TestCase(512)]
    public void A_step_of_the_digits_network_allocates_bookkeeping_alone_at_any_batch(int batch)
    {
        long bytes = BytesOfAStep(DigitsStep(batch));
        TestContext.Out.WriteLine($"{bytes} bytes a step at batch {batch}");
        Assert.That(bytes, Is.LessThanOrEqualTo(AllowedBytes));
    }

    [Test]
    public void A_step_with_normalization_dropout_and_augmentation_allocates_the_same_bookkeeping_at_any_batch()
    {
        (long small, long large, long more) = BytesOfSteps(AugmentedStep(8), AugmentedStep(64));
        TestContext.Out.WriteLine($"{small} bytes a step at batch 8, {large} at batch 64");
        Assert.That(more, Is.EqualTo(0).Within(512));
        Assert.That(large, Is.LessThanOrEqualTo(AugmentedLayers * 2048), "the smallest output of a layer for 64 images has 2560 bytes");
    }

    [Test]
    public void A_step_of_a_recurrent_network_allocates_the_same_bookkeeping_at_any_batch_and_length()
    {
        (long small, long large, long more) = BytesOfSteps(RecurrentStep(4, 10), RecurrentStep(64, 40));
        TestContext.Out.WriteLine($"{small} bytes a step for 4 sequences of 10, {large} for 64 of 40");
        Assert.That(more, Is.EqualTo(0).Within(512));
        Assert.That(large, Is.LessThanOrEqualTo(AllowedBytes));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Three_hundred_steps_are_flat(bool augmented)
    {
        Action step = augmented ? AugmentedStep(8) : DigitsStep(8);
        for (int i = 0; i < 100; i++) step();
        (long Heap, long Resident) start = Memory();
        for (int i = 0; i < 300; i++) step();
        (long Heap, long Resident) end = Memory();
        Assert.That(end.Heap - start.Heap, Is.LessThanOrEqualTo(1 << 20), "managed heap");
        Assert.That(end.Resident - start.Resident, Is.LessThanOrEqualTo(8 << 20), "working set");
    }

    [TestCase(0)]
    [TestCase(10)]
    public void Alternating_training_is_flat(double penalty)
    {
        Action step = GanStep(penalty);
        for (int i = 0; i < 100; i++) step();
        (long Heap, long Resident) start = Memory();
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Steps = 300;
        for (int i = 0; i < Steps; i++) step();
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Steps;
        (long Heap, long Resident) end = Memory();
        TestContext.Out.WriteLine($"{bytes} bytes a step, penalty {penalty}");
        Assert.That(end.Heap - start.Heap, Is.LessThanOrEqualTo(1 << 20), "managed heap");
        Assert.That(end.Resident - start.Resident, Is.LessThanOrEqualTo(8 << 20), "working set");
        // Two networks, three passes, and a tape in a tape: three times the bookkeeping of one network's step, and no tensor memory.
        Assert.That(bytes, Is.LessThanOrEqualTo(3 * AllowedBytes));
    }

    // Of itself the runtime collects only after some megabytes, on processors with large caches after 16 or more.
    [Test]
    public void The_end_of_a_step_collects_its_bookkeeping_every_few_megabytes()
    {
        int before = GC.CollectionCount(0);
        long start = GC.GetAllocatedBytesForCurrentThread();
        object? kept = null;
        // Of the seven times that four megabytes come together, the first is without a collection where one came shortly before the test.
        while (GC.GetAllocatedBytesForCurrentThread() - start < 32 << 20)
        {
            using var scope = new TensorScope();
            using (new TensorScope()) kept = new byte[16_000];
        }

        Assert.That(GC.CollectionCount(0) - before, Is.GreaterThanOrEqualTo(5), $"collections, after {kept}");
    }

    private static long BytesOfAStep(Action step)
    {
        for (int i = 0; i < 5; i++) step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Steps = 5;
        for (int i = 0; i < Steps; i++) step();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Steps;
    }

    /// <summary>
    /// The bytes of a step of each, and by how many the larger one takes more, as the median of rounds that take a step of each: while the
    /// tests run, the runtime compiles methods anew, and what those methods take then changes for both from one round to the next.
    /// </summary>
    private static (long Small, long Large, long More) BytesOfSteps(Action small, Action large)
    {
        const int Rounds = 21;
        var more = new long[Rounds];
        (long smallBytes, long largeBytes) = (BytesOfAStep(small), BytesOfAStep(large));
        for (int round = 0; round < Rounds; round++)
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            small();
            long middle = GC.GetAllocatedBytesForCurrentThread();
            large();
            more[round] = GC.GetAllocatedBytesForCurrentThread() - middle - (middle - start);
        }

        Array.Sort(more);
        return (smallBytes, largeBytes, more[Rounds / 2]);
    }

    private static (long Heap, long Resident) Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }

    /// <summary>One step as <c>Fit</c> takes it, of a model with layers that draw and layers that keep averages.</summary>
    private static Action AugmentedStep(int batch)
    {
        var model = new Sequential(
            new Input(28, 28, 1), new RandomFlip(), new RandomRotation(0.1), new RandomTranslation(0.1, 0.1), new RandomZoom(0.1),
            new RandomContrast(0.2), new RandomBrightness(0.1, (0, 1)), new RandomCrop(24, 24),
            new Conv2D(8, 3, useBias: false), new BatchNormalization(), new ActivationLayer(Activation.ReLU), new SpatialDropout2D(0.2),
            new MaxPooling2D(), new GaussianNoise(0.1), new Flatten(), new Dense(16), new BatchNormalization(), new GaussianDropout(0.1),
            new Dropout(0.5), new Dense(10));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true));
        var random = new RandomGenerator(seed: 1);
        Tensor images = Tensor.RandomUniform([batch, 28, 28, 1], 0, 1, random);
        Tensor labels = Tensor.RandomIntegers([batch], 0, 10, random);
        return () => model.TrainOnBatch(images, labels);
    }

    /// <summary>One step of two convolutional networks on 14×14 images, one against the other.</summary>
    private static Action GanStep(double penalty)
    {
        var generator = new Sequential(
            new Input(8), new Dense(7 * 7 * 8), new BatchNormalization(), new ActivationLayer(Activation.ReLU), new Reshape(7, 7, 8),
            new Conv2DTranspose(1, 4, Activation.Tanh, strides: 2, padding: Padding.Same));
        var discriminator = new Sequential(
            new Input(14, 14, 1), new Conv2D(8, 4, Activation.LeakyReLU(0.2), strides: 2, padding: Padding.Same), new Flatten(), new Dense(1));
        var gan = new Gan(generator, discriminator, 8);
        gan.Compile(new Adam(), new Adam(), GanLoss.Wasserstein, gradientPenalty: penalty, r1Penalty: penalty, instanceNoise: penalty / 100);
        Tensor images = Tensor.RandomUniform([8, 14, 14, 1], 0, 1, new RandomGenerator(seed: 1));
        return () => gan.TrainOnBatch(images);
    }

    /// <summary>One step of a network with each recurrent layer, on characters.</summary>
    private static Action RecurrentStep(int batch, int length)
    {
        var model = new Sequential(
            new Input([length], DType.Int32), new OneHot(50), new LSTM(24, returnSequences: true), new GRU(24, returnSequences: true),
            new SimpleRNN(24), new Dense(10));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true));
        var random = new RandomGenerator(seed: 1);
        Tensor x = Tensor.RandomIntegers([batch, length], 0, 50, random), labels = Tensor.RandomIntegers([batch], 0, 10, random);
        return () => model.TrainOnBatch(x, labels);
    }

    /// <summary>One step of a convolutional network on 28×28 images, with its loss and optimizer.</summary>
    private static Action DigitsStep(int batch)
    {
        Layer[] layers =
        [
            new Conv2D(32, 3, Activation.ReLU, name: "conv"), new MaxPooling2D(name: "pool"), new Conv2D(16, 3, Activation.ReLU, name: "conv_1"),
            new MaxPooling2D(name: "pool_1"), new Flatten(), new Dense(32, Activation.ReLU, name: "dense"), new Dense(10, name: "dense_1"),
        ];
        var random = new RandomGenerator(seed: 1);
        Tensor images = Tensor.RandomUniform([batch, 28, 28, 1], 0, 1, random);
        Tensor labels = Tensor.RandomIntegers([batch], 0, 10, random);
        var loss = new SparseCategoricalCrossentropy(fromLogits: true);
        var optimizer = new Adam();
        Variable[] variables = [];
        return () =>
        {
            using var tape = new GradientTape();
            Tensor y = images;
            foreach (Layer layer in layers) y = layer.Apply(y, training: true);
            if (variables.Length == 0) variables = [.. layers.SelectMany(layer => layer.TrainableVariables)];
            optimizer.Apply(tape.Gradients(loss.Compute(labels, y), variables));
        };
    }
}
