using System.Numerics;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine;

/// <content>Elements chosen by indices, and the adjoints that add them back.</content>
public partial class Tensor
{
    /// <summary>Parts chosen along an axis: y[…, i…, …] = x[…, indices[i…], …]; with axis 0 the rows of an embedding.</summary>
    /// <remarks>dx = <see cref="ScatterAdd"/> of dy: a part that is chosen twice gets the sum.</remarks>
    /// <param name="indices">Int32 positions, of any shape, which takes the axis' place.</param>
    /// <param name="axis">The axis; negative counts from the end, 0 by default.</param>
    /// <returns>A copy; of any type.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    /// <exception cref="DTypeException">The indices are not Int32.</exception>
    /// <exception cref="ValueException">An index lies outside the axis.</exception>
    public Tensor Gather(Tensor indices, int axis = 0)
    {
        int at = Shape.Axis(axis, "gather"), length = Shape[at];
        ReadOnlySpan<int> positions = Positions("gather", indices, length);
        Shape shape = Shape.Create(Shape.AsSpan()[..at]).Concat(indices.Shape).Concat(Shape.Create(Shape.AsSpan()[(at + 1)..]));
        Tensor y = Empty(shape, DType);
        int outer = Shape.LengthOf(0, at), bytes = Shape.LengthOf(at + 1, Rank) * DType.Size();
        Span<byte> source = Bytes(), target = y.Bytes();
        switch (bytes)
        {
            case 4: Pick<int>(source, positions, target, outer, length); break;
            case 8: Pick<long>(source, positions, target, outer, length); break;
            default: PickRuns(source, positions, target, outer, length, bytes); break;
        }
        if (at == 0 && Rank == 2 && DType.IsFloatingPoint()) y.Gathered = new GatherOrigin(this, indices, y);
        return GradientTape.RecordLinear("gather", y, (this, dy => dy.SumsByRow is { } known && ReferenceEquals(known.Indices, indices)
            ? known.Sums
            : dy.ScatterAdd(indices, length, at)));
    }

    /// <summary>The adjoint of <see cref="Gather"/>: zeros with the parts added along an axis, y[…, indices[i…], …] += x[…, i…, …].</summary>
    /// <remarks>dx = dy gathered at the indices. Added in the indices' order, so the bits do not depend on threads.</remarks>
    /// <param name="indices">Int32 positions, of the shape that stands in this tensor from <paramref name="axis"/> on.</param>
    /// <param name="length">The length of the axis in the result.</param>
    /// <param name="axis">The axis of the result, counted from 0; 0 by default.</param>
    /// <returns>A tensor with one axis of the length in place of the indices' axes.</returns>
    /// <exception cref="ShapeException">This tensor has not the indices' axes there.</exception>
    /// <exception cref="DTypeException">The indices are not Int32, or the tensor is not floating point.</exception>
    /// <exception cref="ValueException">An index lies outside the length, or the length is negative.</exception>
    public Tensor ScatterAdd(Tensor indices, int length, int axis = 0)
    {
        Fail.UnlessFloat("scatterAdd", this);
        int end = axis + indices.Rank;
        if (axis < 0 || end > Rank || !Shape.AsSpan()[axis..end].SequenceEqual(indices.Shape.AsSpan()))
            throw Fail.Shape("scatterAdd", $"values of shape {Shape} for indices of shape {indices.Shape} from axis {axis} on", "give values whose axes from there on begin with those of the indices");
        Positions("scatterAdd", indices, length);
        Tensor y = Empty(Shape.Create(Shape.AsSpan()[..axis]).Concat([length]).Concat(Shape.Create(Shape.AsSpan()[end..])), DType);
        Dispatch.Float(DType, new ScatterAddWork(this, indices, y, Shape.LengthOf(0, axis), length, Shape.LengthOf(end, Rank)));
        return GradientTape.RecordLinear("scatterAdd", y, (this, dy => dy.Gather(indices, axis)));
    }

