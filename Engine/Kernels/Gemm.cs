using System.Numerics;

namespace Engine.Kernels;

/// <summary>A matrix in memory: element (i, j) is <c>Data[i·RowStride + j·ColumnStride]</c>, so a transpose is an exchange of strides.</summary>
internal readonly unsafe struct StridedMatrix<T>(T* data, nint rowStride, nint columnStride)
    where T : unmanaged
{
    /// <summary>Element (0, 0).</summary>
    public readonly T* Data = data;

    /// <summary>From one row to the next.</summary>
    public readonly nint RowStride = rowStride;

    /// <summary>From one column to the next.</summary>
    public readonly nint ColumnStride = columnStride;

    /// <summary>The transpose of the same memory.</summary>
    public StridedMatrix<T> Transposed => new(Data, ColumnStride, RowStride);

    /// <summary>The same matrix from element (row, column) on.</summary>
    public StridedMatrix<T> From(nint row, nint column) => new(Data + (row * RowStride) + (column * ColumnStride), RowStride, ColumnStride);
}

/// <summary>What happens to a product before it is written: C = max(least, A·B + C if accumulating + bias).</summary>
/// <param name="bias">One value a column, or null.</param>
/// <param name="relu">Ends with max(0, ·); a NaN stays NaN.</param>
/// <param name="accumulate">Adds to what C holds instead of overwriting it.</param>
internal readonly unsafe struct GemmEpilogue<T>(T* bias = null, bool relu = false, bool accumulate = false)
    where T : unmanaged
{
    /// <summary>One value a column, or null.</summary>
    public readonly T* Bias = bias;

    /// <summary>Whether the result ends with max(0, ·).</summary>
    public readonly bool Relu = relu;

    /// <summary>Whether the product is added to what C holds.</summary>
    public readonly bool Accumulate = accumulate;

    /// <summary>The same for the columns from <paramref name="column"/> on.</summary>
    public GemmEpilogue<T> From(nint column) => new(Bias == null ? null : Bias + column, Relu, Accumulate);
}

/// <summary>A right operand in the microkernel's order, to be used many times; it lives in a buffer that the caller owns.</summary>
/// <remarks>Made by <see cref="Gemm.Pack{T}"/> for the register width of that moment.</remarks>
internal readonly unsafe struct PackedMatrix<T>(T* data, nint rows, nint columns)
    where T : unmanaged
{
    /// <summary>The packed elements.</summary>
    public readonly T* Data = data;

    /// <summary>Rows of the matrix: K.</summary>
    public readonly nint Rows = rows;

    /// <summary>Columns of the matrix: N.</summary>
    public readonly nint Columns = columns;
}

