using System.Numerics;

namespace Engine.Data;

/// <summary>The random numbers of one image, handed out one by one.</summary>
/// <remarks>Made by arithmetic alone from the uniform numbers of a <see cref="RandomGenerator"/>, so the same on every machine.</remarks>
internal ref struct RenderedDigitsRandom
{
    /// <summary>How many numbers an image may use: two a pixel for noise, and 600 for its form (the longest takes about 450).</summary>
    public const int Capacity = 2 * RenderedDigitsPen.Side * RenderedDigitsPen.Side + 600;

    private readonly ReadOnlySpan<float> numbers;
    private int used;

    /// <summary>Draws an image's numbers.</summary>
    /// <param name="generator">The image's own generator.</param>
    /// <param name="memory">Where they are kept, <see cref="Capacity"/> of them.</param>
    public RenderedDigitsRandom(RandomGenerator generator, Span<float> memory)
    {
        generator.FillUniform(memory);
        numbers = memory;
    }

    /// <summary>A whole number from 0 to <paramref name="limit"/> − 1.</summary>
    public int Below(int limit) => (int)(Uniform() * limit);

    /// <summary>A number between two bounds.</summary>
    public float Between(float low, float high) => low + (high - low) * Uniform();

    /// <summary>Mean 0, between −1 and 1, those near 0 the likelier the nearer: a sum of two uniform numbers.</summary>
    public float Triangular() => Uniform() + Uniform() - 1;

    /// <summary>Mean 0 and variance 1, nearly normal, never beyond ±3.5: a sum of four uniform numbers.</summary>
    public float Normal() => (Uniform() + Uniform() + Uniform() + Uniform() - 2) * 1.7320508f;

    /// <summary>Two numbers as of <see cref="Normal"/>.</summary>
    public Vector2 NormalVector() => new(Normal(), Normal());

    private float Uniform() => numbers[used++];
}
