namespace Engine.Losses;

/// <summary>The mean over the last axis of e²/2 for errors |e| ≤ δ and δ·|e| − δ²/2 for larger ones, e = ŷ − y. F-S8.</summary>
/// <remarks>Huber 1964. Computed as c·(e − c/2) with e kept in [−δ, δ] for c, so errors of any size are finite.</remarks>
public sealed class Huber : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="delta">δ, from where on the loss is linear, above 0; 1 by default.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    /// <exception cref="ValueException">δ is not a finite number above 0.</exception>
    public Huber(double delta = 1, LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction)
    {
        if (!(double.IsFinite(delta) && delta > 0)) throw Fail.Value("Huber", $"delta is {delta}", "give a finite number above 0");
        Delta = delta;
    }

    /// <summary>δ, from where on the loss is linear.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        (Tensor y, Tensor predicted) = Align(target, prediction);
        Tensor error = predicted - y, near = error.Clip(-Delta, Delta);
        return (near * (error - near * 0.5)).Mean(-1);
    }
}
