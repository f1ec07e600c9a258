namespace Engine.Layers;

/// <summary>Zeros around an image: y(i + top, j + left, c) = x(i, j, c), 0 elsewhere. F-P5.</summary>
/// <remarks>[N, H, W, C] gives [N, top + H + bottom, left + W + right, C]. Of any type.</remarks>
public sealed class ZeroPadding2D : Layer
{
    /// <summary>Creates the layer with as many rows above as below, and columns to the left as to the right.</summary>
    /// <param name="padding">Rows and columns on each side; 1 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>zero_padding2d_1</c>.</param>
    /// <exception cref="ValueException">A number is negative.</exception>
    public ZeroPadding2D(Size2D? padding = null, string? name = null)
        : this(LayerCheck.Twice(padding?.Height ?? 1), LayerCheck.Twice(padding?.Width ?? 1), name)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="rows">Rows above and below.</param>
    /// <param name="columns">Columns to the left and to the right.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>zero_padding2d_1</c>.</param>
    /// <exception cref="ValueException">A number is negative.</exception>
    public ZeroPadding2D((int Top, int Bottom) rows, (int Left, int Right) columns, string? name = null)
        : base(name)
    {
        Padding = LayerCheck.Around("ZeroPadding2D", "padding", rows, columns);
        MadeWith(("rows", rows), ("columns", columns));
    }

    /// <summary>Rows above and below, columns to the left and to the right.</summary>
    public (int Top, int Bottom, int Left, int Right) Padding { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape.With(0, LayerCheck.Longer(inputShape, 0, Padding.Top, Padding.Bottom))
            .With(1, LayerCheck.Longer(inputShape, 1, Padding.Left, Padding.Right));
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) =>
        x.Pad([(0, 0), (Padding.Top, Padding.Bottom), (Padding.Left, Padding.Right), (0, 0)]);
}
