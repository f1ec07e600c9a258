namespace Engine.Kernels;

/// <summary>What a sampled image is beyond its border.</summary>
internal enum ImageBorder
{
    /// <summary>One value.</summary>
    Constant,

    /// <summary>The pixel at the border.</summary>
    Nearest,

    /// <summary>Mirrored at the border's outer edge.</summary>
    Reflect,

    /// <summary>The image again.</summary>
    Wrap,
}
