namespace Engine.Layers;

/// <summary>The elementwise product of the inputs: y = a ⊙ b ⊙ …, as in <c>new Multiply().Apply(a, b)</c>. F-B10.</summary>
public sealed class Multiply : Merging
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>multiply_1</c>.</param>
    public Multiply(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    private protected override Tensor Combine(Tensor a, Tensor b) => a * b;
}
