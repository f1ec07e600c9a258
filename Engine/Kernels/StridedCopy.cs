namespace Engine.Kernels;

/// <summary>Copies between two layouts of the same elements, whatever their type: only their size counts.</summary>
internal static unsafe class StridedCopy
{
    private const int MaxRank = 8;

    /// <summary>Writes the elements of a contiguous array with its axes in another order.</summary>
    /// <param name="source">The array.</param>
    /// <param name="target">The result, contiguous.</param>
    /// <param name="lengths">The source's lengths.</param>
    /// <param name="order">For each axis of the result, the source's axis.</param>
    /// <param name="elementSize">1, 4 or 8 bytes.</param>
    public static void Permute(byte* source, byte* target, ReadOnlySpan<int> lengths, ReadOnlySpan<int> order, int elementSize)
    {
        Span<nint> strides = stackalloc nint[MaxRank], walked = stackalloc nint[MaxRank], counts = stackalloc nint[MaxRank];
        nint stride = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= lengths[axis];
        }
        for (int axis = 0; axis < order.Length; axis++)
        {
            walked[axis] = strides[order[axis]];
            counts[axis] = lengths[order[axis]];
        }
        Gather(source, target, counts[..order.Length], walked[..order.Length], elementSize);
    }

    /// <summary>target, contiguous = the source's elements at Σ index·stride for every index below the counts, the last fastest.</summary>
    /// <param name="source">The element at index 0.</param>
    /// <param name="target">The result.</param>
    /// <param name="counts">The result's lengths.</param>
    /// <param name="strides">The source's distance for one step along each axis, in elements; may be 0 or negative.</param>
    /// <param name="elementSize">1, 4 or 8 bytes.</param>
    public static void Gather(byte* source, byte* target, ReadOnlySpan<nint> counts, ReadOnlySpan<nint> strides, int elementSize) =>
        Walk(source, target, counts, strides, elementSize, scatter: false);

    /// <summary>The reverse of <see cref="Gather"/>: the strided side is written.</summary>
    /// <param name="source">Contiguous elements.</param>
    /// <param name="target">Where the element of index 0 goes.</param>
    /// <param name="counts">The source's lengths.</param>
    /// <param name="strides">The target's distance for one step along each axis, in elements.</param>
    /// <param name="elementSize">1, 4 or 8 bytes.</param>
    public static void Scatter(byte* source, byte* target, ReadOnlySpan<nint> counts, ReadOnlySpan<nint> strides, int elementSize) =>
        Walk(target, source, counts, strides, elementSize, scatter: true);

    private static void Walk(byte* strided, byte* dense, ReadOnlySpan<nint> counts, ReadOnlySpan<nint> strides, int elementSize, bool scatter)
    {
        foreach (nint count in counts)
        {
            if (count == 0) return;
        }
        // Inner axes that lie side by side are one run of bytes.
        int rank = counts.Length;
        nint run = elementSize;
        nint dense1 = 1;
        while (rank > 0 && strides[rank - 1] == dense1)
        {
            dense1 *= counts[rank - 1];
            run = dense1 * elementSize;
            rank--;
        }
        Span<nint> index = stackalloc nint[MaxRank];
        index.Clear();
        nint last = rank > 0 ? counts[rank - 1] : 1, lastStride = rank > 0 ? strides[rank - 1] * elementSize : 0;
        while (true)
        {
            byte* p = strided;
            for (nint i = 0; i < last; i++, p += lastStride, dense += run)
            {
                byte* from = scatter ? dense : p;
                byte* to = scatter ? p : dense;
                if (run == 4) *(int*)to = *(int*)from;
                else if (run == 8) *(long*)to = *(long*)from;
                else Buffer.MemoryCopy(from, to, run, run);
            }
            int axis = rank - 2;
            for (; axis >= 0; axis--)
            {
                strided += strides[axis] * elementSize;
                if (++index[axis] < counts[axis]) break;
                strided -= strides[axis] * counts[axis] * elementSize;
                index[axis] = 0;
            }
            if (axis < 0) return;
        }
    }
}
