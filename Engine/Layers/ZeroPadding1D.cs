namespace Engine.Layers;

/// <summary>Zeros before and after a series: y(i + left, c) = x(i, c), 0 elsewhere. F-P5.</summary>
/// <remarks>[N, T, C] gives [N, left + T + right, C]. Of any type.</remarks>
public sealed class ZeroPadding1D : Layer
{
    /// <summary>Creates the layer with as many steps on both sides.</summary>
    /// <param name="padding">Steps on each side; 1 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>zero_padding1d_1</c>.</param>
    /// <exception cref="ValueException">The number is negative.</exception>
    public ZeroPadding1D(int padding = 1, string? name = null)
        : this((padding, padding), name)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="padding">Steps before and after.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>zero_padding1d_1</c>.</param>
    /// <exception cref="ValueException">A number is negative.</exception>
    public ZeroPadding1D((int Left, int Right) padding, string? name = null)
        : base(name)
    {
        Padding = (LayerCheck.NotNegative("ZeroPadding1D", "padding", padding.Left), LayerCheck.NotNegative("ZeroPadding1D", "padding", padding.Right));
        MadeWith(("padding", padding));
    }

    /// <summary>Steps before and after.</summary>
    public (int Left, int Right) Padding { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape.With(0, LayerCheck.Longer(inputShape, 0, Padding.Left, Padding.Right));
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => LayerCheck.Rank(inputShape, 2, "[batch, steps, channels]");

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Pad([(0, 0), Padding, (0, 0)]);
}
