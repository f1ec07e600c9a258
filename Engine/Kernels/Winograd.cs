using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Convolutions with a 3×3 window of step 1 by 16 products for every 2×2 results instead of 36.</summary>
/// <remarks>
/// The transforms add and halve only, so errors stay within a small factor of those of the plain sum, but they are relative to the
/// largest element of a 4×4 piece: an infinity or NaN in the input reaches all results of the tiles that read it. F-C1.
/// </remarks>
internal static class Winograd
{
    // Measured: what the transforms cost in channels' worth of products (a tile's products take sourceChannels·targetChannels).
    private const int PieceCost = 4, ResultCost = 6, KernelCost = 8;

    /// <summary>Whether a convolution and its gradients, which all take the same tiles, gain by the transforms, all of their costs counted.</summary>
    public static bool Applies(in ConvolutionShape shape)
    {
        if (shape is not { KernelHeight: 3, KernelWidth: 3, StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1 })
        {
            return false;
        }

        double tiles = (double)shape.Batch * ((shape.OutputHeight + 1) / 2) * ((shape.OutputWidth + 1) / 2);
        double products = (double)shape.InputChannels * shape.OutputChannels;
        double cost = (tiles * (products + (PieceCost * shape.InputChannels) + (ResultCost * shape.OutputChannels))) + (KernelCost * products);
        return cost < 0.85 * (9.0 / 16) * shape.Batch * shape.OutputHeight * shape.OutputWidth * products;
    }
}

/// <summary>What the parts of <see cref="Winograd"/> share.</summary>
internal static unsafe class Winograd<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Positions of a transformed tile.</summary>
    public const int Positions = 16;

    /// <summary>From one position of a block to the next, in elements: not a multiple of a page, or all 16 would meet in few lines of the cache.</summary>
    public static nint Step(nint elements) => ((elements + 15) & ~15) + 16;

    /// <summary>The kernel's 16 positions, packed for <see cref="GemmDriver{V, T}"/>, each after the one before.</summary>
    /// <param name="w">(3, 3, rows, columns).</param>
    /// <param name="rows">C.</param>
    /// <param name="columns">F.</param>
    /// <param name="adjoint">Packs the transposed matrices, F×C, for the input gradient.</param>
    /// <returns>Memory that is held until the next call on this thread.</returns>
    public static T* PackKernel(T* w, nint rows, nint columns, bool adjoint)
    {
        nint size = rows * columns, step = Step(size);
        T* plain = GemmScratch.Rent<T>(ScratchUse.Shared, Positions * step);
        WinogradTransform<V, T>.Kernel(w, size, size, plain, step);
        nint k = adjoint ? columns : rows, n = adjoint ? rows : columns, packedSize = k * GemmTiling<V, T>.PaddedColumns(n);
        T* packed = GemmScratch.Rent<T>(ScratchUse.SharedKernel, Positions * packedSize);
        for (int position = 0; position < Positions; position++)
        {
            T* from = plain + (position * step);
            GemmDriver<V, T>.Pack(k, n, adjoint ? new(from, 1, columns) : new(from, columns, 1), packed + (position * packedSize));
        }

        return packed;
    }

    /// <summary>Lists the pixels of a square piece of an image, row by row; those beyond its border are <paramref name="zeros"/>.</summary>
    /// <param name="image">(height, width, channels).</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="top">The piece's first row.</param>
    /// <param name="left">The piece's first column.</param>
    /// <param name="extent">Its rows and columns.</param>
    /// <param name="zeros">A pixel of zeros.</param>
    /// <param name="pixels">Room for extent² pointers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ListPixels(T* image, nint height, nint width, nint channels, nint top, nint left, nint extent, T* zeros, T** pixels)
    {
        T* pixel = image + (((top * width) + left) * channels);
        if (top >= 0 && left >= 0 && top + extent <= height && left + extent <= width)
        {
            for (nint row = 0; row < extent; row++, pixel += width * channels)
            {
                for (nint column = 0; column < extent; column++)
                {
                    *pixels++ = pixel + (column * channels);
                }
            }

            return;
        }

        for (nint row = 0; row < extent; row++, pixel += width * channels)
        {
            bool inside = (nuint)(top + row) < (nuint)height;
            for (nint column = 0; column < extent; column++)
            {
                *pixels++ = inside && (nuint)(left + column) < (nuint)width ? pixel + (column * channels) : zeros;
            }
        }
    }
}
