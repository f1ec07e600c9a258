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

    /// <summary>256³ matrix product.</summary>
    /// <returns>The number of results.</returns>
    [Benchmark]
    public int MatMul256() => InScope(() => square.MatMul(square));

    /// <summary>3×3 convolution, 32 to 64 channels.</summary>
    /// <returns>The number of results.</returns>
    [Benchmark]
    public int Convolution() => InScope(() => images.Convolution2D(kernel));

    /// <summary>tanh of a million numbers.</summary>
    /// <returns>The number of results.</returns>
    [Benchmark]
    public int Tanh() => InScope(long1M.Tanh);

    /// <summary>Row softmax.</summary>
    /// <returns>The number of results.</returns>
    [Benchmark]
    public int Softmax() => InScope(() => square.Softmax());

    // The result goes back to the pool, as in training.
    private static int InScope(Func<Tensor> operation)
    {
        using var scope = new TensorScope();
        return operation().Length;
    }
}
