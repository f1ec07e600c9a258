using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <content>The normal distribution's functions, erf and GELU, and the activations built on the logistic function.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>erf x = 2/√π ∫₀ˣ e^−t² dt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1);
        V magnitude = V.Abs(x);
        V outer = one - Constant<V, T>(2) * NormalTail<V, T>(magnitude * Constant<V, T>(1.4142135623730951), out _);
        V inner = magnitude * ErfSeries<V, T>(x * x);
        return WithSign<V, T>(V.Select(V.LessThan(magnitude, one), inner, outer), x);
    }

    /// <summary>GELU, x·Φ(x) = ½x(1 + erf(x/√2)): Hendrycks and Gimpel 2016. Its relative error holds in the negative tail too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gelu<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V tail = NormalTail<V, T>(V.Abs(x), out _);
        V cumulative = V.Select(V.GreaterThan(x, V.Zero), Constant<V, T>(1) - tail, tail);
        // −∞·0 is NaN, the limit is 0.
        return V.AndNot(x * cumulative, V.LessThan(x, Constant<V, T>(-40)));
    }

    /// <summary>GELU's derivative, Φ(x) + x·φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluDerivative<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V tail = NormalTail<V, T>(V.Abs(x), out V bell);
        V cumulative = V.Select(V.GreaterThan(x, V.Zero), Constant<V, T>(1) - tail, tail);
        V far = V.GreaterThan(V.Abs(x), Constant<V, T>(40));
        return cumulative + V.AndNot(x * (bell * Constant<V, T>(0.3989422804014327)), far);
    }

    /// <summary>GELU's approximation ½x(1 + tanh u) = x·σ(2u), u = √(2/π)·(x + 0.044715 x³).</summary>
    /// <remarks>The relative error in the negative tail grows with 2|u|, as that of every e⁻²ᵘ of a rounded u.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluTanh<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.AndNot(x * Sigmoid<V, T>(GeluTanhArgument<V, T>(x)), V.LessThan(x, Constant<V, T>(-40)));

    /// <summary>The derivative of <see cref="GeluTanh"/>: σ(2u)·(1 + x·(1 − σ(2u))·2u′).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluTanhDerivative<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1);
        // Beyond ±40 the function is 0 or x to the last bit; the limit keeps ∞·0 out.
        V limit = Constant<V, T>(40);
        V near = V.Select(V.GreaterThan(V.Abs(x), limit), WithSign<V, T>(limit, x), x);
        V sigmoid = Sigmoid<V, T>(GeluTanhArgument<V, T>(near));
        V slope = V.MultiplyAdd(near * near, Constant<V, T>(3 * 0.044715 * 1.5957691216057308), Constant<V, T>(1.5957691216057308));
        return sigmoid * V.MultiplyAdd(near * slope, one - sigmoid, one);
    }

    /// <summary>SiLU (swish), x·σ(x): Elfwing et al. 2018.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Silu<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        V.AndNot(x * Sigmoid<V, T>(x), V.LessThan(x, Constant<V, T>(-1e4)));

    /// <summary>The derivative of SiLU, σ(x)·(1 + x·(1 − σ(x))).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V SiluDerivative<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V one = Constant<V, T>(1), limit = Constant<V, T>(1e4);
        V near = V.Select(V.GreaterThan(V.Abs(x), limit), WithSign<V, T>(limit, x), x);
        V sigmoid = Sigmoid<V, T>(near);
        return sigmoid * V.MultiplyAdd(near, one - sigmoid, one);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V GeluTanhArgument<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        x * V.MultiplyAdd(x * x, Constant<V, T>(0.044715 * 1.5957691216057308), Constant<V, T>(1.5957691216057308));

    /// <summary>1 − Φ(z) = ½ erfc(z/√2) for z ≥ 0, relatively accurate to where it vanishes, and the bell e^−z²/2.</summary>
    /// <remarks>e^−z²/2 · P(t)/(z + k) with t = (z − k)/(z + k), which is in [−1, 1): Shepherd and Laframboise 1981. A small k keeps
    /// rounding errors of t small in effect near 0, a large one needs fewer terms.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V NormalTail<V, T>(V z, out V bell)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V limit = Constant<V, T>(14.5f, 39d), k = Constant<V, T>(1.5f, 4d);
        z = V.Select(V.GreaterThan(z, limit), limit, z);
        // z² is rounded, and exp would multiply that error by z²/2: so its head, whose square is exact, and the rest are taken apart.
        V head = V.And(z, typeof(T) == typeof(float)
            ? Constant<V, T>(BitConverter.UInt32BitsToSingle(0xFFFFF000), 0)
            : Constant<V, T>(0, BitConverter.UInt64BitsToDouble(0xFFFFFFFFF8000000)));
        V minusHalf = Constant<V, T>(-0.5);
        V e = ExpMinusOneOfNegative<V, T>(head * head * minusHalf, (z - head) * (z + head) * minusHalf, out V scale);
        bell = (Constant<V, T>(1) + e) * scale;
        V sum = z + k, u = Constant<V, T>(1) / sum;
        V ratio = TailPolynomial<V, T>((sum - (k + k)) * u) * u;
        // That was the ratio r at sum − k, which is exact, in place of z. Its derivative, z·r − 1/√(2π), takes it to z.
        V slope = V.MultiplyAdd(z, ratio, Constant<V, T>(-0.3989422804014327));
        ratio = V.MultiplyAdd(z - (sum - k), slope, ratio);
        // r·(1 + e), rounded once.
        return V.MultiplyAdd(ratio, e, ratio) * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V TailPolynomial<V, T>(V t)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V p;
        if (typeof(T) == typeof(float))
        {
            p = Constant<V, T>(-8.252669431e-06);
            p = V.MultiplyAdd(p, t, Constant<V, T>(0.0001407731907));
            p = V.MultiplyAdd(p, t, Constant<V, T>(0.0004767977807));
            p = V.MultiplyAdd(p, t, Constant<V, T>(0.0002699508332));
            p = V.MultiplyAdd(p, t, Constant<V, T>(-0.001044220175));
            p = V.MultiplyAdd(p, t, Constant<V, T>(-0.002723580459));
            p = V.MultiplyAdd(p, t, Constant<V, T>(-0.00243653683));
            p = V.MultiplyAdd(p, t, Constant<V, T>(0.003992013168));
            p = V.MultiplyAdd(p, t, Constant<V, T>(0.01764157042));
            p = V.MultiplyAdd(p, t, Constant<V, T>(0.01789604872));
            p = V.MultiplyAdd(p, t, Constant<V, T>(-0.05749560148));
            p = V.MultiplyAdd(p, t, Constant<V, T>(-0.1950994581));
            return V.MultiplyAdd(p, t, Constant<V, T>(0.6173419952));
        }
        p = Constant<V, T>(-1.1966080399259783588e-9);
        p = V.MultiplyAdd(p, t, Constant<V, T>(-3.3912701981623761943e-10));
        p = V.MultiplyAdd(p, t, Constant<V, T>(1.4619292675329603971e-8));
        p = V.MultiplyAdd(p, t, Constant<V, T>(1.6069562930819022165e-8));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-7.7210899701772028939e-8));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-1.5659260417390359612e-7));
        p = V.MultiplyAdd(p, t, Constant<V, T>(2.6415505369252500298e-7));
        p = V.MultiplyAdd(p, t, Constant<V, T>(1.0218576504867724682e-6));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-6.2522876929319673361e-7));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-5.9200115053834820601e-6));
        p = V.MultiplyAdd(p, t, Constant<V, T>(7.1497567086833244158e-7));
        p = V.MultiplyAdd(p, t, Constant<V, T>(0.000035144569751528910696));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-1.9078440167429886303e-6));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-0.00023109490373255359691));
        p = V.MultiplyAdd(p, t, Constant<V, T>(0.00013334424853177286701));
        p = V.MultiplyAdd(p, t, Constant<V, T>(0.0016308184532817762808));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-0.0034796923616077000608));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-0.0075401889664352735065));
        p = V.MultiplyAdd(p, t, Constant<V, T>(0.060396574890666314511));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-0.18652185795966541677));
        p = V.MultiplyAdd(p, t, Constant<V, T>(0.3871374007422194762));
        p = V.MultiplyAdd(p, t, Constant<V, T>(-0.60789664197189204901));
        return V.MultiplyAdd(p, t, Constant<V, T>(0.7552851304157514784));
    }

    /// <summary>erf(x)/x as a polynomial of x², for |x| ≤ 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ErfSeries<V, T>(V square)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        V p;
        if (typeof(T) == typeof(float))
        {
            p = Constant<V, T>(7.853534942e-5);
            p = V.MultiplyAdd(p, square, Constant<V, T>(-0.0008010103238));
            p = V.MultiplyAdd(p, square, Constant<V, T>(0.005188318362));
            p = V.MultiplyAdd(p, square, Constant<V, T>(-0.02685380753));
            p = V.MultiplyAdd(p, square, Constant<V, T>(0.1128358506));
            p = V.MultiplyAdd(p, square, Constant<V, T>(-0.3761262582));
            return V.MultiplyAdd(p, square, Constant<V, T>(1.128379166));
        }
        p = Constant<V, T>(-7.7791179893839329604e-10);
        p = V.MultiplyAdd(p, square, Constant<V, T>(1.3710795423683558056e-8));
        p = V.MultiplyAdd(p, square, Constant<V, T>(-1.6206271683497545045e-7));
        p = V.MultiplyAdd(p, square, Constant<V, T>(1.6447126174491221174e-6));
        p = V.MultiplyAdd(p, square, Constant<V, T>(-0.000014924711873260245802));
        p = V.MultiplyAdd(p, square, Constant<V, T>(0.00012055293555085323526));
        p = V.MultiplyAdd(p, square, Constant<V, T>(-0.00085483259286042836691));
        p = V.MultiplyAdd(p, square, Constant<V, T>(0.005223977606104127093));
        p = V.MultiplyAdd(p, square, Constant<V, T>(-0.026866170643109786896));
        p = V.MultiplyAdd(p, square, Constant<V, T>(0.11283791670944174709));
        p = V.MultiplyAdd(p, square, Constant<V, T>(-0.37612638903183519309));
        return V.MultiplyAdd(p, square, Constant<V, T>(1.1283791670955125656));
    }
}
