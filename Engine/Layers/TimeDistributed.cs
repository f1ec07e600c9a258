namespace Engine.Layers;

/// <summary>Applies a layer to every step of a sequence, with the same weights: y_t = f(x_t). F-R2.</summary>
/// <remarks>
/// Input [batch, steps, …], output [batch, steps, …]. The steps of all samples go through the layer as one batch, so that dropout draws for each
/// of them and batch normalisation sees them together. A <see cref="Dense"/> acts on every step by itself and needs no such help. The mask
/// [batch, steps] goes on; of one with further axes, as of sentences in texts, the layer gets those, and a step then counts where any of them
/// does.
/// </remarks>
public sealed class TimeDistributed : Layer
{
    private readonly Layer layer;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="layer">What is applied to each step; one input and one output.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>time_distributed_1</c>.</param>
    public TimeDistributed(Layer layer, string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(layer);
        this.layer = AddLayer(layer);
        MadeWith(("layer", layer));
    }

    /// <summary>What is applied to each step.</summary>
    public Layer Layer => layer;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return layer.OutputShape(inputShape.Remove(0)).Insert(0, inputShape[0]);
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => layer.OutputType(inputType);

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => inputShape[0] * layer.MultiplyAdds(inputShape.Remove(0));

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank < 1)
        {
            throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)}, where [batch, steps, …] is wanted",
                "give each sample a first axis for its steps");
        }

        if (inputShape[0] == 0)
            throw Fail.Shape("input", $"a sequence of length 0 (shape {LayerCheck.BatchOf(inputShape)})", "give at least one step");
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        int batch = x.Shape[0], steps = x.Shape[1];
        Tensor flat = x.Reshape(Flat(x.Shape));
        if (x.Mask is { Rank: > 2 } mask) flat = flat.WithMask(mask.Reshape(Flat(mask.Shape)));
        Tensor y = layer.Apply(flat, training);
        Tensor apart = y.Reshape(y.Shape.Remove(0).Insert(0, steps).Insert(0, batch));
        return MaskOf(x.Mask, y.Mask) is { } outputMask ? apart.WithMask(outputMask) : apart;
    }

    /// <summary>The mask of the output: that of the steps, or the layer's own where it left further axes masked.</summary>
    private static Tensor? MaskOf(Tensor? given, Tensor? inner)
    {
        if (given is null || given.Rank == 2) return given;
        if (inner is { Rank: > 1 }) return inner.Reshape(inner.Shape.Remove(0).Insert(0, given.Shape[1]).Insert(0, given.Shape[0]));
        return given.Any([.. Enumerable.Range(2, given.Rank - 2)]);
    }

    /// <summary>Samples and steps as one axis.</summary>
    private static Shape Flat(Shape shape) => shape.Remove(0).Remove(0).Insert(0, shape[0] * shape[1]);
}
