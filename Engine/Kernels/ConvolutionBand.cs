using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The rows of an image that a group of windows reads: the image itself, or a copy with zeros where they reach over its border.</summary>
internal unsafe ref struct ConvolutionBand<T>
    where T : unmanaged
{
    /// <summary>The pixel at the region's upper left corner.</summary>
    public T* Data;

    /// <summary>From one row of pixels to the next.</summary>
    public nint RowStride;

    /// <summary>Gives access to a region of an image, which may reach over its borders.</summary>
    /// <param name="image">(height, width, channels).</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="top">The region's first row; may be negative.</param>
    /// <param name="left">The region's first column; may be negative.</param>
    /// <param name="rows">The region's rows.</param>
    /// <param name="columns">The region's columns.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ConvolutionBand<T> Of(T* image, nint height, nint width, nint channels, nint top, nint left, nint rows, nint columns)
    {
        nint imageStride = width * channels;
        if (top >= 0 && left >= 0 && top + rows <= height && left + columns <= width)
        {
            return new ConvolutionBand<T> { Data = image + (top * imageStride) + (left * channels), RowStride = imageStride };
        }

        nint stride = columns * channels;
        T* copy = GemmScratch.Rent<T>(ScratchUse.Band, rows * stride);
        nint firstColumn = Math.Clamp(-left, 0, columns), endColumn = Math.Clamp(width - left, firstColumn, columns);
        for (nint row = 0; row < rows; row++)
        {
            T* to = copy + (row * stride);
            nint from = top + row;
            if (from < 0 || from >= height || firstColumn == endColumn)
            {
                Clear(to, stride);
                continue;
            }

            Clear(to, firstColumn * channels);
            nint count = (endColumn - firstColumn) * channels;
            new Span<T>(image + (from * imageStride) + ((left + firstColumn) * channels), (int)count).CopyTo(new Span<T>(to + (firstColumn * channels), (int)count));
            Clear(to + (endColumn * channels), (columns - endColumn) * channels);
        }

        return new ConvolutionBand<T> { Data = copy, RowStride = stride };
    }

    private static void Clear(T* start, nint count) => new Span<T>(start, checked((int)count)).Clear();
}
