using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A function of one operand, on registers of any width; parameters are fields of the structure.</summary>
internal interface IUnaryKernel
{
    /// <summary>The function, lane by lane.</summary>
    V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Whether one thread takes longer to compute a number than memory takes to deliver it.</summary>
    static virtual bool ComputesLong => false;

    /// <summary>Constants that <see cref="ApplyHeld"/> wants the loop to keep in registers.</summary>
    static virtual Held<V> Hold<V, T>()
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => default;

    /// <summary>The function, given what <see cref="Hold"/> returned.</summary>
    static virtual V ApplyHeld<K, V, T>(K kernel, V x, V a, V b, V c, V d, V e, V f)
        where K : struct, IUnaryKernel
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kernel.Apply<V, T>(x);
}

/// <summary>A function of two operands, on registers of any width.</summary>
internal interface IBinaryKernel
{
    /// <summary>The function, lane by lane.</summary>
    V Apply<V, T>(V a, V b)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A function of three operands, on registers of any width.</summary>
internal interface ITernaryKernel
{
    /// <summary>The function, lane by lane.</summary>
    V Apply<V, T>(V a, V b, V c)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
