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
