using System.Numerics;

namespace Engine.Kernels;

/// <summary>Where the largest or smallest number of an axis stands, for arrays seen as [outer, axis, inner].</summary>
/// <remarks>The first of equals wins; a NaN counts as larger and as smaller than every number, so the first NaN wins, as in NumPy.</remarks>
internal static unsafe class ReductionArg
{
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
    {
        static abstract bool Before(T a, T b);
    }

    private readonly struct Larger<T> : IOrder<T>
        where T : INumber<T>
    {
        public static bool Before(T a, T b) => a > b;
    }

    private readonly struct Smaller<T> : IOrder<T>
        where T : INumber<T>
    {
        public static bool Before(T a, T b) => a < b;
    }

    private readonly struct Job<T, TOrder>(T* x, int* y, nint axis, nint inner) : IRangeJob
        where T : unmanaged, INumber<T>
        where TOrder : struct, IOrder<T>
    {
        public void Run(nint start, nint end)
        {
            for (nint element = start; element < end; element++)
            {
                (nint block, nint column) = Math.DivRem(element, inner);
                y[element] = Find(x + block * axis * inner + column);
            }
        }

        private int Find(T* source)
        {
            T best = source[0];
            nint index = 0, stride = inner;
            for (nint i = 1; i < axis && !T.IsNaN(best); i++)
            {
                T value = source[i * stride];
                if (TOrder.Before(value, best) || T.IsNaN(value))
                {
                    best = value;
                    index = i;
                }
            }
            return (int)index;
        }
    }
}
