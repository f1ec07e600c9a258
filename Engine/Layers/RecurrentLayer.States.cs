namespace Engine.Layers;

/// <content>Where the states come from, and what a stateful layer remembers.</content>
public abstract partial class RecurrentLayer
{
    private Tensor[]? remembered;

    private protected override Tensor[]? KeptStates
    {
        get => remembered;
        set => remembered = value;
    }

    /// <summary>Forgets the states that a stateful layer remembers: the next batch begins anew, and may have another size.</summary>
    public override void ResetStates()
    {
        remembered = null;
        base.ResetStates();
    }

    /// <summary>The first stateful layer in a layer, or itself; null without one.</summary>
    internal static RecurrentLayer? FirstStateful(Layer layer)
    {
        if (layer is RecurrentLayer { Stateful: true } stateful) return stateful;
        foreach (Layer inner in layer.Layers)
        {
            if (FirstStateful(inner) is { } found) return found;
        }

        return null;
    }

    private Tensor[] FirstStates(IReadOnlyList<Tensor> inputs)
    {
        int batch = inputs[0].Shape[0];
        if (inputs.Count > 1) return [.. inputs.Skip(1)];
        if (remembered is not null && !ThreadState.Current.IsTrial) return Recalled(remembered, batch);
        if (learned.Length == 0) return Cell.InitialState(batch);
        var states = new Tensor[learned.Length];
        for (int i = 0; i < states.Length; i++) states[i] = learned[i].BroadcastTo([batch, learned[i].Length]);
        return states;
    }

    /// <summary>Copies in the memory of the step: what is remembered may be overwritten before a gradient is taken.</summary>
    private static Tensor[] Recalled(Tensor[] remembered, int batch)
    {
        var states = new Tensor[remembered.Length];
        for (int i = 0; i < states.Length; i++)
        {
            if (remembered[i].Shape[0] != batch)
            {
                throw Fail.Shape("input", $"a batch of {batch} samples for a stateful layer that remembers the states of {remembered[i].Shape[0]}",
                    "give batches of one size, or call ResetStates before another");
            }

            states[i] = Tensor.Empty(remembered[i].Shape, remembered[i].DType);
            remembered[i].Bytes().CopyTo(states[i].Bytes());
        }

        return states;
    }

    private void Remember(Tensor[] states)
    {
        if (!Stateful || ThreadState.Current.IsTrial) return;
        if (remembered is null || remembered[0].Shape != states[0].Shape)
        {
            remembered = [.. states.Select(state => state.Detach())];
            return;
        }

        for (int i = 0; i < states.Length; i++) states[i].Bytes().CopyTo(remembered[i].Bytes());
    }
}
