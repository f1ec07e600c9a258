using System.Numerics;
using System.Numerics.Tensors;
using Engine.Kernels;

namespace Engine;

/// <content>Windows written out one after the other (im2col), and the adjoint that adds them back (col2im).</content>
public partial class Tensor
{
    /// <summary>Every window of an image as a row: y(n, i, j, (p, q, c)) = x(n, i·s + p·d − top, j·s + q·d − left, c), 0 outside.</summary>
    /// <remarks>
    /// dx = <see cref="Fold2D"/> of dy. A convolution is <c>x.Unfold2D(window).MatMul(kernel.Reshape(-1, filters))</c>; it needs no such
    /// copy, this shows and tests it. F-C1.
    /// </remarks>
    /// <param name="window">Rows and columns of the window.</param>
    /// <param name="geometry">Strides, dilation and padding; one group.</param>
    /// <returns>A tensor [N, OH, OW, height · width · C] for this tensor [N, H, W, C].</returns>
    /// <exception cref="ShapeException">Not four axes, or a window larger than the padded input.</exception>
    /// <exception cref="ValueException">A stride or dilation below 1, a negative padding, or several groups.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Unfold2D((int Height, int Width) window, ConvolutionGeometry? geometry = null)
    {
        ConvolutionShape shape = UnfoldSizes("unfold2D", window, Shape, geometry);
        Tensor y = Empty(UnfoldedShape(shape), DType);
        Dispatch.Float(DType, new UnfoldWork(shape, this, y, fold: false));
        return GradientTape.RecordLinear("unfold2D", y, (this, dy => dy.Fold2D(window, Shape, geometry)));
    }

    /// <summary>The adjoint of <see cref="Unfold2D"/>: each element of an image is the sum of its copies in the windows.</summary>
    /// <remarks>dx = <see cref="Unfold2D"/> of dy.</remarks>
    /// <param name="window">Rows and columns of the window.</param>
    /// <param name="inputShape">[N, H, W, C], the shape of the image.</param>
    /// <param name="geometry">Strides, dilation and padding; one group.</param>
    /// <returns>A tensor of the image's shape for this tensor [N, OH, OW, height · width · C].</returns>
    /// <exception cref="ShapeException">This tensor has not the shape that unfolding such an image gives.</exception>
    /// <exception cref="ValueException">A stride or dilation below 1, a negative padding, or several groups.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Fold2D((int Height, int Width) window, Shape inputShape, ConvolutionGeometry? geometry = null)
    {
        ConvolutionShape shape = UnfoldSizes("fold2D", window, inputShape, geometry);
        if (Shape != UnfoldedShape(shape))
            throw Fail.Shape("fold2D", $"windows of shape {Shape} for an image {inputShape}, which unfolds to {UnfoldedShape(shape)}", "give the windows of such an image");
        Tensor y = Zeros(inputShape, DType);
        Dispatch.Float(DType, new UnfoldWork(shape, y, this, fold: true));
        return GradientTape.RecordLinear("fold2D", y, (this, dy => dy.Unfold2D(window, geometry)));
    }

    /// <summary>Every window of a sequence as a row: y(n, i, (p, c)) = x(n, i·s + p·d − left, c), 0 outside.</summary>
    /// <remarks>dx = <see cref="Fold1D"/> of dy. The 1-D form of <see cref="Unfold2D"/>. F-C4.</remarks>
    /// <param name="window">Positions of the window.</param>
    /// <param name="stride">Positions that the window moves by.</param>
    /// <param name="dilation">Positions from one tap of the window to the next.</param>
    /// <param name="padding">Zeros before and after.</param>
    /// <returns>A tensor [N, OT, window · C] for this tensor [N, T, C].</returns>
    /// <exception cref="ShapeException">Not three axes, or a window larger than the padded input.</exception>
    /// <exception cref="ValueException">A stride or dilation below 1, or a negative padding.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Unfold1D(int window, int stride = 1, int dilation = 1, (int Left, int Right) padding = default)
    {
        if (Rank != 3) throw Fail.Shape("unfold1D", $"an input of shape {Shape}, where [batch, steps, channels] is wanted", "reshape it to three axes");
        return ExpandDims(1).Unfold2D((1, window), LineGeometry(stride, dilation, padding)).Squeeze(1);
    }

