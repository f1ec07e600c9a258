using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Convolution, ReLU and max pooling as one operation.</content>
public partial class Tensor
{
    /// <summary><see cref="Convolution2D"/> with ReLU and <see cref="MaxPooling2D"/> by windows side by side, in one pass where that pays.</summary>
    /// <remarks>
    /// The convolution's result is pooled while it lies in the cache and its gradient made as it is used, so neither is ever whole. For
    /// gradients the place of each maximum is kept. Where an outer tape follows the gradient it is composed of the two operations'.
    /// F-C1, F-P1.
    /// </remarks>
    /// <param name="kernel">k [kh, kw, C / groups, F].</param>
    /// <param name="bias">b [F], or null.</param>
    /// <param name="geometry">The convolution's strides, dilation, padding and groups.</param>
    /// <param name="window">Rows and columns of the pooling's window.</param>
    internal Tensor ConvolutionMaxPooling2D(Tensor kernel, Tensor? bias, ConvolutionGeometry geometry, (int Height, int Width) window)
    {
        ConvolutionShape shape = geometry.Resolve("convolution2D", Shape, kernel.Shape);
        CheckConvolution("convolution2D", this, kernel, bias, shape.OutputChannels);
        var pool = new PoolingShape
        {
            Batch = shape.Batch, InputHeight = shape.OutputHeight, InputWidth = shape.OutputWidth, Channels = shape.OutputChannels,
            WindowHeight = window.Height, WindowWidth = window.Width, StrideHeight = window.Height, StrideWidth = window.Width,
        };
        if (pool.OutputHeight < 1 || pool.OutputWidth < 1 || !ConvolutionPooling.Applies(shape, pool))
            return Convolution2D(kernel, bias, geometry, relu: true).MaxPooling2D(window);
        Tensor x = this, y = Empty([pool.Batch, pool.OutputHeight, pool.OutputWidth, pool.Channels], DType);
        Tensor[] inputs = bias is null ? [x, kernel] : [x, kernel, bias];
        Tensor? places = GradientTape.WouldRecord(inputs) ? Empty(y.Shape, DType) : null;
        Dispatch.Float(DType, new ConvolutionPoolingWork(shape, pool, x, kernel, bias, y, places));
        GradientTape.Record("convolutionMaxPooling2D", [y], inputs, Gradient);
        return y;

        Tensor?[] Gradient(Tensor?[] dys, bool[] needed)
        {
            Tensor dy = dys[0]!;
            if (GradientTape.WouldRecord(dy, x, kernel))
            {
                Tensor whole = x.Convolution2D(kernel, bias, geometry, relu: true);
                return ConvolutionGradients(x, kernel, ReluMask(dy.MaxPoolingGradient(pool, whole, y), whole), geometry, needed);
            }
            if (needed[1] && !needed[0] && ConvolutionPooling.HasKernelGradient(shape))
            {
                Tensor dk = Empty(kernel.Shape, DType);
                Tensor? db = needed.Length > 2 && needed[2] ? Empty([shape.OutputChannels], DType) : null;
                Dispatch.Float(DType, new ConvolutionPoolingKernelGradientWork(shape, pool, x, places!, dy, dk, db));
                return needed.Length > 2 ? [null, dk, db] : [null, dk];
            }
            Tensor spread = Empty(ConvolutionGeometry.OutputOf(shape), DType);
            Dispatch.Float(DType, new SpreadWork(pool, places!, dy, spread));
            return ConvolutionGradients(x, kernel, spread, geometry, needed);
        }
    }

    private readonly unsafe struct ConvolutionPoolingWork(
        ConvolutionShape shape, PoolingShape pool, Tensor x, Tensor kernel, Tensor? bias, Tensor y, Tensor? places) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (y.Length == 0) return;
            fixed (T* source = x.Data<T>(), k = kernel.Data<T>(), b = bias is null ? default : bias.Data<T>(), target = y.Data<T>())
            fixed (T* at = places is null ? default : places.Data<T>())
                ConvolutionPooling.Forward(shape, pool, source, k, b, target, at);
        }
    }

    private readonly unsafe struct ConvolutionPoolingKernelGradientWork(
        ConvolutionShape shape, PoolingShape pool, Tensor x, Tensor places, Tensor dy, Tensor dk, Tensor? db) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (dy.Length == 0)
            {
                dk.Fill(0);
                db?.Fill(0);
                return;
            }
            fixed (T* source = x.Data<T>(), at = places.Data<T>(), gradient = dy.Data<T>(), target = dk.Data<T>(), b = db is null ? default : db.Data<T>())
                ConvolutionPooling.KernelGradient(shape, pool, source, at, gradient, target, b);
        }
    }

    private readonly unsafe struct SpreadWork(PoolingShape pool, Tensor places, Tensor dy, Tensor spread) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (spread.Length == 0) return;
            fixed (T* at = places.Data<T>(), gradient = dy.Data<T>(), target = spread.Data<T>())
                ConvolutionPooling.Spread(pool, at, gradient, target);
        }
    }
}
