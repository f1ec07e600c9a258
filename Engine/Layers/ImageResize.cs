namespace Engine.Layers;

/// <summary>Images of another size.</summary>
internal static class ImageResize
{
    /// <summary>Interpolated at the middles of the new pixels, (i + ½)·old/new − ½, the border pixel beyond the outermost
    /// middles.</summary>
    public static Tensor Bilinear(Tensor x, (int Height, int Width) size)
    {
        double rows = (double)x.Shape[1] / size.Height, columns = (double)x.Shape[2] / size.Width;
        ReadOnlySpan<double> map = [columns, 0, columns / 2 - 0.5, 0, rows, rows / 2 - 0.5];
        return x.AffineTransform(map, size, Interpolation.Bilinear, FillMode.Nearest);
    }
}
