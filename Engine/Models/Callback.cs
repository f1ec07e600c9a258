namespace Engine.Models;

/// <summary>How a call of <c>Fit</c> will run.</summary>
/// <param name="InitialEpoch">The first epoch, counted from 0.</param>
/// <param name="Epochs">The epoch before which training ends.</param>
/// <param name="Batches">The batches of an epoch.</param>
/// <param name="Samples">The samples of an epoch.</param>
/// <param name="BatchSize">The samples of a batch.</param>
public sealed record TrainingPlan(int InitialEpoch, int Epochs, int Batches, int Samples, int BatchSize);

/// <summary>Something that is told how training goes, and may act on it: save, stop, show, change the learning rate.</summary>
/// <remarks>Epochs and batches are counted from 0. <c>model.StopTraining = true</c> ends training after the batch. What a callback must
/// remember for a training that goes on from a file it says in <see cref="SaveState"/> and takes back in <see cref="LoadState"/>.</remarks>
public abstract class Callback
{
    /// <summary>Whether the callback writes checkpoints, and so hears of an epoch's end after all others.</summary>
    internal virtual bool Saves => false;

    /// <summary>Called once before the first epoch.</summary>
    /// <param name="model">The model that is trained.</param>
    /// <param name="plan">How it will be trained.</param>
    public virtual void OnTrainBegin(Model model, TrainingPlan plan)
    {
    }

    /// <summary>Called once at the end, after an interruption or an error too.</summary>
    /// <param name="model">The model that was trained.</param>
    public virtual void OnTrainEnd(Model model)
    {
    }

    /// <summary>Called before each epoch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="epoch">The epoch.</param>
    public virtual void OnEpochBegin(Model model, int epoch)
    {
    }

    /// <summary>Called after each epoch, validation included.</summary>
    /// <param name="model">The model.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="measured">The epoch's means: loss, metrics, and with <c>val_</c> those of the validation data. A copy of its
    /// own.</param>
    public virtual void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
    }

    /// <summary>Called before each batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch in its epoch.</param>
    public virtual void OnBatchBegin(Model model, int batch)
    {
    }

    /// <summary>Called after each batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch in its epoch.</param>
    /// <param name="measured">The means since the epoch began; valid during the call only.</param>
    public virtual void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured)
    {
    }

    /// <summary>Notes what the callback remembers; called while the model is saved. By default nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="state">Where.</param>
    public virtual void SaveState(Model model, CallbackState state)
    {
    }

    /// <summary>Takes back what <see cref="SaveState"/> noted; called after <see cref="OnTrainBegin"/>, when <c>Fit</c> begins with the
    /// epoch of the file that the model has loaded and the file holds something of the callback. By default nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="state">What the file holds, perhaps of a callback with other options.</param>
    public virtual void LoadState(Model model, CallbackState state)
    {
    }

    /// <summary>Lets a callback that saves remember the epoch, before any of them writes a file.</summary>
    internal virtual void Decide(IReadOnlyDictionary<string, double> measured)
    {
    }
}
