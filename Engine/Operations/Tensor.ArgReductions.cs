using Engine.Kernels;

namespace Engine;

/// <content>Reductions that give places or truth values, and the running sum.</content>
public partial class Tensor
{
    /// <summary>The place of the largest element along an axis; the first among equal ones, and NaN counts as largest.</summary>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <param name="keepDims">Whether the axis stays with length 1.</param>
    /// <returns>Int32 positions.</returns>
    /// <exception cref="ShapeException">The axis does not exist or has no elements.</exception>
    [NotDifferentiable("positions are integers")]
    public Tensor ArgMax(int axis = -1, bool keepDims = false) => ArgReduce("argMax", axis, keepDims, largest: true);

    /// <summary>The place of the smallest element along an axis; the first among equal ones, and NaN counts as smallest.</summary>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <param name="keepDims">Whether the axis stays with length 1.</param>
    /// <returns>Int32 positions.</returns>
    /// <exception cref="ShapeException">The axis does not exist or has no elements.</exception>
    [NotDifferentiable("positions are integers")]
    public Tensor ArgMin(int axis = -1, bool keepDims = false) => ArgReduce("argMin", axis, keepDims, largest: false);

    /// <summary>Whether any element along the axes is true, or not 0.</summary>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>Truth values; false over nothing.</returns>
    [NotDifferentiable("truth values have no gradient")]
    public Tensor Any(int[]? axes = null, bool keepDims = false) => NotEqualTo(ZerosLike(this)).Cast(DType.Int32).Sum(axes ?? [], keepDims) > 0;

    /// <summary>Whether all elements along the axes are true, or not 0.</summary>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>Truth values; true over nothing.</returns>
    [NotDifferentiable("truth values have no gradient")]
    public Tensor All(int[]? axes = null, bool keepDims = false)
    {
        Tensor failures = EqualTo(ZerosLike(this)).Cast(DType.Int32).Sum(axes ?? [], keepDims);
        return failures.EqualTo(ZerosLike(failures));
    }

    /// <summary>yᵢ = x₀ + … + xᵢ along an axis.</summary>
    /// <remarks>dxᵢ = dyᵢ + … + dyₙ: the same sum from the other end.</remarks>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <param name="reverse">Whether to sum from the other end.</param>
    /// <returns>The running sums, of the tensor's shape.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor CumulativeSum(int axis = -1, bool reverse = false)
    {
        Fail.UnlessFloat("cumulativeSum", this);
        int index = Shape.Axis(axis, "cumulativeSum");
        Tensor y = Empty(Shape, DType);
        Dispatch.CumulativeSum(this, y, Shape.LengthOf(0, index), Shape[index], Shape.LengthOf(index + 1, Rank), reverse);
        return GradientTape.Record("cumulativeSum", y, (this, dy => dy.CumulativeSum(index, !reverse)));
    }

    private Tensor ArgReduce(string operation, int axis, bool keepDims, bool largest)
    {
        int index = Shape.Axis(axis, operation);
        if (Shape[index] == 0) throw Fail.Shape(operation, $"axis {axis} of shape {Shape} has no elements", "give at least one element along the axis");
        Tensor x = DType == DType.Bool ? Cast(DType.UInt8) : this;
        Tensor y = Empty(keepDims ? Shape.With(index, 1) : Shape.Remove(index), DType.Int32);
        Dispatch.ArgReduce(largest, x, y, Shape.LengthOf(0, index), Shape[index], Shape.LengthOf(index + 1, Rank));
        return y;
    }
}
