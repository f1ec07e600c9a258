namespace Engine.Layers;

/// <summary>The mean of the n inputs: y = (a + b + …)/n, as in <c>new Average().Apply(a, b)</c>. F-B10.</summary>
public sealed class Average : Merging
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>average_1</c>.</param>
    public Average(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    private protected override Tensor Combine(Tensor a, Tensor b) => a + b;

    /// <inheritdoc/>
    private protected override Tensor Finish(Tensor result, int inputs) => result / inputs;
}
