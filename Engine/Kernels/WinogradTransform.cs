using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The transforms of Winograd's minimal filtering F(2×2, 3×3), over rows of channels.</summary>
/// <remarks>
/// A tile y of 2×2 results of a 3×3 window g over a 4×4 piece d of the image is y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A: 16 products instead of 36
/// (Winograd, 1980; Lavin and Gray, 2016, for networks). With
/// <code>
/// Bᵀ = 1  0 −1  0     G =  1   0   0     Aᵀ = 1  1  1  0
///      0  1  1  0          ½   ½   ½          0  1 −1 −1
///      0 −1  1  0          ½  −½   ½
///      0  1  0 −1          0   0   1
/// </code>
/// Position k = 4i + j of a transformed tile lies <c>step</c>·k elements after the first, so that position by position the tiles make
/// matrices of (tile, channel). Loads repeat where that saves registers: they come from the first-level cache.
/// </remarks>
internal static unsafe class WinogradTransform<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Bᵀ d B of a 4×4 piece.</summary>
    /// <param name="pixels">The piece's 16 pixels, row by row.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="v">Where position 0 goes.</param>
    /// <param name="step">From one position to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Piece(T** pixels, nint channels, T* v, nint step)
    {
        nint whole = channels - (channels % V.Count);
        for (nint c = 0; c < whole; c += V.Count)
        {
            PieceRow<V, Zero>(pixels, c, v + c, step);
            PieceRow<V, One>(pixels, c, v + (4 * step) + c, step);
            PieceRow<V, Two>(pixels, c, v + (8 * step) + c, step);
            PieceRow<V, Three>(pixels, c, v + (12 * step) + c, step);
        }

        for (nint c = whole; c < channels; c++)
        {
            PieceRow<SimdScalar<T>, Zero>(pixels, c, v + c, step);
            PieceRow<SimdScalar<T>, One>(pixels, c, v + (4 * step) + c, step);
            PieceRow<SimdScalar<T>, Two>(pixels, c, v + (8 * step) + c, step);
            PieceRow<SimdScalar<T>, Three>(pixels, c, v + (12 * step) + c, step);
        }
    }

    /// <summary>Row <typeparamref name="TRow"/>, 0 to 3, of Bᵀ d B, for a transform that takes one row of positions after the other.</summary>
    /// <param name="pixels">The piece's 16 pixels, row by row.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="v">Where the row's first position goes.</param>
    /// <param name="step">From one position to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PieceRow<TRow>(T** pixels, nint channels, T* v, nint step)
        where TRow : struct, ITileConstant
    {
        nint whole = channels - (channels % V.Count);
        for (nint c = 0; c < whole; c += V.Count)
        {
            PieceRow<V, TRow>(pixels, c, v + c, step);
        }

        for (nint c = whole; c < channels; c++)
        {
            PieceRow<SimdScalar<T>, TRow>(pixels, c, v + c, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PieceRow<W, TRow>(T** d, nint c, T* v, nint step)
        where W : struct, ISimd<W, T>
        where TRow : struct, ITileConstant
    {
        W t0 = PieceColumn<W, TRow>(d, c), t1 = PieceColumn<W, TRow>(d + 1, c), t2 = PieceColumn<W, TRow>(d + 2, c), t3 = PieceColumn<W, TRow>(d + 3, c);
        W.Store(t0 - t2, v);
        W.Store(t1 + t2, v + step);
        W.Store(t2 - t1, v + (2 * step));
        W.Store(t1 - t3, v + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W PieceColumn<W, TRow>(T** d, nint c)
        where W : struct, ISimd<W, T>
        where TRow : struct, ITileConstant
        => TRow.Value switch
        {
            0 => W.Load(d[0] + c) - W.Load(d[8] + c),
            1 => W.Load(d[4] + c) + W.Load(d[8] + c),
            2 => W.Load(d[8] + c) - W.Load(d[4] + c),
            _ => W.Load(d[4] + c) - W.Load(d[12] + c),
        };

    /// <summary>max(least, Aᵀ m A + bias): the four results of a tile.</summary>
    /// <param name="m">Position 0 of the tile's products.</param>
    /// <param name="step">From one position to the next.</param>
    /// <param name="channels">Channels of a result.</param>
    /// <param name="bias">One value a channel, or null.</param>
    /// <param name="relu">Whether negative results become 0; a NaN stays NaN.</param>
    /// <param name="y00">Where the upper left result goes.</param>
    /// <param name="y01">The upper right one.</param>
    /// <param name="y10">The lower left one.</param>
    /// <param name="y11">The lower right one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Results(T* m, nint step, nint channels, T* bias, bool relu, T* y00, T* y01, T* y10, T* y11)
    {
        nint whole = channels - (channels % V.Count);
        for (nint c = 0; c < whole; c += V.Count)
        {
            V b = bias == null ? V.Zero : V.Load(bias + c);
            ResultRow<V>(0, m + c, step, b, relu, y00 + c, y01 + c);
            ResultRow<V>(1, m + c, step, b, relu, y10 + c, y11 + c);
        }

        for (nint c = whole; c < channels; c++)
        {
            SimdScalar<T> b = bias == null ? SimdScalar<T>.Zero : SimdScalar<T>.Load(bias + c);
            ResultRow<SimdScalar<T>>(0, m + c, step, b, relu, y00 + c, y01 + c);
            ResultRow<SimdScalar<T>>(1, m + c, step, b, relu, y10 + c, y11 + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ResultRow<W>(int row, T* m, nint step, W bias, bool relu, T* left, T* right)
        where W : struct, ISimd<W, T>
    {
        W s0 = ResultColumn<W>(row, m, step), s1 = ResultColumn<W>(row, m + step, step), s2 = ResultColumn<W>(row, m + (2 * step), step);
        W s3 = ResultColumn<W>(row, m + (3 * step), step);
        W y0 = s0 + s1 + s2 + bias, y1 = s1 - s2 - s3 + bias;
        if (relu)
        {
            // Not Max: a NaN must stay one.
            y0 = W.Select(W.LessThan(y0, W.Zero), W.Zero, y0);
            y1 = W.Select(W.LessThan(y1, W.Zero), W.Zero, y1);
        }

        W.Store(y0, left);
        W.Store(y1, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W ResultColumn<W>(int row, T* m, nint step)
        where W : struct, ISimd<W, T>
        => row == 0
            ? W.Load(m) + W.Load(m + (4 * step)) + W.Load(m + (8 * step))
            : W.Load(m + (4 * step)) - W.Load(m + (8 * step)) - W.Load(m + (12 * step));

    /// <summary>Row <typeparamref name="TRow"/>, 0 to 3, of A dy Aᵀ for a tile of 2×2 gradients, without the minus signs of A's last row.</summary>
    /// <remarks><see cref="KernelGradient"/> puts the signs back.</remarks>
    /// <param name="pixels">The four gradients, row by row.</param>
    /// <param name="first">The first channel to take.</param>
    /// <param name="end">The one after the last.</param>
    /// <param name="u">Where the first channel's first position goes.</param>
    /// <param name="step">From one position to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void GradientRow<TRow>(T** pixels, nint first, nint end, T* u, nint step)
        where TRow : struct, ITileConstant
    {
        nint c = first;
        for (; c + V.Count <= end; c += V.Count, u += V.Count)
        {
            GradientRow<V, TRow>(pixels, c, u, step);
        }

        for (; c < end; c++, u++)
        {
            GradientRow<SimdScalar<T>, TRow>(pixels, c, u, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientRow<W, TRow>(T** dy, nint c, T* u, nint step)
        where W : struct, ISimd<W, T>
        where TRow : struct, ITileConstant
    {
        W left = GradientColumn<W, TRow>(dy, c), right = GradientColumn<W, TRow>(dy + 1, c);
        W.Store(left, u);
        W.Store(left + right, u + step);
        W.Store(left - right, u + (2 * step));
        W.Store(right, u + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W GradientColumn<W, TRow>(T** dy, nint c)
        where W : struct, ISimd<W, T>
        where TRow : struct, ITileConstant
        => TRow.Value switch
        {
            0 => W.Load(dy[0] + c),
            1 => W.Load(dy[0] + c) + W.Load(dy[2] + c),
            2 => W.Load(dy[0] + c) - W.Load(dy[2] + c),
            _ => W.Load(dy[2] + c),
        };

    /// <summary>Two rows and columns of max(least, Σ B m Bᵀ + bias), a sum over overlapping 4×4 pieces.</summary>
    /// <remarks>For m made of what <see cref="GradientRow{TRow}"/> gives: the signs that are missing there are put back here.</remarks>
    /// <param name="m">Position 0 of the tile whose first two rows and columns these are.</param>
    /// <param name="left">Position 0 of the tile to its left, whose last two columns they are.</param>
    /// <param name="step">From one position to the next.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="carry">Four pixels: what the tiles above left for these; takes what these leave for those below.</param>
    /// <param name="bias">One value a channel, or null.</param>
    /// <param name="relu">Whether negative results become 0; a NaN stays NaN.</param>
    /// <param name="y00">Where the upper left pixel goes.</param>
    /// <param name="y01">The upper right one.</param>
    /// <param name="y10">The lower left one.</param>
    /// <param name="y11">The lower right one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Piece(T* m, T* left, nint step, nint channels, T* carry, T* bias, bool relu, T* y00, T* y01, T* y10, T* y11)
    {
        nint whole = channels - (channels % V.Count);
        for (nint c = 0; c < whole; c += V.Count)
        {
            V b = bias == null ? V.Zero : V.Load(bias + c);
            EvenColumn<V>(m + c, left + c, step, b, relu, carry + c, channels, y00 + c, y10 + c);
            OddColumn<V>(m + c, left + c, step, b, relu, carry + channels + c, channels, y01 + c, y11 + c);
        }

        for (nint c = whole; c < channels; c++)
        {
            SimdScalar<T> b = bias == null ? SimdScalar<T>.Zero : SimdScalar<T>.Load(bias + c);
            EvenColumn<SimdScalar<T>>(m + c, left + c, step, b, relu, carry + c, channels, y00 + c, y10 + c);
            OddColumn<SimdScalar<T>>(m + c, left + c, step, b, relu, carry + channels + c, channels, y01 + c, y11 + c);
        }
    }

    // Column 0 of a tile and column 2 of its left neighbour.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EvenColumn<W>(T* m, T* left, nint step, W bias, bool relu, T* carry, nint channels, T* upper, T* lower)
        where W : struct, ISimd<W, T>
        => Column(
            EvenPixel<W>(m, left, step), EvenPixel<W>(m + (4 * step), left + (4 * step), step), EvenPixel<W>(m + (8 * step), left + (8 * step), step),
            EvenPixel<W>(m + (12 * step), left + (12 * step), step), bias, relu, carry, channels, upper, lower);

    // Column 1 of a tile and column 3 of its left neighbour.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OddColumn<W>(T* m, T* left, nint step, W bias, bool relu, T* carry, nint channels, T* upper, T* lower)
        where W : struct, ISimd<W, T>
        => Column(
            OddPixel<W>(m, left, step), OddPixel<W>(m + (4 * step), left + (4 * step), step), OddPixel<W>(m + (8 * step), left + (8 * step), step),
            OddPixel<W>(m + (12 * step), left + (12 * step), step), bias, relu, carry, channels, upper, lower);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W EvenPixel<W>(T* m, T* left, nint step)
        where W : struct, ISimd<W, T>
        => W.Load(m) + ((W.Load(left + step) + W.Load(left + (2 * step))) - W.Load(left));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W OddPixel<W>(T* m, T* left, nint step)
        where W : struct, ISimd<W, T>
        => ((W.Load(m + step) - W.Load(m + (2 * step))) - W.Load(m + (3 * step))) + W.Load(left + (3 * step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column<W>(W s0, W s1, W s2, W s3, W bias, bool relu, T* carry, nint channels, T* upper, T* lower)
        where W : struct, ISimd<W, T>
    {
        T* third = carry + (2 * channels);
        W y0 = s0 + W.Load(carry) + bias, y1 = ((s1 - s2) - s3) + W.Load(third) + bias;
        if (relu)
        {
            // Not Max: a NaN must stay one.
            y0 = W.Select(W.LessThan(y0, W.Zero), W.Zero, y0);
            y1 = W.Select(W.LessThan(y1, W.Zero), W.Zero, y1);
        }

        W.Store((s1 + s2) - s0, carry);
        W.Store(s3, third);
        W.Store(y0, upper);
        W.Store(y1, lower);
    }

    /// <summary>G g Gᵀ of kernels that lie side by side.</summary>
    /// <param name="g">Tap (0, 0) of the first kernel.</param>
    /// <param name="tap">From one tap to the next.</param>
    /// <param name="count">How many kernels.</param>
    /// <param name="u">Where position 0 goes.</param>
    /// <param name="step">From one position to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Kernel(T* g, nint tap, nint count, T* u, nint step)
    {
        nint whole = count - (count % V.Count);
        for (nint f = 0; f < whole; f += V.Count)
        {
            Kernel<V>(g + f, tap, u + f, step);
        }

        for (nint f = whole; f < count; f++)
        {
            Kernel<SimdScalar<T>>(g + f, tap, u + f, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Kernel<W>(T* g, nint tap, T* u, nint step)
        where W : struct, ISimd<W, T>
    {
        W half = W.Create(T.CreateChecked(0.5));
        for (int i = 0; i < 4; i++)
        {
            W t0 = KernelRow(i, half, g, tap), t1 = KernelRow(i, half, g + tap, tap), t2 = KernelRow(i, half, g + (2 * tap), tap);
            W outer = half * (t0 + t2), inner = half * t1;
            T* to = u + (4 * i * step);
            W.Store(t0, to);
            W.Store(outer + inner, to + step);
            W.Store(outer - inner, to + (2 * step));
            W.Store(t2, to + (3 * step));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W KernelRow<W>(int i, W half, T* g, nint tap)
        where W : struct, ISimd<W, T>
    {
        W g0 = W.Load(g), g1 = W.Load(g + (3 * tap)), g2 = W.Load(g + (6 * tap));
        return i switch { 0 => g0, 1 => half * (g0 + g1 + g2), 2 => half * (g0 - g1 + g2), _ => g2 };
    }

    /// <summary>Gᵀ u G: gradients of kernels that lie side by side, from what the positions have summed.</summary>
    /// <param name="u">Position 0 of the first kernel.</param>
    /// <param name="step">From one position to the next.</param>
    /// <param name="count">How many kernels.</param>
    /// <param name="dw">Where tap (0, 0) goes.</param>
    /// <param name="tap">From one tap to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void KernelGradient(T* u, nint step, nint count, T* dw, nint tap)
    {
        nint whole = count - (count % V.Count);
        for (nint f = 0; f < whole; f += V.Count)
        {
            KernelGradient<V>(u + f, step, dw + f, tap);
        }

        for (nint f = whole; f < count; f++)
        {
            KernelGradient<SimdScalar<T>>(u + f, step, dw + f, tap);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KernelGradient<W>(T* u, nint step, T* dw, nint tap)
        where W : struct, ISimd<W, T>
    {
        W half = W.Create(T.CreateChecked(0.5));
        for (int p = 0; p < 3; p++)
        {
            W s0 = KernelGradientRow(p, half, u, step), s1 = KernelGradientRow(p, half, u + step, step);
            W s2 = KernelGradientRow(p, half, u + (2 * step), step), s3 = KernelGradientRow(p, half, u + (3 * step), step);
            W outer = half * (s1 + s2);
            T* to = dw + (3 * p * tap);
            W.Store(s0 + outer, to);
            W.Store(half * (s1 - s2), to + tap);
            W.Store(outer - s3, to + (2 * tap));
        }
    }

    // The last row and column come without the minus sign of A: each turns its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W KernelGradientRow<W>(int p, W half, T* u, nint step)
        where W : struct, ISimd<W, T>
    {
        W u1 = W.Load(u + (4 * step)), u2 = W.Load(u + (8 * step));
        return p switch
        {
            0 => W.Load(u) + (half * (u1 + u2)),
            1 => half * (u1 - u2),
            _ => (half * (u1 + u2)) - W.Load(u + (12 * step)),
        };
    }
}
