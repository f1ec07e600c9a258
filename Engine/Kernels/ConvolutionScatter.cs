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
            int channels = Shape.InputChannels, width = Shape.InputWidth, taps = Shape.KernelWidth, dilation = Shape.DilationWidth;
            int reach = dilation == 1 ? taps * channels : 0;
            for (int column = 0; column < Shape.OutputWidth; column++)
            {
                int left = (column * Shape.StrideWidth) - Shape.PadLeft;
                T* from = windows + (column * step);
                if (reach > 0 && left >= 0 && left + taps <= width)
                {
                    T* to = dx + ((nint)left * channels);
                    for (int i = 0; i < reach; i++)
                    {
                        to[i] += from[i];
                    }

                    continue;
                }

                for (int q = 0; q < taps; q++)
                {
                    int at = left + (q * dilation);
                    for (int channel = 0; channel < channels && (uint)at < (uint)width; channel++)
                    {
                        dx[((nint)at * channels) + channel] += from[(q * channels) + channel];
                    }
                }
            }
        }
    }
}
