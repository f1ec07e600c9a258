namespace Engine.Layers;

/// <summary>What convolutions of any number of axes share: filters, weights and the rule for their channels.</summary>
public abstract class Convolution : Layer
{
    private readonly WeightRule kernelRule;
    private readonly WeightRule biasRule;
    private Variable? kernel;
    private Variable? bias;

    private protected Convolution(
        int filters,
        Activation? activation,
        Padding padding,
        int groups,
        bool flipKernel,
        bool useBias,
        WeightRule kernelRule,
        WeightRule biasRule,
        Regularizer? activityRegularizer,
        string? name,
        DType? dtype)
        : base(name, dtype)
    {
        LayerCheck.Positive(GetType().Name, "filters", filters);
        LayerCheck.Positive(GetType().Name, "groups", groups);
        if (filters % groups != 0)
            throw Fail.Value(GetType().Name, $"{filters} filters in {groups} groups", "the groups must divide the filters");
        Filters = filters;
        Activation = activation ?? Activation.Linear;
        Padding = padding;
        Groups = groups;
        FlipKernel = flipKernel;
        UseBias = useBias;
        (this.kernelRule, this.biasRule) = (kernelRule, biasRule);
        ActivityRegularizer = activityRegularizer;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>What is applied to the sum.</summary>
    public Activation Activation { get; }

    /// <summary>What lies around the input.</summary>
    public Padding Padding { get; }

    /// <summary>Groups of channels that do not see each other.</summary>
    public int Groups { get; }

    /// <summary>Whether the kernel is turned round: the convolution of mathematics instead of a correlation.</summary>
    public bool FlipKernel { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool UseBias { get; }

    /// <summary>The weights, [kernel height, kernel width, channels / groups, filters]; in 1-D without the height.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Kernel => LayerCheck.Built(this, kernel, "Kernel");

    /// <summary>One number for each filter; null for a layer without bias.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Bias => UseBias ? LayerCheck.Built(this, bias, "Bias") : null;

    /// <summary>The bias while the layer runs.</summary>
    private protected Variable? Offsets => bias;

    /// <summary>Whether the activation is computed in the convolution's own pass.</summary>
    private protected bool IsRectified => Activation == Activation.ReLU;

    /// <summary>The kernel's axes before the channels: height and width, or width.</summary>
    private protected abstract Shape Window { get; }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) =>
        (long)OutputShape(inputShape).Length * Window.Length * (inputShape[^1] / Groups);

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, Window.Rank + 1, Window.Rank == 2 ? "[batch, height, width, channels]" : "[batch, steps, channels]");
        if (ClaimedShape is { } claimed) LayerCheck.Channels(this, inputShape, "channels", KernelShape(claimed), claimed[^1]);
        if (inputShape[^1] == 0 || inputShape[^1] % Groups != 0)
            throw Fail.Shape(
                "input",
                $"{inputShape[^1]} channels (shape {LayerCheck.BatchOf(inputShape)}) in {Groups} groups",
                "give at least one channel, and a number that the groups divide");
        OutputShape(inputShape);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        kernel = AddTrainable("kernel", KernelShape(inputShape), kernelRule);
        if (UseBias) bias = AddTrainable("bias", [Filters], biasRule);
    }

    /// <summary>The kernel that inputs of this shape need.</summary>
    private protected Shape KernelShape(Shape inputShape) => Window.Concat([inputShape[^1] / Groups, Filters]);
}
