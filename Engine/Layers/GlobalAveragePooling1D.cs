namespace Engine.Layers;

/// <summary>The mean value of each channel over the whole series: y(c) = mean x(i, c). F-P4.</summary>
/// <remarks>Channels last: [N, T, C] gives [N, C]. Of a masked series the mean of the steps that count; 0 where none does.</remarks>
public sealed class GlobalAveragePooling1D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>global_average_pooling1d_1</c>.</param>
    public GlobalAveragePooling1D(string? name = null)
        : base(name)
    {
        MadeWith();
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return [inputShape[^1]];
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 2, "[batch, steps, channels]");
        LayerCheck.NotEmpty(inputShape);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        if (x.Mask is not { Rank: 2 } mask) return x.Mean([1]);
        Tensor counts = mask.ExpandDims(-1), steps = counts.Cast(x.DType).Sum([1]);
        return Tensor.Where(counts, x, Tensor.Zeros([], x.DType)).Sum([1]) / Tensor.Maximum(steps, Tensor.Ones([], x.DType));
    }
}
