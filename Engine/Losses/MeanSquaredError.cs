namespace Engine.Losses;

/// <summary>The mean of (y − ŷ)². F-S1.</summary>
public sealed class MeanSquaredError : Loss
{
    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        return (y - predicted).Square().Mean(-1);
    }
}
