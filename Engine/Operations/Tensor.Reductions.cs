using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Sums, means, extremes: many elements become one along some axes.</content>
/// <remarks>No axes means all. An axis may be negative, counting from the end. With keepDims reduced axes stay, of length 1.</remarks>
public partial class Tensor
{
    /// <summary>y = Σ x over the axes.</summary>
    /// <remarks>dx = dy, repeated along the axes. Summed in a fixed, pairwise order.</remarks>
    /// <param name="axes">The axes to sum over; none for all.</param>
    /// <param name="keepDims">Whether summed axes stay with length 1.</param>
    /// <returns>The sums; 0 over nothing.</returns>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public Tensor Sum(int[] axes, bool keepDims = false)
    {
        Tensor y = Reduce<SumReduction>("sum", axes, IntegerReduction.Sum);
        return RecordSpread("sum", y, axes, keepDims, spread: null);
    }

    /// <summary>y = Σ x over all elements.</summary>
    /// <returns>A scalar.</returns>
    public Tensor Sum() => Sum([]);

    /// <summary>y = Σ x over one axis.</summary>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="keepDims">Whether the axis stays with length 1.</param>
    /// <returns>The sums.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public Tensor Sum(int axis, bool keepDims = false) => Sum([axis], keepDims);

    /// <summary>y = Σ x / n over the axes, n the number of elements that come together.</summary>
    /// <remarks>dx = dy / n, repeated along the axes.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>The means; NaN over nothing.</returns>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Mean(int[] axes, bool keepDims = false)
    {
        Fail.UnlessFloat("mean", this);
        Tensor sum = Sum(axes, keepDims);
        return sum * ((double)sum.Length / Length);
    }

    /// <summary>y = Σ x / n over all elements.</summary>
    /// <returns>A scalar.</returns>
    public Tensor Mean() => Mean([]);

    /// <summary>y = Σ x / n over one axis.</summary>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="keepDims">Whether the axis stays with length 1.</param>
    /// <returns>The means.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public Tensor Mean(int axis, bool keepDims = false) => Mean([axis], keepDims);

    /// <summary>y = Σ (x − mean)² / (n − correction) over the axes.</summary>
    /// <remarks>dx = dy ⊙ 2 (x − mean)/(n − correction).</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <param name="correction">0, the default, for the variance of the values themselves; 1 for Bessel's estimate from a sample.</param>
    /// <returns>The variances.</returns>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Variance(int[]? axes = null, bool keepDims = false, double correction = 0)
    {
        int[] over = axes ?? [];
        Tensor sum = (this - Mean(over, keepDims: true)).Square().Sum(over, keepDims);
        return sum * (1 / ((double)Length / Math.Max(1, sum.Length) - correction));
    }

    /// <summary>The square root of <see cref="Variance"/>.</summary>
    /// <remarks>dx = dy ⊙ (x − mean)/((n − correction)·y).</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <param name="correction">0, the default, or 1 for the estimate from a sample.</param>
    /// <returns>The standard deviations.</returns>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public Tensor StandardDeviation(int[]? axes = null, bool keepDims = false, double correction = 0) => Variance(axes, keepDims, correction).Sqrt();

    /// <summary>The smallest element along the axes; NaN if any is NaN.</summary>
    /// <remarks>The gradient goes to the smallest element; among equal ones it is shared evenly.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>The minima.</returns>
    /// <exception cref="ShapeException">An axis does not exist, is named twice or has no elements.</exception>
    public Tensor Min(int[]? axes = null, bool keepDims = false)
    {
        Tensor y = Reduce<MinReduction>("min", NonEmpty("min", axes ?? []), IntegerReduction.Min);
        return RecordSpread("min", y, axes ?? [], keepDims, Share);
    }

    /// <summary>The largest element along the axes; NaN if any is NaN.</summary>
    /// <remarks>The gradient goes to the largest element; among equal ones it is shared evenly.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>The maxima.</returns>
    /// <exception cref="ShapeException">An axis does not exist, is named twice or has no elements.</exception>
    public Tensor Max(int[]? axes = null, bool keepDims = false)
    {
        Tensor y = Reduce<MaxReduction>("max", NonEmpty("max", axes ?? []), IntegerReduction.Max);
        return RecordSpread("max", y, axes ?? [], keepDims, Share);
    }

    /// <summary>y = Π x over the axes.</summary>
    /// <remarks>dx = dy ⊙ y / x; elements that are 0 get the product of the others.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>The products; 1 over nothing.</returns>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public Tensor Product(int[]? axes = null, bool keepDims = false)
    {
        int[] over = axes ?? [];
        Tensor y = Reduce<ProductReduction>("product", over, IntegerReduction.Product);
        return RecordSpread("product", y, over, keepDims, (dy, result) => dy * ProductOfOthers(over));
    }

    /// <summary>y = ln Σ eˣ over the axes, without overflow.</summary>
    /// <remarks>dx = dy ⊙ e^(x − y), the softmax.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>The logarithms.</returns>
    /// <exception cref="ShapeException">An axis does not exist, is named twice or has no elements.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor LogSumExp(int[]? axes = null, bool keepDims = false)
    {
        Fail.UnlessFloat("logSumExp", this);
        int[] over = axes ?? [];
        // The shift is a constant: its gradient cancels. Infinite maxima stay out of the difference.
        Tensor largest = StopGradient().Max(over, keepDims: true);
        Tensor shift = Where(largest.Abs() < double.PositiveInfinity, largest, ZerosLike(largest));
        Tensor sum = (this - shift).Exp().Sum(over, keepDims: true).Log() + shift;
        return keepDims ? sum : sum.Reshape(ReducedShape("logSumExp", over, keepDims: false));
    }

