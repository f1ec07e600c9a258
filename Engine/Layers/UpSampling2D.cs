namespace Engine.Layers;

/// <summary>A larger image: each pixel several times, y(i, j, c) = x(⌊i / size⌋, ⌊j / size⌋, c), or between pixels. F-P6.</summary>
/// <remarks>
/// [N, H, W, C] gives [N, H·size, W·size, C]. Bilinear values stand at (i + ½)/size − ½, the pixels' middles, and beyond the outermost
/// middles is the pixel at the border: as Keras, and as PyTorch without <c>align_corners</c>. dx is the adjoint.
/// </remarks>
public sealed class UpSampling2D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="size">How many times as many rows and columns; 2 by default.</param>
    /// <param name="interpolation">What stands between the pixels; <see cref="Interpolation.Nearest"/> by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>up_sampling2d_1</c>.</param>
    /// <exception cref="ValueException">A number is below 1.</exception>
    public UpSampling2D(Size2D? size = null, Interpolation interpolation = Interpolation.Nearest, string? name = null)
        : base(name)
    {
        Size = size ?? 2;
        LayerCheck.Positive("UpSampling2D", "size", Size);
        Interpolation = interpolation;
        MadeWith(("size", size), ("interpolation", interpolation));
    }

    /// <summary>How many times as many rows and columns.</summary>
    public Size2D Size { get; }

    /// <summary>What stands between the pixels.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape.With(0, LayerCheck.Times(inputShape, 0, Size.Height)).With(1, LayerCheck.Times(inputShape, 1, Size.Width));
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) =>
        Interpolation == Interpolation.Nearest ? 0 : 4L * OutputShape(inputShape).Length;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");
        LayerCheck.NotEmpty(inputShape);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        x = x.Cast(DType);
        return Interpolation == Interpolation.Nearest
            ? x.Repeat(Size.Height, 1).Repeat(Size.Width, 2)
            : ImageResize.Bilinear(x, (x.Shape[1] * Size.Height, x.Shape[2] * Size.Width));
    }
}
