namespace Engine.Layers;

/// <summary>A height and a width: written as one number for both, or as a pair, <c>(3, 5)</c>.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>The same number for both.</summary>
    /// <param name="size">Rows and columns.</param>
    public static implicit operator Size2D(int size) => new(size, size);

    /// <summary>A pair of rows and columns.</summary>
    /// <param name="size">Rows, then columns.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>The size as a program writes it: <c>(3, 5)</c>.</summary>
    /// <returns>The pair.</returns>
    public override string ToString() => $"({Height}, {Width})";

    /// <summary>The pair that operations take.</summary>
    internal (int Height, int Width) Pair => (Height, Width);
}
