namespace Engine.Layers;

/// <summary>What <see cref="Conv1DTranspose"/> and <see cref="Conv2DTranspose"/> share: a convolution's adjoint. F-C5.</summary>
/// <remarks>
/// The forward pass is the gradient of the convolution with this kernel for its input, and its own gradient for the input is that
/// convolution: no zeros are put between the input's positions, and none are multiplied.
/// </remarks>
public abstract class ConvolutionTranspose : ConvolutionLayer
{
    private readonly WeightRule kernelRule;
    private Variable? kernel;

    private protected ConvolutionTranspose(int filters, Size2D? outputPadding, WeightRule kernelRule, ConvolutionForm form)
        : base(form)
    {
        LayerCheck.Positive(GetType().Name, "filters", filters);
        Padding.RefuseCausal(GetType().Name);
        if (outputPadding is { } extra && (!Fits(extra.Height, form.Strides.Height) || !Fits(extra.Width, form.Strides.Width)))
            throw Fail.Value(
                GetType().Name,
                $"outputPadding is {Written(extra)} for strides {Written(form.Strides)}",
                "give 0 or more and less than the strides: with more, the positions would be those of a longer input");
        Filters = filters;
        ExtraPositions = outputPadding;
        this.kernelRule = kernelRule;

        string Written(Size2D size) => form.Axes == 1 ? $"{size.Width}" : $"{size}";

        static bool Fits(int extra, int stride) => extra >= 0 && extra < stride;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>The weights, [kernel height, kernel width, filters, channels]; in 1-D without the height.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Kernel => LayerCheck.Built(this, kernel, "Kernel");

    private protected Size2D? ExtraPositions { get; }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => (long)inputShape.Length * Window.Length * Filters;

    private protected override Shape KernelShape(int channels) => Window.Concat([Filters, channels]);

    private protected override void AddKernels(int channels) => kernel = AddTrainable("kernel", KernelShape(channels), kernelRule);

    private protected override Shape ImageShape(Shape image)
    {
        (TransposedAxis rows, TransposedAxis columns) = Axes(image);
        return [rows.Length, columns.Length, Filters];
    }

    private protected override Tensor Convolve(Tensor images)
    {
        (TransposedAxis rows, TransposedAxis columns) = Axes(images.Shape.Remove(0));
        var geometry = new ConvolutionGeometry
        {
            Strides = Form.Strides.Pair,
            Dilation = Form.Dilation.Pair,
            Padding = (rows.Before, rows.After, columns.Before, columns.After),
        };
        Shape output = [images.Shape[0], rows.Length, columns.Length, Filters];
        return images.ConvolutionInputGradient(Lift(Kernel), output, Offsets, geometry, IsRectified);
    }

    private (TransposedAxis Rows, TransposedAxis Columns) Axes(Shape image)
    {
        LayerCheck.NotEmpty(Form.Axes == 1 ? image.Remove(0) : image);
        TransposedAxis rows = Form.Axes == 1 ? new TransposedAxis(1, 0, 0) : Padding.TransposedRows(
            image[0], Form.KernelSize.Height, Form.Strides.Height, Form.Dilation.Height, ExtraPositions?.Height);
        TransposedAxis columns = Padding.TransposedColumns(
            image[1], Form.KernelSize.Width, Form.Strides.Width, Form.Dilation.Width, ExtraPositions?.Width);
        return (rows, columns);
    }
}
