using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe class ElementwiseTests
{
    /// <summary>A kernel, its formula in double, and its name in failures.</summary>
    private static void CheckUnary<K>(K kernel, Func<double, double> formula, double low = -4, double high = 4)
        where K : struct, IUnaryKernel
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            double[] x = KernelRunner.Random<double>(301, low, high);
            double[] y = KernelRunner.Unary(kernel, x);
            float[] ySingle = KernelRunner.Unary(kernel, x.Select(v => (float)v).ToArray());
            for (int i = 0; i < x.Length; i++)
            {
                double expected = formula(x[i]), single = formula((float)x[i]);
                Assert.That(y[i], Is.EqualTo(expected).Within(1e-13 * Math.Max(1, Math.Abs(expected))),
                    $"{typeof(K).Name}({x[i]}), width {width}");
                Assert.That(ySingle[i], Is.EqualTo(single).Within(1e-6 * Math.Max(1, Math.Abs(single))),
                    $"{typeof(K).Name}({x[i]}), width {width}");
            }
        }
    }

    private static void CheckBinary<K>(K kernel, Func<double, double, double> formula, double low = -4, double high = 4)
        where K : struct, IBinaryKernel
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            double[] a = KernelRunner.Random<double>(301, low, high, 1), b = KernelRunner.Random<double>(301, low, high, 2);
            double[] y = KernelRunner.Binary(kernel, a, b);
            float[] ySingle = KernelRunner.Binary(kernel, a.Select(v => (float)v).ToArray(), b.Select(v => (float)v).ToArray());
            for (int i = 0; i < a.Length; i++)
            {
                double expected = formula(a[i], b[i]), single = formula((float)a[i], (float)b[i]);
                Assert.That(y[i], Is.EqualTo(expected).Within(1e-13 * Math.Max(1, Math.Abs(expected))),
                    $"{typeof(K).Name}({a[i]}, {b[i]}), width {width}");
                Assert.That(ySingle[i], Is.EqualTo(single).Within(2e-6 * Math.Max(1, Math.Abs(single))),
                    $"{typeof(K).Name}({a[i]}, {b[i]}), width {width}");
            }
        }
    }

    [Test]
    public void Unary_kernels_follow_their_formulas()
    {
        CheckUnary(new AffineKernel(1.5, -0.25), x => 1.5 * x - 0.25);
        CheckUnary(default(NegateKernel), x => -x);
        CheckUnary(default(AbsKernel), Math.Abs);
        CheckUnary(default(SignKernel), x => Math.Sign(x));
        CheckUnary(default(SqrtKernel), Math.Sqrt, 0);
        CheckUnary(default(ReciprocalSqrtKernel), x => 1 / Math.Sqrt(x), 0.1);
        CheckUnary(default(SquareKernel), x => x * x);
        CheckUnary(default(ReciprocalKernel), x => 1 / x, 0.1);
        CheckUnary(default(FloorKernel), Math.Floor);
        CheckUnary(default(RoundKernel), x => Math.Round(x, MidpointRounding.ToEven));
        CheckUnary(new ClipKernel(-1, 2), x => Math.Clamp(x, -1, 2));
        CheckUnary(default(SinKernel), Math.Sin);
        CheckUnary(default(CosKernel), Math.Cos);
        CheckUnary(default(TanKernel), Math.Tan, -1.4, 1.4);
        foreach (double p in new[] { 2, 3, 0.5, -1, -0.5, 1.7, -2.2 }) CheckUnary(new PowerKernel(p), x => Math.Pow(x, p), 0.1);
        CheckUnary(default(ReluKernel), x => Math.Max(0, x));
        CheckUnary(new LeakyReluKernel(0.3), x => x > 0 ? x : 0.3 * x);
        CheckUnary(new EluKernel(1.2), x => x > 0 ? x : 1.2 * (Math.Exp(x) - 1));
        CheckUnary(default(SeluKernel), x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)));
    }

    [Test]
    public void Binary_kernels_follow_their_formulas()
    {
        CheckBinary(default(AddKernel), (a, b) => a + b);
        CheckBinary(default(SubtractKernel), (a, b) => a - b);
        CheckBinary(default(MultiplyKernel), (a, b) => a * b);
        CheckBinary(default(DivideKernel), (a, b) => a / b, 0.5);
        CheckBinary(default(MaximumKernel), Math.Max);
        CheckBinary(default(MinimumKernel), Math.Min);
        CheckBinary(default(PowKernel), Math.Pow, 0.1);
    }

    [Test]
    public void Gradient_kernels_follow_their_formulas()
    {
        CheckBinary(new ClipGradientKernel(-1, 2), (dy, x) => x is >= -1 and <= 2 ? dy : 0);
        CheckBinary(default(SigmoidGradientKernel), (dy, y) => dy * y * (1 - y));
        CheckBinary(default(TanhGradientKernel), (dy, y) => dy * (1 - y * y));
        CheckBinary(default(ReluGradientKernel), (dy, y) => y > 0 ? dy : 0);
        CheckBinary(new LeakyReluGradientKernel(0.3), (dy, x) => x > 0 ? dy : 0.3 * dy);
        CheckBinary(new EluGradientKernel(1.2), (dy, y) => y > 0 ? dy : dy * (y + 1.2));
        const double scale = 1.0507009873554805, alpha = 1.6732632423543772;
        CheckBinary(default(SeluGradientKernel), (dy, y) => y > 0 ? scale * dy : dy * (y + scale * alpha));
        CheckBinary(default(SoftplusGradientKernel), (dy, x) => dy / (1 + Math.Exp(-x)));
        CheckBinary(default(SiluGradientKernel), (dy, x) =>
        {
            double s = 1 / (1 + Math.Exp(-x));
            return dy * (s + x * s * (1 - s));
        });
    }

    [Test]
    public void Nan_passes_through_and_extremes_have_their_limits()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] nan = [float.NaN, 1];
            Assert.That(KernelRunner.Unary(default(ReluKernel), nan)[0], Is.NaN);
            Assert.That(KernelRunner.Unary(new LeakyReluKernel(0.1), nan)[0], Is.NaN);
            Assert.That(KernelRunner.Unary(new EluKernel(1), nan)[0], Is.NaN);
            Assert.That(KernelRunner.Unary(default(SignKernel), nan)[0], Is.NaN);
            Assert.That(KernelRunner.Unary(new ClipKernel(0, 1), nan)[0], Is.NaN);
            Assert.That(KernelRunner.Binary(default(MaximumKernel), nan, [0f, 0f])[0], Is.NaN);
            Assert.That(KernelRunner.Binary(default(MinimumKernel), [0f, 0f], nan)[0], Is.NaN);
            float[] infinite = [float.NegativeInfinity, float.PositiveInfinity];
            Assert.That(KernelRunner.Unary(new EluKernel(2), infinite), Is.EqualTo(new[] { -2f, float.PositiveInfinity }));
            Assert.That(KernelRunner.Binary(default(GeluGradientKernel), [1f, 1f], infinite), Is.EqualTo(new[] { 0f, 1f }));
            Assert.That(KernelRunner.Binary(default(SiluGradientKernel), [1f, 1f], infinite), Is.EqualTo(new[] { 0f, 1f }));
        }
    }

    [Test]
    public void Every_length_gives_the_bits_that_one_long_array_gives()
    {
        float[] x = KernelRunner.Random<float>(1000, -6, 6), z = KernelRunner.Random<float>(1000, -6, 6, 2);
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] whole = KernelRunner.Unary(default(GeluKernel), x), wholePair = KernelRunner.Binary(default(SiluGradientKernel), z, x);
            foreach (int length in KernelRunner.Lengths)
            {
                int start = Math.Min(7, 1000 - length);
                float[] part = x[start..(start + length)], other = z[start..(start + length)];
                Assert.That(KernelRunner.Unary(default(GeluKernel), part), Is.EqualTo(whole[start..(start + length)]),
                    $"length {length}, width {width}");
                Assert.That(KernelRunner.Binary(default(SiluGradientKernel), other, part), Is.EqualTo(wholePair[start..(start + length)]));
                if (length < 2) continue;
                Assert.That(KernelRunner.Binary(default(SubtractKernel), part, [2f]), Is.EqualTo(part.Select(v => v - 2f)));
                Assert.That(KernelRunner.Binary(default(SubtractKernel), [2f], part), Is.EqualTo(part.Select(v => 2f - v)));
            }
        }
    }

    [Test]
    public void A_result_may_replace_its_operand_and_long_arrays_are_computed_whole()
    {
        foreach (int length in new[] { 100_003, 9_000_001 })
        {
            float[] x = new float[length];
            for (int i = 0; i < length; i++) x[i] = i % 1001 - 500;
            float[] y = new float[length];
            fixed (float* source = x, result = y)
            {
                // On a cache line, the condition for writing past the caches.
                float* aligned = (float*)(((nint)result + 63) & ~63);
                int count = length - 16;
                Elementwise.Unary(default(ReluKernel), source, aligned, count);
                Elementwise.Unary(default(ReluKernel), source, source, count);
                Assert.That(new Span<float>(source, count).SequenceEqual(new Span<float>(aligned, count)), Is.True);
                for (int i = 0; i < count; i++)
                {
                    if (aligned[i] != Math.Max(0, i % 1001 - 500)) Assert.Fail($"element {i} is {aligned[i]}");
                }
            }
        }
    }

    [Test]
    public void Ternary_kernels_take_three_operands_of_which_any_may_repeat()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            foreach (int length in KernelRunner.Lengths)
            {
                for (int repeats = 0; repeats < 8; repeats++)
                {
                    int[] shape = [length];
                    int[][] shapes = [.. Enumerable.Range(0, 3).Select(i => (repeats >> i & 1) == 1 ? [1] : shape)];
                    double[][] x = [.. shapes.Select((s, i) => KernelRunner.Random<double>(s[0], -1, 1, i))];
                    double[] y = KernelRunner.Guarded(new double[length], double.NaN);
                    double[][] inputs = [.. x.Select(v => KernelRunner.Guarded(v, double.NaN))];
                    fixed (double* pa = inputs[0], pb = inputs[1], pc = inputs[2], py = y)
                    {
                        var plan = Broadcasting.Of(shape, shapes[0], shapes[1], shapes[2]);
                        Elementwise.Ternary(default(MultiplyAddKernel), pa + 67, pb + 67, pc + 67, py + 67, plan);
                    }
                    double[] result = KernelRunner.Inside(y, length);
                    double At(int operand, int i) => x[operand][x[operand].Length == 1 ? 0 : i];
                    for (int i = 0; i < length; i++) Assert.That(result[i], Is.EqualTo(At(0, i) * At(1, i) + At(2, i)).Within(1e-15));
                }
            }
        }
    }

    private static readonly int[][][] BroadcastShapes =
    [
        [[], []], [[5], []], [[], [5]], [[1], [7]], [[4, 5], [5]], [[5], [4, 5]], [[4, 1], [4, 5]], [[4, 5], [4, 1]], [[4, 1], [1, 5]],
        [[40, 70], [70]],
        [[40, 70], [40, 1]], [[3, 4, 5], [4, 5]], [[3, 4, 5], [3, 1, 5]], [[3, 1, 5], [1, 4, 1]], [[2, 3, 4, 5], [3, 1, 5]],
        [[2, 1, 4, 1], [1, 3, 1, 5]],
        [[50, 3], [3]], [[1000, 3], [1000, 3]], [[7000, 3], [3]], [[7000, 3], [7000, 1]], [[300, 2, 40], [300, 1, 40]],
        [[2, 40000], [40000]], [[40000, 2], [1, 2]],
        [[0, 3], [3]], [[3, 0], [1]], [[1, 1], [1]], [[2, 2, 2, 2, 2, 2, 2, 2], [2, 1, 2, 1, 2, 1, 2, 1]], [[6, 1, 33], [6, 50, 33]],
    ];

    [TestCaseSource(nameof(BroadcastShapes))]
    public void Broadcasting_equals_the_definition(int[] aShape, int[] bShape)
    {
        int rank = Math.Max(aShape.Length, bShape.Length);
        int[] Padded(int[] shape) => [.. Enumerable.Repeat(1, rank - shape.Length), .. shape];
        int[] a = Padded(aShape), b = Padded(bShape);
        int[] result = [.. a.Zip(b, (m, n) => m == 1 ? n : m)];
        int Size(int[] shape) => shape.Aggregate(1, (m, n) => m * n);
        float[] x = KernelRunner.Random<float>(Size(a), -9, 9, 1), z = KernelRunner.Random<float>(Size(b), -9, 9, 2);
        float[] expected = new float[Size(result)];
        for (int i = 0; i < expected.Length; i++)
        {
            int rest = i, aOffset = 0, bOffset = 0, aStride = 1, bStride = 1;
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                int index = rest % result[axis];
                rest /= result[axis];
                aOffset += (a[axis] == 1 ? 0 : index) * aStride;
                bOffset += (b[axis] == 1 ? 0 : index) * bStride;
                aStride *= a[axis];
                bStride *= b[axis];
            }
            expected[i] = x[aOffset] - z[bOffset];
        }
        float[] left = KernelRunner.Guarded(x, float.NaN), right = KernelRunner.Guarded(z, float.NaN);
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] y = KernelRunner.Guarded(new float[expected.Length], float.NaN);
            fixed (float* px = left, pz = right, py = y)
            {
                Elementwise.Binary(default(SubtractKernel), px + 67, pz + 67, py + 67, Broadcasting.Of(result, aShape, bShape));
            }
            Assert.That(KernelRunner.Inside(y, expected.Length), Is.EqualTo(expected), $"width {width}");
        }
    }

    [Test]
    public void Results_too_large_for_the_cache_are_the_same()
    {
        // More than 32 MiB, in whole blocks and a rest; aligned as the pool aligns and otherwise.
        const int length = (8 << 20) + 21;
        float[] x = KernelRunner.Random<float>(length, -4, 4), y = GC.AllocateUninitializedArray<float>(length + 16, pinned: true);
        float[] tanh = KernelRunner.Unary(new TanhKernel(), x);
        fixed (float* source = x, buffer = y)
        {
            float* aligned = (float*)(((nint)buffer + 63) & -64);
            foreach (int width in KernelRunner.Widths)
            {
                using IDisposable forced = SimdWidth.Force(width);
                Check(width, source, aligned);
            }
            Check(SimdWidth.Current, source, buffer + ((nint)buffer % 64 == 0 ? 1 : 0));
            void Check(int width, float* operand, float* result)
            {
                new Span<float>(result, length).Fill(float.NaN);
                Elementwise.Unary(new ReluKernel(), operand, result, length);
                for (int i = 0; i < length; i++)
                {
                    if (result[i] != Math.Max(0, x[i])) Assert.Fail($"relu at {i}, width {width}");
                }
                Elementwise.Binary(new SubtractKernel(), operand, false, operand, false, result, length);
                Assert.That(new Span<float>(result, length).IndexOfAnyExcept(0f), Is.EqualTo(-1), $"width {width}");
            }
            Elementwise.Unary(new TanhKernel(), source, aligned, length);
            Assert.That(new ReadOnlySpan<float>(aligned, length).SequenceEqual(tanh), Is.True);
        }
    }
}
