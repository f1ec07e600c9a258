namespace Engine.Layers;

/// <summary>A one-dimensional convolution, y(i, f) = activation(Σ x(i·s + p·d, c)·k(p, c, f) + b(f)). F-C4.</summary>
/// <remarks>
/// Channels last: [N, T, C] gives [N, OT, filters], with OT = ⌊(T + padding − d·(k − 1) − 1)/s⌋ + 1. Like every framework it does not turn
/// the kernel round unless <c>flipKernel</c> is set (F-C2). Bias and ReLU ride in the convolution's epilogue.
/// </remarks>
public sealed class Conv1D : Convolution
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="filters">The number of output channels.</param>
    /// <param name="kernelSize">Steps under the window.</param>
    /// <param name="activation">Applied to the sum; none by default.</param>
    /// <param name="strides">Steps that the window moves by; 1 by default.</param>
    /// <param name="padding">What lies around the series; <see cref="Padding.Valid"/>, nothing, by default.
    /// <see cref="Padding.Causal"/> puts it all before the series.</param>
    /// <param name="dilation">Steps from one tap of the window to the next; 1 by default.</param>
    /// <param name="groups">Groups of channels that do not see each other. 1 by default.</param>
    /// <param name="flipKernel">Whether the kernel is turned round; false by default.</param>
    /// <param name="useBias">Whether a bias is added; true by default.</param>
    /// <param name="kernelInitializer">The kernel's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">The bias' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What the kernel adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What the bias adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What the kernel is held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What the bias is held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>conv1d_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A size below 1, or groups that do not divide the filters.</exception>
    public Conv1D(
        int filters,
        int kernelSize,
        Activation? activation = null,
        int strides = 1,
        Padding padding = default,
        int dilation = 1,
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
            ("filters", filters), ("kernelSize", kernelSize), ("activation", activation), ("strides", strides), ("padding", padding),
            ("dilation", dilation), ("groups", groups), ("flipKernel", flipKernel), ("useBias", useBias),
            ("kernelInitializer", kernelInitializer), ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer),
            ("biasRegularizer", biasRegularizer), ("activityRegularizer", activityRegularizer), ("kernelConstraint", kernelConstraint),
            ("biasConstraint", biasConstraint), ("dtype", dtype));
    }

    /// <summary>Steps under the window.</summary>
    public int KernelSize => Form.KernelSize.Width;

    /// <summary>Steps that the window moves by.</summary>
    public int Strides => Form.Strides.Width;

    /// <summary>Steps from one tap of the window to the next.</summary>
    public int Dilation => Form.Dilation.Width;
}
