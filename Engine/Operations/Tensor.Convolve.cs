namespace Engine;

/// <content>The convolution of mathematics, of plain signals and images.</content>
public partial class Tensor
{
    /// <summary>(f ∗ g)(t) = Σ f(τ)·g(t − τ), both 0 outside: times the sampling step the integral ∫ f(τ) g(t − τ) dτ.</summary>
    /// <remarks>Linear in each; df and dg are correlations of dy with the other. F-C0.</remarks>
    /// <param name="f">A signal [n].</param>
    /// <param name="g">A signal [m].</param>
    /// <param name="mode">How much is kept; everything by default.</param>
    /// <returns>A tensor [n + m − 1], or by the mode less.</returns>
    /// <exception cref="ShapeException">Not two signals of one axis with at least one element.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public static Tensor Convolve(Tensor f, Tensor g, ConvolutionMode mode = ConvolutionMode.Full)
    {
        if (f.Rank != 1 || g.Rank != 1 || f.Length == 0 || g.Length == 0)
            throw Fail.Shape("convolve", $"signals of shape {f.Shape} and {g.Shape}", "give two tensors of one axis with at least one element");
        // Convolution commutes; the shorter one is the window.
        if (g.Length > f.Length) (f, g) = (g, f);
        return f.Reshape([1, f.Length, 1]).Convolution1D(g.Reshape([g.Length, 1, 1]), padding: Margin(g.Length, mode), flipKernel: true).Flatten();
    }

    /// <summary>y(i, j) = Σₖ Σₗ x(i − k, j − l)·w(k, l), both 0 outside.</summary>
    /// <remarks>
    /// Linear in each; dx and dw are correlations of dy with the other. Counted from 1 and cut to x's size, y(i, j) = Σ x(i − k + 1, j − l + 1)·w(k, l)
    /// is the top left block of the full result. F-C2.
    /// </remarks>
    /// <param name="x">An image [H, W].</param>
    /// <param name="w">A kernel [h, w].</param>
    /// <param name="mode">How much is kept: everything by default; <see cref="ConvolutionMode.Same"/> is x's size.</param>
    /// <returns>A tensor [H + h − 1, W + w − 1], or by the mode less.</returns>
    /// <exception cref="ShapeException">Not two images with at least one element, or in mode Valid a kernel larger than the image.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public static Tensor Convolve2D(Tensor x, Tensor w, ConvolutionMode mode = ConvolutionMode.Full)
    {
        if (x.Rank != 2 || w.Rank != 2 || x.Length == 0 || w.Length == 0)
            throw Fail.Shape("convolve2D", $"an image of shape {x.Shape} and a kernel of shape {w.Shape}", "give two tensors of two axes with at least one element");
        ((int top, int bottom), (int left, int right)) = (Margin(w.Shape[0], mode), Margin(w.Shape[1], mode));
        var geometry = new ConvolutionGeometry { Padding = (top, bottom, left, right) };
        return x.Reshape([1, x.Shape[0], x.Shape[1], 1]).Convolution2D(w.Reshape([w.Shape[0], w.Shape[1], 1, 1]), null, geometry, flipKernel: true).Squeeze(3).Squeeze(0);
    }

    /// <summary>The zeros before and after a signal that a window of the length needs.</summary>
    private static (int Before, int After) Margin(int window, ConvolutionMode mode) => mode switch
    {
        ConvolutionMode.Full => (window - 1, window - 1),
        ConvolutionMode.Same => (window / 2, window - 1 - window / 2),
        _ => (0, 0),
    };
}
