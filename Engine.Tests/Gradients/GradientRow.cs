namespace Engine.Tests.Gradients;

/// <summary>Where a row's inputs are drawn from, so that no kink lies within a difference's reach.</summary>
public enum Draw
{
    /// <summary>Standard normal.</summary>
    Normal,

    /// <summary>Uniform in [0.5, 2].</summary>
    Positive,

    /// <summary>Magnitudes in [0.2, 1.7], signs by chance: away from a kink at 0.</summary>
    AwayFromZero,

    /// <summary>Multiples of 0.05 in random order: no two are equal or near.</summary>
    Distinct,
}

/// <summary>One differentiable operation, layer or loss at one point, for <see cref="GradientRegistryTests"/>.</summary>
/// <param name="Covers">The member it proves, as <c>MatMul(Tensor, bool, bool)</c>, or the type's name for a layer or loss.</param>
/// <param name="Function">The function.</param>
/// <param name="Shapes">The inputs' shapes.</param>
public sealed record GradientRow(string Covers, Func<Tensor[], Tensor> Function, Shape[] Shapes)
{
    /// <summary>What distinguishes it from other rows of the member.</summary>
    public string Case { get; init; } = "";

    /// <summary>Where the inputs are drawn from.</summary>
    public Draw Draw { get; init; } = Draw.Normal;

    /// <summary>The highest order that is checked: 2 unless the second derivative does not exist.</summary>
    public int Order { get; init; } = 2;

    /// <summary>Linear in each input alone.</summary>
    public bool Linear { get; init; }

    /// <summary>Checks a layer instead of the function, at a given order.</summary>
    public Func<int, GradientReport>? Check { get; init; }

    /// <summary>The report at an order, through the kernels that are in force.</summary>
    public GradientReport Run(int order)
    {
        if (Check is not null) return Check(order);
        var random = new RandomGenerator(seed: 17);
        Tensor[] inputs = [.. Shapes.Select(shape => Values(Draw, shape, random))];
        return GradientCheck.Function(Function, inputs, order, Linear, random, ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => Case.Length == 0 ? Covers : $"{Covers}: {Case}";

    /// <summary>An input.</summary>
    public static Tensor Values(Draw draw, Shape shape, RandomGenerator random)
    {
        double[] values = new double[shape.Length];
        switch (draw)
        {
            case Draw.Normal:
                random.FillNormal<double>(values);
                break;
            case Draw.Positive:
                random.FillUniform<double>(values, 0.5, 2);
                break;
            case Draw.AwayFromZero:
                random.FillUniform<double>(values, -1.5, 1.5);
                for (int i = 0; i < values.Length; i++) values[i] += values[i] < 0 ? -0.2 : 0.2;
                break;
            default:
                int[] order = random.Permutation(values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = 0.05 * (order[i] - values.Length / 2 + 0.5);
                break;
        }
        return Tensor.From<double>(values, shape);
    }
}
