namespace Engine.Optimizers;

/// <summary>The same η for every step. F-O10.</summary>
public sealed class ConstantLearningRate : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="learningRate">η, 0 or more.</param>
    /// <exception cref="ValueException">Negative or not finite.</exception>
    public ConstantLearningRate(double learningRate) => LearningRate = Rate("learningRate", learningRate);

    private ConstantLearningRate() { }

    /// <summary>η.</summary>
    public double LearningRate { get; private init; }

    /// <inheritdoc/>
    public override double At(long step) => LearningRate;

    /// <summary>For the optimizer, which refuses in its own name.</summary>
    internal static ConstantLearningRate Unchecked(double learningRate) => new() { LearningRate = learningRate };
}
