namespace Engine.Layers;

/// <summary>The mean value of each channel over the whole image: y(c) = mean x(i, j, c). F-P4.</summary>
/// <remarks>Channels last: [N, H, W, C] gives [N, C].</remarks>
public sealed class GlobalAveragePooling2D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>global_average_pooling2d_1</c>.</param>
    public GlobalAveragePooling2D(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return [inputShape[^1]];
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");
        LayerCheck.NotEmpty(inputShape);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Mean([1, 2]);
}
