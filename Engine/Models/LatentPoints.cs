namespace Engine.Models;

/// <summary>Latent points: drawn, and on the way between two.</summary>
internal static class LatentPoints
{
    /// <summary>z ~ N(0, 1), [count, size], outside every scope.</summary>
    public static Tensor Sample(string path, int count, int size, ulong seed, DType dtype)
    {
        if (count < 1) throw Fail.Value(path, $"{count} points were asked for", "ask for at least 1");
        using var scope = new TensorScope();
        return Tensor.RandomNormal([count, size], 0, 1, new RandomGenerator(seed).Split("latent"), dtype).Detach();
    }

    /// <summary>[steps, size] from one point to another, on the sphere or straight, outside every scope.</summary>
    public static Tensor Between(string path, Tensor from, Tensor to, int steps, bool spherical, int size, DType dtype)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        string where = $"{path}: Interpolate";
        foreach (Tensor end in (Tensor[])[from, to])
        {
            if (end.Shape == Shape.Create([size]) && end.DType == dtype) continue;
            throw Fail.Shape(where, $"an end {end.DType}{end.Shape}, where {dtype}[{size}] is wanted", "give one latent point for each end");
        }

        if (steps < 2) throw Fail.Value(where, $"steps is {steps}", "give at least 2: the two ends");
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        double product = (from * to).Sum().ToScalar(), lengths = Math.Sqrt(from.Square().Sum().ToScalar() * to.Square().Sum().ToScalar());
        double angle = Math.Acos(Math.Clamp(product / Math.Max(1e-30, lengths), -1, 1)), sine = Math.Sin(angle);
        bool onSphere = spherical && sine > 1e-6;
        var points = new Tensor[steps];
        for (int step = 0; step < steps; step++)
        {
            double t = step / (steps - 1.0);
            (double left, double right) = onSphere ? (Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine) : (1 - t, t);
            points[step] = left * from + right * to;
        }

        return Tensor.Stack(points).Detach();
    }
}
