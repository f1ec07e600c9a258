namespace Engine.Optimizers;

/// <summary>A constant η between boundaries: the first value up to and with the first boundary's step, then the next. F-O10.</summary>
public sealed class PiecewiseConstantDecay : LearningRateSchedule
{
    private readonly long[] boundaries;
    private readonly double[] values;

    /// <summary>Creates the schedule.</summary>
    /// <param name="boundaries">The last steps of all pieces but the last one, rising.</param>
    /// <param name="values">η of each piece: one more than boundaries.</param>
    /// <exception cref="ValueException">The counts do not fit, the boundaries do not rise, or a rate is negative or not finite.</exception>
    public PiecewiseConstantDecay(IReadOnlyList<long> boundaries, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(boundaries);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != boundaries.Count + 1)
        {
            throw Fail.Value("PiecewiseConstantDecay", $"{values.Count} values for {boundaries.Count} boundaries",
                "give one value more than boundaries");
        }
        for (int i = 1; i < boundaries.Count; i++)
        {
            if (boundaries[i] <= boundaries[i - 1])
                throw Fail.Value("PiecewiseConstantDecay", $"boundary {boundaries[i]} after {boundaries[i - 1]}", "give rising steps");
        }
        foreach (double value in values) Rate("a value", value);
        this.boundaries = [.. boundaries];
        this.values = [.. values];
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        int piece = 0;
        while (piece < boundaries.Length && step > boundaries[piece]) piece++;
        return values[piece];
    }
}
