namespace Engine.Layers;

/// <summary>Dropout of whole channels: in training y = x ⊙ mask/(1 − p) with one mask ~ Bernoulli(1 − p) for all positions of a channel.
/// F-X2.</summary>
/// <remarks>
/// Tompson et al. 2015: neighbouring positions say much the same, so dropping single ones would hide little. The mask depends on the seed,
/// the layer's place, the training step and the call within it alone.
/// </remarks>
public sealed class SpatialDropout2D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">p, the part of the channels that become 0: 0 or more, less than 1.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>spatial_dropout2d_1</c>.</param>
    /// <exception cref="ValueException">The rate lies outside [0, 1).</exception>
    public SpatialDropout2D(double rate, string? name = null)
        : base(name)
    {
        Rate = LayerCheck.Rate("SpatialDropout2D", rate);
        MadeWith(("rate", rate));
    }

    /// <summary>p, the part of the channels that become 0 in training.</summary>
    public double Rate { get; }

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
        if (!training || Rate == 0) return x;
        Tensor mask = Tensor.RandomBernoulli([x.Shape[0], 1, 1, x.Shape[3]], 1 - Rate, NextRandom(), x.DType);
        return x * (mask * (1 / (1 - Rate)));
    }
}
