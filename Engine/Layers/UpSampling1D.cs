namespace Engine.Layers;

/// <summary>Each step several times: y(i, c) = x(⌊i / size⌋, c). F-P6.</summary>
/// <remarks>[N, T, C] gives [N, T·size, C]. dx of a step is the sum of dy over its copies.</remarks>
public sealed class UpSampling1D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="size">How many times; 2 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>up_sampling1d_1</c>.</param>
    /// <exception cref="ValueException">The number is below 1.</exception>
    public UpSampling1D(int size = 2, string? name = null)
        : base(name)
    {
        LayerCheck.Positive("UpSampling1D", "size", size);
        Size = size;
        MadeWith(("size", size));
    }

    /// <summary>How many times.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape.With(0, LayerCheck.Times(inputShape, 0, Size));
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => LayerCheck.Rank(inputShape, 2, "[batch, steps, channels]");

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Repeat(Size, 1);
}
