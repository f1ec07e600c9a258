namespace Engine.Layers;

/// <summary>Multiplies with noise in training: y = x ⊙ ε with ε ~ N(1, p/(1 − p)); y = x otherwise. F-X5.</summary>
/// <remarks>
/// Srivastava et al. 2014, section 10: the noise has mean and variance of a dropout of rate p. It depends on the seed, the layer's place,
/// the training step and the call within it alone.
/// </remarks>
public sealed class GaussianDropout : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">p, the rate of the dropout with the same variance: 0 or more, less than 1.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>gaussian_dropout_1</c>.</param>
    /// <exception cref="ValueException">The rate lies outside [0, 1).</exception>
    public GaussianDropout(double rate, string? name = null)
        : base(name)
    {
        Rate = LayerCheck.Rate("GaussianDropout", rate);
        MadeWith(("rate", rate));
    }

    /// <summary>p, the rate of the dropout with the same variance.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => !training || Rate == 0
        ? x
        : x * Tensor.RandomNormal(x.Shape, 1, Math.Sqrt(Rate / (1 - Rate)), NextRandom(), x.DType);
}
