namespace Engine.Layers;

/// <summary>What every convolution is given, whatever it does with its channels.</summary>
/// <param name="Axes">1 for series, whose window has height 1, 2 for images.</param>
/// <param name="KernelSize">Height and width of the window.</param>
/// <param name="Strides">Rows and columns that the window moves by.</param>
/// <param name="Dilation">Rows and columns from one tap of the window to the next.</param>
/// <param name="Padding">What lies around the input.</param>
/// <param name="Activation">What is applied to the sum; null for nothing.</param>
/// <param name="Bias">The rule of the bias; null for none.</param>
/// <param name="ActivityRegularizer">What the output adds to the loss; null for nothing.</param>
/// <param name="Name">The layer's name, if one was given.</param>
/// <param name="DType">The type of the weights, if one was given.</param>
internal readonly record struct ConvolutionForm(
    int Axes,
    Size2D KernelSize,
    Size2D Strides,
    Size2D Dilation,
    Padding Padding,
    Activation? Activation,
    WeightRule? Bias,
    Regularizer? ActivityRegularizer,
    string? Name,
    DType? DType)
{
    /// <summary>The form of a convolution of series.</summary>
    public static ConvolutionForm Line(
        int kernelSize, int strides, int dilation, Padding padding, Activation? activation, WeightRule? bias,
        Regularizer? activityRegularizer, string? name, DType? dtype) => new(
            1, (1, kernelSize), (1, strides), (1, dilation), padding, activation, bias, activityRegularizer, name, dtype);

    /// <summary>The form of a convolution of images.</summary>
    public static ConvolutionForm Image(
        Size2D kernelSize, Size2D? strides, Size2D? dilation, Padding padding, Activation? activation, WeightRule? bias,
        Regularizer? activityRegularizer, string? name, DType? dtype) => new(
            2, kernelSize, strides ?? 1, dilation ?? 1, padding, activation, bias, activityRegularizer, name, dtype);
}
