using System.Numerics;
using System.Runtime.InteropServices;

namespace Engine;

/// <content>Order along an axis.</content>
public partial class Tensor
{
    /// <summary>The elements of each line along an axis in order; NaN counts as largest.</summary>
    /// <remarks>dy goes back to the places that the elements came from.</remarks>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <param name="descending">Whether the largest comes first.</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public Tensor Sort(int axis = -1, bool descending = false) => TakeAlongAxis(ArgSort(axis, descending), axis);

    /// <summary>For each place in order, where its element stands along the axis. Stable: equal elements keep their order. NaN counts as largest.</summary>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <param name="descending">Whether the largest comes first.</param>
    /// <returns>Int32 positions of the same shape, which <see cref="TakeAlongAxis"/> takes.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    [NotDifferentiable("positions are integers")]
    public Tensor ArgSort(int axis = -1, bool descending = false)
    {
        int at = Shape.Axis(axis, "argSort");
        if (SwapWithLast(at) is { } order) return Transpose(order).ArgSort(-1, descending).Transpose(order);
        Tensor places = Empty(Shape, DType.Int32);
        switch (DType)
        {
            case DType.Float32: SortRows<float>(Bytes(), places.Data<int>(), Shape[at], descending); break;
            case DType.Float64: SortRows<double>(Bytes(), places.Data<int>(), Shape[at], descending); break;
            case DType.Int32: SortRows<int>(Bytes(), places.Data<int>(), Shape[at], descending); break;
            case DType.Int64: SortRows<long>(Bytes(), places.Data<int>(), Shape[at], descending); break;
            default: SortRows<byte>(Bytes(), places.Data<int>(), Shape[at], descending); break;
        }
        return places;
    }

    /// <summary>The k largest elements of each line along an axis, largest first, and where they stand; the first among equal ones.</summary>
    /// <remarks>The values' gradient goes back to their places.</remarks>
    /// <param name="k">How many.</param>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <returns>Values, and Int32 positions along the axis; both of this shape with the axis k long.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    /// <exception cref="ValueException">k is negative or larger than the axis.</exception>
    public (Tensor Values, Tensor Indices) TopK(int k, int axis = -1)
    {
        int at = Shape.Axis(axis, "topK");
        if (k < 0 || k > Shape[at]) throw Fail.Value("topK", $"k = {k} for axis {axis} of shape {Shape}", $"use 0 to {Shape[at]}");
        var first = new Slice[at + 1];
        Array.Fill(first, Slice.All);
        first[at] = ..k;
        Tensor indices = ArgSort(at, descending: true)[first];
        return (TakeAlongAxis(indices, at), indices);
    }

    private static void SortRows<T>(ReadOnlySpan<byte> source, Span<int> places, int length, bool descending)
        where T : unmanaged, INumber<T>
    {
        if (length == 0) return;
        ReadOnlySpan<T> x = MemoryMarshal.Cast<byte, T>(source);
        var keys = new Key<T>[length];
        for (int row = 0; row < places.Length; row += length)
        {
            for (int i = 0; i < length; i++) keys[i] = new Key<T>(x[row + i], i, descending);
            Array.Sort(keys);
            for (int i = 0; i < length; i++) places[row + i] = keys[i].Place;
        }
    }

    /// <summary>An element and its place, which decides between equal elements.</summary>
    private readonly struct Key<T>(T value, int place, bool descending) : IComparable<Key<T>>
        where T : unmanaged, INumber<T>
    {
        public int Place => place;

        private T Value => value;

        public int CompareTo(Key<T> other)
        {
            // .NET orders NaN before all numbers; here it is the largest.
            bool nan = T.IsNaN(value), otherNaN = T.IsNaN(other.Value);
            int order = nan || otherNaN ? nan.CompareTo(otherNaN) : value.CompareTo(other.Value);
            if (descending) order = -order;
            return order != 0 ? order : place.CompareTo(other.Place);
        }
    }
}
