namespace Engine.Layers;

/// <summary>Marks the steps whose features all have one value as padding: y_t = x_t with a mask, 0 where the mask is false.</summary>
/// <remarks>
/// Input [batch, steps, …, features]; the mask [batch, steps, …] is true where any feature differs from the value. It goes on with the output
/// through layers that leave time as it is, to recurrent layers, losses and metrics, for which padding then counts for nothing.
/// </remarks>
public sealed class Masking : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="maskValue">What padding consists of; 0 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>masking_1</c>.</param>
    public Masking(double maskValue = 0, string? name = null)
        : base(name)
    {
        MaskValue = maskValue;
        MadeWith(("maskValue", maskValue));
    }

    /// <summary>What padding consists of.</summary>
    public double MaskValue { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank < 2)
        {
            throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)}, where [batch, steps, …, features] is wanted",
                "give sequences; a mask of numbers that count is made by Embedding(maskZero: true)");
        }
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        Tensor mask = x.NotEqualTo(Tensor.Full([], MaskValue, x.DType)).Any([-1]);
        Tensor y = Tensor.Where(mask.ExpandDims(-1), x, Tensor.Zeros([], x.DType));
        y.Mask = mask;
        return y;
    }
}
