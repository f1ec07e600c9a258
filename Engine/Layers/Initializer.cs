namespace Engine.Layers;

/// <summary>Where a variable's first values come from.</summary>
public abstract class Initializer
{
    /// <summary>Makes the values.</summary>
    /// <param name="shape">The variable's shape.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <param name="random">Random numbers for this variable alone.</param>
    /// <returns>A tensor of the shape.</returns>
    public abstract Tensor Create(Shape shape, DType dtype, RandomGenerator random);
}
