using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Convolution and its two gradients: a closed triple, each with gradients made of the other two, so that every order works.</content>
public partial class Tensor
{
    /// <summary>y(n, i, j, f) = max(0, Σ x(n, i·s + p·d − top, j·s + q·d − left, c) · k(p, q, c, f) + b(f)) or without the max.</summary>
    /// <remarks>
    /// Bias and ReLU ride in the product's epilogue. With dy masked where y is 0: dx is <see cref="ConvolutionInputGradient"/>, dk is
    /// <see cref="ConvolutionKernelGradient"/>, db = Σ dy over all but the last axis. 3×3 windows with steps of 1 over many channels take
    /// Winograd's F(2×2, 3×3): rounding is then relative to the largest input of a 4×4 piece, and an infinity or NaN reaches every result of
    /// the 2×2 tiles that read it. F-C1, F-C3; with a flipped kernel F-C2.
    /// </remarks>
    /// <param name="kernel">k [kh, kw, C / groups, F].</param>
    /// <param name="bias">b [F], or null.</param>
    /// <param name="geometry">Strides, dilation, padding and groups; steps of 1 without padding by default.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="flipKernel">Whether the kernel is turned round in both axes: the convolution of mathematics.</param>
    /// <returns>A tensor [N, OH, OW, F] for this tensor [N, H, W, C].</returns>
    /// <exception cref="ShapeException">Shapes that do not fit each other or the groups, or a window larger than the padded input.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">A stride, dilation or group count below 1, or a negative padding.</exception>
    public Tensor Convolution2D(Tensor kernel, Tensor? bias = null, ConvolutionGeometry? geometry = null, bool relu = false, bool flipKernel = false)
    {
        ConvolutionGeometry walk = geometry ?? ConvolutionGeometry.Default;
        ConvolutionShape shape = walk.Resolve("convolution2D", Shape, kernel.Shape);
        CheckConvolution("convolution2D", this, kernel, bias, shape.OutputChannels);
        if (flipKernel) return Convolution2D(kernel.Flip(0, 1), bias, geometry, relu);
        Tensor y = Empty(ConvolutionGeometry.OutputOf(shape), DType);
        Dispatch.Float(DType, new ConvolutionWork(shape, this, kernel, y, bias, relu));
        y.IsRectified = relu;
        Tensor x = this;
        if (bias is null) GradientTape.Record("convolution2D", [y], [x, kernel], Gradient);
        else GradientTape.Record("convolution2D", [y], [x, kernel, bias], Gradient);
        return y;

        Tensor?[] Gradient(Tensor?[] dys, bool[] needed)
        {
            bool biasNeeded = needed.Length > 2 && needed[2];
            if (relu && dys[0]!.MaskedBy != y && needed[1] && !needed[0] && Convolution.MasksKernelGradient(shape) && !GradientTape.WouldRecord(x, dys[0]!))
            {
                // A first layer's masked gradient has one reader, which masks as it reads.
                (Tensor dk, Tensor? db) = (Empty(kernel.Shape, DType), biasNeeded ? Empty([shape.OutputChannels], DType) : null);
                Dispatch.Float(DType, new ConvolutionKernelGradientWork(shape, x, dys[0]!, dk, db, y));
                return needed.Length > 2 ? [null, dk, db] : [null, dk];
            }
            return ConvolutionGradients(x, kernel, relu ? ReluMask(dys[0]!, y) : dys[0]!, walk, needed);
        }
    }

    /// <summary>The gradients of a convolution of x for x, the kernel and the bias, where there is one.</summary>
    private static Tensor?[] ConvolutionGradients(Tensor x, Tensor kernel, Tensor dy, ConvolutionGeometry walk, bool[] needed)
    {
        var gradients = new Tensor?[needed.Length];
        bool biasNeeded = needed.Length > 2 && needed[2];
        if (needed[0]) gradients[0] = dy.ConvolutionInputGradient(kernel, x.Shape, null, walk);
        if (needed[1] && biasNeeded) (gradients[1], gradients[2]) = x.ConvolutionKernelAndBiasGradient(dy, kernel.Shape, walk);
        else if (needed[1]) gradients[1] = x.ConvolutionKernelGradient(dy, kernel.Shape, walk);
        else if (biasNeeded) gradients[2] = dy.Sum([0, 1, 2]);
        return gradients;
    }

