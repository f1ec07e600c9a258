namespace Engine.Optimizers;

/// <summary>Cosines that begin anew: the i-th from mMulⁱ·η, tMulⁱ·firstDecaySteps long. F-O10.</summary>
/// <remarks>
/// η·((1 − α)·mMulⁱ·(1 + cos(π·f))/2 + α) with f the part of the i-th period that has passed. Stochastic gradient descent with warm
/// restarts: Loshchilov and Hutter 2017.
/// </remarks>
public sealed class CosineDecayRestarts : LearningRateSchedule
{
    private readonly double initial;
    private readonly double longer;
    private readonly double lower;
    private readonly double alpha;
    private readonly long first;

    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">η of the first step, 0 or more.</param>
    /// <param name="firstDecaySteps">The steps of the first period, at least 1.</param>
    /// <param name="tMul">How many times longer each period is than the one before, at least 1; 2 by default.</param>
    /// <param name="mMul">How many times higher each period begins than the one before, above 0; 1 by default.</param>
    /// <param name="alpha">The part of η that remains at a period's end, from 0 to 1; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public CosineDecayRestarts(double initialLearningRate, long firstDecaySteps, double tMul = 2, double mMul = 1, double alpha = 0)
    {
        initial = Rate("initialLearningRate", initialLearningRate);
        first = Steps("firstDecaySteps", firstDecaySteps);
        if (!(double.IsFinite(tMul) && tMul >= 1))
            throw Fail.Value("CosineDecayRestarts", $"tMul is {tMul}", "give a finite number, at least 1");
        longer = tMul;
        lower = Factor("mMul", mMul);
        if (!(alpha is >= 0 and <= 1)) throw Fail.Value("CosineDecayRestarts", $"alpha is {alpha}", "give a number from 0 to 1");
        this.alpha = alpha;
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        // The periods are counted, not found by a logarithm, which rounding can put on the wrong side of a restart.
        double passed = step, length = first, period = 0;
        if (longer == 1)
        {
            period = step / first;
            passed = step % first;
        }
        else
        {
            for (; passed >= length; length *= longer, period++) passed -= length;
        }
        double cosine = 0.5 * Math.Pow(lower, period) * (1 + Math.Cos(Math.PI * (passed / length)));
        return initial * ((1 - alpha) * cosine + alpha);
    }
}
