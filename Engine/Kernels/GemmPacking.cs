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

        if (columnStride == 1)
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
        nint block = !Avx.IsSupported ? 0 : sizeof(T) == 4 ? 8 : 4;
        nint fullRows = block == 0 ? 0 : rows / block * block;
        nint fullColumns = block == 0 ? 0 : columns / block * block;
        for (nint i = 0; i < fullRows; i += block)
        {
            for (nint j = 0; j < fullColumns; j += block)
            {
                T* from = source + (i * sourceStride) + j;
                T* to = destination + (j * destinationStride) + i;
                if (sizeof(T) == 4)
                {
                    Transpose8((float*)from, sourceStride, (float*)to, destinationStride);
                }
                else
                {
                    Transpose4((double*)from, sourceStride, (double*)to, destinationStride);
                }
            }

            TransposePlainly(source + (i * sourceStride) + fullColumns, sourceStride, block, columns - fullColumns,
                destination + (fullColumns * destinationStride) + i, destinationStride);
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

    // Pairs of rows are interleaved, then pairs of pairs, then the halves of the registers change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8(float* s, nint ss, float* d, nint ds)
    {
        Vector256<float> r0 = Vector256.Load(s), r1 = Vector256.Load(s + ss), r2 = Vector256.Load(s + (2 * ss)), r3 = Vector256.Load(s + (3 * ss));
        Vector256<float> t0 = Avx.UnpackLow(r0, r1), t1 = Avx.UnpackHigh(r0, r1), t2 = Avx.UnpackLow(r2, r3), t3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> u0 = Avx.Shuffle(t0, t2, 0x44), u1 = Avx.Shuffle(t0, t2, 0xEE), u2 = Avx.Shuffle(t1, t3, 0x44), u3 = Avx.Shuffle(t1, t3, 0xEE);
        s += 4 * ss;
        r0 = Vector256.Load(s);
        r1 = Vector256.Load(s + ss);
        r2 = Vector256.Load(s + (2 * ss));
        r3 = Vector256.Load(s + (3 * ss));
        t0 = Avx.UnpackLow(r0, r1);
        t1 = Avx.UnpackHigh(r0, r1);
        t2 = Avx.UnpackLow(r2, r3);
        t3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> v0 = Avx.Shuffle(t0, t2, 0x44), v1 = Avx.Shuffle(t0, t2, 0xEE), v2 = Avx.Shuffle(t1, t3, 0x44), v3 = Avx.Shuffle(t1, t3, 0xEE);
        Avx.Permute2x128(u0, v0, 0x20).Store(d);
        Avx.Permute2x128(u1, v1, 0x20).Store(d + ds);
        Avx.Permute2x128(u2, v2, 0x20).Store(d + (2 * ds));
        Avx.Permute2x128(u3, v3, 0x20).Store(d + (3 * ds));
        d += 4 * ds;
        Avx.Permute2x128(u0, v0, 0x31).Store(d);
        Avx.Permute2x128(u1, v1, 0x31).Store(d + ds);
        Avx.Permute2x128(u2, v2, 0x31).Store(d + (2 * ds));
        Avx.Permute2x128(u3, v3, 0x31).Store(d + (3 * ds));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(double* s, nint ss, double* d, nint ds)
    {
        Vector256<double> r0 = Vector256.Load(s), r1 = Vector256.Load(s + ss), r2 = Vector256.Load(s + (2 * ss)), r3 = Vector256.Load(s + (3 * ss));
        Vector256<double> t0 = Avx.UnpackLow(r0, r1), t1 = Avx.UnpackHigh(r0, r1), t2 = Avx.UnpackLow(r2, r3), t3 = Avx.UnpackHigh(r2, r3);
        Avx.Permute2x128(t0, t2, 0x20).Store(d);
        Avx.Permute2x128(t1, t3, 0x20).Store(d + ds);
        Avx.Permute2x128(t0, t2, 0x31).Store(d + (2 * ds));
        Avx.Permute2x128(t1, t3, 0x31).Store(d + (3 * ds));
    }

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
