namespace Engine.Layers;

/// <summary>Which ways <see cref="RandomFlip"/> mirrors; the names are Keras'.</summary>
public enum FlipMode
{
    /// <summary>Left and right change places.</summary>
    Horizontal,

    /// <summary>Above and below change places.</summary>
    Vertical,

    /// <summary>Both, each by its own chance.</summary>
    HorizontalAndVertical,
}

/// <summary>In training mirrors each image with probability ½, for both ways independently: y(i, j) = x(i, W − 1 − j). F-X3.</summary>
/// <remarks>[N, H, W, C] keeps its shape; outside training y = x. The choice depends on the seed, the layer's place, the training step,
/// the call within it and the image's place in the batch alone.</remarks>
public sealed class RandomFlip : RandomTransform
{
    /// <summary>Creates the layer.</summary>
    /// <param name="mode">Which ways; both by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_flip_1</c>.</param>
    public RandomFlip(FlipMode mode = FlipMode.HorizontalAndVertical, string? name = null)
        : base(name)
    {
        Mode = mode;
        MadeWith(("mode", mode));
    }

    /// <summary>Which ways.</summary>
    public FlipMode Mode { get; }

    private protected override int Numbers => 2;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        x = x.Cast(DType);
        return training ? x.AffineTransform(Maps(x), null, Interpolation.Nearest, FillMode.Nearest) : x;
    }

    private protected override void WriteMap(ReadOnlySpan<double> numbers, Shape image, Span<double> map)
    {
        bool across = Mode != FlipMode.Vertical && numbers[0] < 0.5, down = Mode != FlipMode.Horizontal && numbers[1] < 0.5;
        map.Clear();
        (map[0], map[2]) = across ? (-1, image[1] - 1) : (1, 0);
        (map[4], map[5]) = down ? (-1, image[0] - 1) : (1, 0);
    }
}
