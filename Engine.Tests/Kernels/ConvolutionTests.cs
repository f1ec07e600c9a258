using System.Numerics;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>The convolution triple against scalar loops in double, at every register width, in poisoned buffers.</summary>
[NonParallelizable]
public sealed unsafe class ConvolutionTests
{
    private static readonly int[] Widths = [512, 256, 128, 0];

    private static readonly ConvolutionShape[] Shapes =
    [
        Shape(1, 1, 1, 1, 1, 1, 1),
        Shape(2, 7, 6, 1, 5, 3, 3),
        Shape(2, 9, 8, 3, 33, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 },
        Shape(1, 8, 11, 4, 7, 3, 2) with { StrideHeight = 2, StrideWidth = 3, PadTop = 1, PadRight = 2 },
        Shape(1, 12, 10, 5, 17, 3, 3) with { DilationHeight = 2, DilationWidth = 3, PadBottom = 3, PadLeft = 2 },
        Shape(2, 9, 9, 6, 4, 3, 3) with { Groups = 2, PadTop = 1, PadLeft = 1 },
        Shape(1, 9, 9, 4, 8, 2, 3) with { Groups = 4, StrideHeight = 2, StrideWidth = 2, DilationWidth = 2, PadRight = 1 },
        Shape(2, 8, 7, 19, 19, 3, 3) with { Groups = 19, PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 },
        Shape(1, 11, 9, 18, 18, 3, 2) with { Groups = 18, StrideHeight = 2, StrideWidth = 3, DilationHeight = 2, PadTop = 2, PadLeft = 1 },
        Shape(2, 11, 12, 1, 6, 5, 4) with { StrideHeight = 2, StrideWidth = 3, DilationHeight = 1, DilationWidth = 2, PadTop = 2, PadRight = 3, PadLeft = 1 },
        Shape(1, 150, 5, 1, 3, 3, 3) with { PadTop = 1, PadBottom = 1 },
        Shape(3, 1, 20, 6, 70, 1, 5),
        Shape(1, 1, 30, 3, 5, 1, 4) with { StrideWidth = 3, PadLeft = 2 },
        Shape(2, 6, 6, 66, 66, 1, 1),
        Shape(1, 6, 6, 2, 3, 1, 1) with { StrideHeight = 3, StrideWidth = 2 },
        Shape(1, 5, 5, 2, 3, 2, 2) with { StrideHeight = 3, StrideWidth = 3, PadTop = 3, PadBottom = 4, PadLeft = 5, PadRight = 3 },
        Shape(1, 4, 4, 2, 2, 9, 9) with { PadTop = 4, PadBottom = 4, PadLeft = 4, PadRight = 4 },
        Shape(1, 10, 10, 3, 2, 4, 4) with { StrideHeight = 2, StrideWidth = 2, PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 },
        Shape(3, 13, 12, 16, 24, 3, 3),
        Shape(2, 9, 11, 33, 19, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 },
        Shape(2, 12, 8, 18, 37, 3, 3) with { PadTop = 3, PadBottom = 0, PadLeft = 4, PadRight = 2 },
    ];

