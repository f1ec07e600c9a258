using Engine.Kernels;

namespace Engine;

/// <summary>How a convolution's window walks over its input: strides, dilation, padding and groups. Channels last; 1-D is height 1.</summary>
/// <remarks>
/// An axis of n positions gives ⌊(n + padding before + padding after − dilation·(window − 1) − 1) / stride⌋ + 1 positions. F-C1.
/// </remarks>
public sealed record ConvolutionGeometry
{
    /// <summary>Window steps of 1, no dilation, no padding, one group.</summary>
    public static ConvolutionGeometry Default { get; } = new();

    /// <summary>Rows and columns that the window moves by; (1, 1) by default.</summary>
    public (int Height, int Width) Strides { get; init; } = (1, 1);

    /// <summary>Rows and columns from one tap of the window to the next; (1, 1) by default.</summary>
    public (int Height, int Width) Dilation { get; init; } = (1, 1);

    /// <summary>Rows and columns of zeros around the input; none by default.</summary>
    public (int Top, int Bottom, int Left, int Right) Padding { get; init; }

    /// <summary>Groups of channels that do not see each other; 1 by default, as many as channels for a depthwise convolution.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>The shape of a convolution's result.</summary>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="kernel">[kh, kw, C / groups, F].</param>
    /// <returns>[N, OH, OW, F].</returns>
    /// <exception cref="ShapeException">Shapes that do not fit each other or the groups, or a window larger than the padded input.</exception>
    /// <exception cref="ValueException">A stride, dilation or group count below 1, or a negative padding.</exception>
    public Shape OutputShape(Shape input, Shape kernel) => OutputOf(Resolve("convolution", input, kernel));

    /// <summary>The same for another operation that walks so, which a refusal names.</summary>
    internal Shape OutputShape(string operation, Shape input, Shape kernel) => OutputOf(Resolve(operation, input, kernel));

    internal static Shape OutputOf(in ConvolutionShape shape) => [shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.OutputChannels];

    /// <summary>All sizes together, checked.</summary>
    internal ConvolutionShape Resolve(string operation, Shape input, Shape kernel)
    {
        if (Strides.Height < 1 || Strides.Width < 1) throw Fail.Value(operation, $"strides {Strides}", "give strides of at least 1");
        if (Dilation.Height < 1 || Dilation.Width < 1) throw Fail.Value(operation, $"dilation {Dilation}", "give a dilation of at least 1");
        if (Padding.Top < 0 || Padding.Bottom < 0 || Padding.Left < 0 || Padding.Right < 0)
            throw Fail.Value(operation, $"padding {Padding}", "give paddings of 0 or more; cut with a slice instead of a negative padding");
        if (Groups < 1) throw Fail.Value(operation, $"{Groups} groups", "give at least 1 group");
        if (input.Rank != 4)
            throw Fail.Shape(operation, $"an input of shape {input}, where [batch, height, width, channels] is wanted", "reshape it to four axes, channels last");
        if (kernel.Rank != 4 || kernel.Length == 0)
            throw Fail.Shape(operation, $"a kernel of shape {kernel}, where [height, width, channels / groups, filters] is wanted", "give four axes without a length of 0");
        if (input[3] % Groups != 0 || kernel[3] % Groups != 0)
            throw Fail.Shape(operation, $"{input[3]} channels and {kernel[3]} filters in {Groups} groups", "the groups must divide both");
        if (kernel[2] != input[3] / Groups)
            throw Fail.Shape(operation, $"an input of shape {input} has {input[3] / Groups} channels{(Groups > 1 ? " a group" : "")} but the kernel {kernel} is made for {kernel[2]}", "make the kernel's third axis as long as the input's channels divided by the groups");
        var shape = new ConvolutionShape
        {
            Batch = input[0], InputHeight = input[1], InputWidth = input[2], InputChannels = input[3],
            KernelHeight = kernel[0], KernelWidth = kernel[1], OutputChannels = kernel[3],
            StrideHeight = Strides.Height, StrideWidth = Strides.Width, DilationHeight = Dilation.Height, DilationWidth = Dilation.Width,
            PadTop = Padding.Top, PadBottom = Padding.Bottom, PadLeft = Padding.Left, PadRight = Padding.Right, Groups = Groups,
        };
        if (shape.OutputHeight < 1 || shape.OutputWidth < 1)
            throw Fail.Shape(operation, $"a window of {kernel[0]}×{kernel[1]} with dilation {Dilation} does not fit into an input of {input[1]}×{input[2]} with padding {Padding}", "use a smaller window, more padding or a larger input");
        return shape;
    }
}
