namespace Engine.Layers;

/// <summary>How <see cref="Attention"/> compares a query with a key.</summary>
public enum AttentionScoreMode
{
    /// <summary>Their product, Σᵢ qᵢ·kᵢ.</summary>
    Dot,

    /// <summary>w·Σᵢ tanh(qᵢ + kᵢ) with a learned number w.</summary>
    Concat,
}
