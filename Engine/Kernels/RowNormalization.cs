using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Layer normalisation of rows: y = (x − mean)/√(variance + ε)·gamma + beta with the row's own mean and variance, and its
/// gradient.</summary>
/// <remarks>Ba, Kiros and Hinton 2016. A row stays in the cache between its passes. F-B2.</remarks>
internal static unsafe class RowNormalization
{
    /// <summary>Numbers kept of a row: its mean and 1/√(variance + ε).</summary>
    public const int Statistics = 2;

    private const int MostChunks = 32;

    /// <summary>y[r, j]; gamma and beta have one number a column, or are null for 1 and 0.</summary>
    public static void Forward<T>(T* x, T* gamma, T* beta, T epsilon, T* y, T* statistics, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementwiseChunks.Run(
            new Job<T>(new Pass<T>(x, gamma, beta, epsilon, y, statistics, null, null, columns)), rows, Softmax.RowsPerChunk(columns));

    /// <summary>Numbers of scratch memory that the gradient needs.</summary>
    public static nint ScratchLength(nint rows, nint columns) => 2 * columns * Chunks(rows, columns);

    /// <summary>
    /// dx[r, j] = (dy·gamma − mean(dy·gamma) − x̂·mean(dy·gamma·x̂))/√(variance + ε); dgamma = Σ dy·x̂ and dbeta = Σ dy over the rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient<T>(
        T* x, T* gamma, T* statistics, T* dy, T* dx, T* dgamma, T* dbeta, T* scratch, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint chunks = Chunks(rows, columns), perChunk = (rows + chunks - 1) / chunks;
        new Span<T>(scratch, (int)(2 * columns * chunks)).Clear();
        var pass = new Pass<T>(x, gamma, null, T.Zero, dx, statistics, dy, scratch, columns);
        ElementwiseChunks.Run(new ChunkJob<T>(pass, rows, perChunk), chunks, 1);
        for (nint chunk = 0; chunk < chunks; chunk++)
        {
            T* sums = scratch + chunk * 2 * columns;
            for (nint j = 0; j < columns; j++)
            {
                dgamma[j] = chunk == 0 ? sums[j] : dgamma[j] + sums[j];
                dbeta[j] = chunk == 0 ? sums[columns + j] : dbeta[j] + sums[columns + j];
            }
        }
    }

    private static nint Chunks(nint rows, nint columns) =>
        Math.Clamp(rows * columns / ElementwiseChunks.Size, 1, Math.Min(MostChunks, Math.Max(1, rows)));

