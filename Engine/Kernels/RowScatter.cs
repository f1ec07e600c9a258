using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Sums of the rows that share an index.</summary>
/// <remarks>The rows are sorted by their index first: then each sum is written once, and nothing need be zero before.</remarks>
internal static unsafe class RowScatter
{
    // Columns of a chunk, by bytes, where there are too few sums to share them out: some cache lines of every row.
    private const int ChunkBytes = 256;
    private const int MostChunks = 32, RowsAChunk = 16;

    /// <summary>sums[i, :] = Σ source[r, :] over the r with indices[r] = i, in their order; zeros where there are none.</summary>
    /// <param name="batch">How many matrices of rows lie one after the other, with the same indices.</param>
    /// <param name="source">The first row.</param>
    /// <param name="sourceStride">From one row to the next.</param>
    /// <param name="indices">The sum to which each row belongs.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="sums">The first sum.</param>
    /// <param name="sumCount">How many sums.</param>
    /// <param name="sumStride">From one sum to the next.</param>
    public static void Sum<T>(
        nint batch, T* source, nint sourceStride, int* indices, nint count, nint columns, T* sums, nint sumCount, nint sumStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // starts[i] … starts[i + 1]: where the rows of sum i stand in the order.
        int* starts = GemmScratch.Rent<int>(ScratchUse.Shared, sumCount + 1 + count), order = starts + sumCount + 1;
        new Span<int>(starts, checked((int)(sumCount + 1))).Clear();
        for (nint row = 0; row < count; row++) starts[indices[row]]++;
        for (nint i = 1; i <= sumCount; i++) starts[i] += starts[i - 1];
        for (nint row = count - 1; row >= 0; row--) order[--starts[indices[row]]] = (int)row;
        var job = new Job<T>
        {
            Batch = batch, Source = source, SourceStride = sourceStride, Count = count, Order = order, Starts = starts, Sums = sums,
            SumCount = sumCount, SumStride = sumStride,
        };
        bool small = batch * (count + sumCount) * columns <= ElementwiseChunks.Size;
        job.Rows = new EvenSplit(sumCount, small ? 1 : Math.Clamp(sumCount / RowsAChunk, 1, MostChunks));
        nint wide = small || job.Rows.Parts == MostChunks ? columns : ChunkBytes / sizeof(T);
        job.Columns = EvenSplit.AtMost(columns, Math.Max(1, wide));
        int chunks = checked((int)(job.Rows.Parts * job.Columns.Parts));
        if (chunks > 1) WorkerTeam.Run(job, chunks);
        else job.Run(0);
    }

    private struct Job<T> : IChunkJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public nint Batch, SourceStride, Count, SumCount, SumStride;
        public T* Source, Sums;
        public int* Order, Starts;
        public EvenSplit Rows, Columns;

        public readonly void Run(int chunk)
        {
            nint row = (nint)((uint)chunk / (uint)Columns.Parts), column = chunk - (row * Columns.Parts);
            SimdDispatch.Run<Body<T>, T>(new(this, Rows.Start(row), Rows.Start(row + 1), Columns.Start(column), Columns.Length(column)));
        }
    }

    private readonly struct Body<T>(Job<T> job, nint first, nint end, nint column, nint columns) : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            for (nint b = 0; b < job.Batch; b++)
            {
                T* source = job.Source + (b * job.Count * job.SourceStride) + column;
                T* sums = job.Sums + (b * job.SumCount * job.SumStride) + column;
                for (nint i = first; i < end; i++)
                {
                    int start = job.Starts[i];
                    SumRows<V>(source, job.SourceStride, job.Order + start, job.Starts[i + 1] - start, columns, sums + (i * job.SumStride));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void SumRows<V>(T* source, nint stride, int* rows, int count, nint columns, T* sum)
            where V : struct, ISimd<V, T>
        {
            if (count == 0)
            {
                new Span<T>(sum, checked((int)columns)).Clear();
                return;
            }

            T* first = source + (rows[0] * stride);
            nint j = 0;
            for (; j + (4 * V.Count) <= columns; j += 4 * V.Count)
            {
                V s0 = V.Load(first + j), s1 = V.Load(first + j + V.Count);
                V s2 = V.Load(first + j + (2 * V.Count)), s3 = V.Load(first + j + (3 * V.Count));
                for (int r = 1; r < count; r++)
                {
                    T* from = source + (rows[r] * stride) + j;
                    s0 += V.Load(from);
                    s1 += V.Load(from + V.Count);
                    s2 += V.Load(from + (2 * V.Count));
                    s3 += V.Load(from + (3 * V.Count));
                }

                V.Store(s0, sum + j);
                V.Store(s1, sum + j + V.Count);
                V.Store(s2, sum + j + (2 * V.Count));
                V.Store(s3, sum + j + (3 * V.Count));
            }

            for (; j + V.Count <= columns; j += V.Count)
            {
                V s = V.Load(first + j);
                for (int r = 1; r < count; r++) s += V.Load(source + (rows[r] * stride) + j);
                V.Store(s, sum + j);
            }

            for (; j < columns; j++)
            {
                T s = first[j];
                for (int r = 1; r < count; r++) s += source[(rows[r] * stride) + j];
                sum[j] = s;
            }
        }
    }
}
