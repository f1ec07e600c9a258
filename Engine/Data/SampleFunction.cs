namespace Engine.Data;

/// <summary>What data sets whose samples come from a caller's function share: its trial, its errors and the place of its results.</summary>
internal static class SampleFunction
{
    /// <summary>The shapes and types of a sample.</summary>
    public readonly record struct Form(Shape FeatureShape, DType FeatureType, Shape? LabelShape, DType LabelType);

    /// <summary>Makes the first sample for its shapes and types.</summary>
    /// <exception cref="ValueException">There is no first sample.</exception>
    /// <exception cref="EngineException">The function threw.</exception>
    public static Form Try(string where, int count, Func<(Tensor Features, Tensor? Label)> first)
    {
        if (count < 1) throw Fail.Value(where, $"{count} samples", "give at least one: the first one's shape is that of all");
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        (Tensor Features, Tensor? Label) made;
        try
        {
            made = first();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Failed(where, 0, e);
        }

        if (made.Features is null) throw Fail.Value(where, "sample 0: null came as features", "give a tensor");
        return new Form(made.Features.Shape, made.Features.DType, made.Label?.Shape, made.Label?.DType ?? DType.Int32);
    }

    /// <summary>The error of a function that threw, with its place.</summary>
    public static EngineException Failed(string where, int sample, Exception e) =>
        new($"{where}: sample {sample}: the function threw {e.GetType().Name} (\"{e.Message}\"), a sample was wanted. "
            + "Mend the function, or leave the sample out.", e);

    /// <summary>Copies a function's result into its place in a batch.</summary>
    /// <exception cref="ShapeException">Its shape is not the first sample's.</exception>
    /// <exception cref="DTypeException">Its type is not the first sample's.</exception>
    public static void Store(string where, int sample, Tensor? made, string what, Tensor batch, int place)
    {
        if (made is null) throw Fail.Value(where, $"sample {sample}: null came as {what}", "give a tensor for every sample");
        Shape wanted = batch.Shape.Remove(0);
        if (made.Shape != wanted)
        {
            throw Fail.Shape(where, $"sample {sample} has {what} of shape {made.Shape}, the first one {wanted}",
                "give every sample the same shape");
        }

        if (made.DType != batch.DType)
        {
            throw Fail.DType(where, $"sample {sample} has {what} of type {made.DType}, the first one {batch.DType}",
                "give every sample the same type");
        }

        Span<byte> bytes = made.Bytes();
        bytes.CopyTo(batch.Bytes().Slice(place * bytes.Length, bytes.Length));
        batch.Storage.Version++;
    }
}
