namespace Engine.Tests.Reference;

/// <summary>Keras' formulas in double: keras_reference.txt, written by keras_reference.py beside it.</summary>
internal static class KerasReference
{
    private static readonly StoredTensors Stored = new("keras_reference.txt");

    /// <inheritdoc cref="StoredTensors.Get"/>
    public static Tensor Get(string name) => Stored.Get(name);

    /// <inheritdoc cref="StoredTensors.AssertEqual"/>
    public static void AssertEqual(Tensor actual, string name, double tolerance = 1e-12) => Stored.AssertEqual(actual, name, tolerance);
}
