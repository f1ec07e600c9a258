using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Sets the learning rate at the beginning of each epoch.</summary>
/// <remarks>Keras' <c>LearningRateScheduler</c>. For a rate that changes with each step give the optimizer a schedule. Of an adversarial
/// network each of the two optimizers gets the rate that is made of its own.</remarks>
public sealed class LearningRateScheduler : Callback
{
    private readonly Func<int, double, double> schedule;

    /// <summary>Creates the callback.</summary>
    /// <param name="schedule">Takes the epoch, counted from 0, and the rate so far, and gives the new rate.</param>
    public LearningRateScheduler(Func<int, double, double> schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        this.schedule = schedule;
    }

    /// <inheritdoc/>
    public override void OnEpochBegin(Model model, int epoch) => LearningRates.Change(model, rate => schedule(epoch, rate));
}
