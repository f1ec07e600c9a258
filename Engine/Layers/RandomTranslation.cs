namespace Engine.Layers;

/// <summary>In training moves each image by random parts of its height and width: y(i, j) = x(i − h·H, j − w·W). F-X3.</summary>
/// <remarks>[N, H, W, C] keeps its shape; outside training y = x. Positive factors move down and to the right.</remarks>
public sealed class RandomTranslation : RandomAffine
{
    /// <summary>Creates the layer.</summary>
    /// <param name="heightFactor">h, in parts of the height: 0.2 for −20 % to 20 %, or a pair; from −1 to 1.</param>
    /// <param name="widthFactor">w, in parts of the width.</param>
    /// <param name="fillMode">What stands beyond the border; <see cref="FillMode.Reflect"/> by default.</param>
    /// <param name="interpolation">What stands between pixels; <see cref="Interpolation.Bilinear"/> by default.</param>
    /// <param name="fillValue">The constant of <see cref="FillMode.Constant"/>; 0 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_translation_1</c>.</param>
    /// <exception cref="ValueException">A factor lies outside [−1, 1] or its bounds are in the wrong order; fillValue is not
    /// finite.</exception>
    public RandomTranslation(
        FactorRange heightFactor,
        FactorRange widthFactor,
        FillMode fillMode = FillMode.Reflect,
        Interpolation interpolation = Interpolation.Bilinear,
        double fillValue = 0,
        string? name = null)
        : base(fillMode, interpolation, fillValue, name)
    {
        HeightFactor = heightFactor.Checked("RandomTranslation", "heightFactor");
        WidthFactor = widthFactor.Checked("RandomTranslation", "widthFactor");
        MadeWith(
            ("heightFactor", heightFactor), ("widthFactor", widthFactor), ("fillMode", fillMode), ("interpolation", interpolation),
            ("fillValue", fillValue));
    }

    /// <summary>How far down, in parts of the height.</summary>
    public FactorRange HeightFactor { get; }

    /// <summary>How far to the right, in parts of the width.</summary>
    public FactorRange WidthFactor { get; }

    private protected override int Numbers => 2;

    private protected override void WriteMap(ReadOnlySpan<double> numbers, Shape image, Span<double> map)
    {
        (map[0], map[1], map[2]) = (1, 0, -WidthFactor.At(numbers[1]) * image[1]);
        (map[3], map[4], map[5]) = (0, 1, -HeightFactor.At(numbers[0]) * image[0]);
    }
}
