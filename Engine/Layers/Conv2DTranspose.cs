namespace Engine.Layers;

/// <summary>A transposed convolution, the adjoint of <see cref="Conv2D"/>:
/// y(i·s + p·d − top, j·s + q·d − left, f) = activation(Σ x(i, j, c)·k(p, q, f, c) + b(f)). F-C5.</summary>
/// <remarks>
/// Channels last: [N, H, W, C] gives [N, OH, OW, filters]. With r = d·(k − 1) + 1 an axis of n positions becomes (n − 1)·s + max(r, s) in
/// <see cref="Padding.Valid"/> and n·s in <see cref="Padding.Same"/>; with an output padding o it becomes (n − 1)·s + r + o and (n − 1)·s +
/// (r mod 2) + o; with an explicit padding (n − 1)·s + r + o − before − after, which is PyTorch's. ⟨Conv(x), y⟩ = ⟨x, ConvT(y)⟩ for one
/// kernel without bias. Bias and ReLU ride in the same pass, and no zeros are put between the input's positions. Zeiler et al. 2010.
/// </remarks>
public sealed class Conv2DTranspose : ConvolutionTranspose
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="filters">The number of output channels.</param>
    /// <param name="kernelSize">Height and width of the window.</param>
    /// <param name="activation">Applied to the sum; none by default.</param>
    /// <param name="strides">Rows and columns from one position of the input to the next in the output; 1 by default.</param>
    /// <param name="padding">What the convolution would have around its input, which is cut away here; <see cref="Padding.Valid"/>,
    /// nothing, by default.</param>
    /// <param name="outputPadding">Rows and columns that the output has at its end besides, less than the strides; by default as Keras
    /// chooses.</param>
    /// <param name="dilation">Rows and columns from one tap of the window to the next; 1 by default.</param>
    /// <param name="useBias">Whether a bias is added; true by default.</param>
    /// <param name="kernelInitializer">The kernel's first values; <see cref="Initializer.GlorotUniform"/> by default.</param>
    /// <param name="biasInitializer">The bias' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="kernelRegularizer">What the kernel adds to the loss; nothing by default.</param>
    /// <param name="biasRegularizer">What the bias adds to the loss; nothing by default.</param>
    /// <param name="activityRegularizer">What the output adds to the loss; nothing by default.</param>
    /// <param name="kernelConstraint">What the kernel is held to after each step; nothing by default.</param>
    /// <param name="biasConstraint">What the bias is held to after each step; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>conv2d_transpose_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">A size below 1, a causal padding, or an output padding that is not less than the
    /// strides.</exception>
    public Conv2DTranspose(
        int filters,
        Size2D kernelSize,
        Activation? activation = null,
        Size2D? strides = null,
        Padding padding = default,
        Size2D? outputPadding = null,
        Size2D? dilation = null,
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
            outputPadding,
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
            ("outputPadding", outputPadding), ("dilation", dilation), ("useBias", useBias), ("kernelInitializer", kernelInitializer),
            ("biasInitializer", biasInitializer), ("kernelRegularizer", kernelRegularizer), ("biasRegularizer", biasRegularizer),
            ("activityRegularizer", activityRegularizer), ("kernelConstraint", kernelConstraint), ("biasConstraint", biasConstraint),
            ("dtype", dtype));
    }

    /// <summary>Height and width of the window.</summary>
    public Size2D KernelSize => Form.KernelSize;

    /// <summary>Rows and columns from one position of the input to the next in the output.</summary>
    public Size2D Strides => Form.Strides;

    /// <summary>Rows and columns from one tap of the window to the next.</summary>
    public Size2D Dilation => Form.Dilation;

    /// <summary>Rows and columns that the output has at its end besides; null for the default.</summary>
    public Size2D? OutputPadding => ExtraPositions;
}
