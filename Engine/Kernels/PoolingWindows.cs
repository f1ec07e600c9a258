using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>No number of taps in particular.</summary>
internal readonly struct Many : ITileConstant { public static int Value => 0; }

/// <summary>A run of neighbouring windows that have the same taps: the loops over them and over their channels.</summary>
/// <typeparam name="W">Lanes: channels.</typeparam>
/// <typeparam name="TTaps"><see cref="Four"/> taps, whose places then stay in registers, or <see cref="Many"/>.</typeparam>
/// <typeparam name="T">The element.</typeparam>
internal readonly unsafe ref struct PoolingWindows<W, TTaps, T>
    where W : struct, ISimd<W, T>
    where TTaps : struct, ITileConstant
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly nint* taps;
    private readonly nint last, windows, channels, step, outputStep, tap1, tap2, tap3;

    /// <summary>Describes the run.</summary>
    /// <param name="taps">Where each value of a window lies, relative to the first, which is at 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="windows">How many windows.</param>
    /// <param name="channels">A multiple of the lanes.</param>
    /// <param name="step">From one window to the next in the input.</param>
    /// <param name="outputStep">From one to the next in the output.</param>
    public PoolingWindows(nint* taps, int count, nint windows, nint channels, nint step, nint outputStep)
    {
        this.taps = taps;
        last = count - 1;
        this.windows = windows;
        this.channels = channels;
        this.step = step;
        this.outputStep = outputStep;
        if (TTaps.Value == 4)
        {
            tap1 = taps[1];
            tap2 = taps[2];
            tap3 = taps[3];
        }
    }

    /// <summary>y = the largest, or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Max(T* x, T* y)
    {
        nint end = channels, first = tap1, second = tap2, third = tap3;
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < end; channel += W.Count)
            {
                T* from = x + channel;
                W largest = W.Load(from);
                if (TTaps.Value == 4)
                {
                    largest = Larger(Larger(largest, W.Load(from + first)), Larger(W.Load(from + second), W.Load(from + third)));
                }
                else
                {
                    for (nint tap = 1; tap <= last; tap++)
                    {
                        largest = Larger(largest, W.Load(from + taps[tap]));
                    }
                }

                W.Store(largest, y + channel);
            }

            x += step;
            y += outputStep;
        }
    }

    /// <summary>y = the largest, or NaN, and where it is: the first tap that has it, or −1 for one that is not positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MaxAndPlace(T* x, T* y, T* place)
    {
        nint end = channels, first = tap1, second = tap2, third = tap3;
        W none = W.Create(T.NegativeOne), one = W.Create(T.One), two = W.Create(T.CreateChecked(2)), three = W.Create(T.CreateChecked(3));
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < end; channel += W.Count)
            {
                T* from = x + channel;
                W largest = W.Load(from), at;
                if (TTaps.Value == 4)
                {
                    W v1 = W.Load(from + first), v2 = W.Load(from + second);
                    largest = Larger(Larger(largest, v1), Larger(v2, W.Load(from + third)));
                    at = W.Select(Others(v1, largest), W.Select(Others(v2, largest), three, two), one);
                }
                else
                {
                    for (nint tap = 1; tap <= last; tap++)
                    {
                        largest = Larger(largest, W.Load(from + taps[tap]));
                    }

                    at = W.Create(T.CreateChecked(last));
                    for (nint tap = last - 1; tap > 0; tap--)
                    {
                        at = W.Select(Others(W.Load(from + taps[tap]), largest), at, W.Create(T.CreateChecked(tap)));
                    }
                }

                at = W.And(at, Others(W.Load(from), largest));
                W.Store(largest, y + channel);
                W.Store(W.Select(W.GreaterThan(largest, W.Zero), at, none), place + channel);
            }

            x += step;
            y += outputStep;
            place += outputStep;
        }
    }

    /// <summary>dx = dy at the place that <see cref="MaxAndPlace"/> has noted, 0 at the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void PlaceGradient(T* place, T* dy, T* dx)
    {
        nint end = channels, first = tap1, second = tap2, third = tap3;
        W one = W.Create(T.One), two = W.Create(T.CreateChecked(2)), three = W.Create(T.CreateChecked(3));
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < end; channel += W.Count)
            {
                T* to = dx + channel;
                W at = W.Load(place + channel), gradient = W.Load(dy + channel);
                W.Store(W.And(gradient, W.EqualTo(at, W.Zero)), to);
                if (TTaps.Value == 4)
                {
                    W.Store(W.And(gradient, W.EqualTo(at, one)), to + first);
                    W.Store(W.And(gradient, W.EqualTo(at, two)), to + second);
                    W.Store(W.And(gradient, W.EqualTo(at, three)), to + third);
                }
                else
                {
                    for (nint tap = 1; tap <= last; tap++)
                    {
                        W.Store(W.And(gradient, W.EqualTo(at, W.Create(T.CreateChecked(tap)))), to + taps[tap]);
                    }
                }
            }

            place += outputStep;
            dy += outputStep;
            dx += step;
        }
    }

    /// <summary>y = scale · Σ x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Sum(T* x, T* y, T scale)
    {
        nint end = channels, first = tap1, second = tap2, third = tap3;
        W factor = W.Create(scale);
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < end; channel += W.Count)
            {
                T* from = x + channel;
                W sum = W.Load(from);
                if (TTaps.Value == 4)
                {
                    sum = sum + W.Load(from + first) + W.Load(from + second) + W.Load(from + third);
                }
                else
                {
                    for (nint tap = 1; tap <= last; tap++)
                    {
                        sum += W.Load(from + taps[tap]);
                    }
                }

                W.Store(sum * factor, y + channel);
            }

            x += step;
            y += outputStep;
        }
    }

    /// <summary>dx = dy at the first value that is the maximum or NaN, 0 at the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MaxGradient(T* x, T* y, T* dy, T* dx, bool rectified)
    {
        nint end = channels, first = tap1, second = tap2, third = tap3;
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < end; channel += W.Count)
            {
                T* from = x + channel, to = dx + channel;
                W largest = W.Load(y + channel), waiting = Gradient(dy + channel, largest, rectified);
                if (TTaps.Value == 4)
                {
                    waiting = Take(from, largest, waiting, to);
                    waiting = Take(from + first, largest, waiting, to + first);
                    waiting = Take(from + second, largest, waiting, to + second);
                    W.Store(waiting, to + third);
                }
                else
                {
                    for (nint tap = 0; tap < last; tap++)
                    {
                        waiting = Take(from + taps[tap], largest, waiting, to + taps[tap]);
                    }

                    W.Store(waiting, to + taps[last]);
                }
            }

            x += step;
            y += outputStep;
            dy += outputStep;
            dx += step;
        }
    }

    /// <summary>As <see cref="MaxGradient"/>, added to dx: other windows have the same values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MaxGradientOverlapping(T* x, T* y, T* dy, T* dx, bool rectified)
    {
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < channels; channel += W.Count)
            {
                W largest = W.Load(y + channel), waiting = Gradient(dy + channel, largest, rectified);
                for (nint tap = 0; tap <= last; tap++)
                {
                    T* to = dx + channel + taps[tap];
                    W others = tap < last ? Others(W.Load(x + channel + taps[tap]), largest) : W.Zero;
                    W.Store(W.Load(to) + W.AndNot(waiting, others), to);
                    waiting = W.And(waiting, others);
                }
            }

            x += step;
            y += outputStep;
            dy += outputStep;
            dx += step;
        }
    }

    /// <summary>dx = scale · dy, or is added that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SumGradient(T* dy, T* dx, T scale, bool overwrite)
    {
        W factor = W.Create(scale);
        for (nint window = 0; window < windows; window++)
        {
            for (nint channel = 0; channel < channels; channel += W.Count)
            {
                W share = W.Load(dy + channel) * factor;
                for (nint tap = 0; tap <= last; tap++)
                {
                    T* to = dx + channel + taps[tap];
                    W.Store(overwrite ? share : W.Load(to) + share, to);
                }
            }

            dy += outputStep;
            dx += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W Gradient(T* dy, W largest, bool rectified) =>
        rectified ? W.And(W.Load(dy), W.GreaterThan(largest, W.Zero)) : W.Load(dy);

    // NaN if either is: of two lanes that do not compare the instruction takes the one on a fixed side, so in one of the orders the NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W Larger(W left, W right) => W.Or(W.MaxNative(left, right), W.MaxNative(right, left));

    // The gradient waits until a value is the maximum, or NaN, and goes there; the values after it get none, and the last takes what still waits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W Take(T* value, W largest, W waiting, T* gradient)
    {
        W others = Others(W.Load(value), largest);
        W.Store(W.AndNot(waiting, others), gradient);
        return W.And(waiting, others);
    }

    // Where a value is neither the largest nor NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W Others(W value, W largest) => W.AndNot(W.EqualTo(value, value), W.EqualTo(value, largest));
}
