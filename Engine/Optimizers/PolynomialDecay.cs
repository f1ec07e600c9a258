namespace Engine.Optimizers;

/// <summary>(η − end)·(1 − step / decaySteps)^power + end, and end from there on. F-O10.</summary>
/// <remarks>With <c>cycle</c> it begins anew: decaySteps stands for its smallest multiple that is not below the step, so each time it comes
/// down from a lower height.</remarks>
public sealed class PolynomialDecay : LearningRateSchedule
{
    private readonly double initial;
    private readonly double end;
    private readonly double power;
    private readonly long steps;
    private readonly bool cycle;

    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">η of the first step, 0 or more.</param>
    /// <param name="decaySteps">The steps down to the end, at least 1.</param>
    /// <param name="endLearningRate">η at the end, 0 or more; 0.0001 by default.</param>
    /// <param name="power">The power, above 0; 1, a line, by default.</param>
    /// <param name="cycle">Whether it begins anew; false by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public PolynomialDecay(
        double initialLearningRate, long decaySteps, double endLearningRate = 1e-4, double power = 1, bool cycle = false)
    {
        initial = Rate("initialLearningRate", initialLearningRate);
        steps = Steps("decaySteps", decaySteps);
        end = Rate("endLearningRate", endLearningRate);
        this.power = Factor("power", power);
        this.cycle = cycle;
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        long until = cycle ? steps * Math.Max(1, (step + steps - 1) / steps) : steps;
        return (initial - end) * Math.Pow(1 - (double)Math.Min(step, until) / until, power) + end;
    }
}
