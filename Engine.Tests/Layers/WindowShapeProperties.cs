using Engine.Layers;

namespace Engine.Tests.Layers;

/// <summary>For any sizes, the shape that a layer with a window foretells is the one that it computes, or both refuse the input.</summary>
public class WindowShapeProperties
{
    [FsCheck.NUnit.Property(MaxTest = 150)]
    public bool Foretold_and_computed_shapes_are_the_same(
        byte height, byte width, byte window, byte stride, byte dilation, bool same, byte layer)
    {
        Shape input = [1 + height % 9, 1 + width % 9, 2];
        Size2D size = (1 + window % 3, 1 + window / 3 % 3), strides = (1 + stride % 3, 1 + stride / 3 % 3);
        Padding padding = same ? Padding.Same : Padding.Valid;
        Func<Layer> make = (layer % 7) switch
        {
            0 => () => new Conv2D(3, size, strides: strides, padding: padding, dilation: 1 + dilation % 2),
            1 => () => new MaxPooling2D(size, strides, padding),
            2 => () => new AveragePooling2D(size, strides, padding),
            3 => () => new SumPooling2D(size, strides, padding),
            4 => () => new DepthwiseConv2D(size, strides: strides, padding: padding, dilation: 1 + dilation % 2),
            5 => () => new SeparableConv2D(3, size, strides: strides, padding: padding, dilation: 1 + dilation % 2),
            _ => () => new Conv2DTranspose(3, size, strides: strides, padding: padding, dilation: 1 + dilation % 2),
        };
        Shape? foretold = Try(() => make().OutputShape(input));
        Shape? computed = Try(() => make().Apply(Tensor.Ones(input.Insert(0, 2))).Shape.Remove(0));
        if (foretold != computed) return false;
        if (layer % 7 == 6) return !same || (foretold?[0] == input[0] * strides.Height && foretold?[1] == input[1] * strides.Width);
        return !same || (foretold?[0] == Ceiling(input[0], strides.Height) && foretold?[1] == Ceiling(input[1], strides.Width));
    }

    private static int Ceiling(int n, int stride) => (n + stride - 1) / stride;

    private static Shape? Try(Func<Shape> shape)
    {
        try
        {
            return shape();
        }
        catch (ShapeException)
        {
            return null;
        }
    }
}
