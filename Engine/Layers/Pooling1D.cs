namespace Engine.Layers;

/// <summary>What poolings over windows of a series share: the window, its steps and the padding.</summary>
public abstract class Pooling1D : Layer
{
    private protected Pooling1D(int poolSize, int? strides, Padding padding, string? name)
        : base(name)
    {
        LayerCheck.Positive(GetType().Name, "poolSize", poolSize);
        LayerCheck.Positive(GetType().Name, "strides", strides ?? poolSize);
        PoolSize = poolSize;
        Strides = strides ?? poolSize;
        Padding = padding;
        padding.CheckWithin(GetType().Name, poolSize);
    }

    /// <summary>Steps under the window.</summary>
    public int PoolSize { get; }

    /// <summary>Steps that the window moves by.</summary>
    public int Strides { get; }

    /// <summary>What lies around the series.</summary>
    public Padding Padding { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 2, "[batch, steps, channels]");
        return PoolingWalk.OutputShape(inputShape.Insert(0, 1), (1, PoolSize), (1, Strides), Around(inputShape[0])).Remove(0);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => OutputShape(inputShape);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) =>
        Pool(x.ExpandDims(1), (1, PoolSize), (1, Strides), Around(x.Shape[1])).Squeeze(1);

    private protected abstract Tensor Pool(Tensor x, (int, int) window, (int, int) strides, (int, int, int, int) padding);

    private (int, int, int, int) Around(int steps)
    {
        (int left, int right) = Padding.Along(steps, PoolSize, Strides, 1);
        return (0, 0, left, right);
    }
}
