namespace Engine.Optimizers;

/// <summary>One rise from max / divFactor to max and one fall to max / (divFactor·finalDivFactor), both along cosines. F-O10.</summary>
/// <remarks>Smith and Topin 2018, as PyTorch's <c>OneCycleLR</c> has it; Keras has none. After the last step η stays.</remarks>
public sealed class OneCycle : LearningRateSchedule
{
    private readonly double low;
    private readonly double high;
    private readonly double end;
    private readonly double top;
    private readonly long last;
    private readonly bool linear;

    /// <summary>Creates the schedule.</summary>
    /// <param name="maxLearningRate">η at its highest, 0 or more.</param>
    /// <param name="totalSteps">All steps, at least 2.</param>
    /// <param name="warmupFraction">The part of the steps that rises, above 0 and below 1; 0.3 by default.</param>
    /// <param name="divFactor">How many times lower the first step is than the highest, above 0; 25 by default.</param>
    /// <param name="finalDivFactor">How many times lower the last step is than the first, above 0; 10000 by default.</param>
    /// <param name="linear">Whether it rises and falls along lines; false, cosines, by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public OneCycle(
        double maxLearningRate,
        long totalSteps,
        double warmupFraction = 0.3,
        double divFactor = 25,
        double finalDivFactor = 1e4,
        bool linear = false)
    {
        high = Rate("maxLearningRate", maxLearningRate);
        if (totalSteps < 2) throw Fail.Value("OneCycle", $"totalSteps is {totalSteps}", "give at least 2");
        if (!(warmupFraction is > 0 and < 1))
            throw Fail.Value("OneCycle", $"warmupFraction is {warmupFraction}", "give a number above 0 and below 1");
        low = high / Factor("divFactor", divFactor);
        end = low / Factor("finalDivFactor", finalDivFactor);
        last = totalSteps - 1;
        top = Math.Max(0, warmupFraction * totalSteps - 1);
        this.linear = linear;
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        double at = Math.Min(step, last);
        return at < top ? Between(low, high, at / top) : Between(high, end, (at - top) / (last - top));
    }

    private double Between(double from, double to, double part) =>
        from + (to - from) * (linear ? part : (1 - Math.Cos(Math.PI * part)) / 2);
}
