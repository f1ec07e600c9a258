namespace Engine.Layers;

/// <summary>Rows of zeros with a 1 at each class: y[…, k] = 1 where k = x[…], else 0. F-B7.</summary>
/// <remarks>The input counts, Int32 as a rule; the output has one axis more.</remarks>
[NotDifferentiable("the input counts in integers")]
public sealed class OneHot : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="depth">The number of classes.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>one_hot_1</c>.</param>
    /// <param name="dtype">The type of the output; Float32 by default.</param>
    /// <exception cref="ValueException">A depth below 1.</exception>
    public OneHot(int depth, string? name = null, DType? dtype = null)
        : base(name, dtype)
    {
        LayerCheck.Positive("OneHot", "depth", depth);
        Depth = depth;
        MadeWith(("depth", depth), ("dtype", dtype));
    }

    /// <summary>The number of classes.</summary>
    public int Depth { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape.Concat([Depth]);

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => LayerCheck.Counts(inputType, DType);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        LayerCheck.Counts(x.DType, DType);
        return Tensor.OneHot(x.Cast(DType.Int32), Depth, DType);
    }
}