    private readonly struct Job<T>(Pass<T> pass) : IRangeJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) => SimdDispatch.Run<Pass<T>, T>(pass.Over(start, end, 0));
    }

    private readonly struct ChunkJob<T>(Pass<T> pass, nint rows, nint perChunk) : IRangeJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end)
        {
            for (nint chunk = start; chunk < end; chunk++)
                SimdDispatch.Run<Pass<T>, T>(pass.Over(chunk * perChunk, Math.Min(rows, (chunk + 1) * perChunk), chunk));
        }
    }

    /// <summary>Rows forward, or backward where there is a dy.</summary>
    private struct Pass<T>(T* x, T* gamma, T* beta, T epsilon, T* result, T* statistics, T* dy, T* scratch, nint columns) : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Converted once: a conversion of a generic number is a call until the just-in-time compiler has seen it often.
        private readonly T count = T.CreateTruncating(columns);
        private nint first, end, chunk;

        public readonly Pass<T> Over(nint firstRow, nint endRow, nint ofChunk)
        {
            Pass<T> part = this;
            (part.first, part.end, part.chunk) = (firstRow, endRow, ofChunk);
            return part;
        }

        public readonly void Run<V>()
            where V : struct, ISimd<V, T>
        {
            if (columns < V.Count)
            {
                Rows<SimdScalar<T>>();
                return;
            }
            Rows<V>();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Rows<V>()
            where V : struct, ISimd<V, T>
        {
            for (nint row = first; row < end; row++)
            {
                if (dy == null) Forward<V>(x + row * columns, result + row * columns, statistics + row * Statistics);
                else Backward<V>(row);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Forward<V>(T* row, T* target, T* kept)
            where V : struct, ISimd<V, T>
        {
            T mean = Total<V>(row) / count;
            (T sum, T squares) = Deviations<V>(row, mean);
            mean += sum / count;
            T inverse = T.One / T.Sqrt(T.Max(T.Zero, squares - sum * sum / count) / count + epsilon);
            kept[0] = mean;
            kept[1] = inverse;
            Normalize<V>(row, target, mean, inverse, 0);
        }

        /// <summary>Σ x; what its rounding leaves over the deviations tell.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly T Total<V>(T* row)
            where V : struct, ISimd<V, T>
        {
            V a = V.Zero, b = a, c = a, d = a;
            nint j = 0;
            for (nint last = columns - 4 * V.Count; j <= last; j += 4 * V.Count)
            {
                a += V.Load(row + j);
                b += V.Load(row + j + V.Count);
                c += V.Load(row + j + 2 * V.Count);
                d += V.Load(row + j + 3 * V.Count);
            }
            for (nint last = columns - V.Count; j <= last; j += V.Count) a += V.Load(row + j);
            T sum = V.Sum(a + b + (c + d));
            for (; j < columns; j++) sum += row[j];
            return sum;
        }

        /// <summary>Σ (x − mean), which is what rounding left over, and Σ (x − mean)².</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly (T Sum, T Squares) Deviations<V>(T* row, T mean)
            where V : struct, ISimd<V, T>
        {
            V m = V.Create(mean), s = V.Zero, t = s, q = s, r = s;
            nint j = 0;
            for (nint last = columns - 2 * V.Count; j <= last; j += 2 * V.Count)
            {
                V a = V.Load(row + j) - m, b = V.Load(row + j + V.Count) - m;
                s += a;
                q = V.MultiplyAdd(a, a, q);
                t += b;
                r = V.MultiplyAdd(b, b, r);
            }
            for (nint last = columns - V.Count; j <= last; j += V.Count)
            {
                V a = V.Load(row + j) - m;
                s += a;
                q = V.MultiplyAdd(a, a, q);
            }
            T sum = V.Sum(s + t), squares = V.Sum(q + r);
            for (; j < columns; j++)
            {
                T a = row[j] - mean;
                sum += a;
                squares += a * a;
            }
            return (sum, squares);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Normalize<V>(T* row, T* target, T mean, T inverse, nint j)
            where V : struct, ISimd<V, T>
        {
            V m = V.Create(mean), scale = V.Create(inverse);
            for (nint last = columns - V.Count; j <= last; j += V.Count)
            {
                V y = (V.Load(row + j) - m) * scale;
                if (gamma != null) y *= V.Load(gamma + j);
                if (beta != null) y += V.Load(beta + j);
                V.Store(y, target + j);
            }
            if (j < columns) Normalize<SimdScalar<T>>(row, target, mean, inverse, j);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Backward<V>(nint row)
            where V : struct, ISimd<V, T>
        {
            T* kept = statistics + row * Statistics;
            T* source = x + row * columns, gradient = dy + row * columns;
            (T sum, T product) = Sums<V>(source, gradient, kept[0], kept[1], 0);
            Spread<V>(source, gradient, result + row * columns, kept[0], kept[1], sum / count, product / count, 0);
        }

        /// <summary>Σ dy·gamma and Σ dy·gamma·x̂ of a row; dy·x̂ and dy are added to the sums of the columns.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly (T Sum, T Product) Sums<V>(T* row, T* gradient, T mean, T inverse, nint j)
            where V : struct, ISimd<V, T>
        {
            T* dgamma = scratch + chunk * 2 * columns, dbeta = dgamma + columns;
            V m = V.Create(mean), scale = V.Create(inverse), s = V.Zero, p = s;
            for (nint last = columns - V.Count; j <= last; j += V.Count)
            {
                V g = V.Load(gradient + j), normal = (V.Load(row + j) - m) * scale;
                V.Store(V.MultiplyAdd(g, normal, V.Load(dgamma + j)), dgamma + j);
                V.Store(V.Load(dbeta + j) + g, dbeta + j);
                if (gamma != null) g *= V.Load(gamma + j);
                s += g;
                p = V.MultiplyAdd(g, normal, p);
            }
            T sum = V.Sum(s), product = V.Sum(p);
            if (j == columns) return (sum, product);
            (T restSum, T restProduct) = Sums<SimdScalar<T>>(row, gradient, mean, inverse, j);
            return (sum + restSum, product + restProduct);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Spread<V>(T* row, T* gradient, T* target, T mean, T inverse, T sum, T product, nint j)
            where V : struct, ISimd<V, T>
        {
            V m = V.Create(mean), scale = V.Create(inverse), a = V.Create(sum), b = V.Create(product);
            for (nint last = columns - V.Count; j <= last; j += V.Count)
            {
                V g = V.Load(gradient + j), normal = (V.Load(row + j) - m) * scale;
                if (gamma != null) g *= V.Load(gamma + j);
                V.Store((g - a - normal * b) * scale, target + j);
            }
            if (j < columns) Spread<SimdScalar<T>>(row, gradient, target, mean, inverse, sum, product, j);
        }
    }
}
