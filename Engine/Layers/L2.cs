namespace Engine.Layers;

/// <summary>The penalty λ₂·Σ x²: keeps values small. F-X1.</summary>
/// <remarks>Hoerl and Kennard 1970.</remarks>
public sealed class L2 : Regularizer
{
    /// <summary>Creates the regularizer.</summary>
    /// <param name="l2">The factor, 0 or more; 0.01 by default.</param>
    /// <exception cref="ValueException">The factor is negative or not finite.</exception>
    public L2(double l2 = 0.01) => Lambda2 = Factor(nameof(l2), l2);

    /// <summary>The factor.</summary>
    public double Lambda2 { get; }

    internal override Description Description => new("L2", ("l2", Lambda2));

    /// <inheritdoc/>
    public override Tensor Penalty(Tensor x) => x.Square().Sum() * Lambda2;
}
