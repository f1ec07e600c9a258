namespace Engine.Kernels;

/// <summary>The sizes of a two-dimensional convolution, shared by its forward pass and its two gradients; 1-D is height 1.</summary>
/// <remarks>
/// Input (N, H, W, C), kernel (KH, KW, C/groups, F), output (N, OH, OW, F), all contiguous. The caller has checked that groups divide C and F
/// and that the window fits: OH = ⌊(H + top + bottom − dilation·(KH − 1) − 1) / stride⌋ + 1 ≥ 1, and so for OW. F-C1.
/// </remarks>
internal readonly record struct ConvolutionShape
{
    /// <summary>N.</summary>
    public required int Batch { get; init; }

    /// <summary>H.</summary>
    public required int InputHeight { get; init; }

    /// <summary>W.</summary>
    public required int InputWidth { get; init; }

    /// <summary>C.</summary>
    public required int InputChannels { get; init; }

    /// <summary>F.</summary>
    public required int OutputChannels { get; init; }

    /// <summary>KH.</summary>
    public required int KernelHeight { get; init; }

    /// <summary>KW.</summary>
    public required int KernelWidth { get; init; }

    /// <summary>Rows that the window moves by.</summary>
    public int StrideHeight { get; init; } = 1;

    /// <summary>Columns that the window moves by.</summary>
    public int StrideWidth { get; init; } = 1;

    /// <summary>Rows from one tap of the window to the next.</summary>
    public int DilationHeight { get; init; } = 1;

    /// <summary>Columns from one tap of the window to the next.</summary>
    public int DilationWidth { get; init; } = 1;

    /// <summary>Rows of zeros above.</summary>
    public int PadTop { get; init; }

    /// <summary>Rows of zeros below.</summary>
    public int PadBottom { get; init; }

    /// <summary>Columns of zeros to the left.</summary>
    public int PadLeft { get; init; }

    /// <summary>Columns of zeros to the right.</summary>
    public int PadRight { get; init; }

    /// <summary>Groups of channels that do not see each other; C of them make a depthwise convolution.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Creates the shape; sizes are set by initialisers.</summary>
    public ConvolutionShape()
    {
    }

    /// <summary>OH.</summary>
    public int OutputHeight => OutputExtent(InputHeight, PadTop + PadBottom, KernelHeight, StrideHeight, DilationHeight);

    /// <summary>OW.</summary>
    public int OutputWidth => OutputExtent(InputWidth, PadLeft + PadRight, KernelWidth, StrideWidth, DilationWidth);

    /// <summary>C/groups.</summary>
    public int GroupInputs => InputChannels / Groups;

    /// <summary>F/groups.</summary>
    public int GroupOutputs => OutputChannels / Groups;

    /// <summary>Elements of the input.</summary>
    public nint InputSize => (nint)Batch * InputHeight * InputWidth * InputChannels;

    /// <summary>Elements of the output.</summary>
    public nint OutputSize => (nint)Batch * OutputHeight * OutputWidth * OutputChannels;

    /// <summary>Elements of the kernel.</summary>
    public nint KernelSize => (nint)KernelHeight * KernelWidth * GroupInputs * OutputChannels;

    /// <summary>Multiply–adds, counted twice.</summary>
    public double Operations => 2.0 * OutputSize * KernelHeight * KernelWidth * GroupInputs;

    /// <summary>The size of an output axis: ⌊(size + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1; below 1 if the window does not fit.</summary>
    public static int OutputExtent(int size, int padding, int kernel, int stride, int dilation)
    {
        int room = size + padding - (dilation * (kernel - 1)) - 1;
        return room < 0 ? 0 : (room / stride) + 1;
    }
}
