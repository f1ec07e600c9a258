using System.Numerics;
using System.Numerics.Tensors;

namespace Engine.Kernels;

/// <summary>Reductions of integers and truth values of the middle axis of an array seen as [outer, axis, inner].</summary>
internal static unsafe class ReductionInteger
{
    /// <summary>y[o, i] = Σ x[o, :, i], wrapping around where T overflows.</summary>
    public static void Sum<T>(T* x, T* y, nint outer, nint axis, nint inner)
        where T : unmanaged, IBinaryInteger<T> => Run<T, SumOf<T>>(x, y, outer, axis, inner);

    /// <summary>y[o, i] = Π x[o, :, i], wrapping around where T overflows.</summary>
    public static void Product<T>(T* x, T* y, nint outer, nint axis, nint inner)
        where T : unmanaged, IBinaryInteger<T> => Run<T, ProductOf<T>>(x, y, outer, axis, inner);

    /// <summary>y[o, i] = the largest of x[o, :, i]; any, for truth values. The axis is not empty.</summary>
    public static void Max<T>(T* x, T* y, nint outer, nint axis, nint inner)
        where T : unmanaged, IBinaryInteger<T> => Run<T, MaxOf<T>>(x, y, outer, axis, inner);

    /// <summary>y[o, i] = the smallest of x[o, :, i]; all, for truth values. The axis is not empty.</summary>
    public static void Min<T>(T* x, T* y, nint outer, nint axis, nint inner)
        where T : unmanaged, IBinaryInteger<T> => Run<T, MinOf<T>>(x, y, outer, axis, inner);

    private static void Run<T, TKind>(T* x, T* y, nint outer, nint axis, nint inner)
        where T : unmanaged, IBinaryInteger<T>
        where TKind : struct, IKind<T> =>
        ElementwiseChunks.Run(new Job<T, TKind>(x, y, axis, inner), outer, Math.Max(1, ElementwiseChunks.Size / Math.Max(1, axis * inner)));

    private interface IKind<T>
    {
        static abstract T Empty { get; }

        static abstract T Row(ReadOnlySpan<T> x);

        static abstract void Add(ReadOnlySpan<T> total, ReadOnlySpan<T> x, Span<T> result);
    }

    private readonly struct SumOf<T> : IKind<T>
        where T : INumber<T>
    {
        public static T Empty => T.Zero;

        public static T Row(ReadOnlySpan<T> x) => TensorPrimitives.Sum(x);

        public static void Add(ReadOnlySpan<T> total, ReadOnlySpan<T> x, Span<T> result) => TensorPrimitives.Add(total, x, result);
    }

    private readonly struct ProductOf<T> : IKind<T>
        where T : INumber<T>
    {
        public static T Empty => T.One;

        public static T Row(ReadOnlySpan<T> x) => TensorPrimitives.Product(x);

        public static void Add(ReadOnlySpan<T> total, ReadOnlySpan<T> x, Span<T> result) => TensorPrimitives.Multiply(total, x, result);
    }

    private readonly struct MaxOf<T> : IKind<T>
        where T : INumber<T>
    {
        public static T Empty => T.Zero;

        public static T Row(ReadOnlySpan<T> x) => TensorPrimitives.Max(x);

        public static void Add(ReadOnlySpan<T> total, ReadOnlySpan<T> x, Span<T> result) => TensorPrimitives.Max(total, x, result);
    }

    private readonly struct MinOf<T> : IKind<T>
        where T : INumber<T>
    {
        public static T Empty => T.One;

        public static T Row(ReadOnlySpan<T> x) => TensorPrimitives.Min(x);

        public static void Add(ReadOnlySpan<T> total, ReadOnlySpan<T> x, Span<T> result) => TensorPrimitives.Min(total, x, result);
    }

    private readonly struct Job<T, TKind>(T* x, T* y, nint axis, nint inner) : IRangeJob
        where T : unmanaged, IBinaryInteger<T>
        where TKind : struct, IKind<T>
    {
        public void Run(nint start, nint end)
        {
            for (nint block = start; block < end; block++)
            {
                T* source = x + block * axis * inner;
                if (axis == 0)
                {
                    new Span<T>(y + block * inner, (int)inner).Fill(TKind.Empty);
                }
                else if (inner == 1)
                {
                    y[block] = TKind.Row(new ReadOnlySpan<T>(source, (int)axis));
                }
                else
                {
                    var total = new Span<T>(y + block * inner, (int)inner);
                    new ReadOnlySpan<T>(source, (int)inner).CopyTo(total);
                    for (nint row = 1; row < axis; row++) TKind.Add(total, new ReadOnlySpan<T>(source + row * inner, (int)inner), total);
                }
            }
        }
    }
}
