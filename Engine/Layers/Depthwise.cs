namespace Engine.Layers;

/// <summary>A convolution with as many groups as channels: what depthwise layers are, and what separable ones begin with.</summary>
internal static class Depthwise
{
    /// <summary>The output of one sample [H, W, C].</summary>
    public static Shape ImageShape(ConvolutionGeometry geometry, Shape image, Size2D window, int multiplier) =>
        geometry.OutputShape(image.Insert(0, 1), [window.Height, window.Width, 1, Channels(image[2], multiplier)]).Remove(0);

    /// <summary>Output channel c·multiplier + m sees channel c alone, so a kernel [kh, kw, C, multiplier] is one of groups as it
    /// lies.</summary>
    public static Tensor Convolve(
        Tensor images, Tensor kernel, Size2D window, Tensor? bias, ConvolutionGeometry geometry, bool relu) =>
        images.Convolution2D(kernel.Reshape(window.Height, window.Width, 1, kernel.Shape[^2] * kernel.Shape[^1]), bias, geometry, relu);

    private static int Channels(int channels, int multiplier)
    {
        long product = (long)channels * multiplier;
        return product <= int.MaxValue
            ? (int)product
            : throw Fail.Shape("input", $"{channels} channels, each with {multiplier} filters", "use a smaller depthMultiplier");
    }
}
