using System.Diagnostics;
using System.Numerics;

namespace Engine.Kernels;

/// <summary>Convolution, channels last, and its two gradients: a closed triple, each linear in both of its operands.</summary>
/// <remarks>
/// Products of matrices whose left rows are pointers into the image, so nothing is unrolled into an im2col buffer; where a window reaches
/// over the border, the band of rows that it reads is copied with its zeros. F-C1.
/// </remarks>
internal static unsafe class Convolution
{
    /// <summary>Whether <see cref="KernelGradient{T}"/> can mask dy as it reads.</summary>
    public static bool MasksKernelGradient(in ConvolutionShape shape) => !IsDepthwise(shape) && !Winograd.Applies(shape);

    private static bool IsDepthwise(in ConvolutionShape shape) => shape.Groups > 1 && shape.GroupInputs == 1 && shape.GroupOutputs == 1;

    /// <summary>y(n, i, j, f) = max(least, Σ x(n, i·s + p·d − top, j·s + q·d − left, c) · w(p, q, c, f) + bias(f)). F-C1, F-C3.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="w">(KH, KW, C/groups, F).</param>
    /// <param name="y">(N, OH, OW, F), overwritten.</param>
    /// <param name="bias">(F), or null.</param>
    /// <param name="relu">Ends with max(0, ·).</param>
    public static void Forward<T>(in ConvolutionShape shape, T* x, T* w, T* y, T* bias = null, bool relu = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: Forward<Simd512<T>, T>(shape, x, w, y, bias, relu); break;
            case 256: Forward<Simd256<T>, T>(shape, x, w, y, bias, relu); break;
            case 128: Forward<Simd128<T>, T>(shape, x, w, y, bias, relu); break;
            default: Forward<SimdScalar<T>, T>(shape, x, w, y, bias, relu); break;
        }
    }

    private static void Forward<V, T>(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, bool relu)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsDepthwise(shape))
        {
            ConvolutionDepthwise<V, T>.Forward(shape, x, w, y, bias, relu);
        }
        else if (Winograd.Applies(shape))
        {
            WinogradGather<V, T>.Forward(shape, x, w, y, bias, relu);
        }
        else
        {
            ConvolutionGather<V, T>.Forward(shape, x, w, y, bias, relu);
        }
    }

    /// <summary>The gradient for the input, which is also the forward pass of a transposed convolution. F-C5.</summary>
    /// <remarks>dx(n, i·s + p·d − top, j·s + q·d − left, c) = Σ dy(n, i, j, f) · w(p, q, c, f) (+ bias(c), ReLU); zero where no window reaches.</remarks>
    /// <param name="shape">The sizes of the convolution: the transposed one's output is its input.</param>
    /// <param name="dy">(N, OH, OW, F).</param>
    /// <param name="w">(KH, KW, C/groups, F).</param>
    /// <param name="dx">(N, H, W, C), overwritten.</param>
    /// <param name="bias">(C), or null.</param>
    /// <param name="relu">Ends with max(0, ·).</param>
    public static void InputGradient<T>(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias = null, bool relu = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: InputGradient<Simd512<T>, T>(shape, dy, w, dx, bias, relu); break;
            case 256: InputGradient<Simd256<T>, T>(shape, dy, w, dx, bias, relu); break;
            case 128: InputGradient<Simd128<T>, T>(shape, dy, w, dx, bias, relu); break;
            default: InputGradient<SimdScalar<T>, T>(shape, dy, w, dx, bias, relu); break;
        }
    }

    private static void InputGradient<V, T>(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsDepthwise(shape))
        {
            ConvolutionDepthwise<V, T>.InputGradient(shape, dy, w, dx, bias, relu);
        }
        else if (ConvolutionScatter<V, T>.Applies(shape))
        {
            ConvolutionScatter<V, T>.InputGradient(shape, dy, w, dx, bias, relu);
        }
        else if (Winograd.Applies(shape))
        {
            WinogradScatter<V, T>.InputGradient(shape, dy, w, dx, bias, relu);
        }
        else
        {
            ConvolutionGather<V, T>.InputGradient(shape, dy, w, dx, bias, relu);
        }
    }

    /// <summary>The gradients for the kernel and, in the same pass, for the bias.</summary>
    /// <remarks>dw(p, q, c, f) = Σ x(n, i·s + p·d − top, j·s + q·d − left, c) · dy(n, i, j, f) and db(f) = Σ dy(n, i, j, f), over n, i, j.</remarks>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="dy">(N, OH, OW, F).</param>
    /// <param name="dw">(KH, KW, C/groups, F), overwritten.</param>
    /// <param name="db">(F), overwritten; or null.</param>
    /// <param name="y">(N, OH, OW, F), the result of the ReLU after the convolution: dy counts where it is positive; or null; only if <see cref="MasksKernelGradient"/>.</param>
    public static void KernelGradient<T>(in ConvolutionShape shape, T* x, T* dy, T* dw, T* db = null, T* y = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: KernelGradient<Simd512<T>, T>(shape, x, dy, dw, db, y); break;
            case 256: KernelGradient<Simd256<T>, T>(shape, x, dy, dw, db, y); break;
            case 128: KernelGradient<Simd128<T>, T>(shape, x, dy, dw, db, y); break;
            default: KernelGradient<SimdScalar<T>, T>(shape, x, dy, dw, db, y); break;
        }
    }

    private static void KernelGradient<V, T>(in ConvolutionShape shape, T* x, T* dy, T* dw, T* db, T* y)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsDepthwise(shape))
        {
            Debug.Assert(y == null, "A depthwise convolution's dy comes masked.");
            ConvolutionDepthwise<V, T>.KernelGradient(shape, x, dy, dw, db);
        }
        else if (Winograd.Applies(shape))
        {
            Debug.Assert(y == null, "The transforms read dy masked.");
            WinogradKernelGradient<V, T>.Compute(shape, x, dy, dw, db);
        }
        else
        {
            ConvolutionKernelGradient<V, T>.Compute(shape, x, dy, dw, db, y);
        }
    }
}