    /// <summary>One element for each index: y[…, i, …] = x[…, indices[…, i, …], …] along an axis.</summary>
    /// <remarks>dx = <see cref="ScatterAddAlongAxis"/> of dy.</remarks>
    /// <param name="indices">Int32 positions, of this tensor's shape but for the axis' length.</param>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <returns>A tensor of the indices' shape; of any type.</returns>
    /// <exception cref="ShapeException">The axis does not exist, or the shapes differ in another axis.</exception>
    /// <exception cref="DTypeException">The indices are not Int32.</exception>
    /// <exception cref="ValueException">An index lies outside the axis.</exception>
    public Tensor TakeAlongAxis(Tensor indices, int axis = -1)
    {
        int at = Shape.Axis(axis, "takeAlongAxis"), length = Shape[at];
        if (indices.Rank != Rank || indices.Shape.With(at, length) != Shape)
            throw Fail.Shape("takeAlongAxis", $"indices of shape {indices.Shape} for a tensor of shape {Shape}", $"give the tensor's shape, free only in axis {at}");
        ReadOnlySpan<int> positions = Positions("takeAlongAxis", indices, length);
        Tensor y = Empty(indices.Shape, DType);
        int outer = Shape.LengthOf(0, at), count = indices.Shape[at], inner = Shape.LengthOf(at + 1, Rank);
        switch (DType.Size())
        {
            case 8: Run<long>(Bytes(), positions, y.Bytes()); break;
            case 4: Run<int>(Bytes(), positions, y.Bytes()); break;
            default: Run<byte>(Bytes(), positions, y.Bytes()); break;
        }
        return GradientTape.RecordLinear("takeAlongAxis", y, (this, dy => dy.ScatterAddAlongAxis(indices, length, at)));

        void Run<T>(Span<byte> bytes, ReadOnlySpan<int> places, Span<byte> result)
            where T : unmanaged
        {
            ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(bytes);
            Span<T> target = MemoryMarshal.Cast<byte, T>(result);
            int i = 0;
            for (int o = 0; o < outer; o++)
            {
                for (int p = 0; p < count; p++)
                {
                    for (int k = 0; k < inner; k++, i++) target[i] = source[(o * length + places[i]) * inner + k];
                }
            }
        }
    }

    /// <summary>The adjoint of <see cref="TakeAlongAxis"/>: zeros with y[…, indices[…, i, …], …] += x[…, i, …] along an axis.</summary>
    /// <remarks>dx = dy taken at the indices.</remarks>
    /// <param name="indices">Int32 positions, of this tensor's shape.</param>
    /// <param name="length">The length of the axis in the result.</param>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <returns>A tensor of this shape but for the axis' length.</returns>
    /// <exception cref="ShapeException">The axis does not exist, or the shapes differ.</exception>
    /// <exception cref="DTypeException">The indices are not Int32, or the tensor is not floating point.</exception>
    /// <exception cref="ValueException">An index lies outside the length, or the length is negative.</exception>
    public Tensor ScatterAddAlongAxis(Tensor indices, int length, int axis = -1)
    {
        Fail.UnlessFloat("scatterAddAlongAxis", this);
        int at = Shape.Axis(axis, "scatterAddAlongAxis");
        if (indices.Shape != Shape)
            throw Fail.Shape("scatterAddAlongAxis", $"values of shape {Shape} and indices of shape {indices.Shape}", "give as many indices as values, under the same shape");
        Positions("scatterAddAlongAxis", indices, length);
        Tensor y = Zeros(Shape.With(at, length), DType);
        Dispatch.Float(DType, new ScatterAlongAxisWork(this, indices, y, Shape.LengthOf(0, at), Shape[at], Shape.LengthOf(at + 1, Rank), length));
        return GradientTape.RecordLinear("scatterAddAlongAxis", y, (this, dy => dy.TakeAlongAxis(indices, at)));
    }

    /// <summary>Rows of zeros with a 1 at each index: y[…, k] = 1 where k = indices[…].</summary>
    /// <param name="indices">Int32 classes, of any shape.</param>
    /// <param name="depth">The number of classes.</param>
    /// <param name="dtype">The result's type, Float32 by default.</param>
    /// <returns>A tensor […, depth].</returns>
    /// <exception cref="DTypeException">The indices are not Int32.</exception>
    /// <exception cref="ValueException">An index lies outside 0 … depth − 1.</exception>
    [NotDifferentiable("indices are integers")]
    public static Tensor OneHot(Tensor indices, int depth, DType dtype = DType.Float32)
    {
        Positions("oneHot", indices, depth);
        // A copy, which nobody writes to.
        Tensor classes = Empty(indices.Shape, DType.Int32);
        indices.Bytes().CopyTo(classes.Bytes());
        Shape shape = indices.Shape.Insert(-1, depth);
        TensorScope? scope = ThreadState.Current.Scope;
        Storage pending = Storage.Pending(ByteLength(shape, dtype), scope, (target, _) => Mark(classes, depth, dtype, target));
        var y = new Tensor(pending, 0, shape, dtype);
        y.Classes = new OneHotOrigin(classes, y);
        return y;
    }

