namespace Engine.Layers;

/// <summary>What all convolutions share: a window that walks over series or images, a bias, an activation.</summary>
/// <remarks>A series [N, T, C] is an image of height 1.</remarks>
public abstract class ConvolutionLayer : Layer
{
    private Variable? bias;

    private protected ConvolutionLayer(ConvolutionForm form)
        : base(form.Name, form.DType)
    {
        Form = form;
        Activation = form.Activation ?? Activation.Linear;
        ActivityRegularizer = form.ActivityRegularizer;
        Check("kernelSize", form.KernelSize);
        Check("strides", form.Strides);
        Check("dilation", form.Dilation);
        if (form.Axes > 1) Padding.RefuseCausal(GetType().Name);
    }

    /// <summary>What is applied to the sum.</summary>
    public Activation Activation { get; }

    /// <summary>What lies around the input.</summary>
    public Padding Padding => Form.Padding;

    /// <summary>Whether there is a bias.</summary>
    public bool UseBias => Form.Bias is not null;

    /// <summary>One number for each output channel; null for a layer without bias.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Bias => UseBias ? LayerCheck.Built(this, bias, "Bias") : null;

    private protected ConvolutionForm Form { get; }

    /// <summary>The bias while the layer runs.</summary>
    private protected Variable? Offsets => bias;

    /// <summary>Whether the activation is computed in the convolution's own pass.</summary>
    private protected bool IsRectified => Activation == Activation.ReLU;

    /// <summary>The kernel's axes before the channels: height and width, or width.</summary>
    private protected Shape Window => Form.Axes == 1 ? [Form.KernelSize.Width] : [Form.KernelSize.Height, Form.KernelSize.Width];

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape inputShape)
    {
        CheckSample(inputShape);
        return Form.Axes == 1 ? ImageShape(inputShape.Insert(0, 1)).Remove(0) : ImageShape(inputShape);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        CheckSample(inputShape);
        if (ClaimedShape is { } claimed) LayerCheck.Channels(this, inputShape, "channels", KernelShape(claimed[^1]), claimed[^1]);
        OutputShape(inputShape);
    }

    /// <inheritdoc/>
    protected sealed override void Build(Shape inputShape)
    {
        AddKernels(inputShape[^1]);
        if (Form.Bias is { } rule) bias = AddTrainable("bias", [OutputShape(inputShape)[^1]], rule);
    }

    /// <inheritdoc/>
    protected sealed override Tensor Call(Tensor x, bool training)
    {
        Tensor y = Form.Axes == 1 ? Convolve(x.ExpandDims(1)).Squeeze(1) : Convolve(x);
        return IsRectified ? y : Activation.Apply(y);
    }

    /// <summary>A kernel of series as one of images of height 1.</summary>
    private protected Tensor Lift(Variable kernel) => Form.Axes == 1 ? InUse(kernel).ExpandDims(0) : InUse(kernel);

    /// <summary>How the window walks over one sample [H, W, C].</summary>
    private protected ConvolutionGeometry Geometry(Shape image, int groups)
    {
        (int Top, int Bottom, int Left, int Right) padding =
            Padding.Around(image[0], image[1], Form.KernelSize, Form.Strides, Form.Dilation);
        if (Form.Axes == 1) (padding.Top, padding.Bottom) = (0, 0);
        return new ConvolutionGeometry
        {
            Strides = Form.Strides.Pair, Dilation = Form.Dilation.Pair, Padding = padding, Groups = groups,
        };
    }

    /// <summary>The kernel that meets inputs of so many channels.</summary>
    private protected abstract Shape KernelShape(int channels);

    private protected abstract void AddKernels(int channels);

    /// <summary>The output of one sample [H, W, C].</summary>
    private protected abstract Shape ImageShape(Shape image);

    /// <summary>Kernel and bias, with ReLU where <see cref="IsRectified"/>, on images [N, H, W, C].</summary>
    private protected abstract Tensor Convolve(Tensor images);

    private void CheckSample(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, Form.Axes + 1, Form.Axes == 2 ? "[batch, height, width, channels]" : "[batch, steps, channels]");
        if (inputShape[^1] == 0)
            throw Fail.Shape("input", $"0 channels (shape {LayerCheck.BatchOf(inputShape)})", "give at least one channel");
    }

    private void Check(string parameter, Size2D size)
    {
        if (Form.Axes == 1) LayerCheck.Positive(GetType().Name, parameter, size.Width);
        else LayerCheck.Positive(GetType().Name, parameter, size);
    }
}
