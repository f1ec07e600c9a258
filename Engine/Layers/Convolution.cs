namespace Engine.Layers;

/// <summary>What <see cref="Conv1D"/> and <see cref="Conv2D"/> share: every filter sees all channels of its group.</summary>
public abstract class Convolution : ConvolutionLayer
{
    private readonly WeightRule kernelRule;
    private Variable? kernel;

    private protected Convolution(int filters, int groups, bool flipKernel, WeightRule kernelRule, ConvolutionForm form)
        : base(form)
    {
        LayerCheck.Positive(GetType().Name, "filters", filters);
        LayerCheck.Positive(GetType().Name, "groups", groups);
        if (filters % groups != 0)
            throw Fail.Value(GetType().Name, $"{filters} filters in {groups} groups", "the groups must divide the filters");
        Filters = filters;
        Groups = groups;
        FlipKernel = flipKernel;
        this.kernelRule = kernelRule;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>Groups of channels that do not see each other.</summary>
    public int Groups { get; }

    /// <summary>Whether the kernel is turned round: the convolution of mathematics instead of a correlation.</summary>
    public bool FlipKernel { get; }

    /// <summary>The weights, [kernel height, kernel width, channels / groups, filters]; in 1-D without the height.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Kernel => LayerCheck.Built(this, kernel, "Kernel");

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) =>
        (long)OutputShape(inputShape).Length * Window.Length * (inputShape[^1] / Groups);

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank == Form.Axes + 1 && inputShape[^1] % Groups != 0 && ClaimedShape is null)
            throw Fail.Shape(
                "input",
                $"{inputShape[^1]} channels (shape {LayerCheck.BatchOf(inputShape)}) in {Groups} groups",
                "give a number of channels that the groups divide");
        base.CheckInput(inputShape);
    }

    private protected override Shape KernelShape(int channels) => Window.Concat([channels / Groups, Filters]);

    private protected override void AddKernels(int channels) => kernel = AddTrainable("kernel", KernelShape(channels), kernelRule);

    private protected override Shape ImageShape(Shape image) => Geometry(image, Groups)
        .OutputShape(image.Insert(0, 1), [Form.KernelSize.Height, Form.KernelSize.Width, image[2] / Groups, Filters]).Remove(0);

    /// <summary>Rectified and then pooled by windows that tile the result, in one pass.</summary>
    internal override Func<Tensor, Tensor>? Through(Layer next)
    {
        bool joins = Form.Axes == 2 && IsRectified && !FlipKernel && ActivityRegularizer is null
            && next is MaxPooling2D { Padding: var padding } pooling && padding == Padding.Valid && pooling.Strides == pooling.PoolSize;
        return !joins ? null : images => images.ConvolutionMaxPooling2D(
            Kernel, Offsets, Geometry(images.Shape.Remove(0), Groups), ((MaxPooling2D)next).PoolSize.Pair);
    }

    private protected override Tensor Convolve(Tensor images) => images.Convolution2D(
        Lift(Kernel), Offsets, Geometry(images.Shape.Remove(0), Groups), relu: IsRectified, flipKernel: FlipKernel);
}
