namespace Engine.Layers;

/// <content>What training passes change besides weights, and how that is held.</content>
public abstract partial class Layer
{
    private int holds;

    /// <summary>Whether training passes leave the layer's moving averages as they are; see <see cref="HoldState"/>.</summary>
    protected bool HoldsState => holds > 0;

    /// <summary>Keeps the moving averages of this layer and the layers in it as they are, in training passes too, until the result is
    /// disposed.</summary>
    /// <remarks>
    /// For a network that another one is trained through, as a discriminator while the generator learns: it normalises by its batch,
    /// as it does in its own steps, and nothing of it changes when its variables are not watched either:
    /// <c>using (discriminator.HoldState()) using (var tape = new GradientTape(watch: generator.TrainableVariables)) …</c>
    /// </remarks>
    /// <returns>Ends the hold when disposed.</returns>
    public IDisposable HoldState() => new StateHold(this);

    /// <summary>Sets aside what this layer and those in it keep from batch to batch, the states of stateful recurrent layers, until the
    /// result is disposed.</summary>
    /// <remarks>
    /// For a look at other samples in the middle of a training: what runs meanwhile begins as after <see cref="ResetStates"/>, with batches
    /// of any size, and what it leaves is forgotten: <c>using (model.SetStatesAside()) model.Evaluate(others);</c>
    /// </remarks>
    /// <returns>Puts the states back when disposed.</returns>
    public IDisposable SetStatesAside() => new StatesAside(this);

    /// <summary>What the layer itself keeps from batch to batch; null for nothing.</summary>
    private protected virtual Tensor[]? KeptStates
    {
        get => null;
        set
        {
        }
    }

    /// <summary>A kernel, or what a wrapping layer puts in its place.</summary>
    private protected static Tensor InUse(Variable kernel) =>
        ThreadState.Current.Substitute is { } substitute && ReferenceEquals(substitute.Kernel, kernel) ? substitute.By : kernel;

    /// <summary>Names a layer by what it does in the model that is about to hold it, unless it has a name or a place already.</summary>
    internal void NameBy(string role)
    {
        if (HasGivenName || owner is not null) return;
        (Name, HasGivenName) = (role, true);
    }

    private void Gather(List<Layer> all)
    {
        all.Add(this);
        foreach (Layer layer in layers) layer.Gather(all);
    }

    private sealed class StateHold : IDisposable
    {
        private readonly List<Layer> held = [];

        public StateHold(Layer layer)
        {
            layer.Gather(held);
            foreach (Layer one in held) one.holds++;
        }

        public void Dispose()
        {
            foreach (Layer one in held) one.holds--;
            held.Clear();
        }
    }

    private sealed class StatesAside : IDisposable
    {
        private readonly List<(Layer Layer, Tensor[]? States)> kept = [];

        public StatesAside(Layer layer)
        {
            var all = new List<Layer>();
            layer.Gather(all);
            // A layer that several share stands in the list more than once.
            foreach (Layer one in all.Distinct()) kept.Add((one, one.KeptStates));
            layer.ResetStates();
        }

        public void Dispose()
        {
            foreach ((Layer layer, Tensor[]? states) in kept) layer.KeptStates = states;
            kept.Clear();
        }
    }
}
