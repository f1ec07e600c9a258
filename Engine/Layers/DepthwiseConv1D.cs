namespace Engine.Layers;

/// <summary>A convolution of each channel by itself, y(i, c·m + e) = activation(Σ x(i·s + p·d, c)·k(p, c, e) + b(c·m + e)) with m the
/// depth multiplier. F-C6.</summary>
/// <remarks>
/// Channels last: [N, T, C] gives [N, OT, C·m]; the sizes are those of <see cref="Conv1D"/>. Bias and ReLU ride in the convolution's
/// epilogue.
/// </remarks>
public sealed class DepthwiseConv1D : DepthwiseConvolution
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="kernelSize">Steps under the window.</param>
    /// <param name="activation">Applied to the sum; none by default.</param>
    /// <param name="strides">Steps that the window moves by; 1 by default.</param>
    /// <param name="padding">What lies around the series; <see cref="Padding.Valid"/>, nothing, by default. <see cref="Padding.Causal"/>
    /// puts it all before the series.</param>
    /// <param name="depthMultiplier">Output channels for each input channel; 1 by default.</param>
    /// <param name="dilation">Steps from one tap of the window to the next; 1 by default.</param>
    /// <param name="useBias">Whether a bias is added; true by default.</param>
    /// <param name="depthwiseInitializer">The kernel's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">The bias' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="depthwiseRegularizer">What the kernel adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What the bias adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="depthwiseConstraint">What the kernel is held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What the bias is held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>depthwise_conv1d_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A size below 1.</exception>
    public DepthwiseConv1D(
        int kernelSize,
        Activation? activation = null,
        int strides = 1,
        Padding padding = default,
        int depthMultiplier = 1,
        int dilation = 1,
        bool useBias = true,
        Initializer? depthwiseInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? depthwiseRegularizer = null,
        Regularizer? biasRegularizer = null,
        Regularizer? activityRegularizer = null,
        Constraint? depthwiseConstraint = null,
        Constraint? biasConstraint = null,
        string? name = null,
        DType? dtype = null)
        : base(
            depthMultiplier,
            new WeightRule(depthwiseInitializer ?? Initializer.GlorotUniform, depthwiseRegularizer, depthwiseConstraint),
            ConvolutionForm.Line(
                kernelSize,
                strides,
                dilation,
                padding,
                activation,
                useBias ? new WeightRule(biasInitializer ?? Initializer.Zeros, biasRegularizer, biasConstraint) : null,
                activityRegularizer,
                name,
                dtype))
    {
        MadeWith(
            ("kernelSize", kernelSize), ("activation", activation), ("strides", strides), ("padding", padding),
            ("depthMultiplier", depthMultiplier), ("dilation", dilation), ("useBias", useBias),
            ("depthwiseInitializer", depthwiseInitializer), ("biasInitializer", biasInitializer),
            ("depthwiseRegularizer", depthwiseRegularizer), ("biasRegularizer", biasRegularizer),
            ("activityRegularizer", activityRegularizer), ("depthwiseConstraint", depthwiseConstraint),
            ("biasConstraint", biasConstraint), ("dtype", dtype));
    }

    /// <summary>Steps under the window.</summary>
    public int KernelSize => Form.KernelSize.Width;

    /// <summary>Steps that the window moves by.</summary>
    public int Strides => Form.Strides.Width;

    /// <summary>Steps from one tap of the window to the next.</summary>
    public int Dilation => Form.Dilation.Width;
}
