namespace Engine;

/// <summary>What an image is beyond its border where it is sampled; the names are Keras'.</summary>
public enum FillMode
{
    /// <summary>One value: <c>0 0 0 | a b c | 0 0 0</c>.</summary>
    Constant,

    /// <summary>The pixel at the border: <c>a a a | a b c | c c c</c>.</summary>
    Nearest,

    /// <summary>The image mirrored at the border's outer edge: <c>c b a | a b c | c b a</c>.</summary>
    Reflect,

    /// <summary>The image again: <c>a b c | a b c | a b c</c>.</summary>
    Wrap,
}
