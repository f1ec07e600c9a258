namespace Engine.Layers;

/// <summary>What <see cref="DepthwiseConv1D"/> and <see cref="DepthwiseConv2D"/> share: every channel has filters of its own.</summary>
public abstract class DepthwiseConvolution : ConvolutionLayer
{
    private readonly WeightRule kernelRule;
    private Variable? kernel;

    private protected DepthwiseConvolution(int depthMultiplier, WeightRule kernelRule, ConvolutionForm form)
        : base(form)
    {
        LayerCheck.Positive(GetType().Name, "depthMultiplier", depthMultiplier);
        DepthMultiplier = depthMultiplier;
        this.kernelRule = kernelRule;
    }

    /// <summary>Output channels for each input channel.</summary>
    public int DepthMultiplier { get; }

    /// <summary>The weights, [kernel height, kernel width, channels, depth multiplier]; in 1-D without the height.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Kernel => LayerCheck.Built(this, kernel, "Kernel");

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => (long)OutputShape(inputShape).Length * Window.Length;

    private protected override Shape KernelShape(int channels) => Window.Concat([channels, DepthMultiplier]);

    private protected override void AddKernels(int channels) => kernel = AddTrainable("kernel", KernelShape(channels), kernelRule);

    private protected override Shape ImageShape(Shape image) =>
        Depthwise.ImageShape(Geometry(image, image[2]), image, Form.KernelSize, DepthMultiplier);

    private protected override Tensor Convolve(Tensor images) => Depthwise.Convolve(
        images, Kernel, Form.KernelSize, Offsets, Geometry(images.Shape.Remove(0), images.Shape[3]), IsRectified);
}
