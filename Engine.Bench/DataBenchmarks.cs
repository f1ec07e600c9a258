using BenchmarkDotNet.Attributes;
using Engine.Data;

namespace Engine.Bench;

/// <summary>Making the built-in data set: 12,000 digits to learn from and 2,000 to test with, meant to take less than two seconds.</summary>
[MemoryDiagnoser]
public class DataBenchmarks
{
    /// <summary>How many digits are drawn.</summary>
    [Params(14_000)]
    public int Count { get; set; }

    /// <summary>Draws the digits.</summary>
    /// <returns>The images and their labels.</returns>
    [Benchmark]
    public (byte[] Images, byte[] Labels) RenderDigits() => RenderedDigits.Generate(Count, seed: 1);
}
