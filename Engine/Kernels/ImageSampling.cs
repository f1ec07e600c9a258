using System.Numerics;
using System.Numerics.Tensors;

namespace Engine.Kernels;

/// <summary>Sizes of a sampling of images at the places that an affine map gives.</summary>
/// <param name="Batch">Images.</param>
/// <param name="InputHeight">Rows that are read.</param>
/// <param name="InputWidth">Columns that are read.</param>
/// <param name="OutputHeight">Rows that are written.</param>
/// <param name="OutputWidth">Columns that are written.</param>
/// <param name="Channels">Channels of a pixel.</param>
/// <param name="IsBilinear">Whether four pixels are blended; otherwise the nearest is taken.</param>
/// <param name="Border">What lies beyond the image.</param>
/// <param name="IsShared">Whether one map serves all images.</param>
internal readonly record struct ImageSamplingShape(
    int Batch, int InputHeight, int InputWidth, int OutputHeight, int OutputWidth, int Channels,
    bool IsBilinear, ImageBorder Border, bool IsShared);

/// <summary>Images sampled at the places that an affine map gives, and the adjoint. Places are computed in double for every type.</summary>
/// <remarks>
/// Forward chunks are bands of output rows; those of the adjoint are whole images, in which the rows are added in order.
/// </remarks>
internal unsafe struct ImageSampling<T> : IChunkJob
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Output elements that are worth handing to another thread.
    private const int ChunkElements = 8192;

    // From so many channels on a pixel is worth a call of a vector loop.
    private const int ManyChannels = 8;

    private ImageSamplingShape shape;
    private double* maps;
    private T* image, sampled;
    private T fill;
    private bool adjoint;
    private int chunks;

    /// <summary>sampled = the image at its places.</summary>
    public static void Forward(in ImageSamplingShape shape, double* maps, T* image, T* sampled, double fill)
    {
        nint rows = (nint)shape.Batch * shape.OutputHeight, elements = rows * shape.OutputWidth * shape.Channels;
        Start(shape, maps, image, sampled, fill, adjoint: false, (int)Math.Clamp(elements / ChunkElements, 1, Math.Clamp(rows, 1, 256)));
    }

    /// <summary>image = what the sampled gradients add up to at the pixels that they were read from.</summary>
    public static void Adjoint(in ImageSamplingShape shape, double* maps, T* image, T* sampled) =>
        Start(shape, maps, image, sampled, 0, adjoint: true, Math.Clamp(shape.Batch, 1, 256));

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        nint units = adjoint ? shape.Batch : (nint)shape.Batch * shape.OutputHeight;
        nint end = new EvenSplit(units, chunks).Start(chunk + 1);
        for (nint unit = new EvenSplit(units, chunks).Start(chunk); unit < end; unit++)
        {
            if (!adjoint)
            {
                Row(unit / shape.OutputHeight, (int)(unit % shape.OutputHeight));
                continue;
            }

            nint pixels = (nint)shape.InputHeight * shape.InputWidth * shape.Channels;
            new Span<T>(image + (unit * pixels), checked((int)pixels)).Clear();
            for (int row = 0; row < shape.OutputHeight; row++)
            {
                Row(unit, row);
            }
        }
    }

    private static void Start(
        in ImageSamplingShape shape, double* maps, T* image, T* sampled, double fill, bool adjoint, int chunks)
    {
        var job = new ImageSampling<T>
        {
            shape = shape, maps = maps, image = image, sampled = sampled,
            fill = T.CreateTruncating(fill), adjoint = adjoint, chunks = chunks,
        };
        WorkerTeam.Run(job, chunks);
    }

    // The pixel's place along one axis, brought into the image; -1 where the constant is.
    private static int Inside(double position, int length, ImageBorder border)
    {
        if (position >= 0 && position < length)
        {
            return (int)position;
        }

        switch (border)
        {
            case ImageBorder.Constant:
                return -1;
            case ImageBorder.Nearest:
                return position < 0 ? 0 : length - 1;
            case ImageBorder.Wrap:
                return Remainder(position, length);
            default:
                int place = Remainder(position, 2.0 * length);
                return place < length ? place : (int)(2.0 * length - 1 - place);
        }
    }

    private static int Remainder(double position, double period) =>
        (int)Math.Clamp(position - (period * Math.Floor(position / period)), 0, period - 1);

    private readonly void Row(nint index, int row)
    {
        nint channels = shape.Channels;
        double* map = maps + (shape.IsShared ? 0 : index * 6);
        T* source = image + (index * shape.InputHeight * shape.InputWidth * channels);
        T* target = sampled + (((index * shape.OutputHeight) + row) * shape.OutputWidth * channels);
        nint* places = stackalloc nint[4];
        T* weights = stackalloc T[4];
        for (int column = 0; column < shape.OutputWidth; column++, target += channels)
        {
            double x = (map[0] * column) + (map[1] * row) + map[2], y = (map[3] * column) + (map[4] * row) + map[5];
            int taps = Taps(x, y, places, weights, out T outside);
            if (adjoint)
            {
                Scatter(source, target, places, weights, taps);
            }
            else
            {
                Gather(source, target, places, weights, taps, outside);
            }
        }
    }

    // The pixels that a place is blended of, with their weights; those beyond the border with a constant add to one number.
    private readonly int Taps(double x, double y, nint* places, T* weights, out T outside)
    {
        outside = T.Zero;
        if (!shape.IsBilinear)
        {
            double near = Math.Round(y, MidpointRounding.AwayFromZero), beside = Math.Round(x, MidpointRounding.AwayFromZero);
            return Tap(near, beside, 1, places, weights, 0, ref outside);
        }

        double top = Math.Floor(y), left = Math.Floor(x), down = y - top, right = x - left;
        int taps = Tap(top, left, (1 - down) * (1 - right), places, weights, 0, ref outside);
        taps = Tap(top, left + 1, (1 - down) * right, places, weights, taps, ref outside);
        taps = Tap(top + 1, left, down * (1 - right), places, weights, taps, ref outside);
        return Tap(top + 1, left + 1, down * right, places, weights, taps, ref outside);
    }

    private readonly int Tap(double row, double column, double weight, nint* places, T* weights, int taps, ref T outside)
    {
        // A pixel without weight has no part, not even if it is not a number.
        if (weight == 0)
        {
            return taps;
        }

        int i = Inside(row, shape.InputHeight, shape.Border), j = Inside(column, shape.InputWidth, shape.Border);
        if (i < 0 || j < 0)
        {
            outside += fill * T.CreateTruncating(weight);
            return taps;
        }

        places[taps] = (((nint)i * shape.InputWidth) + j) * shape.Channels;
        weights[taps] = T.CreateTruncating(weight);
        return taps + 1;
    }

    private readonly void Gather(T* source, T* target, nint* places, T* weights, int taps, T outside)
    {
        int channels = shape.Channels;
        if (taps == 1 && weights[0] == T.One)
        {
            new ReadOnlySpan<T>(source + places[0], channels).CopyTo(new Span<T>(target, channels));
            return;
        }

        if (channels >= ManyChannels)
        {
            var sum = new Span<T>(target, channels);
            sum.Fill(outside);
            for (int tap = 0; tap < taps; tap++)
            {
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<T>(source + places[tap], channels), weights[tap], sum, sum);
            }

            return;
        }

        for (int c = 0; c < channels; c++)
        {
            T sum = outside;
            for (int tap = 0; tap < taps; tap++)
            {
                sum += weights[tap] * source[places[tap] + c];
            }

            target[c] = sum;
        }
    }

    private readonly void Scatter(T* source, T* target, nint* places, T* weights, int taps)
    {
        int channels = shape.Channels;
        for (int tap = 0; tap < taps; tap++)
        {
            T* pixel = source + places[tap];
            if (channels >= ManyChannels)
            {
                var sum = new Span<T>(pixel, channels);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<T>(target, channels), weights[tap], sum, sum);
                continue;
            }

            for (int c = 0; c < channels; c++)
            {
                pixel[c] += weights[tap] * target[c];
            }
        }
    }
}
