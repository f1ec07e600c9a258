using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Forward convolution and input gradient as one thing: every target pixel gathers from a window of the source.</summary>
/// <remarks>
/// The input gradient of stride 1 is a convolution of dy with the kernel flipped. With strides s, the pixels of dx fall into s·s classes by
/// their remainders; within a class all windows have the same taps, and neighbours in dx are neighbours in dy.
/// </remarks>
internal static unsafe class ConvolutionGather<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // A block of K: what the microkernel reads of the packed kernel for each tile must come from the second-level cache.
    private const int PanelBytes = 400_000;

    // What a chunk reads of the source at once.
    private const int BandBytes = 262_144;

    /// <summary>See <see cref="Convolution.Forward{T}"/>.</summary>
    public static void Forward(in ConvolutionShape shape, T* x, T* w, T* y, T* bias, bool relu)
    {
        nint groupK = (nint)shape.KernelHeight * shape.KernelWidth * shape.GroupInputs;
        T* packed = GemmScratch.Rent<T>(ScratchUse.SharedKernel, shape.Groups * groupK * Padded(shape.GroupOutputs));
        for (int group = 0; group < shape.Groups; group++)
        {
            GemmDriver<V, T>.Pack(groupK, shape.GroupOutputs, new(w + ((nint)group * shape.GroupOutputs), shape.OutputChannels, 1),
                packed + (group * groupK * Padded(shape.GroupOutputs)));
        }

        int taps = shape.KernelHeight * shape.KernelWidth;
        int* rows = GemmScratch.Rent<int>(ScratchUse.Shared, 2 * taps), columns = rows + taps;
        for (int tap = 0; tap < taps; tap++)
        {
            rows[tap] = tap / shape.KernelWidth * shape.DilationHeight;
            columns[tap] = tap % shape.KernelWidth * shape.DilationWidth;
        }

        Run(new GatherJob<V, T>
        {
            Batch = shape.Batch,
            Source = x,
            SourceHeight = shape.InputHeight,
            SourceWidth = shape.InputWidth,
            SourceChannels = shape.InputChannels,
            GroupInputs = shape.GroupInputs,
            OriginRow = -shape.PadTop,
            OriginColumn = -shape.PadLeft,
            StepRow = shape.StrideHeight,
            StepColumn = shape.StrideWidth,
            Taps = taps,
            TapRows = rows,
            TapColumns = columns,
            Kernel = packed,
            Target = y,
            TargetImage = (nint)shape.OutputHeight * shape.OutputWidth * shape.OutputChannels,
            TargetHeight = shape.OutputHeight,
            TargetWidth = shape.OutputWidth,
            TargetRowStride = (nint)shape.OutputWidth * shape.OutputChannels,
            TargetColumnStride = shape.OutputChannels,
            GroupOutputs = shape.GroupOutputs,
            Groups = shape.Groups,
            Bias = bias,
            Least = relu ? T.Zero : T.NegativeInfinity,
        });
    }

    /// <summary>See <see cref="Convolution.InputGradient{T}"/>.</summary>
    public static void InputGradient(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
    {
        int taps = shape.KernelHeight * shape.KernelWidth;
        nint tapSize = shape.GroupOutputs * Padded(shape.GroupInputs);
        T* packed = GemmScratch.Rent<T>(ScratchUse.SharedKernel, shape.Groups * taps * tapSize);
        int* rows = GemmScratch.Rent<int>(ScratchUse.Shared, 4 * taps);
        int* columns = rows + taps, kernelRows = columns + taps, kernelColumns = kernelRows + taps;
        for (int rowClass = 0; rowClass < Math.Min(shape.StrideHeight, shape.InputHeight); rowClass++)
        {
            for (int columnClass = 0; columnClass < Math.Min(shape.StrideWidth, shape.InputWidth); columnClass++)
            {
                int count = 0;
                for (int p = shape.KernelHeight - 1; p >= 0; p--)
                {
                    for (int q = shape.KernelWidth - 1; q >= 0; q--)
                    {
                        int row = rowClass + shape.PadTop - (p * shape.DilationHeight);
                        int column = columnClass + shape.PadLeft - (q * shape.DilationWidth);
                        if (row % shape.StrideHeight == 0 && column % shape.StrideWidth == 0)
                        {
                            rows[count] = row / shape.StrideHeight;
                            columns[count] = column / shape.StrideWidth;
                            kernelRows[count] = p;
                            kernelColumns[count++] = q;
                        }
                    }
                }

                PackTransposed(shape, w, packed, count, kernelRows, kernelColumns);
                Run(new GatherJob<V, T>
                {
                    Batch = shape.Batch,
                    Source = dy,
                    SourceHeight = shape.OutputHeight,
                    SourceWidth = shape.OutputWidth,
                    SourceChannels = shape.OutputChannels,
                    GroupInputs = shape.GroupOutputs,
                    StepRow = 1,
                    StepColumn = 1,
                    Taps = count,
                    TapRows = rows,
                    TapColumns = columns,
                    Kernel = packed,
                    Target = dx + ((((nint)rowClass * shape.InputWidth) + columnClass) * shape.InputChannels),
                    TargetImage = (nint)shape.InputHeight * shape.InputWidth * shape.InputChannels,
                    TargetHeight = (shape.InputHeight - rowClass + shape.StrideHeight - 1) / shape.StrideHeight,
                    TargetWidth = (shape.InputWidth - columnClass + shape.StrideWidth - 1) / shape.StrideWidth,
                    TargetRowStride = (nint)shape.StrideHeight * shape.InputWidth * shape.InputChannels,
                    TargetColumnStride = (nint)shape.StrideWidth * shape.InputChannels,
                    GroupOutputs = shape.GroupInputs,
                    Groups = shape.Groups,
                    Bias = bias,
                    Least = relu ? T.Zero : T.NegativeInfinity,
                });
            }
        }
    }

    // Slivers of C/groups columns whose rows are the taps of a class, each over all of the group's filters.
    private static void PackTransposed(in ConvolutionShape shape, T* w, T* packed, int taps, int* kernelRows, int* kernelColumns)
    {
        nint k = (nint)taps * shape.GroupOutputs;
        nint tiles = GemmTiling<V, T>.ColumnTiles(shape.GroupInputs);
        for (int group = 0; group < shape.Groups; group++)
        {
            for (nint tile = 0; tile < tiles; tile++)
            {
                nint width = GemmTiling<V, T>.ColumnTile(shape.GroupInputs, tiles, tile, out nint first) * V.Count;
                T* to = packed + (group * k * Padded(shape.GroupInputs)) + (first * k);
                for (int tap = 0; tap < taps; tap++)
                {
                    nint at = ((((nint)kernelRows[tap] * shape.KernelWidth) + kernelColumns[tap]) * shape.GroupInputs) + first;
                    GemmPacking.PackColumns(w + (at * shape.OutputChannels) + ((nint)group * shape.GroupOutputs), 1, shape.OutputChannels,
                        shape.GroupOutputs, Math.Min(width, shape.GroupInputs - first), width, to + (tap * shape.GroupOutputs * width));
                }
            }
        }
    }

    private static nint Padded(nint columns) => GemmTiling<V, T>.Vectors(columns) * V.Count;

    private static void Run(GatherJob<V, T> job)
    {
        if (job.Batch == 0 || job.TargetHeight <= 0 || job.TargetWidth <= 0)
        {
            return;
        }

        if (job.Taps == 0)
        {
            job.FillEmpty();
            return;
        }

        job.MergeTaps();
        nint columns = GemmTiling<V, T>.ColumnTiles(job.GroupOutputs) * GemmTiling<V, T>.MaxWidth;
        job.RunsPerBlock = (int)Math.Clamp(PanelBytes / (job.RunLength * columns * sizeof(T)), 1, job.Runs);
        nint rowBytes = Math.Max(1, (nint)job.StepRow * job.SourceWidth * job.SourceChannels * sizeof(T));
        double operations = 2.0 * job.TargetHeight * job.TargetWidth * job.Runs * job.RunLength * job.GroupOutputs * job.Groups;

        // Bands of rows: several where an image is large, one where it is small.
        nint bands = Math.Clamp(job.TargetHeight * rowBytes / BandBytes, 1, job.TargetHeight);
        bands = Math.Max(bands, Math.Min(job.TargetHeight / 4, (nint)(operations / (8 * Gemm.ChunkOperations))));
        job.Bands = (int)Math.Max(1, bands);
        job.Units = job.Bands * (nint)job.Batch;
        job.Chunks = (int)Math.Clamp((nint)(operations * job.Batch / Gemm.ChunkOperations), 1, Math.Min(job.Units, 512));
        WorkerTeam.Run(job, job.Chunks);
    }
}
