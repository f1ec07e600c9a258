namespace Engine.Layers;

/// <summary>Where a variable's first values come from.</summary>
/// <remarks>
/// The ready-made ones are members of this class, with Keras' names and defaults; one of one's own overrides <see cref="Create"/>.
/// fan in and fan out are the numbers of values that an output of a kernel depends on and that an input has part in: for [in, out] they
/// are in and out, for a convolution's [height, width, in, out] height·width·in and height·width·out.
/// </remarks>
public abstract class Initializer
{
    /// <summary>U(±√(6 / (fan in + fan out))): the default of kernels. Glorot and Bengio 2010.</summary>
    public static Initializer GlorotUniform { get; } = VarianceScaling(1, FanMode.Average, InitialDistribution.Uniform);

    /// <summary>Normal, truncated at two deviations, of variance 2 / (fan in + fan out). Glorot and Bengio 2010.</summary>
    public static Initializer GlorotNormal { get; } = VarianceScaling(1, FanMode.Average, InitialDistribution.TruncatedNormal);

    /// <summary>U(±√(6 / fan in)): for ReLU. He et al. 2015.</summary>
    public static Initializer HeUniform { get; } = VarianceScaling(2, FanMode.In, InitialDistribution.Uniform);

    /// <summary>Normal, truncated at two deviations, of variance 2 / fan in: for ReLU. He et al. 2015.</summary>
    public static Initializer HeNormal { get; } = VarianceScaling(2, FanMode.In, InitialDistribution.TruncatedNormal);

    /// <summary>U(±√(3 / fan in)). LeCun et al. 1998.</summary>
    public static Initializer LecunUniform { get; } = VarianceScaling(1, FanMode.In, InitialDistribution.Uniform);

    /// <summary>Normal, truncated at two deviations, of variance 1 / fan in: for SELU. LeCun et al. 1998.</summary>
    public static Initializer LecunNormal { get; } = VarianceScaling(1, FanMode.In, InitialDistribution.TruncatedNormal);

    /// <summary>All 0: the default of biases.</summary>
    public static Initializer Zeros { get; } = Constant(0);

    /// <summary>All 1.</summary>
    public static Initializer Ones { get; } = Constant(1);

    /// <summary>One value everywhere.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ValueException">The value is not finite.</exception>
    public static Initializer Constant(double value)
    {
        RequireFinite("Constant", "value", value);
        return new FunctionInitializer(
            new Description("Constant", ("value", value)), (shape, dtype, _) => Tensor.Full(shape, value, dtype));
    }

    /// <summary>Independent numbers, uniform between two bounds.</summary>
    /// <param name="low">The lower bound; -0.05 by default.</param>
    /// <param name="high">The upper bound; 0.05 by default.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ValueException">A bound is not finite, or the lower is not below the upper.</exception>
    public static Initializer RandomUniform(double low = -0.05, double high = 0.05)
    {
        RequireFinite("RandomUniform", "low", low);
        RequireFinite("RandomUniform", "high", high);
        if (!(low < high)) throw Fail.Value("Initializer.RandomUniform", $"bounds {low} and {high}", "give the lower one first");
        return new FunctionInitializer(
            new Description("RandomUniform", ("low", low), ("high", high)),
            (shape, dtype, random) => Tensor.RandomUniform(shape, low, high, random, dtype));
    }

    /// <summary>Independent numbers, normally distributed.</summary>
    /// <param name="mean">Their mean; 0 by default.</param>
    /// <param name="deviation">Their standard deviation; 0.05 by default.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ValueException">A parameter is not finite, or the deviation negative.</exception>
    public static Initializer RandomNormal(double mean = 0, double deviation = 0.05)
    {
        RequireNormal("RandomNormal", mean, deviation);
        return new FunctionInitializer(
            new Description("RandomNormal", ("mean", mean), ("deviation", deviation)),
            (shape, dtype, random) => Tensor.RandomNormal(shape, mean, deviation, random, dtype));
    }