    /// <summary>The adjoint of <see cref="Unfold1D"/>: each element of a sequence is the sum of its copies in the windows.</summary>
    /// <remarks>dx = <see cref="Unfold1D"/> of dy.</remarks>
    /// <param name="window">Positions of the window.</param>
    /// <param name="inputShape">[N, T, C], the shape of the sequence.</param>
    /// <param name="stride">Positions that the window moves by.</param>
    /// <param name="dilation">Positions from one tap of the window to the next.</param>
    /// <param name="padding">Zeros before and after.</param>
    /// <returns>A tensor of the sequence's shape for this tensor [N, OT, window · C].</returns>
    /// <exception cref="ShapeException">This tensor has not the shape that unfolding such a sequence gives.</exception>
    /// <exception cref="ValueException">A stride or dilation below 1, or a negative padding.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Fold1D(int window, Shape inputShape, int stride = 1, int dilation = 1, (int Left, int Right) padding = default)
    {
        if (Rank != 3 || inputShape.Rank != 3)
            throw Fail.Shape("fold1D", $"windows of shape {Shape} for a sequence of shape {inputShape}", "give [batch, windows, window · channels] and [batch, steps, channels]");
        return ExpandDims(1).Fold2D((1, window), inputShape.Insert(1, 1), LineGeometry(stride, dilation, padding)).Squeeze(1);
    }

    /// <summary>A walk along one row.</summary>
    private static ConvolutionGeometry LineGeometry(int stride, int dilation, (int Left, int Right) padding, int groups = 1) => new()
    {
        Strides = (1, stride), Dilation = (1, dilation), Padding = (0, 0, padding.Left, padding.Right), Groups = groups,
    };

    private ConvolutionShape UnfoldSizes(string operation, (int Height, int Width) window, Shape image, ConvolutionGeometry? geometry)
    {
        Fail.UnlessFloat(operation, this);
        ConvolutionGeometry walk = geometry ?? ConvolutionGeometry.Default;
        if (walk.Groups != 1) throw Fail.Value(operation, $"{walk.Groups} groups", "split the channels first");
        if (window.Height < 1 || window.Width < 1) throw Fail.Value(operation, $"window {window}", "give lengths of at least 1");
        return walk.Resolve(operation, image, [window.Height, window.Width, image.Rank == 4 ? image[3] : 1, 1]);
    }

    private static Shape UnfoldedShape(in ConvolutionShape shape) =>
        [shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.KernelHeight * shape.KernelWidth * shape.InputChannels];

    private readonly struct UnfoldWork(ConvolutionShape shape, Tensor image, Tensor windows, bool fold) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Span<T> x = image.Data<T>(), y = windows.Data<T>();
            int channels = shape.InputChannels;
            for (int n = 0; n < shape.Batch; n++)
            for (int i = 0; i < shape.OutputHeight; i++)
            for (int j = 0; j < shape.OutputWidth; j++)
            for (int p = 0; p < shape.KernelHeight; p++)
            for (int q = 0; q < shape.KernelWidth; q++)
            {
                int row = i * shape.StrideHeight + p * shape.DilationHeight - shape.PadTop;
                int column = j * shape.StrideWidth + q * shape.DilationWidth - shape.PadLeft;
                Span<T> tap = y[..channels];
                y = y[channels..];
                if ((uint)row >= (uint)shape.InputHeight || (uint)column >= (uint)shape.InputWidth)
                {
                    if (!fold) tap.Clear();
                    continue;
                }
                Span<T> pixel = x.Slice(((n * shape.InputHeight + row) * shape.InputWidth + column) * channels, channels);
                if (fold) TensorPrimitives.Add(pixel, tap, pixel);
                else pixel.CopyTo(tap);
            }
        }
    }
}
