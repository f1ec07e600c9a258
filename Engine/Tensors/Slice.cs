namespace Engine;

/// <summary>One axis' part of an index: a position, a range, or a range with a step, as in <c>x[.., 0, ^1, 2..8]</c>.</summary>
/// <remarks>A position removes its axis, a range keeps it. Converts from <see cref="int"/> (negative counts from the end), <see cref="Index"/> and <see cref="Range"/>.</remarks>
public readonly struct Slice : IEquatable<Slice>
{
    private readonly Range range;
    private readonly int step;
    private readonly bool isPosition;

    private Slice(Range range, int step, bool isPosition)
    {
        this.range = range;
        this.step = step;
        this.isPosition = isPosition;
    }

    /// <summary>The whole axis, as <c>..</c>.</summary>
    public static Slice All => new(Range.All, 1, isPosition: false);

    /// <summary>Every <paramref name="step"/>-th position of a range; a negative step walks it backwards.</summary>
    /// <param name="range">The range.</param>
    /// <param name="step">1, 2, …, or -1, -2, … which starts at the range's last position.</param>
    /// <returns>The part.</returns>
    /// <exception cref="ValueException">The step is 0.</exception>
    public static Slice Every(Range range, int step) => step == 0
        ? throw Fail.Value("Slice", "a step of 0", "use 1, 2, … forwards or -1, -2, … backwards")
        : new Slice(range, step, isPosition: false);

    /// <summary>One position; negative counts from the end.</summary>
    /// <param name="position">The position.</param>
    public static implicit operator Slice(int position) => new(position < 0 ? Range.StartAt(new Index(-position, fromEnd: true)) : Range.StartAt(position), 1, isPosition: true);

    /// <summary>One position.</summary>
    /// <param name="position">The position, <c>^1</c> for the last.</param>
    public static implicit operator Slice(Index position) => new(Range.StartAt(position), 1, isPosition: true);

    /// <summary>A range of positions.</summary>
    /// <param name="range">The range.</param>
    public static implicit operator Slice(Range range) => new(range, 1, isPosition: false);

    /// <summary>Whether it names one position, which removes the axis.</summary>
    internal bool IsPosition => isPosition;

    /// <summary>First position, number of positions and step along an axis, checked against its length.</summary>
    internal (int Start, int Count, int Step) Resolve(int axis, Shape shape)
    {
        int length = shape[axis];
        int start = range.Start.GetOffset(length);
        if (isPosition)
        {
            if ((uint)start >= (uint)length)
                throw Fail.Shape("index", $"position {range.Start} on axis {axis} of shape {shape}, which has {length} positions", "use 0 to the length less 1, or ^1 for the last");
            return (start, 1, 1);
        }
        int end = range.End.GetOffset(length);
        if (start < 0 || end > length || start > end)
            throw Fail.Shape("index", $"range {range} on axis {axis} of shape {shape}, which has {length} positions", "keep 0 <= start <= end <= length");
        int count = (end - start + Math.Abs(step) - 1) / Math.Abs(step);
        return (step > 0 ? start : end - 1, count, step);
    }

    /// <inheritdoc/>
    public bool Equals(Slice other) => range.Equals(other.range) && step == other.step && isPosition == other.isPosition;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Slice other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(range, step, isPosition);

    /// <summary>Whether two parts are the same.</summary>
    /// <param name="left">A part.</param>
    /// <param name="right">A part.</param>
    public static bool operator ==(Slice left, Slice right) => left.Equals(right);

    /// <summary>Whether two parts differ.</summary>
    /// <param name="left">A part.</param>
    /// <param name="right">A part.</param>
    public static bool operator !=(Slice left, Slice right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => isPosition ? range.Start.ToString() : step == 1 ? range.ToString() : $"{range} step {step}";
}
