namespace Engine.Layers;

/// <summary>In training changes each image's contrast: y = mean + f·(x − mean) with random f, then clipped. F-X6.</summary>
/// <remarks>
/// The mean is that of each channel over the image. Outside training y = x. The factor depends on the seed, the layer's place, the
/// training step, the call within it and the image's place in the batch alone. As in Keras pixels count to 255 unless
/// <c>valueRange</c> says otherwise.
/// </remarks>
public sealed class RandomContrast : Layer
{
    /// <summary>Creates the layer with f from 1 − factor to 1 + factor.</summary>
    /// <param name="factor">How far f is from 1, from 0 to 1.</param>
    /// <param name="valueRange">The smallest and the largest value of a pixel, to which results are clipped; (0, 255) by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_contrast_1</c>.</param>
    /// <exception cref="ValueException">The factor lies outside [0, 1], or the range of values is empty.</exception>
    public RandomContrast(double factor, (double Lower, double Upper)? valueRange = null, string? name = null)
        : this(factor, factor, valueRange, name)
    {
    }

    /// <summary>Creates the layer with f from 1 − lower to 1 + upper.</summary>
    /// <param name="lower">How far f is below 1 at most, from 0 to 1.</param>
    /// <param name="upper">How far f is above 1 at most, from 0 to 1.</param>
    /// <param name="valueRange">The smallest and the largest value of a pixel, to which results are clipped; (0, 255) by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>random_contrast_1</c>.</param>
    /// <exception cref="ValueException">A factor lies outside [0, 1], or the range of values is empty.</exception>
    public RandomContrast(double lower, double upper, (double Lower, double Upper)? valueRange = null, string? name = null)
        : base(name)
    {
        if (!(lower is >= 0 and <= 1 && upper is >= 0 and <= 1))
            throw Fail.Value("RandomContrast", $"factors {lower} and {upper}", "give numbers from 0 to 1");
        (Lower, Upper) = (lower, upper);
        ValueRange = LayerCheck.ValueRange("RandomContrast", valueRange);
        MadeWith(("lower", lower), ("upper", upper), ("valueRange", valueRange));
    }

    /// <summary>How far f is below 1 at most.</summary>
    public double Lower { get; }

    /// <summary>How far f is above 1 at most.</summary>
    public double Upper { get; }

    /// <summary>The smallest and the largest value of a pixel.</summary>
    public (double Lower, double Upper) ValueRange { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");
        LayerCheck.NotEmpty(inputShape);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        x = x.Cast(DType);
        if (!training) return x;
        Tensor f = Tensor.RandomUniform([x.Shape[0], 1, 1, 1], 0, 1, NextRandom(), x.DType) * (Lower + Upper) + (1 - Lower);
        Tensor mean = x.Mean([1, 2], keepDims: true);
        return ((x - mean) * f + mean).Clip(ValueRange.Lower, ValueRange.Upper);
    }
}