    /// <summary>The gradient of a convolution for its input, dx(n, i·s + p·d − top, j·s + q·d − left, c) = Σ dy(n, i, j, f) · k(p, q, c, f);
    /// with a bias and ReLU also the forward pass of a transposed convolution.</summary>
    /// <remarks>
    /// For z the result and dz its gradient: d(dy) is <see cref="Convolution2D"/> of dz, dk is <see cref="ConvolutionKernelGradient"/> of dz
    /// and dy, db = Σ dz over all but the last axis. F-C5.
    /// </remarks>
    /// <param name="kernel">k [kh, kw, C / groups, F].</param>
    /// <param name="inputShape">[N, H, W, C], the shape of the convolution's input and of the result.</param>
    /// <param name="bias">b [C], or null.</param>
    /// <param name="geometry">The convolution's strides, dilation, padding and groups.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <returns>A tensor of the input's shape for this tensor [N, OH, OW, F].</returns>
    /// <exception cref="ShapeException">This tensor has not the shape that the convolution of such an input gives, or the bias not [C].</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">A stride, dilation or group count below 1, or a negative padding.</exception>
    public Tensor ConvolutionInputGradient(Tensor kernel, Shape inputShape, Tensor? bias = null, ConvolutionGeometry? geometry = null, bool relu = false)
    {
        ConvolutionGeometry walk = geometry ?? ConvolutionGeometry.Default;
        ConvolutionShape shape = walk.Resolve("convolutionInputGradient", inputShape, kernel.Shape);
        CheckConvolution("convolutionInputGradient", this, kernel, bias, shape.InputChannels);
        CheckOutputShape("convolutionInputGradient", Shape, shape);
        Tensor z = Empty(inputShape, DType);
        Dispatch.Float(DType, new ConvolutionInputGradientWork(shape, this, kernel, z, bias, relu));
        Tensor input = this;
        if (bias is null) GradientTape.Record("convolutionInputGradient", [z], [input, kernel], Gradient);
        else GradientTape.Record("convolutionInputGradient", [z], [input, kernel, bias], Gradient);
        return z;

        Tensor?[] Gradient(Tensor?[] dzs, bool[] needed)
        {
            Tensor dz = relu ? ReluMask(dzs[0]!, z) : dzs[0]!;
            var gradients = new Tensor?[needed.Length];
            if (needed[0]) gradients[0] = dz.Convolution2D(kernel, null, walk);
            if (needed[1]) gradients[1] = dz.ConvolutionKernelGradient(input, kernel.Shape, walk);
            if (needed.Length > 2 && needed[2]) gradients[2] = dz.Sum([0, 1, 2]);
            return gradients;
        }
    }

    /// <summary>The gradient of a convolution for its kernel, dk(p, q, c, f) = Σ x(n, i·s + p·d − top, j·s + q·d − left, c) · dy(n, i, j, f).</summary>
    /// <remarks>For g the result's gradient: dx is <see cref="ConvolutionInputGradient"/> of dy with g as kernel, d(dy) is <see cref="Convolution2D"/> of x with g.</remarks>
    /// <param name="dy">The gradient of the convolution's result, [N, OH, OW, F].</param>
    /// <param name="kernelShape">[kh, kw, C / groups, F].</param>
    /// <param name="geometry">The convolution's strides, dilation, padding and groups.</param>
    /// <returns>A tensor of the kernel's shape for this tensor x [N, H, W, C].</returns>
    /// <exception cref="ShapeException">dy has not the shape that the convolution gives.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">A stride, dilation or group count below 1, or a negative padding.</exception>
    public Tensor ConvolutionKernelGradient(Tensor dy, Shape kernelShape, ConvolutionGeometry? geometry = null)
    {
        ConvolutionGeometry walk = geometry ?? ConvolutionGeometry.Default;
        ConvolutionShape shape = CheckKernelGradient(dy, kernelShape, walk);
        Tensor dk = Empty(kernelShape, DType);
        Dispatch.Float(DType, new ConvolutionKernelGradientWork(shape, this, dy, dk, null));
        return GradientTape.Record(
            "convolutionKernelGradient",
            dk,
            (this, g => dy.ConvolutionInputGradient(g, Shape, null, walk)),
            (dy, g => Convolution2D(g, null, walk)));
    }

    /// <summary>The 1-D form: y(n, i, f) = max(0, Σ x(n, i·s + p·d − left, c) · k(p, c, f) + b(f)) or without the max.</summary>
    /// <remarks>Gradients as for <see cref="Convolution2D"/>, of which it is the case of height 1. F-C4; with a flipped kernel F-C2.</remarks>
    /// <param name="kernel">k [width, C / groups, F].</param>
    /// <param name="bias">b [F], or null.</param>
    /// <param name="stride">Positions that the window moves by.</param>
    /// <param name="dilation">Positions from one tap of the window to the next.</param>
    /// <param name="padding">Zeros before and after.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="flipKernel">Whether the kernel is turned round.</param>
    /// <returns>A tensor [N, OT, F] for this tensor [N, T, C].</returns>
    /// <exception cref="ShapeException">Shapes that do not fit each other or the groups, or a window larger than the padded input.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">A stride, dilation or group count below 1, or a negative padding.</exception>
    public Tensor Convolution1D(
        Tensor kernel, Tensor? bias = null, int stride = 1, int dilation = 1, (int Left, int Right) padding = default, int groups = 1, bool relu = false, bool flipKernel = false)
    {
        if (Rank != 3 || kernel.Rank != 3)
            throw Fail.Shape("convolution1D", $"an input of shape {Shape} and a kernel of shape {kernel.Shape}", "give an input [batch, steps, channels] and a kernel [width, channels / groups, filters]");
        ConvolutionGeometry geometry = LineGeometry(stride, dilation, padding, groups);
        return ExpandDims(1).Convolution2D(kernel.ExpandDims(0), bias, geometry, relu, flipKernel).Squeeze(1);
    }

