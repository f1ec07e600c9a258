namespace Engine.Losses;

/// <summary>Weights and masks of samples or of their steps, brought to the shape of what they weigh.</summary>
internal static class SampleWeights
{
    /// <summary>Weights as a tensor of the wanted type that broadcasts with values of the shape.</summary>
    /// <exception cref="DTypeException">The weights are truth values.</exception>
    public static Tensor Weights(string owner, Tensor weights, Shape values, DType dtype) => weights.DType == DType.Bool
        ? throw Fail.DType(owner, "sample weights of type Bool", "give numbers, or give truth values as the mask")
        : Fit(owner, "sample weights", weights, values).Cast(dtype);

    /// <summary>A mask that broadcasts with values of the shape.</summary>
    /// <exception cref="DTypeException">The mask is no tensor of truth values.</exception>
    public static Tensor Mask(string owner, Tensor mask, Shape values) => mask.DType == DType.Bool
        ? Fit(owner, "a mask", mask, values)
        : throw Fail.DType(owner, $"a mask of type {mask.DType}", "give truth values, made by a comparison or Cast(DType.Bool)");

    /// <summary>One number for each sample [N] also fits [N, T]; a last axis of length 1 may stand or not.</summary>
    private static Tensor Fit(string owner, string what, Tensor given, Shape values)
    {
        Shape shape = given.Shape;
        if (shape.Rank == values.Rank + 1 && shape[^1] == 1) shape = shape.Remove(-1);
        bool fits = shape.Rank <= values.Rank && (shape.Rank > 0 || values.Rank == 0);
        for (int axis = 0; fits && axis < shape.Rank; axis++) fits = shape[axis] == values[axis] || (axis > 0 && shape[axis] == 1);
        if (!fits)
        {
            throw Fail.Shape(
                owner,
                $"{what} of shape {given.Shape} for losses or values of shape {values}",
                values.Rank > 1 ? "give one for each sample, or one for each of these values" : "give one for each sample");
        }
        while (shape.Rank < values.Rank) shape = shape.Insert(shape.Rank, 1);
        return given.Reshape(shape);
    }
}
