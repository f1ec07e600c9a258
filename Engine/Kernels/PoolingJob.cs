using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>One pass of a pooling; chunks are images, or bands of their rows where no two windows share one.</summary>
internal unsafe struct PoolingJob<V, T> : IChunkJob
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Elements that are worth handing to another thread.
    private const int ChunkElements = 32768;

    private PoolingKind kind;
    private PoolingShape shape;
    private T* x, y, dy, dx, places;
    private bool disjoint;
    private int bands, chunks;

    /// <summary>Runs forward without <paramref name="dx"/>, backward with it; a rectified maximum with <paramref name="places"/> by these.</summary>
    public static void Start(PoolingKind kind, in PoolingShape shape, T* x, T* y, T* dy, T* dx, T* places = null)
    {
        nint elements = (nint)shape.InputHeight * shape.InputWidth * shape.Channels;
        bool separateRows = dx == null || shape.StrideHeight >= shape.WindowHeight;
        var job = new PoolingJob<V, T>
        {
            kind = kind, shape = shape, x = x, y = y, dy = dy, dx = dx, places = places,
            bands = separateRows ? (int)Math.Clamp(elements / ChunkElements, 1, shape.OutputHeight) : 1,

            // Windows tile the image: what the gradient does not write is only the margin that none of them reaches.
            disjoint = shape.Tiles,
        };
        nint units = (nint)job.bands * shape.Batch;
        job.chunks = (int)Math.Clamp(shape.Batch * elements / ChunkElements, 1, Math.Clamp(units, 1, 256));
        WorkerTeam.Run(job, job.chunks);
    }

    /// <summary>Some rows of windows of one image, alone, for rectified maxima whose windows tile it.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="image">Which image.</param>
    /// <param name="first">The first row of windows.</param>
    /// <param name="end">The one after the last; behind the last of all come the rows that no window reaches.</param>
    /// <param name="rows">The input's rows under these windows: read forward, written backward.</param>
    /// <param name="y">(N, OH, OW, C), written; null goes backward.</param>
    /// <param name="dy">(N, OH, OW, C), or null.</param>
    /// <param name="places">(N, OH, OW, C): written forward, unless null; read backward.</param>
    public static void Rows(in PoolingShape shape, nint image, int first, int end, T* rows, T* y, T* dy, T* places)
    {
        T* start = rows - (((image * shape.InputHeight) + (first * shape.StrideHeight)) * shape.InputWidth * shape.Channels);
        var job = new PoolingJob<V, T> { kind = PoolingKind.RectifiedMax, shape = shape, y = y, dy = dy, places = places, disjoint = true };
        if (y == null)
        {
            job.dx = start;
        }
        else
        {
            job.x = start;
        }

        job.Rows(image, first, end, GemmScratch.Rent<nint>(ScratchUse.RowPointers, shape.WindowHeight * shape.WindowWidth));
    }

    /// <summary>The maximum of four pixels that lie one after the other, and its place, unless that is null.</summary>
    public static void Pixels(T* four, nint channels, T* y, T* place)
    {
        nint* taps = stackalloc nint[] { 0, channels, 2 * channels, 3 * channels };
        nint whole = channels / V.Count * V.Count;
        Pixels<V>(four, taps, 0, whole, y, place);
        Pixels<SimdScalar<T>>(four, taps, whole, channels, y, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pixels<W>(T* four, nint* taps, nint first, nint end, T* y, T* place)
        where W : struct, ISimd<W, T>
    {
        if (first == end)
        {
            return;
        }

        var windows = new PoolingWindows<W, Four, T>(taps, 4, 1, end - first, 0, 0);
        if (place == null)
        {
            windows.Max(four + first, y + first);
        }
        else
        {
            windows.MaxAndPlace(four + first, y + first, place + first);
        }
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        nint units = (nint)bands * shape.Batch;
        nint* taps = GemmScratch.Rent<nint>(ScratchUse.RowPointers, shape.WindowHeight * shape.WindowWidth);
        nint end = new EvenSplit(units, chunks).Start(chunk + 1);
        for (nint unit = new EvenSplit(units, chunks).Start(chunk); unit < end; unit++)
        {
            nint band = unit % bands;
            Rows(
                unit / bands, (int)new EvenSplit(shape.OutputHeight, bands).Start(band), (int)new EvenSplit(shape.OutputHeight, bands).Start(band + 1),
                taps);
        }
    }

    private readonly void Rows(nint image, int first, int end, nint* taps)
    {
        if (dx != null)
        {
            Clear(image, first, end);
        }

        for (int row = first; row < end; row++)
        {
            Row(image, row, taps);
        }
    }

    // What the windows of these output rows do not overwrite: their margins if they tile the image, otherwise all rows down to the next band.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Clear(nint image, int firstRow, int endRow)
    {
        nint rowSize = (nint)shape.InputWidth * shape.Channels;
        int first = firstRow == 0 ? 0 : (firstRow * shape.StrideHeight) - shape.PadTop;
        int end = endRow == shape.OutputHeight ? shape.InputHeight : (endRow * shape.StrideHeight) - shape.PadTop;
        T* start = dx + (image * shape.InputHeight * rowSize);
        if (!disjoint)
        {
            new Span<T>(start + (first * rowSize), checked((int)((end - first) * rowSize))).Clear();
            return;
        }

        int covered = endRow * shape.StrideHeight;
        new Span<T>(start + (covered * rowSize), checked((int)((end - covered) * rowSize))).Clear();
        nint reached = (nint)shape.OutputWidth * shape.StrideWidth * shape.Channels;
        for (int row = first; row < covered && reached < rowSize; row++)
        {
            new Span<T>(start + (row * rowSize) + reached, (int)(rowSize - reached)).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Row(nint image, int row, nint* taps)
    {
        nint channels = shape.Channels;
        int top = (row * shape.StrideHeight) - shape.PadTop;
        int firstRow = Math.Max(top, 0), endRow = Math.Min(top + shape.WindowHeight, shape.InputHeight);
        for (int column = 0; column < shape.OutputWidth;)
        {
            int left = (column * shape.StrideWidth) - shape.PadLeft;
            int firstColumn = Math.Max(left, 0), endColumn = Math.Min(left + shape.WindowWidth, shape.InputWidth);
            int count = 0;
            for (int i = firstRow; i < endRow; i++)
            {
                for (int j = firstColumn; j < endColumn; j++)
                {
                    taps[count++] = (((nint)(i - firstRow) * shape.InputWidth) + j - firstColumn) * channels;
                }
            }

            // All windows that lie inside the image have the same taps; those that reach over its border go one by one.
            int pixels = 1;
            if (left >= 0 && left + shape.WindowWidth <= shape.InputWidth)
            {
                pixels = Math.Min(shape.OutputWidth - column, ((shape.InputWidth - shape.WindowWidth - left) / shape.StrideWidth) + 1);
            }

            nint from = ((((image * shape.InputHeight) + firstRow) * shape.InputWidth) + firstColumn) * channels;
            nint to = ((((image * shape.OutputHeight) + row) * shape.OutputWidth) + column) * channels;
            nint whole = channels / V.Count * V.Count;
            if (whole > 0)
            {
                Windows<V>(from, to, whole, taps, count, pixels);
            }

            if (whole < channels)
            {
                Windows<SimdScalar<T>>(from + whole, to + whole, channels - whole, taps, count, pixels);
            }

            column += pixels;
        }
    }

    private readonly T Scale(int count) => kind switch
    {
        PoolingKind.Average => T.One / T.CreateChecked(count),
        PoolingKind.AverageCountingPadding => T.One / T.CreateChecked(shape.WindowHeight * shape.WindowWidth),
        _ => T.One,
    };

    // Some channels, from those at `from` and `to` on, of a run of windows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Windows<W>(nint from, nint to, nint some, nint* taps, int count, int pixels)
        where W : struct, ISimd<W, T>
    {
        // Two by two is what nearly every network has: its taps stay in registers.
        if (count == 4)
        {
            Windows<W, Four>(from, to, some, taps, count, pixels);
        }
        else
        {
            Windows<W, Many>(from, to, some, taps, count, pixels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Windows<W, TTaps>(nint from, nint to, nint some, nint* taps, int count, int pixels)
        where W : struct, ISimd<W, T>
        where TTaps : struct, ITileConstant
    {
        var windows = new PoolingWindows<W, TTaps, T>(taps, count, pixels, some, (nint)shape.StrideWidth * shape.Channels, shape.Channels);
        bool rectified = kind == PoolingKind.RectifiedMax, max = rectified || kind == PoolingKind.Max;
        T scale = Scale(count);
        if (places != null && dx == null)
        {
            windows.MaxAndPlace(x + from, y + to, places + to);
        }
        else if (places != null)
        {
            windows.PlaceGradient(places + to, dy + to, dx + from);
        }
        else if (dx == null && max)
        {
            windows.Max(x + from, y + to);
        }
        else if (dx == null)
        {
            windows.Sum(x + from, y + to, scale);
        }
        else if (max && disjoint)
        {
            windows.MaxGradient(x + from, y + to, dy + to, dx + from, rectified);
        }
        else if (max)
        {
            windows.MaxGradientOverlapping(x + from, y + to, dy + to, dx + from, rectified);
        }
        else
        {
            windows.SumGradient(dy + to, dx + from, scale, disjoint);
        }
    }
}
