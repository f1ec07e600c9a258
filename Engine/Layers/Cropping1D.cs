namespace Engine.Layers;

/// <summary>A series without its first and last steps: y(i, c) = x(i + left, c). F-P5.</summary>
/// <remarks>[N, T, C] gives [N, T − left − right, C]. Of any type.</remarks>
public sealed class Cropping1D : Layer
{
    /// <summary>Creates the layer with as many steps on both sides.</summary>
    /// <param name="cropping">Steps on each side; 1 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>cropping1d_1</c>.</param>
    /// <exception cref="ValueException">The number is negative.</exception>
    public Cropping1D(int cropping = 1, string? name = null)
        : this((cropping, cropping), name)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="cropping">Steps at the beginning and at the end.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>cropping1d_1</c>.</param>
    /// <exception cref="ValueException">A number is negative.</exception>
    public Cropping1D((int Left, int Right) cropping, string? name = null)
        : base(name)
    {
        Cropping = (LayerCheck.NotNegative("Cropping1D", "cropping", cropping.Left), LayerCheck.NotNegative("Cropping1D", "cropping", cropping.Right));
        MadeWith(("cropping", cropping));
    }

    /// <summary>Steps at the beginning and at the end.</summary>
    public (int Left, int Right) Cropping { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 2, "[batch, steps, channels]");
        return inputShape.With(0, LayerCheck.Shorter(inputShape, 0, Cropping.Left, Cropping.Right));
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => OutputShape(inputShape);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x[.., Cropping.Left..^Cropping.Right];
}
