namespace Engine.Tests.Reference;

/// <summary>What PyTorch computed on fixed inputs: torch_reference.txt, written by torch_reference.py beside it.</summary>
internal static class TorchReference
{
    private static readonly StoredTensors Stored = new("torch_reference.txt");

    /// <inheritdoc cref="StoredTensors.Get"/>
    public static Tensor Get(string name) => Stored.Get(name);

    /// <inheritdoc cref="StoredTensors.AssertEqual"/>
    public static void AssertEqual(Tensor actual, string name, double tolerance = 1e-12) => Stored.AssertEqual(actual, name, tolerance);
}
