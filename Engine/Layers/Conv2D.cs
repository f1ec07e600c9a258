namespace Engine.Layers;

/// <summary>
/// A two-dimensional convolution, y(i, j, f) = activation(Σ x(i·s + p·d, j·s + q·d, c)·k(p, q, c, f) + b(f)). F-C1, F-C3.
/// </summary>
/// <remarks>
/// Channels last: [N, H, W, C] gives [N, OH, OW, filters], with OH = ⌊(H + padding − d·(kh − 1) − 1)/s⌋ + 1. Like every framework it does
/// not turn the kernel round unless <c>flipKernel</c> is set (F-C2). Bias and ReLU ride in the convolution's epilogue.
/// </remarks>
public sealed class Conv2D : Convolution
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="filters">The number of output channels.</param>
    /// <param name="kernelSize">Height and width of the window.</param>
    /// <param name="activation">Applied to the sum; none by default.</param>
    /// <param name="strides">Rows and columns that the window moves by; 1 by default.</param>
    /// <param name="padding">What lies around the image; <see cref="Padding.Valid"/>, nothing, by default.</param>
    /// <param name="dilation">Rows and columns from one tap of the window to the next; 1 by default.</param>
    /// <param name="groups">Groups of channels that do not see each other; as many as channels make it depthwise. 1 by default.</param>
    /// <param name="flipKernel">Whether the kernel is turned round in both axes; false by default.</param>
    /// <param name="useBias">Whether a bias is added; true by default.</param>
    /// <param name="kernelInitializer">The kernel's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">The bias' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What the kernel adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What the bias adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What the kernel is held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What the bias is held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>conv2d_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A size below 1, a causal padding, or groups that do not divide the filters.</exception>
    public Conv2D(
        int filters,
        Size2D kernelSize,
        Activation? activation = null,
        Size2D? strides = null,
        Padding padding = default,
        Size2D? dilation = null,
        int groups = 1,
        bool flipKernel = false,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Regularizer? activityRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null,
        string? name = null,
        DType? dtype = null)
        : base(
            filters,
            groups,
            flipKernel,
            new WeightRule(kernelInitializer ?? Initializer.GlorotUniform, kernelRegularizer, kernelConstraint),
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
            ("dilation", dilation), ("groups", groups), ("flipKernel", flipKernel), ("useBias", useBias),
            ("kernelInitializer", kernelInitializer), ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer),
            ("biasRegularizer", biasRegularizer), ("activityRegularizer", activityRegularizer), ("kernelConstraint", kernelConstraint),
            ("biasConstraint", biasConstraint), ("dtype", dtype));
    }

    /// <summary>Height and width of the window.</summary>
    public Size2D KernelSize => Form.KernelSize;

    /// <summary>Rows and columns that the window moves by.</summary>
    public Size2D Strides => Form.Strides;

    /// <summary>Rows and columns from one tap of the window to the next.</summary>
    public Size2D Dilation => Form.Dilation;
}
