using System.Globalization;

namespace Engine.Layers;

/// <summary>What lies around an image or a series where a window reaches over its edge.</summary>
/// <remarks>
/// Keras' rule for <see cref="Same"/>: an axis of n positions gives ⌈n / stride⌉, and of the max(0, (⌈n / stride⌉ − 1)·stride + (window −
/// 1)·dilation + 1 − n) positions that this takes the odd one stands at the end. <see cref="Causal"/> is for series alone.
/// </remarks>
public readonly record struct Padding
{
    private readonly (int Top, int Bottom, int Left, int Right) sizes;
    private readonly Kind kind;

    private Padding(Kind kind, (int Top, int Bottom, int Left, int Right) sizes = default)
    {
        this.kind = kind;
        this.sizes = sizes;
    }

    private enum Kind
    {
        Valid,
        Same,
        Causal,
        Explicit,
    }

    /// <summary>Nothing: the window stays inside. The default.</summary>
    public static Padding Valid { get; }

    /// <summary>As much as it takes for ⌈size / stride⌉ positions.</summary>
    public static Padding Same { get; } = new(Kind.Same);

    /// <summary>All of it before a series, (window − 1)·dilation steps: no output sees a later step. For convolutions of series.</summary>
    public static Padding Causal { get; } = new(Kind.Causal);

    /// <summary>A number of positions on each side of an image; a 1-D layer uses left and right.</summary>
    /// <param name="top">Rows above.</param>
    /// <param name="bottom">Rows below.</param>
    /// <param name="left">Columns to the left, or steps before.</param>
    /// <param name="right">Columns to the right, or steps after.</param>
    /// <returns>The padding.</returns>
    /// <exception cref="ValueException">A number is negative.</exception>
    public static Padding Explicit(int top, int bottom, int left, int right)
    {
        if (Math.Min(Math.Min(top, bottom), Math.Min(left, right)) < 0)
            throw Fail.Value("Padding.Explicit", $"({top}, {bottom}, {left}, {right})", "give 0 or more for each side");
        return new(Kind.Explicit, (top, bottom, left, right));
    }

    /// <summary>The padding that <see cref="ToString"/> writes.</summary>
    /// <exception cref="ValueException">There is none of that form.</exception>
    internal static Padding Parse(string text)
    {
        foreach (Padding known in (ReadOnlySpan<Padding>)[Valid, Same, Causal])
        {
            if (known.ToString() == text) return known;
        }

        string[] parts = text.Trim('(', ')').Split(", ");
        var sizes = new int[4];
        for (int i = 0; i < sizes.Length; i++)
        {
            if (parts.Length != sizes.Length || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]))
                throw Fail.Value("Padding", $"there is no padding \"{text}\"", "use valid, same, causal or (top, bottom, left, right)");
        }

        return Explicit(sizes[0], sizes[1], sizes[2], sizes[3]);
    }

    /// <summary>The padding as a program writes it.</summary>
    /// <returns><c>valid</c>, <c>same</c> or the four sizes.</returns>
    public override string ToString() => kind switch
    {
        Kind.Valid => "valid",
        Kind.Same => "same",
        Kind.Causal => "causal",
        _ => $"({sizes.Top}, {sizes.Bottom}, {sizes.Left}, {sizes.Right})",
    };

    /// <summary>The rows and columns around an image; of a causal padding the columns alone count.</summary>
    internal (int Top, int Bottom, int Left, int Right) Around(int height, int width, Size2D window, Size2D strides, Size2D dilation)
    {
        if (kind == Kind.Causal) return (0, 0, (window.Width - 1) * dilation.Width, 0);
        if (kind != Kind.Same) return sizes;
        (int top, int bottom) = SameAlong(height, window.Height, strides.Height, dilation.Height);
        (int left, int right) = SameAlong(width, window.Width, strides.Width, dilation.Width);
        return (top, bottom, left, right);
    }

    /// <summary>The steps before and after a pooled series.</summary>
    internal (int Left, int Right) Along(int steps, int window, int stride, int dilation) =>
        kind != Kind.Same ? (sizes.Left, sizes.Right) : SameAlong(steps, window, stride, dilation);

    /// <summary>The rows of a transposed convolution.</summary>
    internal TransposedAxis TransposedRows(int size, int window, int stride, int dilation, int? extra) =>
        Transposed(size, window, stride, dilation, extra, (sizes.Top, sizes.Bottom));

    /// <summary>The columns, or steps, of a transposed convolution.</summary>
    internal TransposedAxis TransposedColumns(int size, int window, int stride, int dilation, int? extra) =>
        Transposed(size, window, stride, dilation, extra, (sizes.Left, sizes.Right));

    /// <summary>Refuses a causal padding where there is no time, or where it has no meaning.</summary>
    internal void RefuseCausal(string layer)
    {
        if (kind == Kind.Causal)
            throw Fail.Value(
                layer, "padding causal", "it is for convolutions of series: use Padding.Valid, Padding.Same or Padding.Explicit");
    }

    /// <summary>Refuses a padding in which a whole pooling window would find nothing.</summary>
    internal void CheckWithin(string layer, Size2D window)
    {
        RefuseCausal(layer);
        if (Math.Max(sizes.Top, sizes.Bottom) >= window.Height || Math.Max(sizes.Left, sizes.Right) >= window.Width)
            throw Fail.Value(
                layer,
                $"padding {this} for a window of {window}",
                "give less padding than the window is long, so that no window lies in the padding alone");
    }

    private static (int Before, int After) SameAlong(int size, int window, int stride, int dilation)
    {
        int positions = (size + stride - 1) / stride;
        int total = Math.Max(0, (positions - 1) * stride + (window - 1) * dilation + 1 - size);
        return (total / 2, total - total / 2);
    }

    /// <summary>
    /// Keras' sizes: without extra positions a window of reach r gives (n − 1)·s + max(r, s) in valid and n·s in same padding; with
    /// them (n − 1)·s + r + extra and (n − 1)·s + (r mod 2) + extra. Explicit padding takes its sizes from (n − 1)·s + r + extra.
    /// </summary>
    private TransposedAxis Transposed(int size, int window, int stride, int dilation, int? extra, (int Before, int After) sides)
    {
        long reach = (window - 1L) * dilation + 1, last = (size - 1L) * stride, length = kind switch
        {
            Kind.Valid => last + (extra is null ? Math.Max(reach, stride) : reach + extra.Value),
            Kind.Same => last + (extra is null ? stride : reach % 2 + extra.Value),
            _ => last + reach + (extra ?? 0) - sides.Before - sides.After,
        };
        if (length is < 1 or > int.MaxValue)
            throw Fail.Shape(
                "input",
                $"{size} positions, from which padding {this} makes {length}",
                "use less padding, more positions or smaller strides");
        if (kind != Kind.Same) return new TransposedAxis((int)length, sides.Before, sides.After);
        int total = (int)Math.Max(0, last + reach - length);
        return new TransposedAxis((int)length, total / 2, total - total / 2);
    }
}
