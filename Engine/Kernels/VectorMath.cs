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
    private const float Rounder = 12582912;
    private const double DoubleRounder = 6755399441055744;

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
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Exp<V, T>(
            x, Constant<V, T>(Rounder, DoubleRounder), Quartic<V, T>(1), Leading<V, T>(1));

    /// <summary>eˣ with the constants of <see cref="HoldForExp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, T>(V x, V rounder, V quartic, V leading)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V r = Reduce<V, T>(x, 1, rounder, out V exponent);
        V scaled = V.AddBits(Constant<V, T>(1) + ExpMinusOneReduced<V, T>(r, 1, quartic, leading), exponent);
        // x·∞ is ∞ above the range and NaN for NaN, which no comparison holds for.
        V inRange = V.LessThan(x, Constant<V, T>(88.72284f, 709.7827128933841));
        V result = V.Select(inRange, scaled, x * Constant<V, T>(double.PositiveInfinity));
        return V.AndNot(result, V.LessThan(x, SmallestExponent<V, T>()));
    }

    /// <summary>eˣ for x ≤ 0, as in a softmax: without the test for overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpOfNegative<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ExpOfNegative<V, T>(x, BiasedRounder<V, T>(0), Constant<V, T>(1), Quartic<V, T>(1), Leading<V, T>(1));

    /// <summary>eˣ for x ≤ 0 with the constants of <see cref="HoldForExpOfNegative"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpOfNegative<V, T>(V x, V rounder, V one, V quartic, V leading)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V r = Reduce<V, T>(x, 1, rounder, out V power);
        V result = (one + ExpMinusOneReduced<V, T>(r, 1, quartic, leading)) * power;
        return V.AndNot(result, V.LessThan(x, SmallestExponent<V, T>()));
    }

    /// <summary>eˣ − 1, without the cancellation near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Expm1<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Half the result, so that 2ⁿ stays finite up to the largest x: ½(eˣ − 1) = 2ⁿ⁻¹(eʳ − 1) + (2ⁿ⁻¹ − ½).
        V r = Reduce<V, T>(x, 1, BiasedRounder<V, T>(-1), out V scale);
        V half = V.MultiplyAdd(scale, ExpMinusOneReduced<V, T>(r, 1), scale - Constant<V, T>(0.5));
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
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Sigmoid<V, T>(
            x, SigmoidLow<V, T>(), SigmoidHigh<V, T>(), BiasedRounder<V, T>(0), Constant<V, T>(1), Quartic<V, T>(-1), Leading<V, T>(-1));

    /// <summary>σ(x) with the constants of <see cref="HoldForSigmoid"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V, T>(V x, V low, V high, V rounder, V one, V quartic, V leading)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        x = V.MaxNative(low, V.MinNative(high, x));
        V r = Reduce<V, T>(x, -1, rounder, out V power);
        return one / V.MultiplyAdd(one - ExpMinusOneReduced<V, T>(r, -1, quartic, leading), power, one);
    }

    /// <summary>tanh x = q/(2 − q), q = 1 − e^−2|x|, with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Tanh<V, T>(
            x, TanhLimit<V, T>(), BiasedRounder<V, T>(1), Constant<V, T>(1), Constant<V, T>(2), Quartic<V, T>(-2), Leading<V, T>(-2));

    /// <summary>tanh x with the constants of <see cref="HoldForTanh"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V, T>(V x, V limit, V rounder, V one, V two, V quartic, V leading)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // At the limit q is 1 to the last bit, and so is the result.
        V magnitude = V.MinNative(limit, V.Abs(x));
        // −2|x| = n·ln 2 − 2r, by one constant: what it lacks of ln 2 grows with −n, but its weight in the result falls as 2ⁿ.
        V shifted = V.MultiplyAdd(magnitude, Constant<V, T>(-2 * 1.4426950408889634), rounder);
        V r = V.MultiplyAdd(shifted - rounder, Constant<V, T>(0.5 * 0.6931471805599453), magnitude);
        V twoPower = V.ToExponentField(shifted);
        // q = 2ⁿ⁺¹·½(1 − e⁻²ʳ) + (1 − 2ⁿ).
        V rest = V.MultiplyAdd(twoPower, Constant<V, T>(-0.5), one);
        V q = V.MultiplyAdd(twoPower, ExpMinusOneReduced<V, T>(r, -2, quartic, leading), rest);
        return WithSign<V, T>(q / (two - q), x);
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
        V r = Reduce<V, T>(x, 1, BiasedRounder<V, T>(0), out V power);
        scale = V.AndNot(power, V.LessThan(x, SmallestExponent<V, T>()));
        return ExpMinusOneReduced<V, T>(r + correction, 1);
    }

    /// <summary>1.5·2²³ (2⁵²) + offset + the bias of the type's exponent, for <see cref="Reduce"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V BiasedRounder<V, T>(int offset)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Constant<V, T>(Rounder + 127 + offset, DoubleRounder + 1023 + offset);

    /// <summary>x·sign = n·ln 2 + r·sign with integral n and |r| ≤ ½ ln 2; and n + k moved to the exponent field.</summary>
    /// <remarks>Adding the rounder, 1.5·2²³ (2⁵²) + k, rounds to an integer and leaves n + k in the lowest bits of the sum.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce<V, T>(V x, int sign, V rounder, out V exponent)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V shifted = V.MultiplyAdd(x, Constant<V, T>(sign * 1.4426950408889634), rounder);
        exponent = V.ToExponentField(shifted);
        V n = shifted - rounder;
        // ln 2 is split so that n times its first part is exact, fused or not.
        V r = V.MultiplyAdd(n, Constant<V, T>(sign * -0.693359375f, sign * -6.93147180369123816490e-01), x);
        return V.MultiplyAdd(n, Constant<V, T>(sign * 2.12194440e-4f, sign * -1.90821492927058770002e-10), r);
    }

    /// <summary>(e^(k·r) − 1)/k = r + r²·k·P(k·r) for |k·r| ≤ ½ ln 2; k is 1, −1 or −2, which scale the coefficients exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpMinusOneReduced<V, T>(V r, int k)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ExpMinusOneReduced<V, T>(r, k, Quartic<V, T>(k), Leading<V, T>(k));

    /// <summary>The same with two of its coefficients given.</summary>
    /// <remarks>Pairs of terms are formed first and joined by powers of r² (Estrin): that chain is half as long as Horner's.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpMinusOneReduced<V, T>(V r, int k, V quartic, V leading)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double k2 = k * k, k3 = k2 * k, k4 = k2 * k2, k6 = k4 * k2, k8 = k4 * k4;
        V z = r * r, p;
        if (typeof(T) == typeof(float))
        {
            p = V.MultiplyAdd(r, Constant<V, T>(k4 * 0.008366547128), quartic);
            p = V.MultiplyAdd(z, Constant<V, T>(k4 * k * 0.001388251729), p);
            p = V.MultiplyAdd(p, z, V.MultiplyAdd(r, Constant<V, T>(k2 * 0.1666654342), leading));
        }
        else
        {
            p = V.MultiplyAdd(r, Constant<V, T>(k8 * k2 * 2.5053771253855628206e-8), Constant<V, T>(k8 * k * 2.7626092807412728752e-7));
            p = V.MultiplyAdd(
                p, z, V.MultiplyAdd(r, Constant<V, T>(k8 * 2.7557407698121216927e-6), Constant<V, T>(k6 * k * 0.000024801505142732235712)));
            p = V.MultiplyAdd(
                p, z, V.MultiplyAdd(r, Constant<V, T>(k6 * 0.00019841269718699966722), Constant<V, T>(k4 * k * 0.0013888888931667117508)));
            p = V.MultiplyAdd(p, z, V.MultiplyAdd(r, Constant<V, T>(k4 * 0.0083333333333897369327), quartic));
            p = V.MultiplyAdd(p, z, V.MultiplyAdd(r, Constant<V, T>(k2 * 0.16666666666666588964), leading));
        }
        return V.MultiplyAdd(z, p, r);
    }

    // The coefficients of r⁴ and r² in (e^(k·r) − 1)/k.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Quartic<V, T>(int k)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Constant<V, T>(k * k * k * 0.0416672007f, k * k * k * 0.041666666666576467676);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Leading<V, T>(int k)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Constant<V, T>(k * 0.4999999815f, k * 0.50000000000000052);

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
