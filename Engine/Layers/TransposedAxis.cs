namespace Engine.Layers;

/// <summary>One axis of a transposed convolution: what the convolution that it is the adjoint of reads.</summary>
/// <param name="Length">The positions of that convolution's input, which are this one's output.</param>
/// <param name="Before">The convolution's padding before them.</param>
/// <param name="After">The convolution's padding behind them.</param>
internal readonly record struct TransposedAxis(int Length, int Before, int After);
