using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Elementary functions on registers of any width: exp, log and what follows from them.</summary>
/// <remarks>
/// <para>One source for both types; the polynomials are minimax (Remez) fits with a coefficient list for each. Largest error at every
/// width: Float32 3·10⁻⁷ relative (2.5 units in the last place), Float64 4 units in the last place. Measured on millions of arguments in
/// Float32: exp and log 0.8·10⁻⁷, expm1 1.2, log1p 1.3, sigmoid 1.5, tanh, softplus and erf 1.8, SiLU 1.9, GELU 3.0·10⁻⁷.</para>
/// <para>0 maps exactly (with its sign where the function is odd), ±∞ to the limits, NaN to NaN. Functions that saturate do so exactly
/// and never pass their limit. Results below the smallest normal number become 0: arithmetic with subnormal numbers costs a hundred
/// cycles each, and no gradient depends on them. Monotone up to the error bound.</para>
/// <para>Range reductions are those of Cody and Waite, "Software Manual for the Elementary Functions", 1980; the logarithm follows
/// fdlibm (Sun Microsystems, 1993).</para>
/// </remarks>
internal static unsafe partial class VectorMath
{
    /// <summary>All lanes one constant, rounded to T; folds to a literal in compiled code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Constant<V, T>(double value)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.Create(Value<T>(value));

    /// <summary>All lanes one constant that differs between the types: a limit, or a coefficient of a fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Constant<V, T>(float single, double @double)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.Create(typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(single) : Unsafe.BitCast<double, T>(@double));

    /// <summary>The value rounded to T.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>((float)value) : Unsafe.BitCast<double, T>(value);

