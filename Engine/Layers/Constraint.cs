namespace Engine.Layers;

/// <summary>What a weight is held to: each step of an optimizer ends with it.</summary>
/// <remarks>One of one's own overrides <see cref="Apply"/>, written in operations.</remarks>
public abstract class Constraint
{
    // Keras' distance from a division by 0.
    private protected const double Epsilon = 1e-7;

    /// <summary>The values that the weight gets.</summary>
    /// <param name="weight">Its values after an optimizer's step.</param>
    /// <returns>A tensor of its shape and type.</returns>
    public abstract Tensor Apply(Tensor weight);

    /// <summary>What the constraint was made with, for files; null for one of another class.</summary>
    internal virtual Description? Description => null;

    /// <summary>Σ over these axes: a copy, or axis 0 when none are given.</summary>
    private protected static int[] AxesOr0(int[]? axis) => axis is null ? [0] : [.. axis];
}
