namespace Engine.Layers;

/// <summary>Weights of 0 or more: max(0, w).</summary>
public sealed class NonNegative : Constraint
{
    internal override Description Description => new("NonNegative");

    /// <inheritdoc/>
    public override Tensor Apply(Tensor weight) => weight.ReLU();
}
