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
        nint groupSize = groupK * GemmTiling<V, T>.PaddedColumns(shape.GroupOutputs);
        T* packed = GemmScratch.Rent<T>(ScratchUse.SharedKernel, shape.Groups * groupSize);
        for (int group = 0; group < shape.Groups; group++)
        {
            GemmDriver<V, T>.Pack(groupK, shape.GroupOutputs, new(w + ((nint)group * shape.GroupOutputs), shape.OutputChannels, 1),
                packed + (group * groupSize));
        }

        int* rowTaps = GemmScratch.Rent<int>(ScratchUse.Shared, shape.KernelHeight + shape.KernelWidth), columnTaps = rowTaps + shape.KernelHeight;
        for (int p = 0; p < shape.KernelHeight; p++)
        {
            rowTaps[p] = p * shape.DilationHeight;
        }

        for (int q = 0; q < shape.KernelWidth; q++)
        {
            columnTaps[q] = q * shape.DilationWidth;
        }

        new ConvolutionGatherJob<V, T>
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
            RowTapCount = shape.KernelHeight,
            ColumnTapCount = shape.KernelWidth,
            RowTaps = rowTaps,
            ColumnTaps = columnTaps,
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
            Relu = relu,
        }.Start(PanelBytes, BandBytes);
    }

    /// <summary>See <see cref="Convolution.InputGradient{T}"/>.</summary>
    public static void InputGradient(in ConvolutionShape shape, T* dy, T* w, T* dx, T* bias, bool relu)
    {
        int kernelHeight = shape.KernelHeight, kernelWidth = shape.KernelWidth;
        nint tapSize = shape.GroupOutputs * GemmTiling<V, T>.PaddedColumns(shape.GroupInputs);
        T* packed = GemmScratch.Rent<T>(ScratchUse.SharedKernel, shape.Groups * kernelHeight * kernelWidth * tapSize);
        int* rowTaps = GemmScratch.Rent<int>(ScratchUse.Shared, 2 * (kernelHeight + kernelWidth)), kernelRows = rowTaps + kernelHeight;
        int* columnTaps = kernelRows + kernelHeight, kernelColumns = columnTaps + kernelWidth;
        for (int rowClass = 0; rowClass < Math.Min(shape.StrideHeight, shape.InputHeight); rowClass++)
        {
            int rows = TapsOf(rowClass + shape.PadTop, kernelHeight, shape.StrideHeight, shape.DilationHeight, rowTaps, kernelRows);
            for (int columnClass = 0; columnClass < Math.Min(shape.StrideWidth, shape.InputWidth); columnClass++)
            {
                int columns = TapsOf(columnClass + shape.PadLeft, kernelWidth, shape.StrideWidth, shape.DilationWidth, columnTaps, kernelColumns);
                PackTransposed(shape, w, packed, rows, kernelRows, columns, kernelColumns);
                new ConvolutionGatherJob<V, T>
                {
                    Batch = shape.Batch,
                    Source = dy,
                    SourceHeight = shape.OutputHeight,
                    SourceWidth = shape.OutputWidth,
                    SourceChannels = shape.OutputChannels,
                    GroupInputs = shape.GroupOutputs,
                    StepRow = 1,
                    StepColumn = 1,
                    RowTapCount = rows,
                    ColumnTapCount = columns,
                    RowTaps = rowTaps,
                    ColumnTaps = columnTaps,
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
                    Relu = relu,
                }.Start(PanelBytes, BandBytes);
            }
        }
    }

    // The taps of one axis that meet pixels of a remainder class: their places in dy, increasing, and in the kernel.
    private static int TapsOf(int origin, int kernel, int stride, int dilation, int* taps, int* kernelTaps)
    {
        int count = 0;
        for (int tap = kernel - 1; tap >= 0; tap--)
        {
            int place = origin - (tap * dilation);
            if (place % stride == 0)
            {
                taps[count] = place / stride;
                kernelTaps[count++] = tap;
            }
        }

        return count;
    }

    // Slivers of C/groups columns whose rows are the taps of a class, each over all of the group's filters.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed(
        in ConvolutionShape shape, T* w, T* packed, int rowTaps, int* kernelRows, int columnTaps, int* kernelColumns)
    {
        nint filters = shape.GroupOutputs, k = rowTaps * columnTaps * filters;
        var tiling = new GemmTiling<V, T>(shape.GroupInputs);
        for (int group = 0; group < shape.Groups; group++)
        {
            for (nint tile = 0; tile < tiling.Tiles; tile++)
            {
                nint first = tiling.First(tile), width = tiling.Width(tile);
                T* to = packed + (group * k * GemmTiling<V, T>.PaddedColumns(shape.GroupInputs)) + (first * k);
                for (int tap = 0; tap < rowTaps * columnTaps; tap++)
                {
                    nint at = ((((nint)kernelRows[tap / columnTaps] * shape.KernelWidth) + kernelColumns[tap % columnTaps]) * shape.GroupInputs) + first;
                    GemmPacking.PackColumns(w + (at * shape.OutputChannels) + (group * filters), 1, shape.OutputChannels, filters,
                        Math.Min(width, shape.GroupInputs - first), width, to + (tap * filters * width));
                }
            }
        }
    }
}