    /// <summary>Both gradients of one pass over dy. Their own: dx from dk's alone; d(dy) is a convolution with dk's as kernel and db's as bias.</summary>
    private (Tensor Kernel, Tensor Bias) ConvolutionKernelAndBiasGradient(Tensor dy, Shape kernelShape, ConvolutionGeometry geometry)
    {
        ConvolutionShape shape = CheckKernelGradient(dy, kernelShape, geometry);
        Tensor dk = Empty(kernelShape, DType), db = Empty([kernelShape[3]], DType), x = this;
        Dispatch.Float(DType, new ConvolutionKernelGradientWork(shape, this, dy, dk, db));
        GradientTape.Record("convolutionKernelGradient", [dk, db], [x, dy], Gradient);
        return (dk, db);

        Tensor?[] Gradient(Tensor?[] gs, bool[] needed)
        {
            var gradients = new Tensor?[2];
            Tensor? kernel = gs[0], bias = gs[1];
            if (needed[0] && kernel is not null) gradients[0] = dy.ConvolutionInputGradient(kernel, x.Shape, null, geometry);
            if (!needed[1]) return gradients;
            gradients[1] = kernel is not null ? x.Convolution2D(kernel, bias, geometry) : bias!.BroadcastTo(dy.Shape);
            return gradients;
        }
    }

    private ConvolutionShape CheckKernelGradient(Tensor dy, Shape kernelShape, ConvolutionGeometry geometry)
    {
        ConvolutionShape shape = geometry.Resolve("convolutionKernelGradient", Shape, kernelShape);
        CheckConvolution("convolutionKernelGradient", this, dy, null, 0);
        CheckOutputShape("convolutionKernelGradient", dy.Shape, shape);
        return shape;
    }

    private static void CheckConvolution(string operation, Tensor a, Tensor b, Tensor? bias, int channels)
    {
        Fail.UnlessFloat(operation, a);
        if (a.DType != b.DType) throw Fail.Mismatch(operation, a.DType, b.DType);
        if (bias is null) return;
        if (bias.DType != a.DType) throw Fail.Mismatch(operation, a.DType, bias.DType);
        if (bias.Shape != Shape.Create([channels]))
            throw Fail.Shape(operation, $"a bias of shape {bias.Shape} for {channels} channels", $"give a bias of shape [{channels}]");
    }

    private static void CheckOutputShape(string operation, Shape dy, in ConvolutionShape shape)
    {
        Shape wanted = ConvolutionGeometry.OutputOf(shape);
        if (dy != wanted)
            throw Fail.Shape(operation, $"a gradient of shape {dy} where the convolution gives {wanted}", "give a tensor of the convolution's output shape");
    }

    private readonly unsafe struct ConvolutionWork(ConvolutionShape shape, Tensor x, Tensor kernel, Tensor y, Tensor? bias, bool relu) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (y.Length == 0) return;
            fixed (T* source = x.Data<T>(), k = kernel.Data<T>(), target = y.Data<T>(), b = bias is null ? default : bias.Data<T>())
                Convolution.Forward(shape, source, k, target, b, relu);
        }
    }

    private readonly unsafe struct ConvolutionInputGradientWork(ConvolutionShape shape, Tensor dy, Tensor kernel, Tensor z, Tensor? bias, bool relu) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (z.Length == 0) return;
            fixed (T* source = dy.Data<T>(), k = kernel.Data<T>(), target = z.Data<T>(), b = bias is null ? default : bias.Data<T>())
                Convolution.InputGradient(shape, source, k, target, b, relu);
        }
    }

    private readonly unsafe struct ConvolutionKernelGradientWork(ConvolutionShape shape, Tensor x, Tensor dy, Tensor dk, Tensor? db, Tensor? y = null) : IFloatWork
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
            fixed (T* source = x.Data<T>(), gradient = dy.Data<T>(), target = dk.Data<T>(), b = db is null ? default : db.Data<T>(), mask = y is null ? default : y.Data<T>())
                Convolution.KernelGradient(shape, source, gradient, target, b, mask);
        }
    }
}
