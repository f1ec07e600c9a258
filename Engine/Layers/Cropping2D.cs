namespace Engine.Layers;

/// <summary>An image without its outer rows and columns: y(i, j, c) = x(i + top, j + left, c). F-P5.</summary>
/// <remarks>[N, H, W, C] gives [N, H − top − bottom, W − left − right, C]. Of any type.</remarks>
public sealed class Cropping2D : Layer
{
    /// <summary>Creates the layer with as many rows above as below, and columns to the left as to the right.</summary>
    /// <param name="cropping">Rows and columns on each side; 0 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>cropping2d_1</c>.</param>
    /// <exception cref="ValueException">A number is negative.</exception>
    public Cropping2D(Size2D? cropping = null, string? name = null)
        : this(LayerCheck.Twice(cropping?.Height ?? 0), LayerCheck.Twice(cropping?.Width ?? 0), name)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="rows">Rows above and below.</param>
    /// <param name="columns">Columns to the left and to the right.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>cropping2d_1</c>.</param>
    /// <exception cref="ValueException">A number is negative.</exception>
    public Cropping2D((int Top, int Bottom) rows, (int Left, int Right) columns, string? name = null)
        : base(name)
    {
        Cropping = LayerCheck.Around("Cropping2D", "cropping", rows, columns);
        MadeWith(("rows", rows), ("columns", columns));
    }

    /// <summary>Rows above and below, columns to the left and to the right.</summary>
    public (int Top, int Bottom, int Left, int Right) Cropping { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");
        return inputShape.With(0, LayerCheck.Shorter(inputShape, 0, Cropping.Top, Cropping.Bottom))
            .With(1, LayerCheck.Shorter(inputShape, 1, Cropping.Left, Cropping.Right));
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => OutputShape(inputShape);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) =>
        x[.., Cropping.Top..^Cropping.Bottom, Cropping.Left..^Cropping.Right];
}