    [TestCaseSource(nameof(Widths))]
    public void Forward_equals_the_formula(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach (ConvolutionShape shape in Shapes)
        {
            Forward<float>(shape, bias: false, relu: false, 3e-6);
            Forward<float>(shape, bias: true, relu: true, 3e-6);
            Forward<double>(shape, bias: true, relu: false, 1e-14);
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void Input_gradient_equals_the_formula(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach (ConvolutionShape shape in Shapes)
        {
            InputGradient<float>(shape, bias: false, relu: false, 3e-6);
            InputGradient<float>(shape, bias: true, relu: true, 3e-6);
            InputGradient<double>(shape, bias: true, relu: false, 1e-14);
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void Kernel_gradient_equals_the_formula(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        foreach (ConvolutionShape shape in Shapes)
        {
            KernelGradient<float>(shape, bias: true, 3e-6);
            KernelGradient<double>(shape, bias: false, 1e-14);
            KernelGradient<double>(shape, bias: true, 1e-14);
        }
    }

    // What the tests here and the gradient registry's rows "by transformed tiles" are about, and what they are not.
    [TestCase(3, 13, 12, 16, 24, 0, ExpectedResult = true)]
    [TestCase(2, 9, 11, 33, 19, 1, ExpectedResult = true)]
    [TestCase(2, 8, 8, 16, 16, 1, ExpectedResult = true)]
    [TestCase(9, 21, 20, 32, 40, 1, ExpectedResult = true)]
    [TestCase(32, 28, 28, 1, 32, 0, ExpectedResult = false)]
    [TestCase(1, 3, 3, 64, 64, 0, ExpectedResult = false)]
    public bool Transformed_tiles_are_for_many_channels_and_whole_tiles(int batch, int height, int width, int channels, int filters, int padding)
    {
        ConvolutionShape shape = Shape(batch, height, width, channels, filters, 3, 3) with { PadTop = padding, PadBottom = padding, PadLeft = padding, PadRight = padding };
        Assert.That(Winograd.Applies(shape with { StrideWidth = 2 }), Is.False);
        return Winograd.Applies(shape);
    }

    [Test]
    public void Many_channels_take_several_blocks_of_the_sum()
    {
        ConvolutionShape shape = Shape(1, 5, 5, 260, 130, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 };
        Forward<double>(shape, bias: true, relu: true, 1e-13);
        InputGradient<double>(shape, bias: true, relu: true, 1e-13);
        KernelGradient<double>(shape, bias: true, 1e-13);
    }

    [Test]
    public void Large_images_are_cut_into_bands()
    {
        ConvolutionShape shape = Shape(2, 70, 40, 8, 24, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 };
        Forward<float>(shape, bias: true, relu: true, 3e-6);
        InputGradient<float>(shape, bias: false, relu: false, 3e-6);
        KernelGradient<float>(shape, bias: true, 3e-6);
    }

    [TestCaseSource(nameof(Widths))]
    public void Tiles_of_a_band_take_what_those_above_it_leave(int width)
    {
        using IDisposable _ = SimdWidth.Force(width);
        ConvolutionShape shape = Shape(1, 37, 21, 32, 40, 3, 3) with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 };
        Assert.That(Winograd.Applies(shape), Is.True);
        InputGradient<float>(shape, bias: true, relu: true, 3e-6);
    }

    [Test]
    public void Results_too_large_for_the_caches_have_the_bits_of_smaller_ones([Values(512, 256, 128)] int width, [Values(0, 32)] int misaligned)
    {
        using IDisposable _ = SimdWidth.Force(width);
        const int Batch = 10;
        ConvolutionShape one = Shape(1, 122, 121, 1, 64, 2, 3), all = one with { Batch = Batch };
        using var x = new GuardedBuffer<float>((int)all.InputSize, 1);
        using var w = new GuardedBuffer<float>((int)all.KernelSize, 2);
        using var bias = new GuardedBuffer<float>(64, 3);
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)((all.OutputSize * sizeof(float)) + misaligned), 64);
        try
        {
            float* y = (float*)(memory + misaligned);
            Convolution.Forward(all, x.Pointer, w.Pointer, y, bias.Pointer, relu: true);
            using var single = new GuardedBuffer<float>((int)one.OutputSize, 4);
            for (int image = 0; image < Batch; image++)
            {
                Convolution.Forward(one, x.Pointer + (image * one.InputSize), w.Pointer, single.Pointer, bias.Pointer, relu: true);
                var part = new ReadOnlySpan<float>(y + (image * one.OutputSize), (int)one.OutputSize);
                Assert.That(part.SequenceEqual(single.Span), Is.True, $"image {image}");
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [Test]
    public void Bits_do_not_depend_on_the_number_of_threads()
    {
        ConvolutionShape[] shapes =
        [
            Shape(5, 20, 21, 8, 40, 3, 3) with { PadTop = 1, PadLeft = 1, StrideWidth = 2 },
            Shape(4, 30, 30, 48, 48, 3, 3) with { Groups = 48 },
            Shape(7, 1, 90, 16, 32, 1, 5),
            Shape(9, 21, 20, 32, 40, 3, 3) with { PadTop = 1, PadLeft = 1 },
            Shape(2, 50, 20, 32, 40, 3, 3) with { PadTop = 1, PadLeft = 1 },
        ];
        foreach (ConvolutionShape shape in shapes)
        {
            byte[]? first = null;
            foreach (int threads in new[] { 1, 2, 3, 8 })
            {
                int former = Parallelism.MaxThreads;
                Parallelism.MaxThreads = threads;
                try
                {
                    using var x = new GuardedBuffer<float>((int)shape.InputSize, 1);
                    using var w = new GuardedBuffer<float>((int)shape.KernelSize, 2);
                    using var dy = new GuardedBuffer<float>((int)shape.OutputSize, 3);
                    using var result = new GuardedBuffer<float>((int)(shape.InputSize + shape.KernelSize + (2 * shape.OutputSize)), 4);
                    float* y = result.Pointer, dx = y + shape.OutputSize, dw = dx + shape.InputSize, db = dw + shape.KernelSize;
                    Convolution.Forward(shape, x.Pointer, w.Pointer, y);
                    Convolution.InputGradient(shape, dy.Pointer, w.Pointer, dx);
                    Convolution.KernelGradient(shape, x.Pointer, dy.Pointer, dw, db);
                    byte[] bits = MemoryMarshal.AsBytes(result.Span).ToArray();
                    first ??= bits;
                    Assert.That(bits.AsSpan().SequenceEqual(first), Is.True, $"{shape} with {threads} threads");
                }
                finally
                {
                    Parallelism.MaxThreads = former;
                }
            }
        }
    }

    [TestCase(3, 28, 28, 1, 32)]
    [TestCase(2, 9, 7, 3, 5)]
    [TestCase(2, 40, 33, 4, 17)]
    public void A_masked_kernel_gradient_is_that_of_the_masked_dy_bit_for_bit(int batch, int height, int width, int channels, int filters)
    {
        ConvolutionShape shape = Shape(batch, height, width, channels, filters, 3, 3);
        using var x = new GuardedBuffer<float>((int)shape.InputSize, 1);
        using var dy = new GuardedBuffer<float>((int)shape.OutputSize, 2);
        using var y = new GuardedBuffer<float>((int)shape.OutputSize, 3);
        using var got = new GuardedBuffer<float>((int)shape.KernelSize + filters, 4);
        using var wanted = new GuardedBuffer<float>((int)shape.KernelSize + filters, 5);
        y.Span[0] = 0;
        y.Span[1] = float.NaN;
        Convolution.KernelGradient(shape, x.Pointer, dy.Pointer, got.Pointer, got.Pointer + shape.KernelSize, y.Pointer);
        int passed = 0;
        for (int i = 0; i < dy.Span.Length; i++)
        {
            if (y.Span[i] > 0) passed++;
            else dy.Span[i] = 0;
        }

        Convolution.KernelGradient(shape, x.Pointer, dy.Pointer, wanted.Pointer, wanted.Pointer + shape.KernelSize);
        Assert.That(passed, Is.InRange(1, dy.Span.Length - 3));
        Assert.That(got.Span.SequenceEqual(wanted.Span), Is.True);
    }

    private static ConvolutionShape Shape(int batch, int height, int width, int channels, int filters, int kernelHeight, int kernelWidth) => new()
    {
        Batch = batch, InputHeight = height, InputWidth = width, InputChannels = channels, OutputChannels = filters,
        KernelHeight = kernelHeight, KernelWidth = kernelWidth,
    };

    private static void Forward<T>(ConvolutionShape shape, bool bias, bool relu, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var x = new GuardedBuffer<T>((int)shape.InputSize, 1);
        using var w = new GuardedBuffer<T>((int)shape.KernelSize, 2);
        using var b = new GuardedBuffer<T>(shape.OutputChannels, 3);
        using var y = new GuardedBuffer<T>((int)shape.OutputSize, 4);
        Convolution.Forward(shape, x.Pointer, w.Pointer, y.Pointer, bias ? b.Pointer : null, relu);
        var wanted = new double[y.Span.Length];
        var size = new double[y.Span.Length];
        for (int i = 0; i < wanted.Length && bias; i++)
        {
            wanted[i] = double.CreateChecked(b.Span[i % shape.OutputChannels]);
        }

        ForEachProduct(shape, (xi, wi, yi) => Add(wanted, size, yi, x.Pointer[xi], w.Pointer[wi]));
        Compare(y, wanted, size, relu, tolerance, $"forward {shape}");
    }

    private static void InputGradient<T>(ConvolutionShape shape, bool bias, bool relu, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var dy = new GuardedBuffer<T>((int)shape.OutputSize, 1);
        using var w = new GuardedBuffer<T>((int)shape.KernelSize, 2);
        using var b = new GuardedBuffer<T>(shape.InputChannels, 3);
        using var dx = new GuardedBuffer<T>((int)shape.InputSize, 4);
        Convolution.InputGradient(shape, dy.Pointer, w.Pointer, dx.Pointer, bias ? b.Pointer : null, relu);
        var wanted = new double[dx.Span.Length];
        var size = new double[dx.Span.Length];
        for (int i = 0; i < wanted.Length && bias; i++)
        {
            wanted[i] = double.CreateChecked(b.Span[i % shape.InputChannels]);
        }

        ForEachProduct(shape, (xi, wi, yi) => Add(wanted, size, xi, dy.Pointer[yi], w.Pointer[wi]));
        Compare(dx, wanted, size, relu, tolerance, $"input gradient {shape}");
    }

    private static void KernelGradient<T>(ConvolutionShape shape, bool bias, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var x = new GuardedBuffer<T>((int)shape.InputSize, 1);
        using var dy = new GuardedBuffer<T>((int)shape.OutputSize, 2);
        using var dw = new GuardedBuffer<T>((int)shape.KernelSize, 3);
        using var db = new GuardedBuffer<T>(shape.OutputChannels, 4);
        T untouched = db.Span[0];
        Convolution.KernelGradient(shape, x.Pointer, dy.Pointer, dw.Pointer, bias ? db.Pointer : null);
        var wanted = new double[dw.Span.Length];
        var size = new double[dw.Span.Length];
        ForEachProduct(shape, (xi, wi, yi) => Add(wanted, size, wi, x.Pointer[xi], dy.Pointer[yi]));
        Compare(dw, wanted, size, false, tolerance, $"kernel gradient {shape}");
        if (!bias)
        {
            Assert.That(db.Span[0], Is.EqualTo(untouched));
            return;
        }

        var sums = new double[shape.OutputChannels];
        var sizes = new double[shape.OutputChannels];
        for (int i = 0; i < dy.Span.Length; i++)
        {
            Add(sums, sizes, i % shape.OutputChannels, dy.Span[i], T.One);
        }

        Compare(db, sums, sizes, false, tolerance, $"bias gradient {shape}");
    }

    private static void Add<T>(double[] sums, double[] sizes, int at, T left, T right)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double product = double.CreateChecked(left) * double.CreateChecked(right);
        sums[at] += product;
        sizes[at] += Math.Abs(product);
    }

    // The formula itself: every pair of an input and an output that meet, and the weight between them.
    private static void ForEachProduct(ConvolutionShape s, Action<int, int, int> visit)
    {
        for (int n = 0; n < s.Batch; n++)
        for (int i = 0; i < s.OutputHeight; i++)
        for (int j = 0; j < s.OutputWidth; j++)
        for (int p = 0; p < s.KernelHeight; p++)
        for (int q = 0; q < s.KernelWidth; q++)
        {
            int h = (i * s.StrideHeight) + (p * s.DilationHeight) - s.PadTop, w = (j * s.StrideWidth) + (q * s.DilationWidth) - s.PadLeft;
            if (h < 0 || h >= s.InputHeight || w < 0 || w >= s.InputWidth)
            {
                continue;
            }

            for (int f = 0; f < s.OutputChannels; f++)
            for (int c = 0; c < s.GroupInputs; c++)
            {
                int channel = (f / s.GroupOutputs * s.GroupInputs) + c;
                visit((((((n * s.InputHeight) + h) * s.InputWidth) + w) * s.InputChannels) + channel,
                    (((((p * s.KernelWidth) + q) * s.GroupInputs) + c) * s.OutputChannels) + f,
                    (((((n * s.OutputHeight) + i) * s.OutputWidth) + j) * s.OutputChannels) + f);
            }
        }
    }

    private static void Compare<T>(GuardedBuffer<T> got, double[] wanted, double[] size, bool relu, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < wanted.Length; i++)
        {
            double value = double.CreateChecked(got.Span[i]), expected = relu ? Math.Max(0, wanted[i]) : wanted[i];
            if (!(Math.Abs(value - expected) <= tolerance * (1 + size[i])))
            {
                Assert.Fail($"{typeof(T).Name} {what}: [{i}] got {value}, wanted {expected}");
            }
        }

        got.AssertMarginsUntouched();
    }
}
