namespace Engine;

/// <summary>What stands between the pixels of an image that is sampled; the names are Keras'.</summary>
public enum Interpolation
{
    /// <summary>The nearest pixel; from the middle between two the one farther from 0.</summary>
    Nearest,

    /// <summary>The four pixels around, each weighted by how near it is.</summary>
    Bilinear,
}
