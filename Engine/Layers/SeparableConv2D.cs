namespace Engine.Layers;

/// <summary>A convolution of each channel by itself, then one of 1×1 that mixes them: y(i, j, f) = activation(Σ z(i, j, e)·w(e, f) +
/// b(f)) with
/// z(i, j, c·m + e) = Σ x(i·s + p·d, j·s + q·d, c)·k(p, q, c, e) and m the depth multiplier. F-C7.</summary>
/// <remarks>
/// Channels last: [N, H, W, C] gives [N, OH, OW, filters]; the sizes are those of <see cref="Conv2D"/>. Nothing stands between the two
/// convolutions; bias and ReLU ride in the second one's epilogue. Chollet 2017.
/// </remarks>
public sealed class SeparableConv2D : SeparableConvolution
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="filters">The number of output channels.</param>
    /// <param name="kernelSize">Height and width of the window.</param>
    /// <param name="activation">Applied to the sum; none by default.</param>
    /// <param name="strides">Rows and columns that the window moves by; 1 by default.</param>
    /// <param name="padding">What lies around the image; <see cref="Padding.Valid"/>, nothing, by default.</param>
    /// <param name="dilation">Rows and columns from one tap of the window to the next; 1 by default.</param>
    /// <param name="depthMultiplier">Channels between the two convolutions for each input channel; 1 by default.</param>
    /// <param name="useBias">Whether a bias is added; true by default.</param>
    /// <param name="depthwiseInitializer">First values of the channels' kernel; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="pointwiseInitializer">First values of the mixing kernel; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">The bias' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="depthwiseRegularizer">What the channels' kernel adds to the loss; nothing by default.</param>
    /// <param name="pointwiseRegularizer">What the mixing kernel adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What the bias adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="depthwiseConstraint">What the channels' kernel is held to after each step; nothing by default.</param>
    /// <param name="pointwiseConstraint">What the mixing kernel is held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What the bias is held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>separable_conv2d_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A size below 1, or a causal padding.</exception>
    public SeparableConv2D(
        int filters,
        Size2D kernelSize,
        Activation? activation = null,
        Size2D? strides = null,
        Padding padding = default,
        Size2D? dilation = null,
        int depthMultiplier = 1,
        bool useBias = true,
        Initializer? depthwiseInitializer = null,
        Initializer? pointwiseInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? depthwiseRegularizer = null,
        Regularizer? pointwiseRegularizer = null,
        Regularizer? biasRegularizer = null,
        Regularizer? activityRegularizer = null,
        Constraint? depthwiseConstraint = null,
        Constraint? pointwiseConstraint = null,
        Constraint? biasConstraint = null,
        string? name = null,
        DType? dtype = null)
        : base(
            filters,
            depthMultiplier,
            new WeightRule(depthwiseInitializer ?? Initializer.GlorotUniform, depthwiseRegularizer, depthwiseConstraint),
            new WeightRule(pointwiseInitializer ?? Initializer.GlorotUniform, pointwiseRegularizer, pointwiseConstraint),
            ConvolutionForm.Image(
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
            ("filters", filters), ("kernelSize", kernelSize), ("activation", activation), ("strides", strides), ("padding", padding),
            ("dilation", dilation), ("depthMultiplier", depthMultiplier), ("useBias", useBias),
            ("depthwiseInitializer", depthwiseInitializer), ("pointwiseInitializer", pointwiseInitializer),
            ("biasInitializer", biasInitializer), ("depthwiseRegularizer", depthwiseRegularizer),
            ("pointwiseRegularizer", pointwiseRegularizer), ("biasRegularizer", biasRegularizer),
            ("activityRegularizer", activityRegularizer), ("depthwiseConstraint", depthwiseConstraint),
            ("pointwiseConstraint", pointwiseConstraint), ("biasConstraint", biasConstraint), ("dtype", dtype));
    }

    /// <summary>Height and width of the window.</summary>
    public Size2D KernelSize => Form.KernelSize;

    /// <summary>Rows and columns that the window moves by.</summary>
    public Size2D Strides => Form.Strides;

    /// <summary>Rows and columns from one tap of the window to the next.</summary>
    public Size2D Dilation => Form.Dilation;
}
