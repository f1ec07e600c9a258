namespace Engine.Layers;

/// <summary>Weights whose norm along some axes is at most a bound: w·min(‖w‖, bound)/(‖w‖ + 1e-7).</summary>
/// <remarks>Srebro, Rennie and Jaakkola 2004. Axis 0 of a dense kernel [in, units] bounds what comes into each unit.</remarks>
public sealed class MaxNorm : Constraint
{
    private readonly int[] axis;

    /// <summary>Creates the constraint.</summary>
    /// <param name="maxValue">The bound, above 0; 2 by default.</param>
    /// <param name="axis">The axes that a norm goes over; 0 by default. For a 2-D convolution's kernel give <c>[0, 1, 2]</c>.</param>
    /// <exception cref="ValueException">The bound is not a finite number above 0.</exception>
    public MaxNorm(double maxValue = 2, int[]? axis = null)
    {
        if (!(double.IsFinite(maxValue) && maxValue > 0))
            throw Fail.Value("MaxNorm", $"maxValue is {maxValue}", "give a finite number above 0");
        MaxValue = maxValue;
        this.axis = AxesOr0(axis);
    }

    /// <summary>The bound.</summary>
    public double MaxValue { get; }

    /// <summary>The axes that a norm goes over.</summary>
    public IReadOnlyList<int> Axis => axis;

    internal override Description Description => new("MaxNorm", ("maxValue", MaxValue), ("axis", axis));

    /// <inheritdoc/>
    public override Tensor Apply(Tensor weight)
    {
        Tensor norm = weight.Norm(axis, keepDims: true);
        return weight * (norm.Clip(0, MaxValue) / (norm + Epsilon));
    }
}
