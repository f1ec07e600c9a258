namespace Engine.Optimizers;

/// <summary>η·((1 − α)·(1 + cos(π·step / decaySteps))/2 + α), and α·η from there on; before it a line up, the warm-up. F-O10.</summary>
/// <remarks>
/// Loshchilov and Hutter 2017. With a <c>warmupTarget</c>, η goes in a line from <c>initialLearningRate</c> to it within
/// <c>warmupSteps</c>, and the cosine begins there, decaySteps long.
/// </remarks>
public sealed class CosineDecay : LearningRateSchedule
{
    private readonly double initial;
    private readonly double alpha;
    private readonly double? target;
    private readonly long steps;
    private readonly long warmup;

    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">η of the first step, 0 or more.</param>
    /// <param name="decaySteps">The steps of the cosine, at least 1.</param>
    /// <param name="alpha">The part of η that remains, from 0 to 1; 0 by default.</param>
    /// <param name="warmupTarget">Where the warm-up leads, 0 or more; null, no warm-up, by default.</param>
    /// <param name="warmupSteps">The steps of the warm-up, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range, or there are warm-up steps without a target.</exception>
    public CosineDecay(
        double initialLearningRate, long decaySteps, double alpha = 0, double? warmupTarget = null, long warmupSteps = 0)
    {
        initial = Rate("initialLearningRate", initialLearningRate);
        steps = Steps("decaySteps", decaySteps);
        if (!(alpha is >= 0 and <= 1)) throw Fail.Value("CosineDecay", $"alpha is {alpha}", "give a number from 0 to 1");
        if (warmupSteps < 0) throw Fail.Value("CosineDecay", $"warmupSteps is {warmupSteps}", "give 0 or more");
        if (warmupTarget is null && warmupSteps > 0)
            throw Fail.Value("CosineDecay", $"warmupSteps is {warmupSteps} without a warmupTarget",
                "give the rate that the warm-up leads to");
        if (warmupTarget is { } given) target = Rate("warmupTarget", given);
        this.alpha = alpha;
        warmup = warmupSteps;
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        if (target is { } top && step < warmup) return (top - initial) * ((double)step / warmup) + initial;
        double done = (double)Math.Min(step - warmup, steps) / steps;
        return (target ?? initial) * ((1 - alpha) * 0.5 * (1 + Math.Cos(Math.PI * done)) + alpha);
    }
}
