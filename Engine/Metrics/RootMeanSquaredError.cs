using Engine.Losses;

namespace Engine.Metrics;

/// <summary>√(mean of (y − ŷ)²) over all samples and outputs. F-M1.</summary>
public sealed class RootMeanSquaredError : MeanMetric
{
    private static readonly MeanSquaredError Squares = new();

    /// <summary>Creates the metric.</summary>
    /// <param name="name">Its name; <c>root_mean_squared_error</c> by default.</param>
    public RootMeanSquaredError(string name = "root_mean_squared_error")
        : base(name)
    {
    }

    /// <summary>The root of the mean; 0 where there is nothing, or nothing with a weight.</summary>
    public override double Result => Math.Sqrt(base.Result);

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) => Squares.PerSample(target, prediction);
}
