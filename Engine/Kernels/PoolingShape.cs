namespace Engine.Kernels;

/// <summary>What a pooling makes of the values under its window.</summary>
internal enum PoolingKind
{
    /// <summary>The largest; NaN if one is NaN. F-P1.</summary>
    Max,

    /// <summary>The largest, whose gradient comes back only where it is positive: that of a ReLU before the pooling included.</summary>
    RectifiedMax,

    /// <summary>The mean of those inside the image: padding is not counted. F-P2.</summary>
    Average,

    /// <summary>The sum over the window's size, padding counted as zeros.</summary>
    AverageCountingPadding,

    /// <summary>The sum. F-P3.</summary>
    Sum,
}

/// <summary>The sizes of a two-dimensional pooling; 1-D is height 1.</summary>
/// <remarks>
/// Input (N, H, W, C), output (N, OH, OW, C), contiguous. The caller has checked that each padding is smaller than the window, so that no
/// window lies in the padding alone, and that OH = ⌊(H + top + bottom − window) / stride⌋ + 1 ≥ 1, and so for OW.
/// </remarks>
internal readonly record struct PoolingShape
{
    /// <summary>N.</summary>
    public required int Batch { get; init; }

    /// <summary>H.</summary>
    public required int InputHeight { get; init; }

    /// <summary>W.</summary>
    public required int InputWidth { get; init; }

    /// <summary>C.</summary>
    public required int Channels { get; init; }

    /// <summary>Rows of the window.</summary>
    public required int WindowHeight { get; init; }

    /// <summary>Columns of the window.</summary>
    public required int WindowWidth { get; init; }

    /// <summary>Rows that the window moves by.</summary>
    public required int StrideHeight { get; init; }

    /// <summary>Columns that the window moves by.</summary>
    public required int StrideWidth { get; init; }

    /// <summary>Rows of padding above.</summary>
    public int PadTop { get; init; }

    /// <summary>Rows of padding below.</summary>
    public int PadBottom { get; init; }

    /// <summary>Columns of padding to the left.</summary>
    public int PadLeft { get; init; }

    /// <summary>Columns of padding to the right.</summary>
    public int PadRight { get; init; }

    /// <summary>Whether the windows lie side by side and nowhere reach over the border: each value is in one at most.</summary>
    public bool Tiles => StrideHeight == WindowHeight && StrideWidth == WindowWidth && (PadTop | PadBottom | PadLeft | PadRight) == 0;

    /// <summary>OH.</summary>
    public int OutputHeight => ConvolutionShape.OutputExtent(InputHeight, PadTop + PadBottom, WindowHeight, StrideHeight, 1);

    /// <summary>OW.</summary>
    public int OutputWidth => ConvolutionShape.OutputExtent(InputWidth, PadLeft + PadRight, WindowWidth, StrideWidth, 1);
}
