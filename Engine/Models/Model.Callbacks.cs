namespace Engine.Models;

/// <content>What callbacks remember, in files and after them.</content>
public partial class Model
{
    /// <summary>The callbacks of the training under way, or of the last one.</summary>
    private IReadOnlyList<Callback> told = [];

    /// <summary>What the file held that was read last, until a training goes on from it or begins anew.</summary>
    private IReadOnlyDictionary<string, CallbackState>? loadedStates;

    /// <summary>What the callbacks remember, each under its type's name, numbered where there are several of one type.</summary>
    internal IReadOnlyDictionary<string, CallbackState> CallbackStates()
    {
        if (loadedStates is not null) return loadedStates;
        var states = new SortedDictionary<string, CallbackState>(StringComparer.Ordinal);
        foreach ((string key, Callback callback) in Named(told))
        {
            var state = new CallbackState();
            callback.SaveState(this, state);
            if (state.Numbers.Count + state.Tensors.Count > 0) states.Add(key, state);
        }

        return states;
    }

    /// <summary>Takes over what a file holds of callbacks, for the training that goes on from it.</summary>
    internal void LoadCallbackStates(IReadOnlyDictionary<string, CallbackState> states) => (loadedStates, told) = (states, []);

    /// <summary>Tells the callbacks that training begins; one that goes on from a file gives them back what they remembered.</summary>
    private void BeginCallbacks(IReadOnlyList<Callback> listeners, TrainingPlan plan)
    {
        foreach (Callback listener in listeners) listener.OnTrainBegin(this, plan);
        IReadOnlyDictionary<string, CallbackState>? states = loadedStates;
        (told, loadedStates) = (listeners, null);
        if (states is null || plan.InitialEpoch != Epoch) return;
        foreach ((string key, Callback callback) in Named(listeners))
        {
            if (states.TryGetValue(key, out CallbackState? state)) callback.LoadState(this, state);
        }
    }

    /// <summary>Tells the callbacks that an epoch is over: last those that save, when all others remember it.</summary>
    private void EndEpoch(IReadOnlyList<Callback> listeners, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        foreach (Callback listener in listeners)
        {
            if (!listener.Saves) listener.OnEpochEnd(this, epoch, measured);
        }

        foreach (Callback listener in listeners) listener.Decide(measured);
        foreach (Callback listener in listeners)
        {
            if (listener.Saves) listener.OnEpochEnd(this, epoch, measured);
        }
    }

    private static IEnumerable<(string Key, Callback Callback)> Named(IReadOnlyList<Callback> callbacks)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Callback callback in callbacks)
        {
            string type = callback.GetType().Name;
            int before = counts.GetValueOrDefault(type);
            counts[type] = before + 1;
            yield return (before == 0 ? type : $"{type}_{before}", callback);
        }
    }
}
