namespace Engine.Layers;

/// <summary>A latent point from a mean and a log variance, z = μ + e^(½ ln σ²)·ε with ε ~ N(0, 1), and its divergence in the loss.
/// F-N13, F-N14.</summary>
/// <remarks>
/// Kingma and Welling 2014. The input is […, μ and ln σ²], twice the latent size. The draw is outside the gradient's way, which goes through
/// μ and σ (reparameterisation). Outside training z = μ. While <c>Fit</c> or <c>Evaluate</c> run, weight·E[−½Σ(1 + ln σ² − μ² − σ²)], the
/// divergence of N(μ, σ²) from N(0, 1), joins the loss.
/// </remarks>
public sealed class LatentSampling : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="weight">How much the divergence counts, 0 or more; 1 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>latent_sampling_1</c>.</param>
    /// <exception cref="ValueException">The weight is negative or not finite.</exception>
    public LatentSampling(double weight = 1, string? name = null)
        : base(name)
    {
        if (!(double.IsFinite(weight) && weight >= 0))
            throw Fail.Value("LatentSampling", $"weight is {weight}", "give a finite number, 0 or more");
        Weight = weight;
        MadeWith(("weight", weight));
    }

    /// <summary>How much the divergence counts.</summary>
    public double Weight { get; }

    /// <summary>E[−½Σ(1 + ln σ² − μ² − σ²)]: how far N(μ, σ²) is from N(0, 1), summed over the last axis, the mean of the rest. F-N14.</summary>
    /// <param name="mean">μ, […, latent size].</param>
    /// <param name="logVariance">ln σ², of the same shape.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Divergence(Tensor mean, Tensor logVariance)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(logVariance);
        return (1 + logVariance - mean * mean - logVariance.Exp()).Sum(-1).Mean() * -0.5;
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape.With(-1, inputShape[^1] / 2);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank > 0 && inputShape[^1] > 0 && inputShape[^1] % 2 == 0) return;
        throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)}, where […, mean and log variance] is wanted",
            "give twice the latent size, for example from Dense(2 * latentSize)");
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        Tensor[] parts = x.Split(2, axis: -1);
        (Tensor mean, Tensor logVariance) = (parts[0], parts[1]);
        if (Weight > 0) AddLoss(Divergence(mean, logVariance) * Weight);
        if (!training) return mean;
        return mean + (logVariance * 0.5).Exp() * Tensor.RandomNormal(mean.Shape, 0, 1, NextRandom(), mean.DType);
    }
}
