namespace Engine.Layers;

/// <summary>Vectors of length 1: y = x / max(‖x‖, 1e-12) with the norm over axes of each sample. F-B4.</summary>
public sealed class UnitNormalization : Layer
{
    private readonly int[] axis;

    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axes that a norm goes over, counted with the batch axis as 0; negative from the end, the last by
    /// default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>unit_normalization_1</c>.</param>
    /// <exception cref="ValueException">No axis or the batch axis is named.</exception>
    public UnitNormalization(int[]? axis = null, string? name = null)
        : base(name)
    {
        this.axis = axis is null ? [-1] : [.. axis];
        if (this.axis.Length == 0)
            throw Fail.Value("UnitNormalization", "axis is empty", "name at least one axis, or leave it out for the last");
        if (this.axis.Contains(0)) throw Fail.Value("UnitNormalization", "axis 0 is the batch", "name axes of a sample");
        MadeWith(("axis", axis));
    }

    /// <summary>The axes as they were given.</summary>
    public IReadOnlyList<int> Axis => axis;

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => inputShape.Length;

    /// <summary>x / max(‖x‖, 1e-12).</summary>
    internal static Tensor Apply(Tensor x, int[] axes) => x / Tensor.Maximum(x.Norm(axes, keepDims: true), Tensor.Full([], 1e-12, x.DType));

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        Shape batch = inputShape.Insert(0, 1);
        var named = new HashSet<int>();
        foreach (int index in axis)
        {
            int at = batch.Axis(index, "input");
            if (at == 0 || !named.Add(at))
                throw Fail.Shape("input", $"axes [{string.Join(", ", axis)}] of a batch of shape {LayerCheck.BatchOf(inputShape)}",
                    "name each axis once, and not the batch");
        }
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Apply(x, axis);
}
