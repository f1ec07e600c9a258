using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Where the largest or smallest number of an axis stands, for arrays seen as [outer, axis, inner].</summary>
/// <remarks>The first of equals wins; a NaN counts as larger and as smaller than every number, so the first NaN wins, as in
/// NumPy.</remarks>
internal static unsafe class ReductionArg
{
    private const int LongRow = 64;

    /// <summary>y[o, i] = the index of the largest of x[o, :, i].</summary>
    public static void Max<T>(T* x, int* y, nint outer, nint axis, nint inner)
        where T : unmanaged, INumber<T> => Run<T, Larger<T>>(x, y, outer, axis, inner);

    /// <summary>y[o, i] = the index of the smallest of x[o, :, i].</summary>
    public static void Min<T>(T* x, int* y, nint outer, nint axis, nint inner)
        where T : unmanaged, INumber<T> => Run<T, Smaller<T>>(x, y, outer, axis, inner);

    private static void Run<T, TOrder>(T* x, int* y, nint outer, nint axis, nint inner)
        where T : unmanaged, INumber<T>
        where TOrder : struct, IOrder<T>
    {
        var job = new Job<T, TOrder>(x, y, axis, inner);
        ElementwiseChunks.Run(job, outer * inner, Math.Max(1, ElementwiseChunks.Size / Math.Max(1, axis)));
    }

    private interface IOrder<T>
        where T : INumber<T>
    {
        /// <summary>Whether b takes the place of a: it comes before a, or either is NaN.</summary>
        static abstract bool Replaces(T a, T b);

        /// <summary>The index in a row, by vector code; that holds +0 for larger than −0.</summary>
        static abstract int InRow(ReadOnlySpan<T> x);
    }

    private readonly struct Larger<T> : IOrder<T>
        where T : INumber<T>
    {
        public static bool Replaces(T a, T b) => !(b <= a);

        public static int InRow(ReadOnlySpan<T> x) => TensorPrimitives.IndexOfMax(x);
    }

    private readonly struct Smaller<T> : IOrder<T>
        where T : INumber<T>
    {
        public static bool Replaces(T a, T b) => !(b >= a);

        public static int InRow(ReadOnlySpan<T> x) => TensorPrimitives.IndexOfMin(x);
    }

    private readonly struct Job<T, TOrder>(T* x, int* y, nint axis, nint inner) : IRangeJob
        where T : unmanaged, INumber<T>
        where TOrder : struct, IOrder<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(nint start, nint end)
        {
            (nint block, nint column) = Math.DivRem(start, inner);
            T* source = x + block * axis * inner;
            for (nint element = start; element < end; element++)
            {
                y[element] = Find(source + column, axis, inner);
                if (++column < inner) continue;
                column = 0;
                source += axis * inner;
            }
        }

        private static int Find(T* source, nint count, nint stride)
        {
            if (stride == 1 && count >= LongRow)
            {
                int found = TOrder.InRow(new ReadOnlySpan<T>(source, (int)count));
                if (source[found] != T.Zero) return found;
                for (found = 0; source[found] != T.Zero;) found++;
                return found;
            }
            T best = source[0];
            if (T.IsNaN(best)) return 0;
            nint index = 0;
            for (nint i = 1; i < count; i++)
            {
                T value = source[i * stride];
                if (!TOrder.Replaces(best, value)) continue;
                best = value;
                index = i;
                if (T.IsNaN(value)) break;
            }
            return (int)index;
        }
    }
}
