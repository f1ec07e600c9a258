namespace Engine.Layers;

/// <summary>In training makes each image brighter or darker: y = x + f·(largest − smallest value) with random f, then clipped.
/// F-X7.</summary>
/// <remarks>
/// Outside training y = x. The factor depends on the seed, the layer's place, the training step, the call within it and the image's place
/// in the batch alone. As in Keras pixels count to 255 unless <c>valueRange</c> says otherwise.
/// </remarks>
public sealed class RandomBrightness : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">f: 0.2 for −0.2 to 0.2, or a pair; from −1, all black, to 1, all white.</param>
    /// <param name="valueRange">The smallest and the largest value of a pixel, to which results are clipped; (0, 255) by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_brightness_1</c>.</param>
    /// <exception cref="ValueException">The factor lies outside [−1, 1] or its bounds are in the wrong order; the range of values is
    /// empty.</exception>
    public RandomBrightness(FactorRange factor, (double Lower, double Upper)? valueRange = null, string? name = null)
        : base(name)
    {
        Factor = factor.Checked("RandomBrightness", "factor");
        ValueRange = LayerCheck.ValueRange("RandomBrightness", valueRange);
        MadeWith(("factor", factor), ("valueRange", valueRange));
    }

    /// <summary>What is added, in parts of the range of values.</summary>
    public FactorRange Factor { get; }

    /// <summary>The smallest and the largest value of a pixel.</summary>
    public (double Lower, double Upper) ValueRange { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) => LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        x = x.Cast(DType);
        if (!training) return x;
        double range = ValueRange.Upper - ValueRange.Lower, lower = Factor.Lower * range, width = (Factor.Upper - Factor.Lower) * range;
        Tensor added = Tensor.RandomUniform([x.Shape[0], 1, 1, 1], 0, 1, NextRandom(), x.DType) * width + lower;
        return (x + added).Clip(ValueRange.Lower, ValueRange.Upper);
    }
}
