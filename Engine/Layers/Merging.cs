namespace Engine.Layers;

/// <summary>What layers share that make one tensor of several, element by element: inputs whose samples broadcast.</summary>
/// <remarks>
/// Samples of fewer axes get axes of length 1 in front, and lengths of 1 are repeated, as in NumPy; the batch axis stays apart.
/// </remarks>
public abstract class Merging : Layer
{
    private protected Merging(string? name)
        : base(name)
    {
    }

    /// <summary>How many inputs the layer takes at most.</summary>
    private protected virtual int MostInputs => int.MaxValue;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => OutputShape([inputShape]);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        CheckCount(inputShapes.Count);
        Shape shape = inputShapes[0];
        for (int i = 1; i < inputShapes.Count; i++) shape = Dispatch.BroadcastShape("input", shape, inputShapes[i]);
        return shape;
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes) => OutputShape(inputShapes);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training)
    {
        int rank = 0;
        for (int i = 0; i < inputs.Count; i++) rank = Math.Max(rank, inputs[i].Rank);
        Tensor result = Aligned(inputs[0], rank);
        for (int i = 1; i < inputs.Count; i++) result = Combine(result, Aligned(inputs[i], rank));
        return Finish(result, inputs.Count);
    }

    /// <inheritdoc/>
    /// <remarks>What counts in any of the inputs; nothing is masked where one of them has no mask, as in Keras.</remarks>
    protected override Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) => MaskMerging.Any(inputs);

    /// <summary>The combination of two.</summary>
    private protected abstract Tensor Combine(Tensor a, Tensor b);

    /// <summary>What is done once all are combined.</summary>
    private protected virtual Tensor Finish(Tensor result, int inputs) => result;

    private void CheckCount(int count)
    {
        if (count < 2 || count > MostInputs)
            throw Fail.Shape("input", $"{count} inputs", MostInputs == 2 ? "this layer takes exactly two" : "this layer takes two or more");
    }

    /// <summary>The tensor with axes of length 1 behind the batch axis.</summary>
    private static Tensor Aligned(Tensor x, int rank)
    {
        if (x.Rank == rank) return x;
        Shape shape = x.Shape;
        while (shape.Rank < rank) shape = shape.Insert(1, 1);
        return x.Reshape(shape);
    }
}
