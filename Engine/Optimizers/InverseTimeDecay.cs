namespace Engine.Optimizers;

/// <summary>η / (1 + rate·step / decaySteps), the quotient rounded down in a staircase. F-O10.</summary>
public sealed class InverseTimeDecay : LearningRateSchedule
{
    private readonly double initial;
    private readonly double rate;
    private readonly long steps;
    private readonly bool staircase;

    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">η of the first step, 0 or more.</param>
    /// <param name="decaySteps">The steps in which the divisor grows by the rate, at least 1.</param>
    /// <param name="decayRate">The rate, 0 or more.</param>
    /// <param name="staircase">Whether it changes only every <paramref name="decaySteps"/> steps; false by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public InverseTimeDecay(double initialLearningRate, long decaySteps, double decayRate, bool staircase = false)
    {
        initial = Rate("initialLearningRate", initialLearningRate);
        steps = Steps("decaySteps", decaySteps);
        rate = Rate("decayRate", decayRate);
        this.staircase = staircase;
    }

    /// <inheritdoc/>
    public override double At(long step) => initial / (1 + rate * (staircase ? step / steps : (double)step / steps));
}
