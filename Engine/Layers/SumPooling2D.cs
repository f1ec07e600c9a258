namespace Engine.Layers;

/// <summary>The sum of the values under each window of an image: y(i, j, c) = Σ x(i·s + p, j·s + q, c). F-P3.</summary>
/// <remarks>Channels last: [N, H, W, C] gives [N, OH, OW, C]. Padding adds nothing.</remarks>
public sealed class SumPooling2D : Pooling2D
{
    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">Height and width of the window; 2 by default.</param>
    /// <param name="strides">Rows and columns that it moves by; the window's by default.</param>
    /// <param name="padding">What lies around the image; <see cref="Padding.Valid"/>, nothing, by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>sum_pooling2d_1</c>.</param>
    /// <exception cref="ValueException">A size below 1, or a padding not less than the window.</exception>
    public SumPooling2D(Size2D? poolSize = null, Size2D? strides = null, Padding padding = default, string? name = null)
        : base(poolSize ?? 2, strides, padding, name)
    {
        MadeWith(("poolSize", poolSize), ("strides", strides), ("padding", padding));
    }

    private protected override Tensor Pool(Tensor x, (int, int) window, (int, int) strides, (int, int, int, int) padding) =>
        x.SumPooling2D(window, strides, padding);
}