    /// <summary>The rows of a matrix that a product with this tensor would choose, where its rows have one 1 each and no tape follows
    /// them; else null.</summary>
    internal Tensor? ChosenRows => Classes?.IndicesOf(this) is { } indices && !GradientTape.WouldRecord(this) ? indices : null;

    private static void Mark(Tensor classes, int depth, DType dtype, Span<byte> target)
    {
        target.Clear();
        int size = dtype.Size();
        Span<byte> one = stackalloc byte[8];
        switch (dtype)
        {
            case DType.Float32: MemoryMarshal.Write(one, 1f); break;
            case DType.Float64: MemoryMarshal.Write(one, 1d); break;
            default: one[0] = 1; break;
        }
        ReadOnlySpan<int> positions = classes.Data<int>();
        for (int row = 0; row < positions.Length; row++) one[..size].CopyTo(target[((row * depth + positions[row]) * size)..]);
    }

    /// <summary>The indices, each checked to lie in 0 … length − 1.</summary>
    private static ReadOnlySpan<int> Positions(string operation, Tensor indices, int length)
    {
        if (indices.DType != DType.Int32)
            throw Fail.DType(operation, $"indices of type {indices.DType}, where Int32 is wanted", "convert them with Cast(DType.Int32)");
        if (length < 0) throw Fail.Value(operation, $"a length of {length}", "give 0 or more");
        ReadOnlySpan<int> positions = indices.Data<int>();
        for (int i = 0; i < positions.Length; i++)
        {
            if ((uint)positions[i] >= (uint)length)
                throw Fail.Value(operation, $"index {i} of the indices {indices.Shape} is {positions[i]}, and there are {length} positions", $"use 0 to {length - 1}");
        }
        return positions;
    }

    private static void Pick<T>(Span<byte> source, ReadOnlySpan<int> positions, Span<byte> target, int outer, int length)
        where T : unmanaged
    {
        ReadOnlySpan<T> x = MemoryMarshal.Cast<byte, T>(source);
        Span<T> y = MemoryMarshal.Cast<byte, T>(target);
        for (int o = 0, i = 0; o < outer; o++)
        {
            ReadOnlySpan<T> row = x.Slice(o * length, length);
            foreach (int position in positions) y[i++] = row[position];
        }
    }

    private static void PickRuns(Span<byte> source, ReadOnlySpan<int> positions, Span<byte> target, int outer, int length, int bytes)
    {
        if (bytes == 0) return;
        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<byte> rows = source.Slice(o * length * bytes, length * bytes);
            foreach (int position in positions)
            {
                rows.Slice(position * bytes, bytes).CopyTo(target);
                target = target[bytes..];
            }
        }
    }

    private readonly struct ScatterAddWork(Tensor x, Tensor indices, Tensor y, int outer, int length, int inner) : IFloatWork
    {
        public unsafe void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* source = x.Data<T>(), target = y.Data<T>())
            fixed (int* positions = indices.Data<int>())
            {
                RowScatter.Sum(outer, source, inner, positions, indices.Length, inner, target, length, inner);
            }
        }
    }

    private readonly struct ScatterAlongAxisWork(Tensor x, Tensor indices, Tensor y, int outer, int count, int inner, int length) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ReadOnlySpan<T> source = x.Data<T>();
            ReadOnlySpan<int> positions = indices.Data<int>();
            Span<T> target = y.Data<T>();
            int i = 0;
            for (int o = 0; o < outer; o++)
            {
                for (int p = 0; p < count; p++)
                {
                    for (int k = 0; k < inner; k++, i++) target[(o * length + positions[i]) * inner + k] += source[i];
                }
            }
        }
    }
}
