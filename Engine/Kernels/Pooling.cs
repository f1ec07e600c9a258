using System.Numerics;

namespace Engine.Kernels;

/// <summary>Pooling over windows, channels last: lanes are channels.</summary>
internal static unsafe class Pooling
{
    /// <summary>y(n, i, j, c) = max, mean or sum of x(n, i·s + p − top, j·s + q − left, c) over the window. F-P1, F-P2, F-P3.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="y">(N, OH, OW, C), overwritten.</param>
    public static void Forward<T>(PoolingKind kind, in PoolingShape shape, T* x, T* y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: PoolingJob<Simd512<T>, T>.Start(kind, shape, x, y, null, null); break;
            case 256: PoolingJob<Simd256<T>, T>.Start(kind, shape, x, y, null, null); break;
            case 128: PoolingJob<Simd128<T>, T>.Start(kind, shape, x, y, null, null); break;
            default: PoolingJob<SimdScalar<T>, T>.Start(kind, shape, x, y, null, null); break;
        }
    }

    /// <summary>The gradient for the input.</summary>
    /// <remarks>
    /// Of a maximum: all of dy goes to the first value, row by row, that equals it (or is NaN). Of a mean or sum: dy, divided as the sum was,
    /// goes to every value of the window.
    /// </remarks>
    /// <param name="kind">Which.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">(N, H, W, C); read for a maximum only.</param>
    /// <param name="y">(N, OH, OW, C), the forward result; read for a maximum only.</param>
    /// <param name="dy">(N, OH, OW, C).</param>
    /// <param name="dx">(N, H, W, C), overwritten.</param>
    public static void Backward<T>(PoolingKind kind, in PoolingShape shape, T* x, T* y, T* dy, T* dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: PoolingJob<Simd512<T>, T>.Start(kind, shape, x, y, dy, dx); break;
            case 256: PoolingJob<Simd256<T>, T>.Start(kind, shape, x, y, dy, dx); break;
            case 128: PoolingJob<Simd128<T>, T>.Start(kind, shape, x, y, dy, dx); break;
            default: PoolingJob<SimdScalar<T>, T>.Start(kind, shape, x, y, dy, dx); break;
        }
    }
}
