using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>Single operations through the public API: product, convolution, functions, losses.</summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private readonly Tensor square = Tensor.RandomNormal([256, 256], 0, 1, new RandomGenerator(seed: 1));
    private readonly Tensor images = Tensor.RandomNormal([32, 13, 13, 32], 0, 1, new RandomGenerator(seed: 2));
    private readonly Tensor kernel = Tensor.RandomNormal([3, 3, 32, 64], 0, 0.1, new RandomGenerator(seed: 3));
    private readonly Tensor long1M = Tensor.RandomNormal([1 << 20], 0, 1, new RandomGenerator(seed: 4));
    private TensorScope? scope;

    /// <summary>Results go to the pool, as in training.</summary>
    [IterationSetup]
    public void Open() => scope = new TensorScope();

    /// <summary>Gives them back.</summary>
    [IterationCleanup]
    public void Close() => scope!.Dispose();

    /// <summary>256³ matrix product.</summary>
    /// <returns>The product.</returns>
    [Benchmark]
    public Tensor MatMul256() => square.MatMul(square);

    /// <summary>3×3 convolution, 32 to 64 channels.</summary>
    /// <returns>The feature maps.</returns>
    [Benchmark]
    public Tensor Convolution() => images.Convolution2D(kernel);

    /// <summary>tanh of a million numbers.</summary>
    /// <returns>The results.</returns>
    [Benchmark]
    public Tensor Tanh() => long1M.Tanh();

    /// <summary>Row softmax.</summary>
    /// <returns>The probabilities.</returns>
    [Benchmark]
    public Tensor Softmax() => square.Softmax();
}
