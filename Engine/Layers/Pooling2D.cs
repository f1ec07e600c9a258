namespace Engine.Layers;

/// <summary>What poolings over windows of an image share: the window, its steps and the padding.</summary>
public abstract class Pooling2D : Layer
{
    private protected Pooling2D(Size2D poolSize, Size2D? strides, Padding padding, string? name)
        : base(name)
    {
        LayerCheck.Positive(GetType().Name, "poolSize", poolSize);
        LayerCheck.Positive(GetType().Name, "strides", strides ?? poolSize);
        PoolSize = poolSize;
        Strides = strides ?? poolSize;
        Padding = padding;
        padding.CheckWithin(GetType().Name, poolSize);
    }

    /// <summary>Height and width of the window.</summary>
    public Size2D PoolSize { get; }

    /// <summary>Rows and columns that the window moves by.</summary>
    public Size2D Strides { get; }

    /// <summary>What lies around the image.</summary>
    public Padding Padding { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");
        return PoolingWalk.OutputShape(inputShape, PoolSize, Strides, Around(inputShape[0], inputShape[1]));
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => OutputShape(inputShape);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Pool(x, PoolSize.Pair, Strides.Pair, Around(x.Shape[1], x.Shape[2]));

    private protected abstract Tensor Pool(Tensor x, (int, int) window, (int, int) strides, (int, int, int, int) padding);

    private (int, int, int, int) Around(int height, int width) => Padding.Around(height, width, PoolSize, Strides, 1);
}
