using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Depthwise convolution: every channel has a filter of its own, so lanes are channels and nothing is summed across them.</summary>
/// <remarks>As a product of matrices it would be one column wide and leave the registers empty.</remarks>
internal static unsafe class ConvolutionDepthwise<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MaxParts = 16;

    /// <summary>See <see cref="Convolution.Forward{T}"/> for shapes to which <see cref="Convolution.IsDepthwise"/> applies.</summary>
    public static void Forward(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, bool relu)
        => Run(new RowJob { Shape = shape, Source = x, Kernel = w, Target = y, Bias = bias, Least = relu ? T.Zero : T.NegativeInfinity },
            shape.OutputHeight);

    /// <summary>See <see cref="Convolution.InputGradient{T}"/> for shapes to which <see cref="Convolution.IsDepthwise"/> applies.</summary>
    public static void InputGradient(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
        => Run(new RowJob
        {
            Shape = shape, Source = dy, Kernel = w, Target = dx, Bias = bias, Least = relu ? T.Zero : T.NegativeInfinity, Backward = true,
        }, shape.InputHeight);

    /// <summary>See <see cref="Convolution.KernelGradient{T}"/> for shapes to which <see cref="Convolution.IsDepthwise"/> applies.</summary>
    public static void KernelGradient(in ConvolutionShape shape, T* x, T* dy, T* dw, T* db)
    {
        nint size = shape.KernelSize, partSize = size + shape.OutputChannels;
        nint units = (nint)shape.Batch * shape.OutputHeight;
        int parts = (int)Math.Clamp((nint)(4 * shape.Operations / Gemm.ChunkOperations), 1, Math.Clamp(units, 1, MaxParts));
        T* sums = GemmScratch.Rent<T>(ScratchUse.Shared, parts * partSize);
        WorkerTeam.Run(new PartJob { Shape = shape, X = x, Dy = dy, Sums = sums, PartSize = partSize, Parts = parts, Units = units }, parts);
        ConvolutionKernelGradient<V, T>.Add(sums, partSize, parts, dw, size);
        if (db != null)
        {
            ConvolutionKernelGradient<V, T>.Add(sums + size, partSize, parts, db, shape.OutputChannels);
        }
    }

    private static void Run(RowJob job, int targetHeight)
    {
        job.TargetHeight = targetHeight;
        job.Units = (nint)job.Shape.Batch * targetHeight;
        job.Chunks = (int)Math.Clamp((nint)(4 * job.Shape.Operations / Gemm.ChunkOperations), 1, Math.Clamp(job.Units, 1, 256));
        WorkerTeam.Run(job, job.Chunks);
    }

    // The taps of one axis that meet the source, for a target position: from position·stride and back.
    private static bool TryTap(bool backward, int position, int tap, int stride, int dilation, int pad, int sourceSize, out int source)
    {
        if (!backward)
        {
            source = (position * stride) + (tap * dilation) - pad;
        }
        else
        {
            source = position + pad - (tap * dilation);
            if (source % stride != 0)
            {
                return false;
            }

            source /= stride;
        }

        return (uint)source < (uint)sourceSize;
    }

    // Both directions gather: each target pixel lists its taps, then runs over the channels.
    private struct RowJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* Source, Kernel, Target, Bias;
        public T Least;
        public bool Backward;
        public int TargetHeight, Chunks;
        public nint Units;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk)
        {
            nint end = new EvenSplit(Units, Chunks).Start(chunk + 1);
            for (nint unit = new EvenSplit(Units, Chunks).Start(chunk); unit < end; unit++)
            {
                Row(unit / TargetHeight, (int)(unit % TargetHeight));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row(nint image, int row)
        {
            int sourceHeight = Backward ? Shape.OutputHeight : Shape.InputHeight, sourceWidth = Backward ? Shape.OutputWidth : Shape.InputWidth;
            int targetWidth = Backward ? Shape.InputWidth : Shape.OutputWidth;
            nint channels = Shape.InputChannels;
            T** sources = GemmScratch.RentPointers<T>(ScratchUse.RowPointers, 2 * Shape.KernelHeight * Shape.KernelWidth);
            T** weights = sources + (Shape.KernelHeight * Shape.KernelWidth);
            T* target = Target + (((image * TargetHeight) + row) * targetWidth * channels);
            for (int column = 0; column < targetWidth; column++)
            {
                int taps = 0;
                for (int p = 0; p < Shape.KernelHeight; p++)
                {
                    if (!TryTap(Backward, row, p, Shape.StrideHeight, Shape.DilationHeight, Shape.PadTop, sourceHeight, out int i))
                    {
                        continue;
                    }

                    for (int q = 0; q < Shape.KernelWidth; q++)
                    {
                        if (TryTap(Backward, column, q, Shape.StrideWidth, Shape.DilationWidth, Shape.PadLeft, sourceWidth, out int j))
                        {
                            sources[taps] = Source + ((((image * sourceHeight) + i) * sourceWidth) + j) * channels;
                            weights[taps++] = Kernel + (((nint)p * Shape.KernelWidth) + q) * channels;
                        }
                    }
                }

                nint done = Pixel<V>(0, taps, sources, weights, target);
                Pixel<SimdScalar<T>>(done, taps, sources, weights, target);
                target += channels;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly nint Pixel<W>(nint channel, int taps, T** sources, T** weights, T* target)
            where W : struct, ISimd<W, T>
        {
            W least = W.Create(Least);
            for (; channel + W.Count <= Shape.InputChannels; channel += W.Count)
            {
                W sum = Bias == null ? W.Zero : W.Load(Bias + channel);
                for (int tap = 0; tap < taps; tap++)
                {
                    sum = W.MultiplyAdd(W.Load(sources[tap] + channel), W.Load(weights[tap] + channel), sum);
                }

                W.Store(W.Select(W.LessThan(sum, least), least, sum), target + channel);
            }

            return channel;
        }
    }

    private struct PartJob : IChunkJob
    {
        public ConvolutionShape Shape;
        public T* X, Dy, Sums;
        public nint PartSize, Units;
        public int Parts;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk)
        {
            T* sum = Sums + (chunk * PartSize);
            new Span<T>(sum, checked((int)PartSize)).Clear();
            nint end = new EvenSplit(Units, Parts).Start(chunk + 1);
            nint channels = Shape.InputChannels;
            for (nint unit = new EvenSplit(Units, Parts).Start(chunk); unit < end; unit++)
            {
                nint image = unit / Shape.OutputHeight;
                T* dy = Dy + (unit * Shape.OutputWidth * channels);
                AddRow(dy, null, 0, Shape.OutputWidth, sum + Shape.KernelSize);
                for (int p = 0; p < Shape.KernelHeight; p++)
                {
                    if (!TryTap(false, (int)(unit % Shape.OutputHeight), p, Shape.StrideHeight, Shape.DilationHeight, Shape.PadTop, Shape.InputHeight, out int i))
                    {
                        continue;
                    }

                    T* row = X + (((image * Shape.InputHeight) + i) * Shape.InputWidth * channels);
                    for (int q = 0; q < Shape.KernelWidth; q++)
                    {
                        // Output columns whose tap lies inside the image.
                        int offset = (q * Shape.DilationWidth) - Shape.PadLeft;
                        int first = offset >= 0 ? 0 : (-offset + Shape.StrideWidth - 1) / Shape.StrideWidth;
                        int last = Math.Min(Shape.OutputWidth - 1, offset >= Shape.InputWidth ? -1 : (Shape.InputWidth - 1 - offset) / Shape.StrideWidth);
                        if (first <= last)
                        {
                            AddRow(dy + (first * channels), row + (((nint)first * Shape.StrideWidth) + offset) * channels,
                                Shape.StrideWidth * channels, last - first + 1, sum + (((nint)p * Shape.KernelWidth) + q) * channels);
                        }
                    }
                }
            }
        }

        private readonly void AddRow(T* dy, T* x, nint stepX, nint count, T* sum)
        {
            nint done = AddLanes<V>(0, dy, x, stepX, count, sum);
            AddLanes<SimdScalar<T>>(done, dy, x, stepX, count, sum);
        }

        // Without x: the sum of dy itself, for the bias.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly nint AddLanes<W>(nint channel, T* dy, T* x, nint stepX, nint count, T* sum)
            where W : struct, ISimd<W, T>
        {
            nint channels = Shape.InputChannels;
            for (; channel + W.Count <= channels; channel += W.Count)
            {
                W total = W.Load(sum + channel);
                for (nint j = 0; j < count; j++)
                {
                    W gradient = W.Load(dy + (j * channels) + channel);
                    total = x == null ? total + gradient : W.MultiplyAdd(W.Load(x + (j * stepX) + channel), gradient, total);
                }

                W.Store(total, sum + channel);
            }

            return channel;
        }
    }
}
