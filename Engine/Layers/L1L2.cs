namespace Engine.Layers;

/// <summary>The penalty λ₁·Σ |x| + λ₂·Σ x². F-X1.</summary>
/// <remarks>Zou and Hastie 2005, the elastic net.</remarks>
public sealed class L1L2 : Regularizer
{
    /// <summary>Creates the regularizer.</summary>
    /// <param name="l1">λ₁, 0 or more; 0 by default.</param>
    /// <param name="l2">λ₂, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A factor is negative or not finite.</exception>
    public L1L2(double l1 = 0, double l2 = 0)
    {
        Lambda1 = Factor(nameof(l1), l1);
        Lambda2 = Factor(nameof(l2), l2);
    }

    /// <summary>λ₁.</summary>
    public double Lambda1 { get; }

    /// <summary>λ₂.</summary>
    public double Lambda2 { get; }

    internal override Description Description => new("L1L2", ("l1", Lambda1), ("l2", Lambda2));

    /// <inheritdoc/>
    public override Tensor Penalty(Tensor x) => x.Abs().Sum() * Lambda1 + x.Square().Sum() * Lambda2;
}
