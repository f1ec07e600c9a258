namespace Engine.Layers;

/// <summary>In training turns each image about its middle by a random angle θ: y(p) = x(m + R(θ)·(p − m)). F-X3.</summary>
/// <remarks>[N, H, W, C] keeps its shape; outside training y = x. Positive angles turn counter-clockwise.</remarks>
public sealed class RandomRotation : RandomAffine
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The angles, in parts of a full turn: 0.2 for −72° to 72°, or a pair; from −1 to 1.</param>
    /// <param name="fillMode">What stands beyond the border; <see cref="FillMode.Reflect"/> by default.</param>
    /// <param name="interpolation">What stands between pixels; <see cref="Interpolation.Bilinear"/> by default.</param>
    /// <param name="fillValue">The constant of <see cref="FillMode.Constant"/>; 0 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_rotation_1</c>.</param>
    /// <exception cref="ValueException">The factor lies outside [−1, 1] or its bounds are in the wrong order; fillValue is not
    /// finite.</exception>
    public RandomRotation(
        FactorRange factor,
        FillMode fillMode = FillMode.Reflect,
        Interpolation interpolation = Interpolation.Bilinear,
        double fillValue = 0,
        string? name = null)
        : base(fillMode, interpolation, fillValue, name)
    {
        Factor = factor.Checked("RandomRotation", "factor");
        MadeWith(("factor", factor), ("fillMode", fillMode), ("interpolation", interpolation), ("fillValue", fillValue));
    }

    /// <summary>The angles, in parts of a full turn.</summary>
    public FactorRange Factor { get; }

    private protected override int Numbers => 1;

    private protected override void WriteMap(ReadOnlySpan<double> numbers, Shape image, Span<double> map)
    {
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * Factor.At(numbers[0]));
        double x = (image[1] - 1) / 2.0, y = (image[0] - 1) / 2.0;
        // Rows count downwards, so this map, which is where a pixel comes from, goes clockwise.
        (map[0], map[1], map[2]) = (cosine, -sine, x - cosine * x + sine * y);
        (map[3], map[4], map[5]) = (sine, cosine, y - sine * x - cosine * y);
    }
}
