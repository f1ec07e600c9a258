namespace Engine.Metrics;

/// <summary>How the scores of several outputs become one.</summary>
public enum R2Aggregation
{
    /// <summary>Their mean.</summary>
    UniformAverage,

    /// <summary>Their mean, each weighed by the variance of its target.</summary>
    VarianceWeightedAverage,
}
