namespace Engine.Layers;

/// <summary>In training a random part of each image: y(i, j) = x(i + top, j + left). F-X3.</summary>
/// <remarks>
/// [N, H, W, C] gives [N, height, width, C]. Each image has its own place; Keras gives a batch one. Outside training, and for images that
/// are too small, it is the largest part with the wanted proportions, from the middle, resized bilinearly: as Keras.
/// </remarks>
public sealed class RandomCrop : RandomTransform
{
    /// <summary>Creates the layer.</summary>
    /// <param name="height">Rows of the part.</param>
    /// <param name="width">Columns of the part.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_crop_1</c>.</param>
    /// <exception cref="ValueException">A size is below 1.</exception>
    public RandomCrop(int height, int width, string? name = null)
        : base(name)
    {
        LayerCheck.Positive("RandomCrop", "height", height);
        LayerCheck.Positive("RandomCrop", "width", width);
        (Height, Width) = (height, width);
        MadeWith(("height", height), ("width", width));
    }

    /// <summary>Rows of the part.</summary>
    public int Height { get; }

    /// <summary>Columns of the part.</summary>
    public int Width { get; }

    private protected override int Numbers => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return [Height, Width, inputShape[2]];
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        x = x.Cast(DType);
        return training && x.Shape[1] >= Height && x.Shape[2] >= Width
            ? x.AffineTransform(Maps(x), (Height, Width), Interpolation.Nearest, FillMode.Nearest)
            : Middle(x);
    }

    private protected override void WriteMap(ReadOnlySpan<double> numbers, Shape image, Span<double> map)
    {
        map.Clear();
        (map[0], map[2]) = (1, Math.Floor(numbers[1] * (image[1] - Width + 1)));
        (map[4], map[5]) = (1, Math.Floor(numbers[0] * (image[0] - Height + 1)));
    }

    private Tensor Middle(Tensor x)
    {
        int height = x.Shape[1], width = x.Shape[2];
        int rows = Math.Max(1, (int)Math.Min(height, (long)width * Height / Width));
        int columns = Math.Max(1, (int)Math.Min(width, (long)height * Width / Height));
        int top = (height - rows) / 2, left = (width - columns) / 2;
        if (rows != height || columns != width) x = x[.., top..(top + rows), left..(left + columns)];
        return rows == Height && columns == Width ? x : ImageResize.Bilinear(x, (Height, Width));
    }
}
