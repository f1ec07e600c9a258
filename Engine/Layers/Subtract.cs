namespace Engine.Layers;

/// <summary>The difference of two inputs: y = a − b, as in <c>new Subtract().Apply(a, b)</c>. F-B10.</summary>
public sealed class Subtract : Merging
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>subtract_1</c>.</param>
    public Subtract(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    private protected override Tensor Combine(Tensor a, Tensor b) => a - b;

    /// <inheritdoc/>
    private protected override int MostInputs => 2;
}
