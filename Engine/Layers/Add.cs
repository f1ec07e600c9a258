namespace Engine.Layers;

/// <summary>The sum of the inputs: y = a + b + …, as in <c>new Add().Apply(a, b)</c>. F-B10.</summary>
public sealed class Add : Merging
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>add_1</c>.</param>
    public Add(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    private protected override Tensor Combine(Tensor a, Tensor b) => a + b;
}