    /// <summary>y = (Σ |x|ᵖ)^(1/p) over the axes, the p-norm.</summary>
    /// <remarks>For p = 2: dx = dy ⊙ x / y, and 0 where y is 0.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <param name="order">p: 2 by default, 1, any positive number, or infinity for the largest magnitude.</param>
    /// <param name="keepDims">Whether the axes stay with length 1.</param>
    /// <returns>The norms.</returns>
    /// <exception cref="ValueException">The order is not positive.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Norm(int[]? axes = null, double order = 2, bool keepDims = false)
    {
        Fail.UnlessFloat("norm", this);
        if (!(order > 0)) throw Fail.Value("norm", $"an order of {order}", "give a positive number, or infinity");
        int[] over = axes ?? [];
        if (double.IsPositiveInfinity(order)) return Abs().Max(over, keepDims);
        if (order == 1) return Abs().Sum(over, keepDims);
        Tensor sum = (order == 2 ? Square() : Abs().Pow(order)).Sum(over, keepDims);
        // At 0 the root has no slope; its gradient is taken as 0 there.
        Tensor isZero = sum.EqualTo(ZerosLike(sum));
        Tensor safe = Where(isZero, OnesLike(sum), sum);
        return Where(isZero, ZerosLike(sum), order == 2 ? safe.Sqrt() : safe.Pow(1 / order));
    }

    /// <summary>The shape that remains after the axes are reduced.</summary>
    internal Shape ReducedShape(string operation, int[] axes, bool keepDims)
    {
        Span<bool> reduced = stackalloc bool[Shape.MaxRank];
        MarkAxes(operation, axes, reduced);
        Span<int> lengths = stackalloc int[Shape.MaxRank];
        int rank = 0;
        for (int axis = 0; axis < Rank; axis++)
        {
            if (!reduced[axis]) lengths[rank++] = Shape[axis];
            else if (keepDims) lengths[rank++] = 1;
        }
        return Shape.Create(lengths[..rank]);
    }

    private void MarkAxes(string operation, int[] axes, Span<bool> reduced)
    {
        if (axes.Length == 0) reduced[..Rank].Fill(true);
        foreach (int axis in axes)
        {
            int index = Shape.Axis(axis, operation);
            if (reduced[index]) throw Fail.Shape(operation, $"axis {axis} of shape {Shape} is named twice", "name each axis once");
            reduced[index] = true;
        }
    }

    private int[] NonEmpty(string operation, int[] axes)
    {
        if (Length == 0) throw Fail.Shape(operation, $"shape {Shape} has no elements", "give at least one element along each axis");
        return axes;
    }

    /// <summary>Reduces runs of neighbouring axes one after the other, innermost first; the result keeps the reduced axes with length 1.</summary>
    private Tensor Reduce<R>(string operation, int[] axes, IntegerReduction integer)
        where R : struct, IReductionKernel
    {
        if (DType == DType.Bool) throw Fail.DType(operation, "a tensor of type Bool", "convert it with Cast first, or use Any or All");
        Span<bool> reduced = stackalloc bool[Shape.MaxRank];
        MarkAxes(operation, axes, reduced);
        Tensor result = Alias(Shape);
        for (int end = Rank; end > 0; end--)
        {
            if (!reduced[end - 1]) continue;
            int start = end - 1;
            while (start > 0 && reduced[start - 1]) start--;
            Shape shape = result.Shape;
            for (int axis = start; axis < end; axis++) shape = shape.With(axis, 1);
            Tensor y = Empty(shape, DType);
            Dispatch.Reduce<R>(integer, result, y, result.Shape.LengthOf(0, start), result.Shape.LengthOf(start, end), result.Shape.LengthOf(end, Rank));
            result = y;
            end = start + 1;
        }
        return result;
    }

    /// <summary>Drops the reduced axes unless they stay, and records a gradient that spreads dy over them: by a function of dy and y, or as
    /// it is.</summary>
    private Tensor RecordSpread(string operation, Tensor kept, int[] axes, bool keepDims, Func<Tensor, Tensor, Tensor>? spread)
    {
        Tensor y = keepDims ? kept : kept.Alias(ReducedShape(operation, axes, keepDims: false));
        if (y == (object)this) y = Alias(Shape);
        Shape keptShape = kept.Shape;
        if (!DType.IsFloatingPoint()) return y;
        return spread is null
            ? GradientTape.RecordLinear(operation, y, (this, dy => dy.Reshape(keptShape).BroadcastTo(Shape)))
            : GradientTape.Record(operation, y, (this, dy => spread(dy.Reshape(keptShape), y.Reshape(keptShape)).BroadcastTo(Shape)));
    }

    /// <summary>dy to the elements equal to the result, in even parts.</summary>
    private Tensor Share(Tensor dy, Tensor result)
    {
        Tensor chosen = EqualTo(result.BroadcastTo(Shape)).Cast(DType);
        return chosen * (dy / chosen.SumTo(dy.Shape));
    }

    /// <summary>For each element the product of the others along the axes, right also where elements are 0.</summary>
    private Tensor ProductOfOthers(int[] axes)
    {
        Tensor isZero = EqualTo(Zeros([], DType)), zeros = isZero.Cast(DType).Sum(axes, keepDims: true);
        Tensor safe = Where(isZero, OnesLike(this), this);
        Tensor rest = safe.Product(axes, keepDims: true);
        Tensor others = rest / safe;
        // No zero: the quotient. One zero: only that element has other factors without a zero. More: none has.
        Tensor alone = Where(isZero, rest.BroadcastTo(Shape), ZerosLike(this));
        return Where(zeros.EqualTo(Zeros([], DType)), others, Where(zeros.EqualTo(Ones([], DType)), alone, ZerosLike(this)));
    }
}
