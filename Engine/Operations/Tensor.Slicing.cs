using Engine.Kernels;

namespace Engine;

/// <content>Parts of a tensor, and their adjoint: a part placed among zeros.</content>
public partial class Tensor
{
    /// <summary>A part of the tensor, as <c>x[.., 0, ^1, 2..8]</c>: one position or range for each leading axis, the rest whole.</summary>
    /// <remarks>
    /// A position removes its axis, a range keeps it; <see cref="Slice.Every"/> gives a range with a step. Positions followed by at most one
    /// range with step 1 share this tensor's memory, every other part is a copy. dx = dy among zeros.
    /// </remarks>
    /// <param name="slices">Positions (negative or <c>^1</c> count from the end) and ranges.</param>
    /// <exception cref="ShapeException">More parts than axes, or one outside its axis.</exception>
    public Tensor this[params ReadOnlySpan<Slice> slices]
    {
        get
        {
            if (slices.Length > Rank)
                throw Fail.Shape("index", $"{slices.Length} parts for shape {Shape}", $"give at most {Rank}, one for each axis");
            var part = new Region(Rank);
            Shape kept = [];
            int ranges = 0;
            bool shared = true;
            for (int axis = 0; axis < Rank; axis++)
            {
                Slice slice = axis < slices.Length ? slices[axis] : Slice.All;
                (part.Starts[axis], part.Counts[axis], part.Steps[axis]) = slice.Resolve(axis, Shape);
                // Once a range was met, everything within has to be whole to lie side by side.
                shared &= part.Steps[axis] == 1 && (ranges == 0 || (!slice.IsPosition && part.Counts[axis] == Shape[axis]));
                if (slice.IsPosition) continue;
                ranges++;
                kept = kept.Insert(-1, part.Counts[axis]);
            }
            return TakeRegion("slice", part, kept, shared);
        }
    }

    /// <summary>The tensor with axes walked backwards: y[…, i, …] = x[…, n − 1 − i, …].</summary>
    /// <remarks>dx = dy flipped back.</remarks>
    /// <param name="axes">The axes; none for all.</param>
    /// <returns>A copy of the same shape.</returns>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public Tensor Flip(params int[] axes)
    {
        Span<bool> flipped = stackalloc bool[Shape.MaxRank];
        MarkAxes("flip", axes, flipped);
        var all = new Region(Rank);
        for (int axis = 0; axis < Rank; axis++)
        {
            all.Counts[axis] = Shape[axis];
            all.Starts[axis] = flipped[axis] ? Shape[axis] - 1 : 0;
            all.Steps[axis] = flipped[axis] ? -1 : 1;
        }
        return TakeRegion("flip", all, Shape, shared: false);
    }

    /// <summary>The elements of a region, under a shape of as many elements.</summary>
    private unsafe Tensor TakeRegion(string operation, Region region, Shape shape, bool shared)
    {
        Tensor y;
        if (shared)
        {
            y = Alias(region.FirstElement(Shape), shape);
        }
        else
        {
            y = Empty(shape, DType);
            Span<nint> counts = stackalloc nint[Rank], strides = stackalloc nint[Rank];
            nint first = region.Walk(Shape, counts, strides);
            fixed (byte* source = Bytes(), target = y.Bytes())
                StridedCopy.Gather(source + first * DType.Size(), target, counts, strides, DType.Size());
        }
        return GradientTape.RecordLinear(operation, y, (this, dy => dy.PlaceRegion("place", region, Shape)));
    }

    /// <summary>A tensor of one value, with this tensor's elements at a region; with zeros the adjoint of taking it.</summary>
    private unsafe Tensor PlaceRegion(string operation, Region region, Shape whole, double value = 0)
    {
        Tensor y = Full(whole, value, DType);
        Span<nint> counts = stackalloc nint[whole.Rank], strides = stackalloc nint[whole.Rank];
        nint first = region.Walk(whole, counts, strides);
        fixed (byte* source = Bytes(), target = y.Bytes())
            StridedCopy.Scatter(source, target + first * DType.Size(), counts, strides, DType.Size());
        return GradientTape.RecordLinear(operation, y, (this, dy => dy.TakeRegion("slice", region, Shape, shared: false)));
    }

    /// <summary>For each axis a first position, a number of positions and a step between them.</summary>
    private readonly struct Region(int rank)
    {
        public int[] Starts { get; } = new int[rank];

        public int[] Counts { get; } = new int[rank];

        public int[] Steps { get; } = new int[rank];

        public int FirstElement(Shape whole)
        {
            int first = 0;
            for (int axis = 0; axis < Starts.Length; axis++) first += Starts[axis] * whole.LengthOf(axis + 1, whole.Rank);
            return first;
        }

        /// <summary>The region as lengths and distances in elements; gives its first element, or 0 of an empty region.</summary>
        public nint Walk(Shape whole, Span<nint> counts, Span<nint> strides)
        {
            bool empty = false;
            for (int axis = 0; axis < Starts.Length; axis++)
            {
                counts[axis] = Counts[axis];
                strides[axis] = (nint)Steps[axis] * whole.LengthOf(axis + 1, whole.Rank);
                empty |= Counts[axis] == 0;
            }
            return empty ? 0 : FirstElement(whole);
        }
    }
}
