namespace Engine.Layers;

/// <summary>The mean of the values under each window of a series: y(i, c) = mean x(i·s + p, c). F-P2.</summary>
/// <remarks>Channels last: [N, T, C] gives [N, OT, C]. Padding is not counted, as in Keras.</remarks>
public sealed class AveragePooling1D : Pooling1D
{
    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">Steps under the window; 2 by default.</param>
    /// <param name="strides">Steps that it moves by; the window's by default.</param>
    /// <param name="padding">What lies around the series; <see cref="Padding.Valid"/>, nothing, by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>average_pooling1d_1</c>.</param>
    /// <exception cref="ValueException">A size below 1, or a padding not less than the window.</exception>
    public AveragePooling1D(int poolSize = 2, int? strides = null, Padding padding = default, string? name = null)
        : base(poolSize, strides, padding, name)
    {
        MadeWith(("poolSize", poolSize), ("strides", strides), ("padding", padding));
    }

    private protected override Tensor Pool(Tensor x, (int, int) window, (int, int) strides, (int, int, int, int) padding) =>
        x.AveragePooling2D(window, strides, padding);
}
