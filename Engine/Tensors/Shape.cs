using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Engine;

/// <summary>The lengths of a tensor's axes, outermost first: <c>[32, 28, 28, 1]</c> is 32 images of 28 rows, 28 columns and one channel.</summary>
/// <remarks>Rank 0 (a scalar, <c>[]</c>) to rank 8; lengths may be 0. A value without heap memory; written as a collection expression or an int array.</remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "Shape is the field's term.")]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    /// <summary>The highest rank a tensor can have.</summary>
    public const int MaxRank = 8;

    private readonly Axes axes;

    private Shape(ReadOnlySpan<int> lengths)
    {
        if (lengths.Length > MaxRank)
            throw new ShapeException($"Shape: {lengths.Length} axes were given, at most {MaxRank} are possible. Merge axes with Reshape.");
        long length = 1;
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] < 0)
                throw new ShapeException($"Shape: axis {axis} of [{string.Join(", ", lengths.ToArray())}] is negative. Lengths are 0 or more; only Reshape takes one -1.");
            axes[axis] = lengths[axis];
            length *= lengths[axis];
            if (length > int.MaxValue)
                throw new ShapeException($"Shape: [{string.Join(", ", lengths.ToArray())}] has more than {int.MaxValue} elements. Work in smaller batches.");
        }
        Rank = lengths.Length;
        Length = (int)length;
        initialised = true;
    }

    private readonly bool initialised;
    private readonly int storedLength;

    /// <summary>The number of axes.</summary>
    public int Rank { get; }

    /// <summary>The number of elements: the product of the lengths, 1 for a scalar.</summary>
    public int Length { get => initialised ? storedLength : 1; private init => storedLength = value; }

    /// <summary>The number of axes, as <see cref="Rank"/>.</summary>
    public int Count => Rank;

    /// <summary>The length of one axis.</summary>
    /// <param name="axis">0 is the outermost; <c>^1</c> the innermost.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int this[Index axis] => this[axis.GetOffset(Rank)];

    /// <summary>The length of one axis.</summary>
    /// <param name="axis">0 is the outermost; -1 the innermost, as in Keras.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int this[int axis]
    {
        get
        {
            int index = axis < 0 ? axis + Rank : axis;
            if ((uint)index >= (uint)Rank) throw new ShapeException($"Shape: {this} has no axis {axis}. It has {Rank} axes.");
            return axes[index];
        }
    }

    /// <summary>The lengths as a span over this value.</summary>
    [UnscopedRef]
    public ReadOnlySpan<int> AsSpan() => ((ReadOnlySpan<int>)axes)[..Rank];

    /// <summary>Makes a shape; what collection expressions call.</summary>
    /// <param name="lengths">The lengths of the axes, outermost first.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="ShapeException">A negative length, more than eight axes, or more than 2³¹ − 1 elements.</exception>
    public static Shape Create(ReadOnlySpan<int> lengths) => new(lengths);

    /// <summary>Makes a shape from an array.</summary>
    /// <param name="lengths">The lengths of the axes, outermost first.</param>
    public static implicit operator Shape(int[] lengths) => new(lengths);

    /// <summary>A copy of the lengths.</summary>
    /// <returns>A new array, outermost axis first.</returns>
    public int[] ToArray() => AsSpan().ToArray();

    /// <summary>This shape with one axis more.</summary>
    /// <param name="axis">Where the new axis stands in the result, 0…Rank; negative counts from the end.</param>
    /// <param name="length">Its length.</param>
    /// <returns>The longer shape.</returns>
    /// <exception cref="ShapeException">The axis lies outside.</exception>
    public Shape Insert(int axis, int length)
    {
        int index = axis < 0 ? axis + Rank + 1 : axis;
        if ((uint)index > (uint)Rank) throw new ShapeException($"Shape: an axis cannot be inserted at {axis} in {this}. Use 0 to {Rank}, or -1 for the end.");
        Span<int> lengths = stackalloc int[Rank + 1];
        AsSpan()[..index].CopyTo(lengths);
        lengths[index] = length;
        AsSpan()[index..].CopyTo(lengths[(index + 1)..]);
        return new Shape(lengths);
    }

    /// <summary>This shape without one axis.</summary>
    /// <param name="axis">The axis to leave out; negative counts from the end.</param>
    /// <returns>The shorter shape.</returns>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Shape Remove(int axis)
    {
        int index = Axis(axis, "Shape");
        Span<int> lengths = stackalloc int[Rank - 1];
        AsSpan()[..index].CopyTo(lengths);
        AsSpan()[(index + 1)..].CopyTo(lengths[index..]);
        return new Shape(lengths);
    }

    /// <summary>This shape with one length replaced.</summary>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="length">Its new length.</param>
    /// <returns>The changed shape.</returns>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public Shape With(int axis, int length)
    {
        Span<int> lengths = stackalloc int[Rank];
        AsSpan().CopyTo(lengths);
        lengths[Axis(axis, "Shape")] = length;
        return new Shape(lengths);
    }

    /// <summary>The axes of both shapes in a row.</summary>
    /// <param name="inner">The axes that follow this shape's.</param>
    /// <returns>The longer shape.</returns>
    public Shape Concat(Shape inner)
    {
        Span<int> lengths = stackalloc int[Rank + inner.Rank];
        AsSpan().CopyTo(lengths);
        inner.AsSpan().CopyTo(lengths[Rank..]);
        return new Shape(lengths);
    }

    /// <summary>Whether two shapes have the same lengths.</summary>
    /// <param name="other">The shape to compare with.</param>
    /// <returns>True when rank and every length agree.</returns>
    public bool Equals(Shape other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (int length in AsSpan()) hash.Add(length);
        return hash.ToHashCode();
    }

    /// <summary>Whether two shapes have the same lengths.</summary>
    /// <param name="left">A shape.</param>
    /// <param name="right">A shape.</param>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    /// <param name="left">A shape.</param>
    /// <param name="right">A shape.</param>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The shape as it is written in a program: <c>[32, 28, 28, 1]</c>.</summary>
    /// <returns>The lengths between brackets.</returns>
    public override string ToString()
    {
        var text = new StringBuilder("[");
        for (int axis = 0; axis < Rank; axis++)
        {
            if (axis > 0) text.Append(", ");
            text.Append(axes[axis].ToString(CultureInfo.InvariantCulture));
        }
        return text.Append(']').ToString();
    }

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The axis counted from 0, checked; negative counts from the end.</summary>
    internal int Axis(int axis, string operation)
    {
        int index = axis < 0 ? axis + Rank : axis;
        if ((uint)index >= (uint)Rank)
            throw Fail.Shape(operation, $"axis {axis} does not exist in shape {this}", Rank == 0 ? "the tensor is a scalar and has no axes" : $"use {-Rank} to {Rank - 1}");
        return index;
    }

    /// <summary>The number of elements of the axes from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    internal int LengthOf(int first, int end)
    {
        int length = 1;
        for (int axis = first; axis < end; axis++) length *= axes[axis];
        return length;
    }

    [InlineArray(MaxRank)]
    private struct Axes
    {
        private int first;
    }
}
