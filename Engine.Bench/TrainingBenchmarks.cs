using BenchmarkDotNet.Attributes;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Bench;

/// <summary>A whole training step of the digits network.</summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    private readonly Sequential model = new(
        new Input(28, 28, 1),
        new Conv2D(32, (3, 3), Activation.ReLU),
        new MaxPooling2D((2, 2)),
        new Conv2D(64, (3, 3), Activation.ReLU),
        new MaxPooling2D((2, 2)),
        new Flatten(),
        new Dense(128, Activation.ReLU),
        new Dense(10));

    private Tensor x = Tensor.Zeros([1]);
    private Tensor labels = Tensor.Zeros([1], DType.Int32);

    /// <summary>Images in a step.</summary>
    [Params(32, 128)]
    public int Batch { get; set; }

    /// <summary>Makes the batch and compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        x = Tensor.RandomUniform([Batch, 28, 28, 1], 0, 1, new RandomGenerator(seed: 1));
        labels = Tensor.RandomIntegers([Batch], 0, 10, new RandomGenerator(seed: 2));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true));
    }

    /// <summary>Forward, backward and Adam.</summary>
    [Benchmark]
    public void Step() => model.TrainOnBatch(x, labels);
}
