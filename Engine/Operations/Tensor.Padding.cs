namespace Engine;

/// <content>Elements around, again and in other places.</content>
public partial class Tensor
{
    /// <summary>The tensor with more positions before and after each axis.</summary>
    /// <remarks>
    /// dx: of constants dy's inner part; otherwise each element gets the sum of dy over its copies. Constant padding with 0 is the adjoint of
    /// the slice that undoes it.
    /// </remarks>
    /// <param name="widths">For each axis, how many positions before and after.</param>
    /// <param name="mode">What stands there; constants by default.</param>
    /// <param name="value">The constant, 0 by default.</param>
    /// <returns>A tensor longer along each axis by its widths.</returns>
    /// <exception cref="ShapeException">Not one pair for each axis, or too wide to mirror: a reflection has at most the length less 1.</exception>
    /// <exception cref="ValueException">A width is negative.</exception>
    public Tensor Pad(IReadOnlyList<(int Before, int After)> widths, PadMode mode = PadMode.Constant, double value = 0)
    {
        if (widths.Count != Rank) throw Fail.Shape("pad", $"{widths.Count} pairs of widths for shape {Shape}", $"give {Rank}, one for each axis");
        foreach ((int before, int after) in widths)
        {
            if (before < 0 || after < 0) throw Fail.Value("pad", $"widths ({before}, {after})", "give 0 or more; cut with a slice");
        }
        return mode == PadMode.Constant ? PadConstant(widths, value) : PadCopies(widths, mode);
    }

    /// <summary>The tensor moved along an axis; what leaves it at one end comes in at the other.</summary>
    /// <remarks>dx = dy moved back.</remarks>
    /// <param name="shift">Positions to move by, negative for backwards.</param>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <returns>A copy, y[…, (i + shift) mod n, …] = x[…, i, …].</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public Tensor Roll(int shift, int axis = -1)
    {
        int at = Shape.Axis(axis, "roll"), length = Shape[at];
        if (length == 0) return this;
        int last = (int)((((long)shift % length) + length) % length);
        Tensor[] parts = Split([length - last, last], at);
        return Concat([parts[1], parts[0]], at);
    }

    /// <summary>The tensor several times in a row along each axis: y[i, j, …] = x[i mod n, j mod m, …].</summary>
    /// <remarks>dx: each element gets the sum of dy over its copies.</remarks>
    /// <param name="repeats">For each axis, how many times.</param>
    /// <returns>A tensor longer along each axis by its factor.</returns>
    /// <exception cref="ShapeException">Not one number for each axis.</exception>
    /// <exception cref="ValueException">A number is negative.</exception>
    public Tensor Tile(params ReadOnlySpan<int> repeats)
    {
        if (repeats.Length != Rank) throw Fail.Shape("tile", $"{repeats.Length} numbers for shape {Shape}", $"give {Rank}, one for each axis");
        Tensor y = this;
        for (int axis = 0; axis < Rank; axis++)
        {
            int length = Shape[axis];
            if (repeats[axis] < 0) throw Fail.Value("tile", $"{repeats[axis]} times along axis {axis}", "give 0 or more");
            if (repeats[axis] != 1) y = y.Gather(Indices(Multiple("tile", length, repeats[axis]), i => i % length), axis);
        }
        return y;
    }

    /// <summary>Each part along an axis several times: y[…, i, …] = x[…, ⌊i / times⌋, …].</summary>
    /// <remarks>dx: each part gets the sum of dy over its copies.</remarks>
    /// <param name="times">How many times.</param>
    /// <param name="axis">The axis; negative counts from the end, 0 by default.</param>
    /// <returns>A tensor longer along the axis by the factor.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    /// <exception cref="ValueException">The number is negative.</exception>
    public Tensor Repeat(int times, int axis = 0)
    {
        int at = Shape.Axis(axis, "repeat");
        if (times < 0) throw Fail.Value("repeat", $"{times} times", "give 0 or more");
        return Gather(Indices(Multiple("repeat", Shape[at], times), i => i / times), at);
    }

    private Tensor PadConstant(IReadOnlyList<(int Before, int After)> widths, double value)
    {
        var inside = new Region(Rank);
        Shape shape = Shape;
        for (int axis = 0; axis < Rank; axis++)
        {
            (inside.Starts[axis], inside.Counts[axis], inside.Steps[axis]) = (widths[axis].Before, Shape[axis], 1);
            shape = shape.With(axis, Padded(axis, widths[axis]));
        }
        return PlaceRegion("pad", inside, shape, value);
    }

    private Tensor PadCopies(IReadOnlyList<(int Before, int After)> widths, PadMode mode)
    {
        Tensor y = this;
        for (int axis = 0; axis < Rank; axis++)
        {
            (int before, int after) = widths[axis];
            int length = Shape[axis], most = length == 0 ? 0 : mode == PadMode.Reflect ? length - 1 : int.MaxValue;
            if (before == 0 && after == 0) continue;
            if (Math.Max(before, after) > most)
                throw Fail.Shape("pad", $"widths ({before}, {after}) in mode {mode} for axis {axis} of shape {Shape}", $"give at most {most}");
            y = y.Gather(Indices(Padded(axis, widths[axis]), i => Source(i - before)), axis);

            int Source(int i) => mode == PadMode.Edge ? Math.Clamp(i, 0, length - 1) : i < 0 ? -i : i < length ? i : 2 * (length - 1) - i;
        }
        return y;
    }

    private int Padded(int axis, (int Before, int After) width)
    {
        long padded = (long)Shape[axis] + width.Before + width.After;
        return padded <= int.MaxValue ? (int)padded : throw Fail.Shape("pad", $"{padded} positions along axis {axis}", "give smaller widths");
    }

    private static int Multiple(string operation, int length, int times)
    {
        long product = (long)length * times;
        return product <= int.MaxValue ? (int)product : throw Fail.Shape(operation, $"{length} positions {times} times", "repeat less often");
    }

    private static Tensor Indices(int count, Func<int, int> index)
    {
        Tensor indices = Empty([count], DType.Int32);
        Span<int> values = indices.Data<int>();
        for (int i = 0; i < count; i++) values[i] = index(i);
        return indices;
    }
}
