namespace Engine.Layers;

/// <summary>Repeats each sample's vector: [N, features] becomes [N, n, features], y(n, f) = x(f).</summary>
public sealed class RepeatVector : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="n">How often, at least once.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>repeat_vector_1</c>.</param>
    /// <exception cref="ValueException">n is below 1.</exception>
    public RepeatVector(int n, string? name = null)
        : base(name)
    {
        LayerCheck.Positive("RepeatVector", "n", n);
        N = n;
        MadeWith(("n", n));
    }

    /// <summary>How often the vector is repeated.</summary>
    public int N { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return [N, inputShape[0]];
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => LayerCheck.Rank(inputShape, 1, "[batch, features]");

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.ExpandDims(1).BroadcastTo([x.Shape[0], N, x.Shape[1]]);
}
