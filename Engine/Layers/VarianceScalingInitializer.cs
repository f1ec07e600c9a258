namespace Engine.Layers;

/// <summary>What the variance of a kernel's first values is divided by.</summary>
public enum FanMode
{
    /// <summary>The values that an output depends on.</summary>
    In,

    /// <summary>The outputs that an input has part in.</summary>
    Out,

    /// <summary>The mean of both.</summary>
    Average,
}

/// <summary>How a kernel's first values are distributed.</summary>
public enum InitialDistribution
{
    /// <summary>Normal, drawn again beyond two deviations; the variance is that after the truncation.</summary>
    TruncatedNormal,

    /// <summary>Normal.</summary>
    Normal,

    /// <summary>Uniform between ±√(3·variance).</summary>
    Uniform,
}

/// <summary>Numbers of mean 0 and variance scale / fan. F-I1.</summary>
internal sealed class VarianceScalingInitializer : Initializer
{
    // The deviation of a unit normal distribution truncated at ±2.
    private const double TruncatedDeviation = 0.87962566103423978;

    private readonly double scale;
    private readonly FanMode fan;
    private readonly InitialDistribution distribution;

    public VarianceScalingInitializer(double scale, FanMode fan, InitialDistribution distribution)
    {
        if (!(double.IsFinite(scale) && scale > 0))
            throw Fail.Value("Initializer.VarianceScaling", $"scale is {scale}", "give a finite number above 0");
        this.scale = scale;
        this.fan = fan;
        this.distribution = distribution;
    }

    internal override Description Description =>
        new("VarianceScaling", ("scale", scale), ("fan", fan), ("distribution", distribution));

    public override Tensor Create(Shape shape, DType dtype, RandomGenerator random)
    {
        (double fanIn, double fanOut) = Fans(shape);
        double chosen = fan switch { FanMode.In => fanIn, FanMode.Out => fanOut, _ => (fanIn + fanOut) / 2 };
        double variance = scale / Math.Max(1, chosen), deviation = Math.Sqrt(variance), bound = Math.Sqrt(3 * variance);
        return distribution switch
        {
            InitialDistribution.Uniform => Tensor.RandomUniform(shape, -bound, bound, random, dtype),
            InitialDistribution.Normal => Tensor.RandomNormal(shape, 0, deviation, random, dtype),
            _ => Tensor.RandomTruncatedNormal(shape, 0, deviation / TruncatedDeviation, random, dtype),
        };
    }

    /// <summary>
    /// Keras' rule: [in, out] for a matrix, both times the window's size for a convolution, the length twice for a vector.
    /// </summary>
    private static (double In, double Out) Fans(Shape shape)
    {
        if (shape.Rank == 0) return (1, 1);
        if (shape.Rank == 1) return (shape[0], shape[0]);
        double window = 1;
        for (int axis = 0; axis < shape.Rank - 2; axis++) window *= shape[axis];
        return (window * shape[^2], window * shape[^1]);
    }
}
