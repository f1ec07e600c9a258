namespace Engine.Layers;

/// <summary>One mask of several.</summary>
internal static class MaskMerging
{
    /// <summary>True where any mask is; null where an input has none, and so counts everywhere.</summary>
    public static Tensor? Any(IReadOnlyList<Tensor> inputs)
    {
        Tensor? any = inputs[0].Mask;
        for (int i = 1; i < inputs.Count && any is not null; i++)
        {
            if (inputs[i].Mask is not { } mask || mask.Shape != any.Shape) return null;
            any = Tensor.Where(any, any, mask);
        }

        return any;
    }

    /// <summary>The masks of tensors in a row along an axis, true for inputs without.</summary>
    public static Tensor? Joined(IReadOnlyList<Tensor> inputs, int axis)
    {
        Tensor? known = null;
        for (int i = 0; i < inputs.Count; i++) known ??= inputs[i].Mask;
        if (known is null) return null;
        if (axis >= known.Rank) return Any(inputs);
        var masks = new Tensor[inputs.Count];
        for (int i = 0; i < masks.Length; i++)
        {
            Shape shape = known.Shape.With(axis, inputs[i].Shape[axis]);
            masks[i] = inputs[i].Mask ?? Tensor.Full(shape, 1, DType.Bool);
            if (masks[i].Shape != shape) return null;
        }

        return Tensor.Concat(masks, axis);
    }
}
