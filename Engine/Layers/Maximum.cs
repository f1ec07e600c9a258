namespace Engine.Layers;

/// <summary>The elementwise maximum of the inputs: y = max(a, b, …), as in <c>new Maximum().Apply(a, b)</c>. F-B10.</summary>
public sealed class Maximum : Merging
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>maximum_1</c>.</param>
    public Maximum(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    private protected override Tensor Combine(Tensor a, Tensor b) => Tensor.Maximum(a, b);
}
