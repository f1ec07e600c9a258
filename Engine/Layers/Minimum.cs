namespace Engine.Layers;

/// <summary>The elementwise minimum of the inputs: y = min(a, b, …), as in <c>new Minimum().Apply(a, b)</c>. F-B10.</summary>
public sealed class Minimum : Merging
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>minimum_1</c>.</param>
    public Minimum(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    private protected override Tensor Combine(Tensor a, Tensor b) => Tensor.Minimum(a, b);
}
