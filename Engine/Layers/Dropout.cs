namespace Engine.Layers;

/// <summary>Inverted dropout: y = x ⊙ mask / (1 − p) with mask ~ Bernoulli(1 − p) in training, y = x otherwise. F-X2.</summary>
/// <remarks>
/// Srivastava et al. 2014. The mask depends on the seed, the layer's place, the training step and the call within it alone.
/// </remarks>
public sealed class Dropout : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">p, the part of the elements that become 0: 0 or more, less than 1.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>dropout_1</c>.</param>
    /// <exception cref="ValueException">The rate lies outside [0, 1).</exception>
    public Dropout(double rate, string? name = null)
        : base(name)
    {
        Rate = LayerCheck.Rate("Dropout", rate);
        MadeWith(("rate", rate));
    }

    /// <summary>p, the part of the elements that become 0 in training.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        if (!training || Rate == 0) return x;
        Tensor mask = Tensor.RandomBernoulli(x.Shape, 1 - Rate, NextRandom(), x.DType);
        return x * (mask * (1 / (1 - Rate)));
    }
}
