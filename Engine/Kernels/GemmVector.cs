using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Products with one or a few rows or columns, as sums of dot products: every element of the matrix is read once, where it lies.</summary>
internal static unsafe class GemmVector<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MaxRows = 4;

    /// <summary>Computes the product if dot products are the better way to it.</summary>
    /// <returns>False if nothing was done.</returns>
    public static bool TryMultiply(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue)
    {
        if (n == 1 && m > 1 && strideC == 1 && a.ColumnStride == 1)
        {
            // A column: the product transposed is a row, and the one bias belongs to all of it.
            Rows(1, m, k, b.Transposed, a.Transposed, c, m, epilogue, biasStep: 0);
            return true;
        }

        if (m <= MaxRows && b.RowStride == 1 && b.ColumnStride != 1)
        {
            Rows(m, n, k, a, b, c, strideC, epilogue, biasStep: 1);
            return true;
        }

        return false;
    }

    // B's columns are contiguous.
    private static void Rows(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue, nint biasStep)
    {
        if (a.ColumnStride != 1)
        {
            T* rows = GemmScratch.Rent<T>(ScratchUse.PackedA, m * k);
            for (nint i = 0; i < m; i++)
            {
                for (nint j = 0; j < k; j++)
                {
                    rows[(i * k) + j] = a.Data[(i * a.RowStride) + (j * a.ColumnStride)];
                }
            }

            a = new StridedMatrix<T>(rows, k, 1);
        }

        var job = new DotJob { M = m, N = n, K = k, A = a, B = b, C = c, StrideC = strideC, Epilogue = epilogue, BiasStep = biasStep };
        job.Chunks = (int)Math.Clamp(n * k * sizeof(T) / 131_072, 1, Math.Min(64, (n + 3) / 4));
        WorkerTeam.Run(job, job.Chunks);
    }

    private struct DotJob : IChunkJob
    {
        public nint M, N, K, StrideC, BiasStep;
        public StridedMatrix<T> A, B;
        public T* C;
        public GemmEpilogue<T> Epilogue;
        public int Chunks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk)
        {
            nint start = new EvenSplit(N, Chunks).Start(chunk), end = new EvenSplit(N, Chunks).Start(chunk + 1);
            for (nint j = start; j < end; j++)
            {
                for (nint i = 0; i < M; i++)
                {
                    T* at = C + (i * StrideC) + j;
                    T sum = Dot(A.Data + (i * A.RowStride), B.Data + (j * B.ColumnStride), K);
                    *at = GemmEdges<V, T>.Finish(Epilogue.Accumulate ? *at + sum : sum, Epilogue, j * BiasStep);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Dot(T* x, T* y, nint length)
    {
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        nint i = 0;
        for (; i + (4 * V.Count) <= length; i += 4 * V.Count)
        {
            s0 = V.MultiplyAdd(V.Load(x + i), V.Load(y + i), s0);
            s1 = V.MultiplyAdd(V.Load(x + i + V.Count), V.Load(y + i + V.Count), s1);
            s2 = V.MultiplyAdd(V.Load(x + i + (2 * V.Count)), V.Load(y + i + (2 * V.Count)), s2);
            s3 = V.MultiplyAdd(V.Load(x + i + (3 * V.Count)), V.Load(y + i + (3 * V.Count)), s3);
        }

        for (; i + V.Count <= length; i += V.Count)
        {
            s0 = V.MultiplyAdd(V.Load(x + i), V.Load(y + i), s0);
        }

        T sum = V.Sum((s0 + s1) + (s2 + s3));
        for (; i < length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
