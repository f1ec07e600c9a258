namespace Engine.Layers;

/// <summary>Lays each sample's elements along one axis: [N, a, b, …] becomes [N, a·b·…], in the same memory.</summary>
public sealed class Flatten : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>flatten_1</c>.</param>
    public Flatten(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => [inputShape.Length];

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Reshape(x.Shape[0], x.Shape.Remove(0).Length);
}
