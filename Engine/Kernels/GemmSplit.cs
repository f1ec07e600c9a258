using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Products with few results and long sums: K is cut into parts, each summed apart, and the parts are added in order.</summary>
/// <remarks>The number of parts depends on the shape alone, so the bits do not depend on the number of threads.</remarks>
internal static unsafe class GemmSplit<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>C = epilogue(A·B), in <paramref name="parts"/> partial sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue, int parts)
    {
        T* sums = GemmScratch.Rent<T>(ScratchUse.Shared, parts * m * n);
        var job = new PartJob { M = m, N = n, K = k, A = a, B = b, Sums = sums, Parts = parts };
        WorkerTeam.Run(job, parts);
        for (nint row = 0; row < m; row++)
        {
            for (nint column = 0; column < n; column++)
            {
                T* at = sums + (row * n) + column;
                T sum = *at;
                for (nint part = 1; part < parts; part++)
                {
                    sum += at[part * m * n];
                }

                T* to = c + (row * strideC) + column;
                *to = GemmEdges<V, T>.Finish(epilogue.Accumulate ? *to + sum : sum, epilogue, column);
            }
        }
    }

    private struct PartJob : IChunkJob
    {
        public nint M, N, K;
        public StridedMatrix<T> A, B;
        public T* Sums;
        public int Parts;

        public readonly void Run(int chunk)
        {
            nint start = new EvenSplit(K, Parts).Start(chunk), end = new EvenSplit(K, Parts).Start(chunk + 1);
            GemmDriver<V, T>.MultiplyWhole(M, N, end - start, A.From(0, start), B.From(start, 0), Sums + (chunk * M * N), N, default);
        }
    }
}