    /// <summary>The magnitude of one with the sign of the other: the magnitude must not carry a sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V WithSign<V, T>(V magnitude, V sign)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => V.Or(magnitude, V.And(sign, Constant<V, T>(-0d)));

    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V r = Reduce<V, T>(x, V.Zero, out V n);
        V scaled = V.AddToExponent(Constant<V, T>(1) + ExpMinusOneReduced<V, T>(r), n);
        // x·∞ is ∞ above the range and NaN for NaN, which no comparison holds for.
        V inRange = V.LessThan(x, Constant<V, T>(88.72284f, 709.7827128933841));
        V result = V.Select(inRange, scaled, x * Constant<V, T>(double.PositiveInfinity));
        return V.AndNot(result, V.LessThan(x, SmallestExponent<V, T>()));
    }

    /// <summary>eˣ for x ≤ 0, as in a softmax: without the test for overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpOfNegative<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V r = Reduce<V, T>(x, V.Zero, out V n);
        V result = (Constant<V, T>(1) + ExpMinusOneReduced<V, T>(r)) * V.PowerOfTwo(n);
        return V.AndNot(result, V.LessThan(x, SmallestExponent<V, T>()));
    }

    /// <summary>eˣ − 1, without the cancellation near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Expm1<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V r = Reduce<V, T>(x, V.Zero, out V n);
        // Half the result, so that 2ⁿ stays finite up to the largest x: ½(eˣ − 1) = 2ⁿ⁻¹(eʳ − 1) + (2ⁿ⁻¹ − ½).
        V scale = V.PowerOfTwo(n - Constant<V, T>(1));
        V half = V.MultiplyAdd(scale, ExpMinusOneReduced<V, T>(r), scale - Constant<V, T>(0.5));
        V inRange = V.LessThan(x, Constant<V, T>(88.72284f, 709.7827128933841));
        V result = V.Select(inRange, half + half, x * Constant<V, T>(double.PositiveInfinity));
        result = V.Select(V.LessThan(x, Constant<V, T>(-18f, -38d)), Constant<V, T>(-1), result);
        return WithSign<V, T>(result, x);
    }

    /// <summary>Natural logarithm: −∞ at 0, NaN below; subnormal arguments are taken exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V subnormal = V.LessThan(x, Constant<V, T>(1.17549435e-38f, 2.2250738585072014e-308));
        V lifted = V.Select(subnormal, x * Constant<V, T>(33554432f, 18014398509481984d), x);
        V exponent = V.Exponent(lifted) - V.And(subnormal, Constant<V, T>(25f, 54d));
        return LogSpecialCases<V, T>(x, LogOfNormal<V, T>(V.Mantissa(lifted), exponent));
    }

    /// <summary>log(1 + x), without the cancellation near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1p<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1);
        V u = one + x;
        V log = LogSpecialCases<V, T>(u, LogOfNormal<V, T>(V.Mantissa(u), V.Exponent(u)));
        // log(1 + x) = log u + (x − (u − 1))/u + …: what rounding 1 + x lost, where that is a number.
        V finite = V.And(V.GreaterThan(u, V.Zero), V.LessThan(u, Constant<V, T>(double.PositiveInfinity)));
        V result = log + V.And((x - (u - one)) / u, finite);
        return WithSign<V, T>(result, x);
    }

    /// <summary>log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Softplus<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1);
        V e = ExpOfNegative<V, T>(V.Zero - V.Abs(x));
        V u = one + e;
        V log = LogOfNormal<V, T>(V.Mantissa(u), V.Exponent(u)) + (e - (u - one)) / u;
        return V.And(x, V.GreaterThan(x, V.Zero)) + log;
    }

    /// <summary>σ(x) = 1/(1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1);
        return one / (one + Exp<V, T>(V.Zero - x));
    }

    /// <summary>tanh x = (1 − e^−2|x|)/(1 + e^−2|x|) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V magnitude = V.Abs(x);
        V r = Reduce<V, T>(magnitude * Constant<V, T>(-2), V.Zero, out V n);
        V scale = V.PowerOfTwo(n);
        V expMinusOne = V.MultiplyAdd(scale, ExpMinusOneReduced<V, T>(r), scale - Constant<V, T>(1));
        V result = (V.Zero - expMinusOne) / (Constant<V, T>(2) + expMinusOne);
        // From here on the nearest number to tanh |x| is 1; where 2ⁿ would leave the exponent's range nothing else is taken.
        V saturated = V.GreaterThan(magnitude, Constant<V, T>(9.02f, 19.07));
        return WithSign<V, T>(V.Select(saturated, Constant<V, T>(1), result), x);
    }

    /// <summary>ln of the smallest normal number: below, e to the power is flushed to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SmallestExponent<V, T>()
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Constant<V, T>(-87.33654f, -708.3964185322641);

    /// <summary>e and 2ⁿ with (1 + e)·2ⁿ = e^(x + correction), for finite x ≤ 0 and a correction far smaller than x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpMinusOneOfNegative<V, T>(V x, V correction, out V scale)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V r = Reduce<V, T>(x, correction, out V n);
        scale = V.AndNot(V.PowerOfTwo(n), V.LessThan(x, SmallestExponent<V, T>()));
        return ExpMinusOneReduced<V, T>(r);
    }

    /// <summary>x + correction = n·ln 2 + r with integral n and |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce<V, T>(V x, V correction, out V n)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Adding 1.5·2²³ (2⁵²) rounds to an integer. ln 2 is split so that n times its first part is exact, fused or not.
        V rounder = Constant<V, T>(12582912f, 6755399441055744d);
        n = V.MultiplyAdd(x, Constant<V, T>(1.4426950408889634), rounder) - rounder;
        V r = V.MultiplyAdd(n, Constant<V, T>(-0.693359375f, -6.93147180369123816490e-01), x);
        return V.MultiplyAdd(n, Constant<V, T>(2.12194440e-4f, -1.90821492927058770002e-10), r) + correction;
    }

    /// <summary>eʳ − 1 = r + r²·P(r) for |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpMinusOneReduced<V, T>(V r)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V p;
        if (typeof(T) == typeof(float))
        {
            p = Constant<V, T>(0.001388251729);
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.008366547128));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.0416672007));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.1666654342));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.4999999815));
        }
        else
        {
            p = Constant<V, T>(2.5053771253855628206e-8);
            p = V.MultiplyAdd(p, r, Constant<V, T>(2.7626092807412728752e-7));
            p = V.MultiplyAdd(p, r, Constant<V, T>(2.7557407698121216927e-6));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.000024801505142732235712));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.00019841269718699966722));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.0013888888931667117508));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.0083333333333897369327));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.041666666666576467676));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.16666666666666588964));
            p = V.MultiplyAdd(p, r, Constant<V, T>(0.50000000000000052));
        }
        return V.MultiplyAdd(r * r, p, r);
    }

    /// <summary>log(m·2ᵉ) for m in [1, 2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LogOfNormal<V, T>(V mantissa, V exponent)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1), half = Constant<V, T>(0.5);
        V large = V.GreaterThan(mantissa, Constant<V, T>(1.4142135623730951));
        V f = V.Select(large, mantissa * half, mantissa) - one;
        V e = exponent + V.And(large, one);
        // With s = f/(2 + f): log(1 + f) = 2 artanh s = 2s + s·R(s²), and 2s = f − s·f = f − (½f² − s·½f²).
        V s = f / (Constant<V, T>(2) + f);
        V z = s * s;
        V r;
        if (typeof(T) == typeof(float))
        {
            r = Constant<V, T>(0.2987307137);
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.3997749567));
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.6666677672));
        }
        else
        {
            r = Constant<V, T>(0.14797506094824448048);
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.1531390339105283182));
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.18183569734757697944));
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.22222198476077738648));
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.28571428743261677622));
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.39999999999411099514));
            r = V.MultiplyAdd(r, z, Constant<V, T>(0.6666666666666734893));
        }
        V halfSquare = half * f * f;
        V small = V.MultiplyAdd(e, Constant<V, T>(-2.12194440e-4f, 1.90821492927058770002e-10), s * V.MultiplyAdd(z, r, halfSquare));
        return V.MultiplyAdd(e, Constant<V, T>(0.693359375f, 6.93147180369123816490e-01), f - (halfSquare - small));
    }

    /// <summary>The logarithm's values where the argument is no positive finite number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LogSpecialCases<V, T>(V x, V log)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        log = V.Select(V.LessThan(x, Constant<V, T>(double.PositiveInfinity)), log, x);
        log = V.Select(V.LessThan(x, V.Zero), Constant<V, T>(double.NaN), log);
        return V.Select(V.EqualTo(x, V.Zero), Constant<V, T>(double.NegativeInfinity), log);
    }
}
