namespace Engine.Optimizers;

/// <summary>A learning rate η for each step. Every optimizer takes one in the place of a number. F-O10.</summary>
/// <remarks>
/// Steps count the calls of <see cref="Optimizer.Apply"/> from 0, as in Keras, so a saved and set <see cref="Optimizer.Step"/> goes on
/// where it was. One of one's own overrides <see cref="At"/>. A number becomes a <see cref="ConstantLearningRate"/> by itself.
/// </remarks>
public abstract class LearningRateSchedule
{
    /// <summary>A learning rate that stays; the optimizer that takes it refuses one that is negative or not finite.</summary>
    /// <param name="learningRate">η.</param>
    public static implicit operator LearningRateSchedule(double learningRate) => ConstantLearningRate.Unchecked(learningRate);

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The steps taken before it: 0 for the first.</param>
    /// <returns>η, 0 or more.</returns>
    public abstract double At(long step);

    /// <summary>Refuses a rate that is negative or not finite.</summary>
    private protected double Rate(string parameter, double value) => double.IsFinite(value) && value >= 0
        ? value
        : throw Fail.Value(GetType().Name, $"{parameter} is {value}", "give a finite number, 0 or more");

    /// <summary>Refuses a factor that is not above 0.</summary>
    private protected double Factor(string parameter, double value) => double.IsFinite(value) && value > 0
        ? value
        : throw Fail.Value(GetType().Name, $"{parameter} is {value}", "give a finite number above 0");

    /// <summary>Refuses a number of steps below 1.</summary>
    private protected long Steps(string parameter, long value) => value >= 1
        ? value
        : throw Fail.Value(GetType().Name, $"{parameter} is {value}", "give at least 1");
}
