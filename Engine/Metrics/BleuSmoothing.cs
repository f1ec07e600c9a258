namespace Engine.Metrics;

/// <summary>What <see cref="Bleu"/> makes of n-grams of an order that have no match, whose logarithm would be −∞.</summary>
public enum BleuSmoothing
{
    /// <summary>The first such precision counts as half a match, the next as a quarter, …: sacreBLEU's <c>exp</c>, its
    /// default.</summary>
    Exponential,

    /// <summary>The score is 0.</summary>
    None,
}
