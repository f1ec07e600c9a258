using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>Fills memory with random numbers; the k-th value of a fill is a function of (key, first group, k) alone.</summary>
/// <remarks>
/// Value k of a Float32 or integer fill uses word k mod 64 of group k div 64; a Float64 value uses two words. So fills may be split over
/// threads anywhere between groups. Uniform numbers and integers have the same bits on every machine; the last bit of normal ones can
/// differ where there is no fused multiply-add.
/// </remarks>
internal static unsafe class RandomFills
{
    /// <summary>Draws that replace a rejected value have counters of their own: this in the highest word, the attempt below it.</summary>
    public const ulong Retry = 1UL << 32;

    private const int GroupWords = RandomPhilox.GroupWords;

    // Groups in a chunk of work for one thread.
    private const int ChunkGroups = 128;

    /// <summary>Groups that a fill uses: how far it moves the generator on.</summary>
    public static ulong Groups(nint length, int wordsPerValue) => ((ulong)length * (ulong)wordsPerValue + GroupWords - 1) / GroupWords;

    /// <summary>Words that one value of the type uses.</summary>
    public static int WordsPerValue<T>() => Unsafe.SizeOf<T>() / sizeof(uint);

    /// <summary>low + (high − low)·u with u a multiple of 2⁻²⁴ (Float64: 2⁻⁵³) in [0, 1); never high itself.</summary>
    public static void Uniform<T>(T* y, nint length, ulong key, ulong group, double low, double high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            Run(new UniformFill<T>(low, high), y, length, key, group, WordsPerValue<T>());

    /// <summary>mean + deviation·z with z standard normal: Box and Muller 1958.</summary>
    public static void Normal<T>(T* y, nint length, ulong key, ulong group, double mean, double deviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new NormalFill<T>(mean, deviation, double.PositiveInfinity), y, length, key, group, WordsPerValue<T>());

    /// <summary>mean + deviation·z with z standard normal on the condition |z| ≤ 2.</summary>
    public static void TruncatedNormal<T>(T* y, nint length, ulong key, ulong group, double mean, double deviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(new NormalFill<T>(mean, deviation, 2), y, length, key, group, WordsPerValue<T>());

    /// <summary>value with the probability, else 0.</summary>
    public static void Bernoulli<T>(T* y, nint length, ulong key, ulong group, double probability, T value)
        where T : unmanaged => Run(new BernoulliFill<T>((ulong)(probability * 4294967296), value), y, length, key, group, 1);

    /// <summary>Integers in [low, low + range), all equally likely; range 0 stands for 2³².</summary>
    public static void Integers(int* y, nint length, ulong key, ulong group, int low, uint range) =>
        Run(new IntegerFill(low, range), y, length, key, group, 1);

    /// <summary>Integers in [low, low + range), all equally likely; range 0 stands for 2⁶⁴.</summary>
    public static void Integers(long* y, nint length, ulong key, ulong group, long low, ulong range) =>
        Run(new LongFill(low, range), y, length, key, group, 2);

    private static void Run<TFill, T>(TFill fill, T* y, nint length, ulong key, ulong group, int wordsPerValue)
        where TFill : struct, IFill<T>
        where T : unmanaged
    {
        nint values = GroupWords / wordsPerValue;
        ElementwiseChunks.Run(new Job<TFill, T>(fill, y, length, key, group, values), (nint)Groups(length, wordsPerValue), ChunkGroups);
    }

    /// <summary>Turns the words of one group into values.</summary>
    private interface IFill<T>
        where T : unmanaged
    {
        /// <summary>Makes all values of the group; value i draws again from counter <paramref name="first"/> + i.</summary>
        void Make(uint* words, T* values, ulong key, ulong first);
    }

    private readonly struct Job<TFill, T>(TFill fill, T* y, nint length, ulong key, ulong group, nint valuesPerGroup) : IRangeJob
        where TFill : struct, IFill<T>
        where T : unmanaged
    {
        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(nint start, nint end)
        {
            uint* words = stackalloc uint[GroupWords];
            T* buffer = stackalloc T[GroupWords];
            for (nint i = start; i < end; i++)
            {
                RandomPhilox.Group(group + (ulong)i, key, words);
                nint position = i * valuesPerGroup, count = Math.Min(valuesPerGroup, length - position);
                T* target = count == valuesPerGroup ? y + position : buffer;
                fill.Make(words, target, key, (group + (ulong)i) * GroupWords);
                if (target == buffer) new Span<T>(buffer, (int)count).CopyTo(new Span<T>(y + position, (int)count));
            }
        }
    }

    private readonly struct UniformFill<T>(double low, double high) : IFill<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Make(uint* words, T* values, ulong key, ulong first)
        {
            bool unit = low == 0 && high == 1;
            if (typeof(T) == typeof(float))
            {
                float* y = (float*)values;
                Vector256<float> step = Vector256.Create(1f / (1 << 24)), offset = Vector256.Create((float)low);
                Vector256<float> width = Vector256.Create((float)(high - low)), largest = Vector256.Create(MathF.BitDecrement((float)high));
                for (int i = 0; i < GroupWords; i += Vector256<float>.Count)
                {
                    Vector256<float> u = Vector256.ConvertToSingle((Vector256.Load(words + i) >>> 8).AsInt32()) * step;
                    (unit ? u : Vector256.Min(u * width + offset, largest)).Store(y + i);
                }
            }
            else
            {
                double* y = (double*)values;
                double largest = Math.BitDecrement(high), width = high - low;
                for (int i = 0; i < GroupWords / 2; i++)
                {
                    double u = (long)(Words64(words, i) >> 11) * (1.0 / (1UL << 53));
                    y[i] = unit ? u : Math.Min(u * width + low, largest);
                }
            }
        }
    }

    private readonly struct NormalFill<T>(double mean, double deviation, double limit) : IFill<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Make(uint* words, T* values, ulong key, ulong first)
        {
            T* u = stackalloc T[GroupWords];
            // Open at 0, so that the logarithm is finite; all 32 bits of a word count, so that the tails reach as far as they can.
            int count = GroupWords / WordsPerValue<T>();
            if (typeof(T) == typeof(float))
            {
                Vector256<float> half = Vector256.Create(0.5f), step = Vector256.Create(1f / 4294967296);
                for (int i = 0; i < count; i += Vector256<float>.Count)
                {
                    ((Vector256.ConvertToSingle(Vector256.Load(words + i)) + half) * step).Store((float*)u + i);
                }
            }
            else
            {
                double* @double = (double*)u;
                for (int i = 0; i < count; i++) @double[i] = ((long)(Words64(words, i) >> 11) + 0.5) * (1.0 / (1UL << 53));
            }
            for (int pair = 0; pair < count; pair += 2 * RandomPhilox.GroupBlocks)
            {
                SimdDispatch.Run<BoxMuller<T>, T>(new BoxMuller<T>(u + pair, values + pair, mean, deviation, limit));
            }
            if (limit < double.PositiveInfinity) Redraw(values, count, key, first);
        }

        /// <summary>Draws again, in Float64, for the values that Box and Muller's step marked as beyond the limit.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Redraw(T* values, int count, ulong key, ulong first)
        {
            for (int i = 0; i < count; i++)
            {
                for (ulong attempt = 1; T.IsNaN(values[i]); attempt++)
                {
                    (uint w0, uint w1, uint w2, uint w3) = RandomPhilox.Block(first + (ulong)i, Retry | attempt, key);
                    double u = ((((ulong)w0 << 32 | w1) >> 11) + 0.5) * (1.0 / (1UL << 53));
                    double turn = (((ulong)w2 << 32 | w3) >> 11) * (1.0 / (1UL << 53));
                    double z = Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * turn);
                    if (Math.Abs(z) <= limit) values[i] = T.CreateTruncating(mean + deviation * z);
                }
            }
        }
    }

    /// <summary>Sixteen pairs (u, v) of uniform numbers, the u before the v, to √(−2 ln u)·(cos 2πv, sin 2πv); beyond the limit
    /// NaN.</summary>
    private readonly struct BoxMuller<T>(T* u, T* z, double mean, double deviation, double limit) : ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            V average = VectorMath.Constant<V, T>(mean), scale = VectorMath.Constant<V, T>(deviation),
                bound = VectorMath.Constant<V, T>(limit);
            for (int i = 0; i < RandomPhilox.GroupBlocks; i += V.Count)
            {
                V radius = V.Sqrt(VectorMath.Constant<V, T>(-2) * VectorMath.Log<V, T>(V.Load(u + i)));
                VectorMath.SinCosOfTurn<V, T>(V.Load(u + i + RandomPhilox.GroupBlocks), out V sine, out V cosine);
                V first = radius * cosine, second = radius * sine, nan = VectorMath.Constant<V, T>(double.NaN);
                V firstValue = V.MultiplyAdd(first, scale, average), secondValue = V.MultiplyAdd(second, scale, average);
                V.Store(V.Select(V.GreaterThan(V.Abs(first), bound), nan, firstValue), z + i);
                V.Store(V.Select(V.GreaterThan(V.Abs(second), bound), nan, secondValue), z + i + RandomPhilox.GroupBlocks);
            }
        }
    }

    private readonly struct BernoulliFill<T>(ulong threshold, T value) : IFill<T>
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Make(uint* words, T* values, ulong key, ulong first)
        {
            // A table instead of a choice: no processor can guess which way a fair coin falls.
            T* table = stackalloc T[2] { default, value };
            for (int i = 0; i < GroupWords; i++) values[i] = table[words[i] < threshold ? 1 : 0];
        }
    }

    private readonly struct IntegerFill(int low, uint range) : IFill<int>
    {
        /// <summary>Multiplies by the range and keeps the high word; few low words are rejected: Lemire 2019.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Make(uint* words, int* values, ulong key, ulong first)
        {
            uint rejected = range == 0 ? 0 : (0u - range) % range;
            for (int i = 0; i < GroupWords; i++)
            {
                uint word = words[i];
                ulong product = range == 0 ? (ulong)word << 32 : (ulong)word * range;
                for (ulong attempt = 1; (uint)product < rejected; attempt++)
                {
                    product = (ulong)RandomPhilox.Block(first + (ulong)i, Retry | attempt, key).W0 * range;
                }
                values[i] = unchecked(low + (int)(product >> 32));
            }
        }
    }

    private readonly struct LongFill(long low, ulong range) : IFill<long>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Make(uint* words, long* values, ulong key, ulong first)
        {
            ulong rejected = range == 0 ? 0 : (0UL - range) % range;
            for (int i = 0; i < GroupWords / 2; i++)
            {
                ulong word = Words64(words, i), offset = word;
                if (range != 0)
                {
                    offset = Math.BigMul(word, range, out ulong remainder);
                    for (ulong attempt = 1; remainder < rejected; attempt++)
                    {
                        (uint w0, uint w1, _, _) = RandomPhilox.Block(first + (ulong)i, Retry | attempt, key);
                        offset = Math.BigMul((ulong)w0 << 32 | w1, range, out remainder);
                    }
                }
                values[i] = unchecked(low + (long)offset);
            }
        }
    }

    /// <summary>The i-th of the 32 pairs of words of a group: words 0 and 1 of its sixteen blocks, then words 2 and 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Words64(uint* words, int i)
    {
        uint* high = words + i / RandomPhilox.GroupBlocks * 2 * RandomPhilox.GroupBlocks + i % RandomPhilox.GroupBlocks;
        return (ulong)*high << 32 | high[RandomPhilox.GroupBlocks];
    }
}
