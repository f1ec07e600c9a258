using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Copies operands into the order in which the microkernel reads them.</summary>
internal static unsafe class GemmPacking
{
    /// <summary>Packs a K×columns piece of B into rows of <paramref name="width"/> elements, the columns beyond the matrix zero.</summary>
    /// <param name="b">The piece's first element.</param>
    /// <param name="rowStride">From one k to the next.</param>
    /// <param name="columnStride">From one column to the next.</param>
    /// <param name="k">Rows.</param>
    /// <param name="columns">Columns that exist, at most <paramref name="width"/>.</param>
    /// <param name="width">A tile's width.</param>
    /// <param name="destination">k·width elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackColumns<T>(T* b, nint rowStride, nint columnStride, nint k, nint columns, nint width, T* destination)
        where T : unmanaged
    {
        if (columns < width)
        {
            new Span<T>(destination, checked((int)(k * width))).Clear();
        }

        if (columnStride == 1 && columns == width && width * sizeof(T) == 64)
        {
            // Two registers of 256 bits, the commonest width: no loop within the row.
            for (T* end = destination + (k * width); destination < end; b += rowStride, destination += width)
            {
                Vector256<byte> low = Vector256.Load((byte*)b), high = Vector256.Load((byte*)b + 32);
                low.Store((byte*)destination);
                high.Store((byte*)destination + 32);
            }
        }
        else if (columnStride == 1)
        {
            for (nint row = 0; row < k; row++)
            {
                Copy(b + (row * rowStride), destination + (row * width), columns);
            }
        }
        else if (rowStride == 1)
        {
            Transpose(b, columnStride, columns, k, destination, width);
        }
        else
        {
            for (nint row = 0; row < k; row++)
            {
                for (nint column = 0; column < columns; column++)
                {
                    destination[(row * width) + column] = b[(row * rowStride) + (column * columnStride)];
                }
            }
        }
    }

    /// <summary>Lays a piece of A out by rows, k contiguous, whatever its strides are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRows<T>(StridedMatrix<T> a, nint rows, nint k, T* destination, nint destinationStride)
        where T : unmanaged
    {
        if (a.RowStride == 1 && a.ColumnStride != 1)
        {
            Transpose(a.Data, a.ColumnStride, k, rows, destination, destinationStride);
            return;
        }

        for (nint row = 0; row < rows; row++)
        {
            T* from = a.Data + (row * a.RowStride), to = destination + (row * destinationStride);
            if (a.ColumnStride == 1)
            {
                Copy(from, to, k);
                continue;
            }

            for (nint i = 0; i < k; i++)
            {
                to[i] = from[i * a.ColumnStride];
            }
        }
    }

    /// <summary>destination[j, i] = source[i, j] for a source of rows×columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose<T>(T* source, nint sourceStride, nint rows, nint columns, T* destination, nint destinationStride)
        where T : unmanaged
    {
        // Bands of as many rows as a register has lanes, in which the columns go by half a register.
        nint band = !Avx.IsSupported ? 1 : 32 / sizeof(T);
        nint fullRows = !Avx.IsSupported ? 0 : rows / band * band, fullColumns = columns / (16 / sizeof(T)) * (16 / sizeof(T));
        for (nint i = 0; i < fullRows; i += band)
        {
            T* from = source + (i * sourceStride), to = destination + i;
            if (sizeof(T) == 4)
            {
                TransposeBand((float*)from, sourceStride, fullColumns, (float*)to, destinationStride);
            }
            else
            {
                TransposeBand((double*)from, sourceStride, fullColumns, (double*)to, destinationStride);
            }

            TransposePlainly(from + fullColumns, sourceStride, band, columns - fullColumns, to + (fullColumns * destinationStride), destinationStride);
        }

        TransposePlainly(source + (fullRows * sourceStride), sourceStride, rows - fullRows, columns, destination + fullRows, destinationStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposePlainly<T>(T* source, nint sourceStride, nint rows, nint columns, T* destination, nint destinationStride)
        where T : unmanaged
    {
        for (nint j = 0; j < columns; j++)
        {
            for (nint i = 0; i < rows; i++)
            {
                destination[(j * destinationStride) + i] = source[(i * sourceStride) + j];
            }
        }
    }

    // Rows four apart share a register, put there by loads: then pairs and pairs of pairs are interleaved within its halves and nothing crosses.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeBand(float* s, nint ss, nint columns, float* d, nint ds)
    {
        nint across = 4 * ss, third = 3 * ss, thirdTo = 3 * ds;
        for (float* end = s + columns; s < end; s += 4, d += 4 * ds)
        {
            Vector256<float> r0 = Pair(s, across), r1 = Pair(s + ss, across), r2 = Pair(s + (2 * ss), across), r3 = Pair(s + third, across);
            Vector256<float> t0 = Avx.UnpackLow(r0, r1), t1 = Avx.UnpackHigh(r0, r1), t2 = Avx.UnpackLow(r2, r3), t3 = Avx.UnpackHigh(r2, r3);
            Avx.Shuffle(t0, t2, 0x44).Store(d);
            Avx.Shuffle(t0, t2, 0xEE).Store(d + ds);
            Avx.Shuffle(t1, t3, 0x44).Store(d + (2 * ds));
            Avx.Shuffle(t1, t3, 0xEE).Store(d + thirdTo);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeBand(double* s, nint ss, nint columns, double* d, nint ds)
    {
        nint across = 2 * ss;
        for (double* end = s + columns; s < end; s += 2, d += 2 * ds)
        {
            Vector256<double> r0 = Pair(s, across), r1 = Pair(s + ss, across);
            Avx.UnpackLow(r0, r1).Store(d);
            Avx.UnpackHigh(r0, r1).Store(d + ds);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Pair<T>(T* low, nint high)
        where T : unmanaged
        => Vector256.Create(Vector128.Load(low), Vector128.Load(low + high));

    /// <summary>Copies a few cache lines without a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<T>(T* source, T* destination, nint count)
        where T : unmanaged
    {
        nint i = 0;
        for (; i + (32 / sizeof(T)) <= count; i += 32 / sizeof(T))
        {
            Vector256.Load((byte*)(source + i)).Store((byte*)(destination + i));
        }

        for (; i < count; i++)
        {
            destination[i] = source[i];
        }
    }
}
