namespace Engine;

/// <summary>How much of a convolution of two finite signals is kept; the names are NumPy's.</summary>
public enum ConvolutionMode
{
    /// <summary>Every place where the two overlap: n + m − 1.</summary>
    Full,

    /// <summary>The middle of it, as long as the longer signal.</summary>
    Same,

    /// <summary>Only where the shorter signal lies inside the longer one whole: n − m + 1.</summary>
    Valid,
}
