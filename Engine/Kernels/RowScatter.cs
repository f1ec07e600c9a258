using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Rows added to the rows that indices name.</summary>
internal static unsafe class RowScatter
{
    // Columns of a chunk, by bytes: some cache lines of every row. Each chunk adds all rows in order, so bits do not depend on threads.
    private const int ChunkBytes = 256;

    /// <summary>target[indices[r], :] += source[r, :] for each r in turn.</summary>
    /// <param name="source">The first row.</param>
    /// <param name="sourceStride">From one row to the next.</param>
    /// <param name="indices">The target's row of each.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="target">What is added to.</param>
    /// <param name="targetStride">From one of its rows to the next.</param>
    public static void Add<T>(T* source, nint sourceStride, int* indices, nint count, nint columns, T* target, nint targetStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint chunk = count * columns <= ElementwiseChunks.Size ? columns : ChunkBytes / sizeof(T);
        ElementwiseChunks.Run(new Job<T>(source, sourceStride, indices, count, target, targetStride), columns, Math.Max(1, chunk));
    }

    private readonly struct Job<T>(T* source, nint sourceStride, int* indices, nint count, T* target, nint targetStride) : IRangeJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) =>
            SimdDispatch.Run<Body<T>, T>(new(source + start, sourceStride, indices, count, end - start, target + start, targetStride));
    }

    private readonly struct Body<T>(
        T* source, nint sourceStride, int* indices, nint count, nint columns, T* target, nint targetStride) : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            for (nint row = 0; row < count; row++)
            {
                T* from = source + (row * sourceStride), to = target + (indices[row] * targetStride);
                nint j = 0;
                for (; j + V.Count <= columns; j += V.Count) V.Store(V.Load(to + j) + V.Load(from + j), to + j);
                for (; j < columns; j++) to[j] += from[j];
            }
        }
    }
}
