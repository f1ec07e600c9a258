namespace Engine.Layers;

/// <summary>What <see cref="SeparableConv1D"/> and <see cref="SeparableConv2D"/> share: a depthwise convolution, then one that mixes
/// channels.</summary>
public abstract class SeparableConvolution : ConvolutionLayer
{
    private readonly WeightRule depthwiseRule;
    private readonly WeightRule pointwiseRule;
    private Variable? depthwiseKernel;
    private Variable? pointwiseKernel;

    private protected SeparableConvolution(
        int filters, int depthMultiplier, WeightRule depthwiseRule, WeightRule pointwiseRule, ConvolutionForm form)
        : base(form)
    {
        LayerCheck.Positive(GetType().Name, "filters", filters);
        LayerCheck.Positive(GetType().Name, "depthMultiplier", depthMultiplier);
        Filters = filters;
        DepthMultiplier = depthMultiplier;
        (this.depthwiseRule, this.pointwiseRule) = (depthwiseRule, pointwiseRule);
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>Channels between the two convolutions for each input channel.</summary>
    public int DepthMultiplier { get; }

    /// <summary>The weights of each channel, [kernel height, kernel width, channels, depth multiplier]; in 1-D without the
    /// height.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable DepthwiseKernel => LayerCheck.Built(this, depthwiseKernel, "DepthwiseKernel");

    /// <summary>The weights that mix channels, [1, 1, channels · depth multiplier, filters]; in 1-D without the first axis.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable PointwiseKernel => LayerCheck.Built(this, pointwiseKernel, "PointwiseKernel");

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape)
    {
        Shape output = OutputShape(inputShape);
        long between = (long)output.Length / Filters * inputShape[^1] * DepthMultiplier;
        return between * Window.Length + between * Filters;
    }

    private protected override Shape KernelShape(int channels) => Window.Concat([channels, DepthMultiplier]);

    private protected override void AddKernels(int channels)
    {
        depthwiseKernel = AddTrainable("depthwise_kernel", KernelShape(channels), depthwiseRule);
        int between = channels * DepthMultiplier;
        Shape mixing = Form.Axes == 1 ? [1, between, Filters] : [1, 1, between, Filters];
        pointwiseKernel = AddTrainable("pointwise_kernel", mixing, pointwiseRule);
    }

    private protected override Shape ImageShape(Shape image) =>
        Depthwise.ImageShape(Geometry(image, image[2]), image, Form.KernelSize, DepthMultiplier).With(2, Filters);

    private protected override Tensor Convolve(Tensor images)
    {
        ConvolutionGeometry walk = Geometry(images.Shape.Remove(0), images.Shape[3]);
        return Depthwise.Convolve(images, DepthwiseKernel, Form.KernelSize, null, walk, relu: false)
            .Convolution2D(Lift(PointwiseKernel), Offsets, relu: IsRectified);
    }
}
