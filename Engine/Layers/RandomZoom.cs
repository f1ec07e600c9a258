namespace Engine.Layers;

/// <summary>In training stretches each image about its middle: y(p) = x(m + (1 + z)·(p − m)) with random z. F-X3.</summary>
/// <remarks>[N, H, W, C] keeps its shape; outside training y = x. Positive factors zoom out, negative ones in.</remarks>
public sealed class RandomZoom : RandomAffine
{
    /// <summary>Creates the layer.</summary>
    /// <param name="heightFactor">z of the rows: 0.2 for −20 % to 20 %, or a pair; from −1 to 1.</param>
    /// <param name="widthFactor">z of the columns; by default that of the rows, which keeps the image's proportions.</param>
    /// <param name="fillMode">What stands beyond the border; <see cref="FillMode.Reflect"/> by default.</param>
    /// <param name="interpolation">What stands between pixels; <see cref="Interpolation.Bilinear"/> by default.</param>
    /// <param name="fillValue">The constant of <see cref="FillMode.Constant"/>; 0 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_zoom_1</c>.</param>
    /// <exception cref="ValueException">A factor lies outside [−1, 1] or its bounds are in the wrong order; fillValue is not
    /// finite.</exception>
    public RandomZoom(
        FactorRange heightFactor,
        FactorRange? widthFactor = null,
        FillMode fillMode = FillMode.Reflect,
        Interpolation interpolation = Interpolation.Bilinear,
        double fillValue = 0,
        string? name = null)
        : base(fillMode, interpolation, fillValue, name)
    {
        HeightFactor = heightFactor.Checked("RandomZoom", "heightFactor");
        WidthFactor = widthFactor?.Checked("RandomZoom", "widthFactor");
        MadeWith(
            ("heightFactor", heightFactor), ("widthFactor", widthFactor), ("fillMode", fillMode), ("interpolation", interpolation),
            ("fillValue", fillValue));
    }

    /// <summary>z of the rows.</summary>
    public FactorRange HeightFactor { get; }

    /// <summary>z of the columns; null for that of the rows.</summary>
    public FactorRange? WidthFactor { get; }

    private protected override int Numbers => 2;

    private protected override void WriteMap(ReadOnlySpan<double> numbers, Shape image, Span<double> map)
    {
        double rows = HeightFactor.At(numbers[0]), columns = WidthFactor?.At(numbers[1]) ?? rows;
        (map[0], map[1], map[2]) = (1 + columns, 0, -columns * (image[1] - 1) / 2);
        (map[3], map[4], map[5]) = (0, 1 + rows, -rows * (image[0] - 1) / 2);
    }
}
