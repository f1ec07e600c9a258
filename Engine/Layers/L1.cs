namespace Engine.Layers;

/// <summary>The penalty λ₁·Σ |x|: pushes small values to 0. F-X1.</summary>
/// <remarks>Tibshirani 1996.</remarks>
public sealed class L1 : Regularizer
{
    /// <summary>Creates the regularizer.</summary>
    /// <param name="l1">The factor, 0 or more; 0.01 by default.</param>
    /// <exception cref="ValueException">The factor is negative or not finite.</exception>
    public L1(double l1 = 0.01) => Lambda1 = Factor(nameof(l1), l1);

    /// <summary>The factor.</summary>
    public double Lambda1 { get; }

    internal override Description Description => new("L1", ("l1", Lambda1));

    /// <inheritdoc/>
    public override Tensor Penalty(Tensor x) => x.Abs().Sum() * Lambda1;
}
