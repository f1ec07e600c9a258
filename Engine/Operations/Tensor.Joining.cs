namespace Engine;

/// <content>Tensors put together along an axis, and taken apart.</content>
public partial class Tensor
{
    /// <summary>Tensors in a row along an axis.</summary>
    /// <remarks>Each input's gradient is its part of dy: the adjoint of <see cref="Split(int[], int)"/>.</remarks>
    /// <param name="tensors">At least one; of one type and of one shape but for the axis.</param>
    /// <param name="axis">The axis; negative counts from the end, 0 by default.</param>
    /// <returns>A tensor as long along the axis as all together.</returns>
    /// <exception cref="ShapeException">No tensors, or shapes that differ in another axis.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor Concat(IReadOnlyList<Tensor> tensors, int axis = 0)
    {
        if (tensors.Count == 0) throw Fail.Shape("concat", "no tensors", "give at least one");
        Tensor[] parts = [.. tensors];
        Tensor first = parts[0];
        int at = first.Shape.Axis(axis, "concat");
        var sizes = new int[parts.Length];
        long total = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            Tensor part = parts[i];
            if (part.DType != first.DType) throw Fail.Mismatch("concat", first.DType, part.DType);
            if (part.Rank != first.Rank || part.Shape.With(at, 0) != first.Shape.With(at, 0))
                throw Fail.Shape("concat", $"tensor {i} has shape {part.Shape}, the first {first.Shape}", $"only axis {at} may differ");
            sizes[i] = part.Shape[at];
            total += sizes[i];
        }
        if (total > int.MaxValue) throw Fail.Shape("concat", $"{total} positions along axis {at}", "work in smaller batches");
        Tensor y = Empty(first.Shape.With(at, (int)total), first.DType);
        int outer = y.Shape.LengthOf(0, at), inner = y.Shape.LengthOf(at + 1, y.Rank) * y.DType.Size(), row = y.Shape[at] * inner;
        Span<byte> target = y.Bytes();
        for (int i = 0, start = 0; i < parts.Length; start += sizes[i] * inner, i++)
        {
            ReadOnlySpan<byte> source = parts[i].Bytes();
            int run = sizes[i] * inner;
            for (int o = 0; o < outer; o++) source.Slice(o * run, run).CopyTo(target[(o * row + start)..]);
        }
        GradientTape.Record("concat", [y], parts, (dys, _) => dys[0]!.Split(sizes, at));
        return y;
    }

    /// <summary>Tensors of one shape in a row along a new axis.</summary>
    /// <remarks>Each input's gradient is its part of dy: the adjoint of <see cref="Unstack"/>.</remarks>
    /// <param name="tensors">At least one; of one type and shape.</param>
    /// <param name="axis">Where the new axis stands in the result; negative counts from the end, 0 by default.</param>
    /// <returns>A tensor with one axis more.</returns>
    /// <exception cref="ShapeException">No tensors, or shapes that differ.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> tensors, int axis = 0)
    {
        if (tensors.Count == 0) throw Fail.Shape("stack", "no tensors", "give at least one");
        var parts = new Tensor[tensors.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            if (tensors[i].Shape != tensors[0].Shape)
                throw Fail.Shape("stack", $"tensor {i} has shape {tensors[i].Shape}, the first {tensors[0].Shape}", "give tensors of one shape, or use Concat");
            parts[i] = tensors[i].ExpandDims(axis);
        }
        return Concat(parts, axis);
    }

    /// <summary>The tensor in parts of the given lengths along an axis.</summary>
    /// <remarks>dx is the parts' gradients in a row: the adjoint of <see cref="Concat"/>. Along axis 0 the parts share this tensor's memory.</remarks>
    /// <param name="sizes">The parts' lengths, which sum to the axis'.</param>
    /// <param name="axis">The axis; negative counts from the end, 0 by default.</param>
    /// <returns>One tensor a part.</returns>
    /// <exception cref="ShapeException">The axis does not exist, or the lengths are negative or do not sum to its length.</exception>
    public Tensor[] Split(int[] sizes, int axis = 0)
    {
        // The gradient function keeps them, and the caller may change his array.
        sizes = [.. sizes];
        int at = Shape.Axis(axis, "split");
        long sum = 0;
        foreach (int size in sizes)
        {
            if (size < 0) throw Fail.Shape("split", $"a part of length {size}", "give lengths of 0 or more");
            sum += size;
        }
        if (sum != Shape[at])
            throw Fail.Shape("split", $"parts [{string.Join(", ", sizes)}] of axis {axis} of shape {Shape} sum to {sum}", $"give lengths that sum to {Shape[at]}");
        var parts = new Tensor[sizes.Length];
        int outer = Shape.LengthOf(0, at), inner = Shape.LengthOf(at + 1, Rank), row = Shape[at] * inner;
        for (int i = 0, start = 0; i < sizes.Length; start += sizes[i] * inner, i++)
        {
            Shape shape = Shape.With(at, sizes[i]);
            if (outer == 1)
            {
                parts[i] = Alias(start, shape);
                continue;
            }
            parts[i] = Empty(shape, DType);
            int bytes = DType.Size(), run = sizes[i] * inner * bytes;
            ReadOnlySpan<byte> source = Bytes();
            Span<byte> target = parts[i].Bytes();
            for (int o = 0; o < outer; o++) source.Slice((o * row + start) * bytes, run).CopyTo(target[(o * run)..]);
        }
        GradientTape.Record("split", parts, [this], (dys, _) =>
        {
            var gradients = new Tensor[dys.Length];
            for (int i = 0; i < dys.Length; i++) gradients[i] = dys[i] ?? Zeros(Shape.With(at, sizes[i]), DType);
            return [Concat(gradients, at)];
        });
        return parts;
    }

    /// <summary>The tensor in equal parts along an axis.</summary>
    /// <remarks>dx is the parts' gradients in a row.</remarks>
    /// <param name="parts">How many, a divisor of the axis' length.</param>
    /// <param name="axis">The axis; negative counts from the end, 0 by default.</param>
    /// <returns>One tensor a part.</returns>
    /// <exception cref="ShapeException">The axis does not exist, or its length is not a multiple of the parts.</exception>
    public Tensor[] Split(int parts, int axis = 0)
    {
        int length = Shape[Shape.Axis(axis, "split")];
        if (parts < 1 || length % parts != 0)
            throw Fail.Shape("split", $"{parts} equal parts of axis {axis} of shape {Shape}", $"give a divisor of {length}, or the parts' lengths");
        var sizes = new int[parts];
        Array.Fill(sizes, length / parts);
        return Split(sizes, axis);
    }

    /// <summary>The parts of length 1 along an axis, without the axis.</summary>
    /// <remarks>dx is the parts' gradients in a row: the adjoint of <see cref="Stack"/>.</remarks>
    /// <param name="axis">The axis; negative counts from the end, 0 by default.</param>
    /// <returns>One tensor a position.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public Tensor[] Unstack(int axis = 0)
    {
        int at = Shape.Axis(axis, "unstack");
        if (Shape[at] == 0) return [];
        Tensor[] parts = Split(Shape[at], at);
        for (int i = 0; i < parts.Length; i++) parts[i] = parts[i].Squeeze(at);
        return parts;
    }
}
