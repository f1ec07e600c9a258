using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Images turned, moved, stretched and resized.</content>
public partial class Tensor
{
    private const int MapNumbers = 6;

    /// <summary>Images sampled at other places: y(n, i, j, c) = x(n, b₀·j + b₁·i + b₂, a₀·j + a₁·i + a₂, c).</summary>
    /// <remarks>
    /// As in Keras a map gives, for a column j and a row i of the result, the place in x that is read: first its column, then its row. A
    /// place between pixels is interpolated; a pixel beyond the border is what the fill mode says, each of the four that are blended by
    /// itself. dx is the adjoint: each dy goes back to the pixels that were read, by their weights. F-X3.
    /// </remarks>
    /// <param name="transforms">The maps, a₀, a₁, a₂, b₀, b₁, b₂ for each image, or once for all.</param>
    /// <param name="size">Rows and columns of the result; this tensor's by default.</param>
    /// <param name="interpolation">What stands between pixels; bilinear by default.</param>
    /// <param name="fillMode">What stands beyond the border; a constant by default.</param>
    /// <param name="fillValue">The constant; 0 by default.</param>
    /// <returns>A tensor [N, height, width, C] for this tensor [N, H, W, C].</returns>
    /// <exception cref="ShapeException">Not four axes, images without pixels, or not six numbers for each image or for all.</exception>
    /// <exception cref="ValueException">A size below 1, or a number that is not finite.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor AffineTransform(
        ReadOnlySpan<double> transforms,
        (int Height, int Width)? size = null,
        Interpolation interpolation = Interpolation.Bilinear,
        FillMode fillMode = FillMode.Constant,
        double fillValue = 0)
    {
        foreach (double number in transforms)
        {
            if (!double.IsFinite(number)) throw Fail.Value("affineTransform", $"{number} in a map", "give finite numbers");
        }
        return AffineTransform(From(transforms, [transforms.Length]), size, interpolation, fillMode, fillValue);
    }

    /// <summary>The same with the maps in a tensor of Float64 that is not differentiated.</summary>
    internal Tensor AffineTransform(
        Tensor transforms, (int Height, int Width)? size, Interpolation interpolation, FillMode fillMode, double fillValue = 0)
    {
        Fail.UnlessFloat("affineTransform", this);
        if (Rank != 4 || Shape[1] == 0 || Shape[2] == 0)
            throw Fail.Shape(
                "affineTransform",
                $"an input of shape {Shape}, where [batch, height, width, channels] with at least one pixel is wanted",
                "reshape it to four axes, channels last");
        bool shared = transforms.Length == MapNumbers;
        if (!shared && transforms.Length != (long)MapNumbers * Shape[0])
            throw Fail.Shape(
                "affineTransform",
                $"{transforms.Length} numbers for {Shape[0]} images",
                $"give {MapNumbers} for all images, or {MapNumbers} for each");
        (int height, int width) = size ?? (Shape[1], Shape[2]);
        if (height < 1 || width < 1)
            throw Fail.Value("affineTransform", $"a size of ({height}, {width})", "give at least 1 row and column");
        if (!double.IsFinite(fillValue)) throw Fail.Value("affineTransform", $"fillValue is {fillValue}", "give a finite number");
        var shape = new ImageSamplingShape(
            Shape[0], Shape[1], Shape[2], height, width, Shape[3], interpolation == Interpolation.Bilinear, (ImageBorder)fillMode, shared);
        return Sample(shape, transforms, fillValue);
    }

    private Tensor Sample(ImageSamplingShape shape, Tensor maps, double fillValue)
    {
        Tensor y = Empty([shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.Channels], DType);
        Dispatch.Float(DType, new SamplingWork(shape, maps, this, y, fillValue, Adjoint: false));
        return GradientTape.Record("affineTransform", y, (this, dy => dy.SampleAdjoint(shape, maps)));
    }

    private Tensor SampleAdjoint(ImageSamplingShape shape, Tensor maps)
    {
        Tensor dx = Empty([shape.Batch, shape.InputHeight, shape.InputWidth, shape.Channels], DType);
        Dispatch.Float(DType, new SamplingWork(shape, maps, dx, this, 0, Adjoint: true));
        return GradientTape.Record("affineTransform", dx, (this, d => d.Sample(shape, maps, 0)));
    }

    private readonly unsafe record struct SamplingWork(
        ImageSamplingShape Shape, Tensor Maps, Tensor Image, Tensor Sampled, double FillValue, bool Adjoint)
        : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (Image.Length == 0) return;
            fixed (double* maps = Maps.Data<double>())
            fixed (T* image = Image.Data<T>(), sampled = Sampled.Data<T>())
            {
                if (Adjoint) ImageSampling<T>.Adjoint(Shape, maps, image, sampled);
                else ImageSampling<T>.Forward(Shape, maps, image, sampled, FillValue);
            }
        }
    }
}