    /// <summary>Normally distributed numbers of which those beyond two deviations are drawn again.</summary>
    /// <param name="mean">Their mean; 0 by default.</param>
    /// <param name="deviation">The standard deviation before the truncation; 0.05 by default.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ValueException">A parameter is not finite, or the deviation negative.</exception>
    public static Initializer TruncatedNormal(double mean = 0, double deviation = 0.05)
    {
        RequireNormal("TruncatedNormal", mean, deviation);
        return new FunctionInitializer(
            new Description("TruncatedNormal", ("mean", mean), ("deviation", deviation)),
            (shape, dtype, random) => Tensor.RandomTruncatedNormal(shape, mean, deviation, random, dtype));
    }

    /// <summary>Numbers of mean 0 whose variance is scale / fan, so that a signal keeps its size from layer to layer.</summary>
    /// <param name="scale">The factor, above 0; 1 by default.</param>
    /// <param name="fan">Which fan; in by default.</param>
    /// <param name="distribution">Their distribution; truncated normal by default.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ValueException">The scale is not a finite number above 0.</exception>
    public static Initializer VarianceScaling(
        double scale = 1, FanMode fan = FanMode.In, InitialDistribution distribution = InitialDistribution.TruncatedNormal) =>
        new VarianceScalingInitializer(scale, fan, distribution);

    /// <summary>
    /// Orthonormal rows or columns, whichever are fewer, times a gain; a convolution's kernel counts as [height·width·in, out].
    /// </summary>
    /// <param name="gain">The factor; 1 by default.</param>
    /// <returns>The initializer. It refuses shapes of fewer than two axes.</returns>
    /// <exception cref="ValueException">The gain is not finite.</exception>
    /// <remarks>Saxe, McClelland and Ganguli 2014.</remarks>
    public static Initializer Orthogonal(double gain = 1)
    {
        RequireFinite("Orthogonal", "gain", gain);
        return new OrthogonalInitializer(gain);
    }

    /// <summary>The identity matrix times a gain.</summary>
    /// <param name="gain">The factor; 1 by default.</param>
    /// <returns>The initializer. It refuses shapes that have not two axes.</returns>
    /// <exception cref="ValueException">The gain is not finite.</exception>
    public static Initializer Identity(double gain = 1)
    {
        RequireFinite("Identity", "gain", gain);
        return new FunctionInitializer(new Description("Identity", ("gain", gain)), (shape, dtype, _) => shape.Rank == 2
            ? gain * Tensor.Eye(shape[0], shape[1], dtype)
            : throw Fail.Shape(
                "Initializer.Identity",
                $"a variable of shape {shape}",
                "only a matrix can be the identity: use another initializer"));
    }

    /// <summary>Makes the values.</summary>
    /// <param name="shape">The variable's shape.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <param name="random">Random numbers for this variable alone.</param>
    /// <returns>A tensor of the shape.</returns>
    public abstract Tensor Create(Shape shape, DType dtype, RandomGenerator random);

    /// <summary>What the initializer was made with, for files; null for one of another class.</summary>
    internal virtual Description? Description => null;

    private static void RequireFinite(string initializer, string parameter, double value)
    {
        if (!double.IsFinite(value)) throw Fail.Value($"Initializer.{initializer}", $"{parameter} is {value}", "give a finite number");
    }

    private static void RequireNormal(string initializer, double mean, double deviation)
    {
        RequireFinite(initializer, "mean", mean);
        RequireFinite(initializer, "deviation", deviation);
        if (deviation < 0) throw Fail.Value($"Initializer.{initializer}", $"deviation is {deviation}", "give 0 or more");
    }

    private sealed class FunctionInitializer(Description description, Func<Shape, DType, RandomGenerator, Tensor> create) : Initializer
    {
        internal override Description Description => description;

        public override Tensor Create(Shape shape, DType dtype, RandomGenerator random) => create(shape, dtype, random);
    }
}
