using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine;

/// <content>The same elements under other axes.</content>
public partial class Tensor
{
    /// <summary>The same elements under another shape, in the same memory.</summary>
    /// <remarks>dx = dy reshaped back.</remarks>
    /// <param name="lengths">The new lengths; one may be -1 and follows from the others.</param>
    /// <returns>A tensor that shares this one's memory.</returns>
    /// <exception cref="ShapeException">The number of elements differs, or more than one length is -1.</exception>
    [OverloadResolutionPriority(1)]
    public Tensor Reshape(params ReadOnlySpan<int> lengths) => Reshape(ResolveShape(lengths));

    /// <summary>The same elements under another shape, in the same memory.</summary>
    /// <remarks>dx = dy reshaped back.</remarks>
    /// <param name="shape">The new shape.</param>
    /// <returns>A tensor that shares this one's memory.</returns>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    public Tensor Reshape(Shape shape)
    {
        if (shape == Shape) return this;
        if (shape.Length != Length)
            throw Fail.Shape("reshape", $"shape {Shape} has {Length} elements and {shape} has {shape.Length}", "give a shape with as many elements");
        return GradientTape.RecordLinear("reshape", Alias(shape), (this, dy => dy.Reshape(Shape)));
    }

    /// <summary>All elements along one axis, in the same memory.</summary>
    /// <returns>A tensor [n].</returns>
    public Tensor Flatten() => Reshape(Shape.Create([Length]));

    /// <summary>The tensor without an axis of length 1, or without all of them.</summary>
    /// <remarks>dx = dy reshaped back.</remarks>
    /// <param name="axis">The axis; null drops every axis of length 1.</param>
    /// <returns>A tensor that shares this one's memory.</returns>
    /// <exception cref="ShapeException">The axis does not exist or is longer than 1.</exception>
    public Tensor Squeeze(int? axis = null)
    {
        if (axis is { } one)
        {
            int index = Shape.Axis(one, "squeeze");
            return Shape[index] == 1
                ? Reshape(Shape.Remove(index))
                : throw Fail.Shape("squeeze", $"axis {one} of shape {Shape} is {Shape[index]} long", "only an axis of length 1 can be dropped");
        }
        Shape shape = [];
        foreach (int length in Shape.AsSpan())
        {
            if (length != 1) shape = shape.Insert(-1, length);
        }
        return Reshape(shape);
    }

    /// <summary>The tensor with a new axis of length 1.</summary>
    /// <remarks>dx = dy reshaped back.</remarks>
    /// <param name="axis">Where the axis stands in the result; -1 for the end.</param>
    /// <returns>A tensor that shares this one's memory.</returns>
    /// <exception cref="ShapeException">The axis lies outside, or there would be more than eight.</exception>
    public Tensor ExpandDims(int axis) => Reshape(Shape.Insert(axis, 1));

    /// <summary>The tensor with its axes in another order.</summary>
    /// <remarks>dx = dy with the order undone.</remarks>
    /// <param name="axes">For each axis of the result, the axis it was; none reverses all.</param>
    /// <returns>A copy, y[i_axes[0], i_axes[1], …] = x[i₀, i₁, …].</returns>
    /// <exception cref="ShapeException">The axes are not a permutation of all axes.</exception>
    public unsafe Tensor Transpose(params int[] axes)
    {
        var order = new int[Rank];
        for (int axis = 0; axis < Rank; axis++) order[axis] = axes.Length == 0 ? Rank - 1 - axis : -1;
        if (axes.Length != 0)
        {
            if (axes.Length != Rank) throw Fail.Shape("transpose", $"{axes.Length} axes for shape {Shape}", $"name each of the {Rank} axes once");
            var inverseOrder = new int[Rank];
            Array.Fill(inverseOrder, -1);
            for (int axis = 0; axis < Rank; axis++)
            {
                order[axis] = Shape.Axis(axes[axis], "transpose");
                if (inverseOrder[order[axis]] >= 0) throw Fail.Shape("transpose", $"axis {axes[axis]} of shape {Shape} is named twice", $"name each of the {Rank} axes once");
                inverseOrder[order[axis]] = axis;
            }
        }
        Span<int> lengths = stackalloc int[Rank];
        var inverse = new int[Rank];
        for (int axis = 0; axis < Rank; axis++)
        {
            lengths[axis] = Shape[order[axis]];
            inverse[order[axis]] = axis;
        }
        Tensor y = Empty(Shape.Create(lengths), DType);
        fixed (byte* source = Bytes(), target = y.Bytes()) StridedCopy.Permute(source, target, Shape.AsSpan(), order, DType.Size());
        return GradientTape.RecordLinear("transpose", y, (this, dy => dy.Transpose(inverse)));
    }

    /// <summary>Resolves one length of -1 against the number of elements.</summary>
    private Shape ResolveShape(ReadOnlySpan<int> lengths)
    {
        int open = -1;
        long known = 1;
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] != -1) known *= lengths[axis];
            else if (open < 0) open = axis;
            else throw Fail.Shape("reshape", $"two lengths are -1 in [{string.Join(", ", lengths.ToArray())}]", "leave one open at most");
        }
        if (open < 0) return Shape.Create(lengths);
        if (known <= 0 || Length % known != 0)
            throw Fail.Shape("reshape", $"shape {Shape} has {Length} elements, which [{string.Join(", ", lengths.ToArray())}] does not divide", "give lengths whose product divides the number of elements");
        Span<int> resolved = stackalloc int[lengths.Length];
        lengths.CopyTo(resolved);
        resolved[open] = (int)(Length / known);
        return Shape.Create(resolved);
    }
}
