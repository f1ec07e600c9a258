using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Work on a rectangle of a sample's rows and columns.</summary>
internal interface IColumnBody<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Does one rectangle in registers of one width; chunk counts the rectangles of a sample from the first row down.</summary>
    void Run<V>(nint sample, nint chunk, nint firstColumn, nint endColumn, nint firstRow, nint endRow)
        where V : struct, ISimd<V, T>;
}

/// <summary>How [samples, rows, columns] is cut into rectangles for passes that treat all rows of a sample alike.</summary>
/// <remarks>
/// Rows that do not fill registers are read several at a time as one wide row, so that no pass has to deal with parts of registers;
/// the rows that are left over make a last, shorter row. The cuts follow from the lengths alone.
/// </remarks>
internal readonly struct ColumnLayout
{
    // The lanes of the widest register, and the least width that keeps four accumulators of the usual one busy.
    private const int Lanes = 16, LeastWidth = 64;
    private const int StripWidth = 256;
    private const int MostChunks = 64;

    public ColumnLayout(nint samples, nint rows, nint columns)
    {
        Samples = samples;
        Rows = rows;
        Columns = columns;
        nint fold = 1;
        while (fold * columns % Lanes != 0 || fold * columns < LeastWidth) fold *= 2;
        Fold = fold <= rows ? fold : 1;
        Width = Fold * columns;
        WideRows = rows / Fold;
        Rest = rows - WideRows * Fold;
        Strips = Math.Max(1, Width / StripWidth);
        nint chunks = Math.Clamp(WideRows * Math.Min(Width, StripWidth) / ElementwiseChunks.Size, 1, MostChunks);
        ChunkRows = Math.Max(1, (WideRows + chunks - 1) / chunks);
        Chunks = Math.Max(1, (WideRows + ChunkRows - 1) / ChunkRows);
    }

    public nint Samples { get; }

    public nint Rows { get; }

    public nint Columns { get; }

    /// <summary>Rows that are read as one.</summary>
    public nint Fold { get; }

    /// <summary>The elements of a wide row.</summary>
    public nint Width { get; }

    /// <summary>Whole wide rows of a sample.</summary>
    public nint WideRows { get; }

    /// <summary>Rows that no wide row holds.</summary>
    public nint Rest { get; }

    /// <summary>The elements of a sample.</summary>
    public nint SampleLength => Rows * Columns;

    /// <summary>Pieces of the columns; the last takes what is left, so none is narrow.</summary>
    public nint Strips { get; }

    /// <summary>Pieces of the wide rows.</summary>
    public nint Chunks { get; }

    public nint ChunkRows { get; }

    /// <summary>The wide rows of one chunk.</summary>
    public nint RowsOf(nint chunk) => Math.Min(ChunkRows, WideRows - chunk * ChunkRows);

    /// <summary>Runs the body over all rectangles, shared out over the worker team.</summary>
    /// <param name="body">What is done.</param>
    /// <param name="rest">Whether the shorter last row counts as a row too.</param>
    public void Run<TBody, T>(TBody body, bool rest)
        where TBody : struct, IColumnBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint rectangle = Math.Max(1, ChunkRows * (Width / Strips));
        ElementwiseChunks.Run(new Job<TBody, T>(this, body, rest), Samples * Chunks * Strips,
            Math.Max(1, ElementwiseChunks.Size / rectangle));
    }

    /// <summary>Repeats arrays of one number a column along the wide row.</summary>
    public unsafe void Widen<T>(T* columns, T* wide, nint arrays)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (nint array = 0; array < arrays; array++)
        {
            var source = new ReadOnlySpan<T>(columns + array * Columns, (int)Columns);
            for (nint copy = 0; copy < Fold; copy++) source.CopyTo(new Span<T>(wide + (array * Fold + copy) * Columns, (int)Columns));
        }
    }

    private readonly struct Job<TBody, T>(ColumnLayout layout, TBody body, bool rest) : IRangeJob
        where TBody : struct, IColumnBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint start, nint end) =>
            SimdDispatch.Run<Rectangles<TBody, T>, T>(new Rectangles<TBody, T>(layout, body, rest, start, end));
    }

    private readonly struct Rectangles<TBody, T>(ColumnLayout layout, TBody body, bool rest, nint start, nint end) : ISimdBody<T>
        where TBody : struct, IColumnBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            nint strips = layout.Strips, chunks = layout.Chunks, strip = layout.Width / strips / Lanes * Lanes;
            for (nint index = start; index < end; index++)
            {
                nint at = index % strips, chunk = index / strips % chunks, sample = index / strips / chunks;
                nint firstColumn = at * strip, endColumn = at == strips - 1 ? layout.Width : firstColumn + strip;
                nint firstRow = chunk * layout.ChunkRows, endRow = Math.Min(layout.WideRows, firstRow + layout.ChunkRows);
                if (rest && chunk == chunks - 1 && layout.Rest > 0) endRow++;
                body.Run<V>(sample, chunk, firstColumn, endColumn, firstRow, endRow);
            }
        }
    }
}
