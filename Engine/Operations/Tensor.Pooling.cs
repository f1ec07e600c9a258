using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Pooling over windows of images, channels last; 1-D is height 1.</content>
public partial class Tensor
{
    /// <summary>y(n, i, j, c) = max x(n, i·s + p − top, j·s + q − left, c) over the window; padding never wins; NaN if one is NaN.</summary>
    /// <remarks>dx: all of dy goes to the window's first largest element, row by row. F-P1.</remarks>
    /// <param name="window">Rows and columns of the window.</param>
    /// <param name="strides">Rows and columns that it moves by; the window's by default.</param>
    /// <param name="padding">Rows and columns around the input, each less than the window.</param>
    /// <returns>A tensor [N, OH, OW, C] for this tensor [N, H, W, C].</returns>
    /// <exception cref="ShapeException">Not four axes, or a window larger than the padded input.</exception>
    /// <exception cref="ValueException">A window or stride below 1, or a padding that is negative or not less than the window.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor MaxPooling2D(
        (int Height, int Width) window, (int Height, int Width)? strides = null, (int Top, int Bottom, int Left, int Right) padding = default)
    {
        PoolingShape shape = PoolingSizes("maxPooling2D", window, strides, padding);
        Tensor y = Pool(PoolingKind.Max, shape);

        // Where a ReLU's result is a window's maximum and 0, its own gradient drops what came back: here that costs nothing.
        return GradientTape.Record("maxPooling2D", y, (this, dy =>
            IsRectified && !GradientTape.IsAskedFor(this) && !GradientTape.WouldRecord(dy)
                ? dy.MaxPoolingGradient(shape, this, y, rectified: true)
                : dy.MaxPoolingGradient(shape, this, y)));
    }

    /// <summary>y(n, i, j, c) = mean of x(n, i·s + p − top, j·s + q − left, c) over the part of the window inside the image: padding is not counted.</summary>
    /// <remarks>dx = dy, divided by the same counts, to every element of the window. F-P2.</remarks>
    /// <param name="window">Rows and columns of the window.</param>
    /// <param name="strides">Rows and columns that it moves by; the window's by default.</param>
    /// <param name="padding">Rows and columns around the input, each less than the window.</param>
    /// <returns>A tensor [N, OH, OW, C] for this tensor [N, H, W, C].</returns>
    /// <exception cref="ShapeException">Not four axes, or a window larger than the padded input.</exception>
    /// <exception cref="ValueException">A window or stride below 1, or a padding that is negative or not less than the window.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor AveragePooling2D(
        (int Height, int Width) window, (int Height, int Width)? strides = null, (int Top, int Bottom, int Left, int Right) padding = default) =>
        LinearPooling("averagePooling2D", PoolingKind.Average, PoolingSizes("averagePooling2D", window, strides, padding));

    /// <summary>y(n, i, j, c) = Σ x(n, i·s + p − top, j·s + q − left, c) over the window.</summary>
    /// <remarks>dx = dy to every element of the window. F-P3.</remarks>
    /// <param name="window">Rows and columns of the window.</param>
    /// <param name="strides">Rows and columns that it moves by; the window's by default.</param>
    /// <param name="padding">Rows and columns around the input, each less than the window.</param>
    /// <returns>A tensor [N, OH, OW, C] for this tensor [N, H, W, C].</returns>
    /// <exception cref="ShapeException">Not four axes, or a window larger than the padded input.</exception>
    /// <exception cref="ValueException">A window or stride below 1, or a padding that is negative or not less than the window.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor SumPooling2D(
        (int Height, int Width) window, (int Height, int Width)? strides = null, (int Top, int Bottom, int Left, int Right) padding = default) =>
        LinearPooling("sumPooling2D", PoolingKind.Sum, PoolingSizes("sumPooling2D", window, strides, padding));

    /// <summary>Mean or sum: linear, with <see cref="LinearPoolingAdjoint"/> as gradient.</summary>
    private Tensor LinearPooling(string operation, PoolingKind kind, PoolingShape shape) =>
        GradientTape.Record(operation, Pool(kind, shape), (this, dy => dy.LinearPoolingAdjoint(operation, kind, shape)));

    private Tensor LinearPoolingAdjoint(string operation, PoolingKind kind, PoolingShape shape)
    {
        Tensor dx = Empty([shape.Batch, shape.InputHeight, shape.InputWidth, shape.Channels], DType);
        Dispatch.Float(DType, new PoolingGradientWork(kind, shape, null, null, this, dx));
        return GradientTape.Record(operation, dx, (this, d => d.LinearPooling(operation, kind, shape)));
    }

    /// <summary>This tensor, a dy, to each window's first largest element. Linear in dy; its adjoint gathers from the same places.</summary>
    private Tensor MaxPoolingGradient(PoolingShape shape, Tensor x, Tensor y, bool rectified = false)
    {
        Tensor dx = Empty(x.Shape, DType);
        Dispatch.Float(DType, new PoolingGradientWork(rectified ? PoolingKind.RectifiedMax : PoolingKind.Max, shape, x, y, this, dx));
        if (rectified) dx.MaskedBy = x;
        return GradientTape.Record("maxPooling2D", dx, (this, d =>
        {
            Tensor places = Empty(y.Shape, DType.Int32);
            Dispatch.Float(x.DType, new PoolingPlacesWork(shape, x, y, places));
            return d.Flatten().Gather(places);
        }));
    }

    private Tensor Pool(PoolingKind kind, PoolingShape shape)
    {
        Tensor y = Empty([shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.Channels], DType);
        Dispatch.Float(DType, new PoolingWork(kind, shape, this, y));
        return y;
    }

    private PoolingShape PoolingSizes(
        string operation, (int Height, int Width) window, (int Height, int Width)? strides, (int Top, int Bottom, int Left, int Right) padding)
    {
        Fail.UnlessFloat(operation, this);
        (int Height, int Width) step = strides ?? window;
        if (Rank != 4) throw Fail.Shape(operation, $"an input of shape {Shape}, where [batch, height, width, channels] is wanted", "reshape it to four axes, channels last");
        if (window.Height < 1 || window.Width < 1 || step.Height < 1 || step.Width < 1)
            throw Fail.Value(operation, $"window {window} and strides {step}", "give lengths of at least 1");
        if (!Fits(padding.Top, window.Height) || !Fits(padding.Bottom, window.Height) || !Fits(padding.Left, window.Width) || !Fits(padding.Right, window.Width))
            throw Fail.Value(operation, $"padding {padding} for a window of {window.Height}×{window.Width}", "give paddings of at least 0 and less than the window, so that no window lies in the padding alone");
        var shape = new PoolingShape
        {
            Batch = Shape[0], InputHeight = Shape[1], InputWidth = Shape[2], Channels = Shape[3],
            WindowHeight = window.Height, WindowWidth = window.Width, StrideHeight = step.Height, StrideWidth = step.Width,
            PadTop = padding.Top, PadBottom = padding.Bottom, PadLeft = padding.Left, PadRight = padding.Right,
        };
        return shape.OutputHeight >= 1 && shape.OutputWidth >= 1 && Shape[1] >= 1 && Shape[2] >= 1
            ? shape
            : throw Fail.Shape(operation, $"a window of {window.Height}×{window.Width} does not fit into an input of {Shape[1]}×{Shape[2]} with padding {padding}", "use a smaller window, more padding or a larger input");

        static bool Fits(int pad, int length) => pad >= 0 && pad < length;
    }

    private readonly unsafe struct PoolingWork(PoolingKind kind, PoolingShape shape, Tensor x, Tensor y) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (y.Length == 0) return;
            fixed (T* source = x.Data<T>(), target = y.Data<T>()) Pooling.Forward(kind, shape, source, target);
        }
    }

    private readonly unsafe struct PoolingGradientWork(PoolingKind kind, PoolingShape shape, Tensor? x, Tensor? y, Tensor dy, Tensor dx) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (dx.Length == 0) return;
            fixed (T* input = x is null ? default : x.Data<T>(), output = y is null ? default : y.Data<T>(), gradient = dy.Data<T>(), target = dx.Data<T>())
                Pooling.Backward(kind, shape, input, output, gradient, target);
        }
    }

    /// <summary>For each maximum the row-major place in the input that <see cref="Pooling.Backward"/> gives its gradient to.</summary>
    private readonly struct PoolingPlacesWork(PoolingShape shape, Tensor x, Tensor y, Tensor places) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Span<int> result = places.Data<int>();
            Span<T> inputs = x.Data<T>(), maxima = y.Data<T>();
            int at = 0;
            for (int n = 0; n < shape.Batch; n++)
            for (int i = 0; i < shape.OutputHeight; i++)
            for (int j = 0; j < shape.OutputWidth; j++)
            for (int c = 0; c < shape.Channels; c++, at++) result[at] = First(inputs, maxima[at], n, i, j, c);
        }

        private int First<T>(Span<T> inputs, T maximum, int n, int i, int j, int c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int top = i * shape.StrideHeight - shape.PadTop, left = j * shape.StrideWidth - shape.PadLeft;
            for (int row = Math.Max(0, top); row < Math.Min(shape.InputHeight, top + shape.WindowHeight); row++)
            {
                for (int column = Math.Max(0, left); column < Math.Min(shape.InputWidth, left + shape.WindowWidth); column++)
                {
                    int place = ((n * shape.InputHeight + row) * shape.InputWidth + column) * shape.Channels + c;
                    if (inputs[place] == maximum || T.IsNaN(inputs[place])) return place;
                }
            }
            throw Fail.Tape("maxPooling2D", "its saved input changed", "take gradients before writing to a tensor");
        }
    }
}
