using System.Numerics;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>Products against a scalar loop in double, at every register width, with poisoned margins around every operand.</summary>
[NonParallelizable]
public sealed unsafe class GemmTests
{
    private static readonly int[] Widths = [512, 256, 128, 0];

    private static readonly (int M, int N, int K)[] OddShapes =
    [
        (1, 1, 1), (1, 1, 7), (1, 17, 5), (2, 3, 4), (5, 64, 1), (6, 64, 9), (7, 65, 3), (8, 48, 2), (9, 10, 33), (11, 33, 17), (12, 16, 31),
        (13, 130, 21), (17, 5, 40), (19, 193, 11), (25, 31, 64), (37, 1, 19), (1, 100, 50), (3, 70, 90), (61, 67, 71), (3, 5, 2500),
    ];

    [TestCaseSource(nameof(Widths))]
    public void Product_equals_the_scalar_loop_for_odd_sizes_and_all_strides(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach ((int m, int n, int k) in OddShapes)
        {
            for (int strides = 0; strides < 9; strides++)
            {
                Check<float>(m, n, k, (Layout)(strides / 3), (Layout)(strides % 3), (strides & 1) != 0, (strides & 2) != 0, strides == 5, 2e-6);
            }

            Check<double>(m, n, k, Layout.Plain, Layout.Plain, true, true, true, 1e-14);
            Check<double>(m, n, k, Layout.Transposed, Layout.Transposed, false, false, false, 1e-14);
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void Every_size_around_the_tiles_is_right(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        int columns = (3 * 4 * Math.Max(1, width / 64)) + 1;
        for (int n = 1; n <= columns; n++)
        {
            Check<double>(1 + (n % 25), n, 1 + (n % 6), Layout.Plain, (Layout)(n % 3), n % 2 == 0, n % 3 == 0, n % 5 == 0, 1e-14);
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void Blocked_and_packed_products_are_right(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        Check<float>(101, 203, 801, Layout.Plain, Layout.Plain, true, true, false, 1e-5);
        Check<float>(101, 203, 801, Layout.Transposed, Layout.Transposed, true, false, true, 1e-5);
        Check<float>(101, 203, 2101, Layout.Plain, Layout.Transposed, true, true, true, 1e-5);
        Check<float>(301, 70, 611, Layout.Transposed, Layout.Plain, false, true, true, 1e-5);
        Check<float>(5, 4200, 33, Layout.Plain, Layout.Transposed, true, false, false, 1e-5);
        Check<double>(5, 8, 80_001, Layout.Plain, Layout.Plain, true, true, true, 1e-13);
        Check<double>(14, 4200, 33, Layout.Sparse, Layout.Sparse, true, true, true, 1e-13);
    }

    [TestCaseSource(nameof(Widths))]
    public void Few_rows_take_slivers_in_several_blocks(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        Check<float>(32, 128, 1203, Layout.Plain, Layout.Plain, true, true, false, 1e-5);
        Check<float>(64, 77, 1203, Layout.Transposed, Layout.Plain, true, true, true, 1e-5);
        Check<float>(7, 130, 1203, Layout.Sparse, Layout.Transposed, false, true, true, 1e-5);
        Check<float>(50, 9, 2500, Layout.Plain, Layout.Sparse, true, false, true, 1e-5);
        Check<double>(13, 131, 605, Layout.Plain, Layout.Transposed, true, true, true, 1e-13);
        Check<double>(64, 64, 605, Layout.Plain, Layout.Plain, true, false, false, 1e-13);
    }

    [TestCaseSource(nameof(Widths))]
    public void Packed_right_operand_gives_the_plain_product_up_to_rounding(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach ((int m, int n, int k) in new[] { (32, 128, 100), (5, 10, 900), (40, 70, 401), (110, 70, 1301) })
        {
            using var a = new GuardedBuffer<float>(m * k, 1);
            using var b = new GuardedBuffer<float>(k * n, 2);
            using var packed = new GuardedBuffer<float>((int)Gemm.PackedSize<float>(k, n), 3);
            using var c = new GuardedBuffer<float>(m * n, 4);
            using var d = new GuardedBuffer<float>(m * n, 5);
            using var bias = new GuardedBuffer<float>(n, 6);
            var epilogue = new GemmEpilogue<float>(bias.Pointer, relu: true);
            PackedMatrix<float> matrix = Gemm.Pack(k, n, new StridedMatrix<float>(b.Pointer, n, 1), packed.Pointer);
            Gemm.Multiply(m, new StridedMatrix<float>(a.Pointer, k, 1), matrix, c.Pointer, n, epilogue);
            Gemm.Multiply(m, n, k, new(a.Pointer, k, 1), new(b.Pointer, n, 1), d.Pointer, n, epilogue);
            double error = 0;
            for (int i = 0; i < m * n; i++)
            {
                error = Math.Max(error, Math.Abs(c.Span[i] - d.Span[i]));
            }

            Assert.That(error, Is.LessThan(1e-4), $"{m}x{n}x{k}");
            packed.AssertMarginsUntouched();
            c.AssertMarginsUntouched();
        }
    }

    [Test]
    public void Empty_sums_leave_the_epilogue_alone()
    {
        float[] c = [1, 2, 3, 4];
        float[] bias = [-5, 7];
        fixed (float* to = c, add = bias)
        {
            Gemm.Multiply(2, 2, 0, default, default, to, 2, new GemmEpilogue<float>(add, relu: true));
            Assert.That(c, Is.EqualTo(new float[] { 0, 7, 0, 7 }));
            Gemm.Multiply(2, 2, 0, default, default, to, 2, new GemmEpilogue<float>(add, accumulate: true));
            Assert.That(c, Is.EqualTo(new float[] { -5, 14, -5, 14 }));
            Gemm.Multiply(2, 2, 0, default, default, to, 2);
            Assert.That(c, Is.EqualTo(new float[4]));
            Gemm.Multiply(0, 2, 3, default, default, to, 2, new GemmEpilogue<float>(add));
            Gemm.Multiply(2, 0, 3, default, default, to, 2, new GemmEpilogue<float>(add));
            Assert.That(c, Is.EqualTo(new float[4]));
        }
    }

    [Test]
    public void Relu_keeps_a_NaN()
    {
        foreach (int width in Widths)
        {
            using IDisposable _ = SimdWidth.Force(width);
            float[] a = [float.NaN, 1], b = [1, -2, 3], c = new float[6];
            fixed (float* pa = a, pb = b, pc = c)
            {
                Gemm.Multiply(2, 3, 1, new(pa, 1, 1), new(pb, 3, 1), pc, 3, new GemmEpilogue<float>(relu: true));
            }

            Assert.That(c, Is.EqualTo(new[] { float.NaN, float.NaN, float.NaN, 1, 0, 3 }), $"{width} bits");
        }
    }

    [Test]
    public void Batched_products_are_the_products_one_by_one([Values(1, 3, 40)] int batch, [Values(false, true)] bool shareB)
    {
        const int m = 9, n = 21, k = 13;
        using var a = new GuardedBuffer<float>(batch * m * k, 1);
        using var b = new GuardedBuffer<float>(batch * k * n, 2);
        using var c = new GuardedBuffer<float>(batch * m * n, 3);
        using var d = new GuardedBuffer<float>(batch * m * n, 4);
        Gemm.MultiplyBatched<float>(batch, m, n, k, new(a.Pointer, 1, m), m * k, new(b.Pointer, n, 1), shareB ? 0 : k * n, c.Pointer, m * n, n);
        for (int i = 0; i < batch; i++)
        {
            Gemm.Multiply<float>(
                m, n, k, new(a.Pointer + (i * m * k), 1, m), new(b.Pointer + (shareB ? 0 : i * k * n), n, 1), d.Pointer + (i * m * n), n);
        }

        Assert.That(c.Span.SequenceEqual(d.Span), Is.True);
        c.AssertMarginsUntouched();
    }

    [Test]
    public void Bits_do_not_depend_on_the_number_of_threads()
    {
        foreach ((int m, int n, int k) in new[] { (33, 130, 900), (200, 500, 300), (5, 9, 300_000), (1, 700, 900), (64, 64, 3000), (700, 1, 800) })
        {
            byte[]? first = null;
            foreach (int threads in new[] { 1, 2, 3, 8 })
            {
                int former = Parallelism.MaxThreads;
                Parallelism.MaxThreads = threads;
                try
                {
                    using var a = new GuardedBuffer<float>(m * k, 1);
                    using var b = new GuardedBuffer<float>(k * n, 2);
                    using var c = new GuardedBuffer<float>(2 * m * n, 3);
                    Gemm.Multiply<float>(m, n, k, new(a.Pointer, k, 1), new(b.Pointer, n, 1), c.Pointer, n);
                    Gemm.Multiply<float>(m, n, k, new(a.Pointer, 1, m), new(b.Pointer, 1, k), c.Pointer + (m * n), n);
                    byte[] bits = System.Runtime.InteropServices.MemoryMarshal.AsBytes(c.Span).ToArray();
                    first ??= bits;
                    Assert.That(bits.AsSpan().SequenceEqual(first), Is.True, $"{m}x{n}x{k} with {threads} threads");
                }
                finally
                {
                    Parallelism.MaxThreads = former;
                }
            }
        }
    }

    private enum Layout
    {
        Plain,
        Transposed,
        Sparse,
    }

    private static void Check<T>(int m, int n, int k, Layout layoutA, Layout layoutB, bool withBias, bool relu, bool accumulate, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int sizeA, int rowA, int columnA) = Strides(m, k, layoutA);
        (int sizeB, int rowB, int columnB) = Strides(k, n, layoutB);
        int strideC = n + 3;
        using var a = new GuardedBuffer<T>(sizeA, 1, poisonGapsOf: layoutA == Layout.Sparse ? 2 : 1);
        using var b = new GuardedBuffer<T>(sizeB, 2, poisonGapsOf: layoutB == Layout.Sparse ? 2 : 1);
        using var c = new GuardedBuffer<T>(((m - 1) * strideC) + n, 3);
        using var bias = new GuardedBuffer<T>(n, 4);
        T[] before = c.Span.ToArray();
        Gemm.Multiply(m, n, k, new StridedMatrix<T>(a.Pointer, rowA, columnA), new StridedMatrix<T>(b.Pointer, rowB, columnB), c.Pointer, strideC,
            new GemmEpilogue<T>(withBias ? bias.Pointer : null, relu, accumulate));
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < strideC && (i * strideC) + j < c.Span.Length; j++)
            {
                int at = (i * strideC) + j;
                if (j >= n)
                {
                    Assert.That(c.Span[at], Is.EqualTo(before[at]), "a gap between rows was written");
                    continue;
                }

                double sum = accumulate ? double.CreateChecked(before[at]) : 0, size = 1;
                sum += withBias ? double.CreateChecked(bias.Span[j]) : 0;
                for (int p = 0; p < k; p++)
                {
                    double product = double.CreateChecked(a.Span[(i * rowA) + (p * columnA)]) * double.CreateChecked(b.Span[(p * rowB) + (j * columnB)]);
                    sum += product;
                    size += Math.Abs(product);
                }

                double wanted = relu ? Math.Max(0, sum) : sum;
                double got = double.CreateChecked(c.Span[at]);
                if (!(Math.Abs(got - wanted) <= tolerance * size))
                {
                    Assert.Fail($"{typeof(T).Name} {m}x{n}x{k} {layoutA} {layoutB} bias {withBias} relu {relu} accumulate {accumulate}: "
                        + $"({i}, {j}) got {got}, wanted {wanted}");
                }
            }
        }

        c.AssertMarginsUntouched();
    }

    private static (int Size, int Row, int Column) Strides(int rows, int columns, Layout layout) => layout switch
    {
        Layout.Plain => (rows * columns, columns, 1),
        Layout.Transposed => (rows * columns, 1, rows),
        _ => (2 * rows * columns, 2 * columns, 2),
    };
}
