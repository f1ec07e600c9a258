using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <content>Sine and cosine of a part of a turn, for the normal random numbers.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>sin 2πv and cos 2πv for v in [0, 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCosOfTurn<V, T>(V v, out V sine, out V cosine)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The quarter turn that is nearest, 0 … 4, and the rest in [−½, ½] quarter turns.
        V quarters = v * Constant<V, T>(4);
        V n = V.Round(quarters);
        V f = quarters - n;
        V z = f * f;
        V s, c;
        if (typeof(T) == typeof(float))
        {
            s = Constant<V, T>(-0.004601657887);
            s = V.MultiplyAdd(s, z, Constant<V, T>(0.07968003277));
            s = V.MultiplyAdd(s, z, Constant<V, T>(-0.6459634602));
            s = V.MultiplyAdd(s, z, Constant<V, T>(1.570796322)) * f;
            c = Constant<V, T>(0.0009033629786);
            c = V.MultiplyAdd(c, z, Constant<V, T>(-0.02085993603));
            c = V.MultiplyAdd(c, z, Constant<V, T>(0.2536691826));
            c = V.MultiplyAdd(c, z, Constant<V, T>(-1.23370054));
            c = V.MultiplyAdd(c, z, Constant<V, T>(1));
        }
        else
        {
            s = Constant<V, T>(5.6337210802364884577e-8);
            s = V.MultiplyAdd(s, z, Constant<V, T>(-3.5986417550490785267e-6));
            s = V.MultiplyAdd(s, z, Constant<V, T>(0.00016044115029184826349));
            s = V.MultiplyAdd(s, z, Constant<V, T>(-0.0046817541322824478619));
            s = V.MultiplyAdd(s, z, Constant<V, T>(0.079692626246039562398));
            s = V.MultiplyAdd(s, z, Constant<V, T>(-0.64596409750624424168));
            s = V.MultiplyAdd(s, z, Constant<V, T>(1.570796326794896614)) * f;
            c = Constant<V, T>(-6.3205573454586173931e-9);
            c = V.MultiplyAdd(c, z, Constant<V, T>(4.7106035814170986612e-7));
            c = V.MultiplyAdd(c, z, Constant<V, T>(-0.000025202036558215159893));
            c = V.MultiplyAdd(c, z, Constant<V, T>(0.00091926027414677238706));
            c = V.MultiplyAdd(c, z, Constant<V, T>(-0.020863480763308003513));
            c = V.MultiplyAdd(c, z, Constant<V, T>(0.25366950790104657438));
            c = V.MultiplyAdd(c, z, Constant<V, T>(-1.2337005501361698097));
            c = V.MultiplyAdd(c, z, Constant<V, T>(1));
        }
        V one = Constant<V, T>(1), two = Constant<V, T>(2), three = Constant<V, T>(3), minus = Constant<V, T>(-0d);
        V odd = V.Or(V.EqualTo(n, one), V.EqualTo(n, three));
        V cosineNegative = V.Or(V.EqualTo(n, one), V.EqualTo(n, two));
        V sineNegative = V.Or(V.EqualTo(n, two), V.EqualTo(n, three));
        sine = V.Xor(V.Select(odd, c, s), V.And(sineNegative, minus));
        cosine = V.Xor(V.Select(odd, s, c), V.And(cosineNegative, minus));
    }
}
