using Engine.Formats;

namespace Engine.Data;

/// <summary>Which numbers of an image are black and white.</summary>
public enum ImageRange
{
    /// <summary>0 is black and 1 is white, as after a sigmoid.</summary>
    ZeroToOne,

    /// <summary>−1 is black and 1 is white, as after a tanh.</summary>
    MinusOneToOne,
}

/// <summary>Lays the images of a batch out in rows and columns, as one picture.</summary>
public static class ImageGrid
{
    /// <summary>Writes a batch of images as one PNG file, atomically.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="images">[N, H, W, 1] (grey) or [N, H, W, 3] (RGB): bytes, or Float32 or Float64 in <paramref name="range"/>.</param>
    /// <param name="columns">Images in a row; by default ⌈√N⌉.</param>
    /// <param name="padding">Black pixels between images and around them; 2 by default.</param>
    /// <param name="range">Which numbers are black and white; bytes are taken as they are.</param>
    /// <exception cref="ShapeException">The images have another shape, or there are none.</exception>
    /// <exception cref="DTypeException">The images are neither bytes nor Float32 nor Float64.</exception>
    /// <exception cref="ValueException">A number is out of range.</exception>
    public static void SavePng(
        string path, Tensor images, int? columns = null, int padding = 2, ImageRange range = ImageRange.ZeroToOne)
    {
        Tensor picture = Compose(images, columns, padding, range);
        Png.Write(path, picture.ToArray<byte>(), picture.Shape[0], picture.Shape[1], picture.Shape[2]);
    }

    /// <summary>Lays a batch of images out as one picture, row by row; what the last row lacks stays black.</summary>
    /// <param name="images">[N, H, W, 1] (grey) or [N, H, W, 3] (RGB): bytes, or Float32 or Float64 in <paramref name="range"/>.</param>
    /// <param name="columns">Images in a row; by default ⌈√N⌉.</param>
    /// <param name="padding">Black pixels between images and around them; 2 by default.</param>
    /// <param name="range">Which numbers are black and white; bytes are taken as they are. What lies beyond becomes black or white.</param>
    /// <returns>UInt8 [rows·(H + padding) + padding, columns·(W + padding) + padding, channels], rounded to the nearest of 256
    /// steps.</returns>
    /// <exception cref="ShapeException">The images have another shape, there are none, or the picture would be too large.</exception>
    /// <exception cref="DTypeException">The images are neither bytes nor Float32 nor Float64.</exception>
    /// <exception cref="ValueException">A number is out of range, or an image holds NaN.</exception>
    public static Tensor Compose(Tensor images, int? columns = null, int padding = 2, ImageRange range = ImageRange.ZeroToOne)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Rank != 4 || images.Shape[3] is not (1 or 3) || images.Length == 0)
        {
            throw Fail.Shape("ImageGrid", $"images of shape {images.Shape}",
                "give [N, H, W, 1] or [N, H, W, 3] with at least one image");
        }

        if (images.DType != DType.UInt8 && !images.DType.IsFloatingPoint())
            throw Fail.DType("ImageGrid", $"images of type {images.DType}", "give UInt8, Float32 or Float64");
        if (columns is < 1) throw Fail.Value("ImageGrid", $"columns is {columns}", "give at least 1");
        if (padding < 0) throw Fail.Value("ImageGrid", $"padding is {padding}", "give 0 or more");
        (int count, int height, int width, int channels) = (images.Shape[0], images.Shape[1], images.Shape[2], images.Shape[3]);
        int across = columns ?? (int)Math.Ceiling(Math.Sqrt(count));
        int down = (count + across - 1) / across;
        long rows = (long)down * (height + (long)padding) + padding, pixels = (long)across * (width + (long)padding) + padding;
        if ((Int128)rows * pixels * channels > Array.MaxLength)
            throw Fail.Shape("ImageGrid", $"{count} images make a picture of {rows} rows of {pixels} pixels", "give fewer images");

        var picture = new byte[rows * pixels * channels];
        int stride = width * channels;
        for (int image = 0; image < count; image++)
        {
            long top = image / across * (height + (long)padding) + padding, left = image % across * (width + (long)padding) + padding;
            for (int y = 0; y < height; y++)
            {
                Span<byte> line = picture.AsSpan((int)(((top + y) * pixels + left) * channels), stride);
                Copy(images, (image * height + y) * stride, line, range);
            }
        }

        return Tensor.Wrap(picture, [(int)rows, (int)pixels, channels]);
    }

    private static void Copy(Tensor images, int start, Span<byte> line, ImageRange range)
    {
        if (images.DType == DType.UInt8)
        {
            images.AsSpan<byte>().Slice(start, line.Length).CopyTo(line);
            return;
        }

        for (int i = 0; i < line.Length; i++)
        {
            double value = images.ElementAt(start + i);
            if (double.IsNaN(value)) throw Fail.Value("ImageGrid", $"element {start + i} is NaN", "give numbers that can be shown");
            double light = range == ImageRange.ZeroToOne ? value : (value + 1) / 2;
            line[i] = (byte)Math.Round(255 * Math.Clamp(light, 0, 1), MidpointRounding.AwayFromZero);
        }
    }
}
