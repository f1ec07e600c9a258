namespace Engine.Layers;

/// <summary>The inputs in a row along an axis, as in <c>new Concatenate().Apply(a, b)</c>.</summary>
public sealed class Concatenate : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axis, counted with the batch axis as 0; negative from the end, the last by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>concatenate_1</c>.</param>
    /// <exception cref="ValueException">The axis is 0, the batch.</exception>
    public Concatenate(int axis = -1, string? name = null)
        : base(name)
    {
        if (axis == 0) throw Fail.Value("Concatenate", "axis is 0, the batch", "name an axis of a sample; Tensor.Concat joins batches");
        Axis = axis;
        MadeWith(("axis", axis));
    }

    /// <summary>The axis as it was given.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => OutputShape([inputShape]);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        if (inputShapes.Count < 2) throw Fail.Shape("input", $"{inputShapes.Count} inputs", "this layer takes two or more");
        Shape first = inputShapes[0];
        int at = first.Insert(0, 1).Axis(Axis, "input") - 1;
        if (at < 0) throw Fail.Shape("input", $"axis {Axis} of a batch of shape {LayerCheck.BatchOf(first)}", "name an axis of a sample");
        int length = 0;
        foreach (Shape shape in inputShapes)
        {
            if (shape.Rank != first.Rank || shape.With(at, 0) != first.With(at, 0))
                throw Fail.Shape("input", $"batches of shape {LayerCheck.BatchOf(first)} and {LayerCheck.BatchOf(shape)}",
                    $"only axis {Axis} may differ");
            length += shape[at];
        }
        return first.With(at, length);
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes) => OutputShape(inputShapes);

    /// <inheritdoc/>
    /// <remarks>The masks in a row along an axis that they have; along features, what counts in any of the inputs.</remarks>
    protected override Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) =>
        MaskMerging.Joined(inputs, output.Shape.Axis(Axis, "input"));

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x;

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) => Tensor.Concat(inputs, Axis);
}
