namespace Engine.Layers;

/// <summary>Adds noise in training: y = x + ε with ε ~ N(0, stddev²); y = x otherwise. F-X4.</summary>
/// <remarks>Bishop 1995. The noise depends on the seed, the layer's place, the training step and the call within it alone.</remarks>
public sealed class GaussianNoise : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="stddev">The noise's standard deviation, 0 or more.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>gaussian_noise_1</c>.</param>
    /// <exception cref="ValueException">The deviation is negative or not finite.</exception>
    public GaussianNoise(double stddev, string? name = null)
        : base(name)
    {
        if (!(double.IsFinite(stddev) && stddev >= 0))
            throw Fail.Value("GaussianNoise", $"stddev is {stddev}", "give a finite number, 0 or more");
        Stddev = stddev;
        MadeWith(("stddev", stddev));
    }

    /// <summary>The noise's standard deviation.</summary>
    public double Stddev { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => !training || Stddev == 0
        ? x
        : x + Tensor.RandomNormal(x.Shape, 0, Stddev, NextRandom(), x.DType);
}
