using System.Numerics;
using System.Numerics.Tensors;

namespace Engine.Kernels;

/// <summary>A function of two integers over runs of memory; results wrap around where T overflows.</summary>
internal interface IIntegerKernel
{
    static abstract void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T>;

    static abstract void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T>;

    static abstract void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T>;
}

/// <summary>a + b.</summary>
internal readonly struct IntegerAddKernel : IIntegerKernel
{
    public static void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Add(a, b, y);

    public static void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Add(a, b, y);

    public static void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Add(b, a, y);
}

/// <summary>a − b.</summary>
internal readonly struct IntegerSubtractKernel : IIntegerKernel
{
    public static void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Subtract(a, b, y);

    public static void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Subtract(a, b, y);

    public static void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Subtract(a, b, y);
}

/// <summary>a·b.</summary>
internal readonly struct IntegerMultiplyKernel : IIntegerKernel
{
    public static void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Multiply(a, b, y);

    public static void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Multiply(a, b, y);

    public static void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Multiply(b, a, y);
}

/// <summary>The larger of a and b.</summary>
internal readonly struct IntegerMaximumKernel : IIntegerKernel
{
    public static void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Max(a, b, y);

    public static void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Max(a, b, y);

    public static void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Max(b, a, y);
}

/// <summary>The smaller of a and b.</summary>
internal readonly struct IntegerMinimumKernel : IIntegerKernel
{
    public static void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Min(a, b, y);

    public static void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Min(a, b, y);

    public static void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T> =>
        TensorPrimitives.Min(b, a, y);
}

/// <summary>a/b cut off towards 0; a divisor of 0 is an error, the smallest number by −1 wraps around.</summary>
internal readonly struct IntegerDivideKernel : IIntegerKernel
{
    public static void Apply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = Quotient(a[i], b[i]);
    }

    public static void Apply<T>(ReadOnlySpan<T> a, T b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = Quotient(a[i], b);
    }

    public static void Apply<T>(T a, ReadOnlySpan<T> b, Span<T> y)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = Quotient(a, b[i]);
    }

    private static T Quotient<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (b == T.Zero)
            throw new ValueException(
                $"Divide: the integer {a} is divided by 0. Cast to a floating point type first, or keep zeros out of the divisor.");
        // The processor traps on the smallest number divided by −1.
        return T.IsNegative(b) && b == T.Zero - T.One ? T.Zero - a : a / b;
    }
}

/// <summary>Applies integer kernels with broadcasting.</summary>
internal static unsafe class ElementwiseInteger
{
    /// <summary>y[i] = kernel(a[i], b[i]).</summary>
    public static void Binary<K, T>(T* a, T* b, T* y, in Broadcasting shapes)
        where K : struct, IIntegerKernel
        where T : unmanaged, IBinaryInteger<T> =>
        Broadcasting.Run(shapes, default(Block<K, T>), (byte*)a, sizeof(T), (byte*)b, sizeof(T), null, 0, (byte*)y, sizeof(T));

    private readonly struct Block<K, T> : IBroadcastBlock
        where K : struct, IIntegerKernel
        where T : unmanaged, IBinaryInteger<T>
    {
        public void Run(byte* a, bool aRepeats, byte* b, bool bRepeats, byte* c, bool cRepeats, byte* y, nint length)
        {
            var result = new Span<T>(y, (int)length);
            if (bRepeats) K.Apply(new ReadOnlySpan<T>(a, aRepeats ? 1 : (int)length), *(T*)b, aRepeats ? result[..1] : result);
            else if (aRepeats) K.Apply(*(T*)a, new ReadOnlySpan<T>(b, (int)length), result);
            else K.Apply(new ReadOnlySpan<T>(a, (int)length), new ReadOnlySpan<T>(b, (int)length), result);
            if (aRepeats && bRepeats) result[1..].Fill(result[0]);
        }
    }
}
