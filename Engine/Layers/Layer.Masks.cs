namespace Engine.Layers;

/// <content>Masks, which travel with tensors from layer to layer.</content>
public abstract partial class Layer
{
    /// <summary>Whether the output has the first input's mask: for layers that leave time as it is. False by default.</summary>
    protected virtual bool SupportsMasking => false;

    /// <summary>Which steps of the output count; for layers that merge masks or make them.</summary>
    /// <param name="inputs">The batches, with their masks in <see cref="Tensor.Mask"/>.</param>
    /// <param name="output">What <c>Call</c> gave.</param>
    /// <returns>Truth values, as [N, T], or null. By default the first input's mask with <see cref="SupportsMasking"/>; else the one that
    /// the output has already, as that of an inner layer or of an input that was handed on: most layers drop masks, as in Keras.</returns>
    protected virtual Tensor? ComputeMask(IReadOnlyList<Tensor> inputs, Tensor output) => SupportsMasking ? inputs[0].Mask : output.Mask;

    private Tensor WithCarriedMask(IReadOnlyList<Tensor> inputs, Tensor output)
    {
        Tensor? mask = ComputeMask(inputs, output);
        if (ReferenceEquals(mask, output.Mask)) return output;
        if (mask is not null && (mask.Rank > output.Rank || !output.Shape.AsSpan()[..mask.Rank].SequenceEqual(mask.Shape.AsSpan()))) mask = null;
        // An input that was handed on keeps its own mask.
        for (int i = 0; i < inputs.Count; i++)
        {
            if (ReferenceEquals(inputs[i], output)) return output.WithMask(mask);
        }

        output.Mask = mask;
        return output;
    }
}
