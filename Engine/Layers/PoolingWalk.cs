namespace Engine.Layers;

/// <summary>How a pooling's window walks: as a convolution's does.</summary>
internal static class PoolingWalk
{
    /// <summary>The output of one sample [H, W, C].</summary>
    public static Shape OutputShape(Shape inputShape, Size2D window, Size2D strides, (int, int, int, int) padding)
    {
        var geometry = new ConvolutionGeometry { Strides = strides.Pair, Padding = padding };
        Shape oneChannel = geometry.OutputShape("pooling", [1, inputShape[0], inputShape[1], 1], [window.Height, window.Width, 1, 1]);
        return [oneChannel[1], oneChannel[2], inputShape[2]];
    }
}
