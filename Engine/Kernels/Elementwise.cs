using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Applies kernels element by element over contiguous memory.</summary>
/// <remarks>
/// A result may lie exactly on one of its operands, or apart from all of them. The last, incomplete register goes through a buffer on the
/// stack: nothing outside the operands is read or written, and an element's bits depend neither on its place nor on how the work is split.
/// </remarks>
internal static unsafe class Elementwise
{
    /// <summary>What <see cref="Prefetch"/> asks for at a time.</summary>
    public const int BlockBytes = 256;

    // Memory is asked for some lines before it is needed: hardware stops looking ahead at the end of a page, and does not see that
    // the results' lines will be needed. Measured on 16 million floats: max(0, x) from 12.0 to 10.4 ms, tanh from 14.1 to 11.3.
    private const int AheadBytes = 2048;

    // Results that no cache will hold are written past it, which saves reading their lines. Measured on 16 million floats, on one
    // thread and two: max(0, x) from 6.0 and 4.1 to 4.0 and 3.0 ms; exp from 6.1 and 4.1 to 6.3 and 3.7.
    private const nint StreamingBytes = 32 << 20;

    /// <summary>y[i] = kernel(x[i]).</summary>
    public static void Unary<K, T>(K kernel, T* x, T* y, nint length)
        where K : struct, IUnaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool streams = Streams(y, length) && y != x && (WorkerTeam.Size > 1 || !K.ComputesLong);
        ElementwiseChunks.Run(new UnaryJob<K, T>(kernel, x, y, streams), length, ElementwiseChunks.Size);
    }

    /// <summary>y[i] = kernel(a[i], b[i]); an operand that repeats is one value for all i.</summary>
    public static void Binary<K, T>(K kernel, T* a, bool aRepeats, T* b, bool bRepeats, T* y, nint length)
        where K : struct, IBinaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ElementwiseChunks.Run(
            new BinaryJob<K, T>(kernel, a, aRepeats, b, bRepeats, y, Streams(y, length) && y != a && y != b), length, ElementwiseChunks.Size);

    /// <summary>y[i] = kernel(a[i], b[i], c[i]) where the operands' shapes differ as NumPy's broadcasting allows.</summary>
    public static void Ternary<K, T>(K kernel, T* a, T* b, T* c, T* y, in Broadcasting shapes)
        where K : struct, ITernaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Broadcasting.Run(
            shapes, new TernaryBlock<K, T>(kernel), (byte*)a, sizeof(T), (byte*)b, sizeof(T), (byte*)c, sizeof(T), (byte*)y, sizeof(T));

    /// <summary>y[i] = kernel(a[i], b[i]) where the operands' shapes differ as NumPy's broadcasting allows.</summary>
    public static void Binary<K, T>(K kernel, T* a, T* b, T* y, in Broadcasting shapes)
        where K : struct, IBinaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Broadcasting.Run(shapes, new BinaryBlock<K, T>(kernel), (byte*)a, sizeof(T), (byte*)b, sizeof(T), null, 0, (byte*)y, sizeof(T));

    /// <summary>The first <paramref name="count"/> lanes from memory, the rest one value: an incomplete register.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V LoadPart<V, T>(T* source, nint count, T rest)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V lanes = V.Create(rest);
        Unsafe.CopyBlockUnaligned(Unsafe.AsPointer(ref lanes), source, (uint)(count * sizeof(T)));
        return lanes;
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StorePart<V, T>(V value, T* destination, nint count)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Unsafe.CopyBlockUnaligned(destination, Unsafe.AsPointer(ref value), (uint)(count * sizeof(T)));

    /// <summary>Asks for the cache lines of a block some blocks ahead; past the end of an array that does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* block)
    {
        if (!Sse.IsSupported) return;
        byte* ahead = (byte*)block + AheadBytes;
        Sse.Prefetch0(ahead);
        Sse.Prefetch0(ahead + 64);
        Sse.Prefetch0(ahead + 128);
        Sse.Prefetch0(ahead + 192);
    }

    /// <summary>Asks for the cache line that holds an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchLine(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    // A chunk is a multiple of a line, so where the first is aligned all are.
    private static bool Streams<T>(T* y, nint length)
        where T : unmanaged => length * sizeof(T) >= StreamingBytes && (nint)y % 64 == 0;

    /// <summary>Makes streamed results visible before a thread tells another that they are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EndStreaming()
    {
        if (Sse.IsSupported) Sse.StoreFence();
    }

    private readonly struct UnaryJob<K, T>(K kernel, T* x, T* y, bool streams) : IRangeJob
        where K : struct, IUnaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) =>
            SimdDispatch.Run<UnaryLoop<K, T>, T>(new UnaryLoop<K, T>(kernel, x + start, y + start, end - start, streams));
    }

    private readonly struct UnaryLoop<K, T>(K kernel, T* x, T* y, nint length, bool streams) : ISimdBody<T>
        where K : struct, IUnaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            K function = kernel;
            T* source = x, result = y;
            // One variable each: only then does the compiler keep them in registers.
            Held<V> held = K.Hold<V, T>();
            V a = held.A, b = held.B, c = held.C, d = held.D, e = held.E, f = held.F;
            nint i = 0, n = length, last = n - V.Count, block = BlockBytes / sizeof(T);
            if (streams)
            {
                for (; i <= n - block;)
                {
                    Prefetch(source + i);
                    for (nint end = i + block; i < end; i += V.Count)
                    {
                        V.StoreStreaming(K.ApplyHeld<K, V, T>(function, V.Load(source + i), a, b, c, d, e, f), result + i);
                    }
                }
                EndStreaming();
            }
            for (; i <= n - block;)
            {
                Prefetch(source + i);
                Prefetch(result + i);
                for (nint end = i + block; i < end; i += V.Count)
                {
                    V.Store(K.ApplyHeld<K, V, T>(function, V.Load(source + i), a, b, c, d, e, f), result + i);
                }
            }
            for (; i <= last; i += V.Count) V.Store(function.Apply<V, T>(V.Load(source + i)), result + i);
            if (i < n) StorePart(function.Apply<V, T>(LoadPart<V, T>(source + i, n - i, T.Zero)), result + i, n - i);
        }
    }

    private readonly struct BinaryJob<K, T>(K kernel, T* a, bool aRepeats, T* b, bool bRepeats, T* y, bool streams) : IRangeJob
        where K : struct, IBinaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) => SimdDispatch.Run<BinaryLoop<K, T>, T>(
            new BinaryLoop<K, T>(kernel, aRepeats ? a : a + start, aRepeats, bRepeats ? b : b + start, bRepeats, y + start, end - start, streams));
    }

    private readonly struct BinaryLoop<K, T>(K kernel, T* a, bool aRepeats, T* b, bool bRepeats, T* y, nint length, bool streams) : ISimdBody<T>
        where K : struct, IBinaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            K f = kernel;
            T* left = a, right = b, result = y;
            nint i = 0, n = length, last = n - V.Count;
            if (n == 0) return;
            if (aRepeats)
            {
                V repeated = V.Create(*left);
                if (bRepeats)
                {
                    V constant = f.Apply<V, T>(repeated, V.Create(*right));
                    for (; i <= last; i += V.Count) V.Store(constant, result + i);
                    if (i < n) StorePart(constant, result + i, n - i);
                    return;
                }
                for (; i <= last; i += V.Count) V.Store(f.Apply<V, T>(repeated, V.Load(right + i)), result + i);
                if (i < n) StorePart(f.Apply<V, T>(repeated, LoadPart<V, T>(right + i, n - i, T.One)), result + i, n - i);
            }
            else if (bRepeats)
            {
                V repeated = V.Create(*right);
                for (; i <= last; i += V.Count) V.Store(f.Apply<V, T>(V.Load(left + i), repeated), result + i);
                if (i < n) StorePart(f.Apply<V, T>(LoadPart<V, T>(left + i, n - i, T.One), repeated), result + i, n - i);
            }
            else
            {
                nint block = BlockBytes / sizeof(T);
                if (streams)
                {
                    for (; i <= n - block;)
                    {
                        Prefetch(left + i);
                        Prefetch(right + i);
                        for (nint end = i + block; i < end; i += V.Count)
                        {
                            V.StoreStreaming(f.Apply<V, T>(V.Load(left + i), V.Load(right + i)), result + i);
                        }
                    }
                    EndStreaming();
                }
                for (; i <= n - block;)
                {
                    Prefetch(left + i);
                    Prefetch(right + i);
                    Prefetch(result + i);
                    for (nint end = i + block; i < end; i += V.Count)
                    {
                        V.Store(f.Apply<V, T>(V.Load(left + i), V.Load(right + i)), result + i);
                    }
                }
                for (; i <= last; i += V.Count) V.Store(f.Apply<V, T>(V.Load(left + i), V.Load(right + i)), result + i);
                if (i == n) return;
                V value = f.Apply<V, T>(LoadPart<V, T>(left + i, n - i, T.One), LoadPart<V, T>(right + i, n - i, T.One));
                StorePart(value, result + i, n - i);
            }
        }
    }

    private readonly struct BinaryBlock<K, T>(K kernel) : IBroadcastBlock
        where K : struct, IBinaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(byte* a, bool aRepeats, byte* b, bool bRepeats, byte* c, bool cRepeats, byte* y, nint length) =>
            SimdDispatch.Run<BinaryLoop<K, T>, T>(new BinaryLoop<K, T>(kernel, (T*)a, aRepeats, (T*)b, bRepeats, (T*)y, length, false));
    }

    private readonly struct TernaryBlock<K, T>(K kernel) : IBroadcastBlock
        where K : struct, ITernaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(byte* a, bool aRepeats, byte* b, bool bRepeats, byte* c, bool cRepeats, byte* y, nint length) =>
            SimdDispatch.Run<TernaryLoop<K, T>, T>(
                new TernaryLoop<K, T>(kernel, (T*)a, aRepeats, (T*)b, bRepeats, (T*)c, cRepeats, (T*)y, length));
    }

    private readonly struct TernaryLoop<K, T>(K kernel, T* a, bool aRepeats, T* b, bool bRepeats, T* c, bool cRepeats, T* y, nint length)
        : ISimdBody<T>
        where K : struct, ITernaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            K f = kernel;
            nint i = 0, n = length, last = n - V.Count;
            if (n == 0) return;
            V firstValue = V.Create(*a), secondValue = V.Create(*b), thirdValue = V.Create(*c);
            for (; i <= last; i += V.Count)
            {
                V x = aRepeats ? firstValue : V.Load(a + i);
                V z = bRepeats ? secondValue : V.Load(b + i);
                V w = cRepeats ? thirdValue : V.Load(c + i);
                V.Store(f.Apply<V, T>(x, z, w), y + i);
            }
            if (i == n) return;
            V xPart = aRepeats ? firstValue : LoadPart<V, T>(a + i, n - i, T.One);
            V zPart = bRepeats ? secondValue : LoadPart<V, T>(b + i, n - i, T.One);
            V wPart = cRepeats ? thirdValue : LoadPart<V, T>(c + i, n - i, T.One);
            StorePart(f.Apply<V, T>(xPart, zPart, wPart), y + i, n - i);
        }
    }
}
