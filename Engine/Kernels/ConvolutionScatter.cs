using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The input gradient for few input channels: dy·wᵀ gives every pixel's part in its whole window, and the windows are added up.</summary>
/// <remarks>
/// A first layer has one or three channels. Gathering would fill that many lanes of a register; here the lanes are all taps times channels.
/// Chunks are bands of dx, so no two write the same row; the rows of dy that reach into two bands are multiplied twice.
/// </remarks>
internal static unsafe class ConvolutionScatter<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BandRows = 64;

    /// <summary>Whether the lanes are filled at least twice as well as by gathering.</summary>
    public static bool Applies(in ConvolutionShape shape)
    {
        nint taps = (nint)shape.KernelHeight * shape.KernelWidth;
        return shape.Groups == 1
            && 2 * GemmTiling<V, T>.PaddedColumns(taps * shape.InputChannels) <= taps * GemmTiling<V, T>.PaddedColumns(shape.InputChannels);
    }

    /// <summary>See <see cref="Convolution.InputGradient{T}"/>.</summary>
    public static void InputGradient(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
    {
        nint columns = (nint)shape.KernelHeight * shape.KernelWidth * shape.InputChannels;
        T* packed = GemmScratch.Rent<T>(ScratchUse.SharedKernel, shape.OutputChannels * GemmTiling<V, T>.PaddedColumns(columns));
        GemmDriver<V, T>.Pack(shape.OutputChannels, columns, new(w, 1, shape.OutputChannels), packed);
        int bands = Math.Max(1, shape.InputHeight / BandRows);
        nint units = (nint)shape.Batch * bands;
        if (units > 0)
        {
            int chunks = (int)Math.Clamp((nint)(shape.Operations / Gemm.ChunkOperations), 1, Math.Min(units, 256));
            WorkerTeam.Run(
                new BandJob { Shape = shape, Dy = dy, Packed = packed, Dx = dx, Bias = bias, Relu = relu, Bands = bands, Units = units, Chunks = chunks },
                chunks);
        }
    }

    private struct BandJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* Dy, Packed, Dx, Bias;
        public bool Relu;
        public int Bands, Chunks;
        public nint Units;

        public readonly void Run(int chunk)
        {
            var share = new EvenSplit(Units, Chunks);
            var rows = new EvenSplit(Shape.InputHeight, Bands);
            for (nint unit = share.Start(chunk); unit < share.Start(chunk + 1); unit++)
            {
                Band(unit / Bands, (int)rows.Start(unit % Bands), (int)rows.Start((unit % Bands) + 1));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Band(nint image, int firstRow, int endRow)
        {
            nint channels = Shape.InputChannels, rowSize = Shape.InputWidth * channels;
            T* dx = Dx + (image * Shape.InputHeight * rowSize);
            T* start = dx + (firstRow * rowSize);
            nint count = (endRow - firstRow) * rowSize;
            new Span<T>(start, checked((int)count)).Clear();
            for (nint i = 0; Bias != null && i < count; i += channels)
            {
                for (nint channel = 0; channel < channels; channel++)
                {
                    start[i + channel] = Bias[channel];
                }
            }

            nint width = Shape.OutputWidth, filters = Shape.OutputChannels;
            nint columns = (nint)Shape.KernelHeight * Shape.KernelWidth * channels, padded = GemmTiling<V, T>.PaddedColumns(columns);
            T* windows = GemmScratch.Rent<T>(ScratchUse.Band, width * padded);
            for (int row = 0; row < Shape.OutputHeight; row++)
            {
                int top = (row * Shape.StrideHeight) - Shape.PadTop;
                if (top + (Shape.DilationHeight * (Shape.KernelHeight - 1)) < firstRow || top >= endRow)
                {
                    continue;
                }

                T* dyRow = Dy + (((image * Shape.OutputHeight) + row) * width * filters);
                GemmDriver<V, T>.MultiplyInline(width, new(dyRow, filters, 1), new(Packed, filters, padded), windows, padded);
                for (int p = 0; p < Shape.KernelHeight; p++)
                {
                    int to = top + (p * Shape.DilationHeight);
                    if (to >= firstRow && to < endRow)
                    {
                        AddRow(windows + (p * Shape.KernelWidth * channels), padded, dx + (to * rowSize));
                    }
                }
            }

            for (nint i = 0; Relu && i < count; i++)
            {
                start[i] = start[i] < T.Zero ? T.Zero : start[i];
            }
        }

        // One row of every window of a row of dy.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void AddRow(T* windows, nint step, T* dx)
        {
            int channels = Shape.InputChannels, width = Shape.InputWidth, stride = Shape.StrideWidth;
            nint stepTo = (nint)stride * channels;
            for (int q = 0; q < Shape.KernelWidth; q++)
            {
                // The windows whose tap lies inside the image; one after the other, none adds to what the one before has just written.
                int offset = (q * Shape.DilationWidth) - Shape.PadLeft;
                int first = offset >= 0 ? 0 : (stride - 1 - offset) / stride;
                int end = offset >= width ? 0 : Math.Min(Shape.OutputWidth, ((width - 1 - offset) / stride) + 1);
                for (int channel = 0; channel < channels; channel++)
                {
                    T* from = windows + (first * step) + (q * channels) + channel;
                    T* to = dx + ((((nint)first * stride) + offset) * channels) + channel;
                    for (int column = first; column < end; column++)
                    {
                        *to += *from;
                        to += stepTo;
                        from += step;
                    }
                }
            }
        }
    }
}
