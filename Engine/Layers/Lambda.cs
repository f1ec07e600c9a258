namespace Engine.Layers;

/// <summary>Any function of tensors without weights as a layer: <c>new Lambda(x =&gt; x.Square())</c>.</summary>
/// <remarks>A model that is loaded needs the same function in its code: a file does not hold it.</remarks>
public sealed class Lambda : Layer
{
    private readonly Func<Tensor, Tensor> function;

    /// <summary>Creates the layer.</summary>
    /// <param name="function">The function of a batch, written in operations; it must keep the batch axis.</param>
    /// <param name="outputShape">The shape of one output sample; by default found by computing a batch of one zero sample.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>lambda_1</c>.</param>
    public Lambda(Func<Tensor, Tensor> function, Shape? outputShape = null, string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(function);
        this.function = function;
        TargetShape = outputShape;
    }

    /// <summary>The shape of one output sample as it was given; null where it is found by trying.</summary>
    public Shape? TargetShape { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => TargetShape ?? base.OutputShape(inputShape);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        Tensor y = function(x);
        if (y.Rank == 0 || y.Shape[0] != x.Shape[0] || (TargetShape is { } wanted && y.Shape.Remove(0) != wanted))
            throw Fail.Shape("function", $"a result of shape {y.Shape} for a batch of shape {x.Shape}",
                TargetShape is { } shape ? $"give {LayerCheck.BatchOf(shape)}, as outputShape says" : "keep the batch axis");
        return y;
    }
}
