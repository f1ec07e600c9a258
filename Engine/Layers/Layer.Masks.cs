namespace Engine.Layers;

/// <content>Masks, which travel with tensors from layer to layer.</content>
public abstract partial class Layer
{
    /// <summary>Which steps of the output count. A layer that leaves time as it is passes the first input's mask on; one that merges
    /// or makes masks does so here; all others drop them, as in Keras.</summary>
    /// <param name="inputs">The batches, with their masks in <see cref="Tensor.Mask"/>.</param>
    /// <param name="output">What <c>Call</c> gave.</param>
    /// <returns>Truth values, as [N, T], or null. By default the mask that the output has already: that of an inner layer's output or
    /// of an input that was handed on.</returns>
    protected virtual Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) => output.Mask;

    private Tensor WithCarriedMask(IReadOnlyList<Tensor> inputs, Tensor output)
    {
        Tensor? mask = ComputeMask(inputs, output);
        if (ReferenceEquals(mask, output.Mask)) return output;
        // An input that was handed on keeps its own mask.
        for (int i = 0; i < inputs.Count; i++)
        {
            if (ReferenceEquals(inputs[i], output)) return output.WithMask(mask);
        }

        output.Mask = mask;
        return output;
    }
}
