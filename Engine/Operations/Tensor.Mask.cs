namespace Engine;

/// <content>A tensor with a mask.</content>
public partial class Tensor
{
    /// <summary>The same values in the same memory with a mask: <c>lstm.Apply(x.WithMask(counts))</c>.</summary>
    /// <remarks>y = x and dx = dy: the mask only says to layers, losses and metrics what counts.</remarks>
    /// <param name="mask">Truth values of the shape's first axes, as [N, T] for [N, T, F]: false for padding. Null for none.</param>
    /// <returns>A tensor with the mask.</returns>
    /// <exception cref="ShapeException">The mask's axes are not the tensor's first.</exception>
    /// <exception cref="DTypeException">The mask is no tensor of truth values.</exception>
    public Tensor WithMask(Tensor? mask)
    {
        if (mask is not null)
        {
            if (mask.DType != DType.Bool)
                throw Fail.DType("withMask", $"a mask of type {mask.DType}", "give truth values, made by a comparison or Cast(DType.Bool)");
            if (mask.Rank == 0 || mask.Rank > Rank || !Shape.AsSpan()[..mask.Rank].SequenceEqual(mask.Shape.AsSpan()))
            {
                throw Fail.Shape("withMask", $"a mask of shape {mask.Shape} for a tensor of shape {Shape}",
                    "give one truth value for each sample and step, [batch, steps]");
            }
        }

        Tensor y = Alias(Shape);
        y.Mask = mask;
        return GradientTape.RecordLinear("withMask", y, (this, dy => dy));
    }
}