/// <summary>Products of matrices: C = A·B, M×K by K×N, with any strides of A and B, a fused epilogue and all threads.</summary>
/// <remarks>
/// Large products follow BLIS (Van Zee and van de Geijn, 2015): B is packed into panels that stay in the second-level cache while tiles of C
/// are computed in registers; small ones read their operands where they lie. Every element of C is summed in an order that depends on the
/// shape alone. C must not overlap A, B or the bias.
/// </remarks>
internal static unsafe partial class Gemm
{
    /// <summary>C = epilogue(A·B).</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A and rows of B; 0 makes the product zero.</param>
    /// <param name="a">M×K.</param>
    /// <param name="b">K×N.</param>
    /// <param name="c">Row-major M×N.</param>
    /// <param name="strideC">From one row of C to the next, at least N.</param>
    /// <param name="epilogue">Bias, ReLU, accumulation.</param>
    public static void Multiply<T>(
        nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: GemmDriver<Simd512<T>, T>.Multiply(m, n, k, a, b, c, strideC, epilogue); break;
            case 256: GemmDriver<Simd256<T>, T>.Multiply(m, n, k, a, b, c, strideC, epilogue); break;
            case 128: GemmDriver<Simd128<T>, T>.Multiply(m, n, k, a, b, c, strideC, epilogue); break;
            default: GemmDriver<SimdScalar<T>, T>.Multiply(m, n, k, a, b, c, strideC, epilogue); break;
        }
    }

    /// <summary>C = epilogue(A·B) for a B packed before; K and N are those of <paramref name="b"/>.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="a">M×K.</param>
    /// <param name="b">K×N, packed at the register width of now.</param>
    /// <param name="c">Row-major M×N.</param>
    /// <param name="strideC">From one row of C to the next, at least N.</param>
    /// <param name="epilogue">Bias, ReLU, accumulation.</param>
    public static void Multiply<T>(nint m, StridedMatrix<T> a, PackedMatrix<T> b, T* c, nint strideC, GemmEpilogue<T> epilogue = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: GemmDriver<Simd512<T>, T>.Multiply(m, a, b, c, strideC, epilogue); break;
            case 256: GemmDriver<Simd256<T>, T>.Multiply(m, a, b, c, strideC, epilogue); break;
            case 128: GemmDriver<Simd128<T>, T>.Multiply(m, a, b, c, strideC, epilogue); break;
            default: GemmDriver<SimdScalar<T>, T>.Multiply(m, a, b, c, strideC, epilogue); break;
        }
    }

    /// <summary>As many products as <paramref name="batch"/> says, each with its operands at a distance from the one before.</summary>
    /// <param name="batch">How many products.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A and rows of B.</param>
    /// <param name="a">The first A.</param>
    /// <param name="stepA">From one A to the next; 0 uses the same one for all.</param>
    /// <param name="b">The first B.</param>
    /// <param name="stepB">From one B to the next; 0 uses the same one for all.</param>
    /// <param name="c">The first C, row-major.</param>
    /// <param name="stepC">From one C to the next, at least M·strideC.</param>
    /// <param name="strideC">From one row of C to the next.</param>
    /// <param name="epilogue">Bias (the same for all), ReLU, accumulation.</param>
    public static void MultiplyBatched<T>(
        nint batch, nint m, nint n, nint k, StridedMatrix<T> a, nint stepA, StridedMatrix<T> b, nint stepB, T* c, nint stepC, nint strideC,
        GemmEpilogue<T> epilogue = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (batch == 1)
        {
            Multiply(m, n, k, a, b, c, strideC, epilogue);
            return;
        }

        var job = new BatchJob<T>
        {
            M = m, N = n, K = k, A = a, StepA = stepA, B = b, StepB = stepB, C = c, StepC = stepC, StrideC = strideC, Epilogue = epilogue,
            Batch = batch,
        };

        // Few and large: each product uses the whole team. Otherwise each chunk takes some products, and these run inline.
        double operations = 2.0 * m * n * k;
        if (operations >= 8 * ChunkOperations)
        {
            job.Chunks = 1;
            job.Run(0);
            return;
        }

        job.Chunks = (int)Math.Clamp((nint)(operations * batch / ChunkOperations), 1, Math.Min(batch, 64));
        WorkerTeam.Run(job, job.Chunks);
    }

    /// <summary>Elements that <see cref="Pack{T}"/> needs for a K×N matrix.</summary>
    public static nint PackedSize<T>(nint k, nint n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The widest register's padding serves every width.
        nint lanes = 64 / sizeof(T);
        return k * ((n + lanes - 1) / lanes * lanes);
    }

    /// <summary>Packs B for <see cref="Multiply{T}(nint, StridedMatrix{T}, PackedMatrix{T}, T*, nint, GemmEpilogue{T})"/>.</summary>
    /// <param name="k">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="b">K×N.</param>
    /// <param name="buffer">At least <see cref="PackedSize{T}"/> elements, best at a multiple of 64 bytes.</param>
    public static PackedMatrix<T> Pack<T>(nint k, nint n, StridedMatrix<T> b, T* buffer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: GemmDriver<Simd512<T>, T>.Pack(k, n, b, buffer); break;
            case 256: GemmDriver<Simd256<T>, T>.Pack(k, n, b, buffer); break;
            case 128: GemmDriver<Simd128<T>, T>.Pack(k, n, b, buffer); break;
            default: GemmDriver<SimdScalar<T>, T>.Pack(k, n, b, buffer); break;
        }

        return new PackedMatrix<T>(buffer, k, n);
    }

    /// <summary>Multiply–adds, counted twice, that are worth handing to another thread: about ten microseconds' work.</summary>
    public const double ChunkOperations = 1.5e6;

    private struct BatchJob<T> : IChunkJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public nint M, N, K, StepA, StepB, StepC, StrideC, Batch;
        public StridedMatrix<T> A, B;
        public T* C;
        public GemmEpilogue<T> Epilogue;
        public int Chunks;

        public readonly void Run(int chunk)
        {
            nint end = new EvenSplit(Batch, Chunks).Start(chunk + 1);
            for (nint i = new EvenSplit(Batch, Chunks).Start(chunk); i < end; i++)
            {
                Multiply(M, N, K, new(A.Data + (i * StepA), A.RowStride, A.ColumnStride), new(B.Data + (i * StepB), B.RowStride, B.ColumnStride),
                    C + (i * StepC), StrideC, Epilogue);
            }
        }
    }
}
