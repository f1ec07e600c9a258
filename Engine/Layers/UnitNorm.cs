namespace Engine.Layers;

/// <summary>Weights of norm 1 along some axes: w/(‖w‖ + 1e-7).</summary>
/// <remarks>Axis 0 of a dense kernel [in, units] is what comes into each unit.</remarks>
public sealed class UnitNorm : Constraint
{
    private readonly int[] axis;

    /// <summary>Creates the constraint.</summary>
    /// <param name="axis">The axes that a norm goes over; 0 by default. For a 2-D convolution's kernel give <c>[0, 1, 2]</c>.</param>
    public UnitNorm(int[]? axis = null) => this.axis = AxesOr0(axis);

    /// <summary>The axes that a norm goes over.</summary>
    public IReadOnlyList<int> Axis => axis;

    internal override Description Description => new("UnitNorm", ("axis", axis));

    /// <inheritdoc/>
    public override Tensor Apply(Tensor weight) => weight / (weight.Norm(axis, keepDims: true) + Epsilon);
}
