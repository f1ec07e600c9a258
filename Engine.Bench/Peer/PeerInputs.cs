namespace Engine.Bench.Peer;

/// <summary>Inputs that a Python script makes bit for bit the same: a multiplicative hash of the index.</summary>
internal static class PeerInputs
{
    /// <summary>Values in [-0.5, 0.5): frac((i + 1)·2654435761/2³² + seed/16) − 0.5 in 24 bits, channels last.</summary>
    public static Tensor Values(Shape shape, uint seed)
    {
        var values = new float[shape.Length];
        for (uint i = 0; i < values.Length; i++) values[i] = ((((i + 1) * 2654435761u) + (seed * 0x10000000u)) >> 8) * (1f / (1 << 24)) - 0.5f;
        return Tensor.From<float>(values, shape);
    }

    /// <summary>Labels below a number of classes, from the same hash.</summary>
    public static Tensor Labels(int count, int classes)
    {
        var labels = new int[count];
        for (uint i = 0; i < count; i++) labels[i] = (int)((((i + 1) * 2654435761u) >> 8) % (uint)classes);
        return Tensor.From<int>(labels);
    }
}
