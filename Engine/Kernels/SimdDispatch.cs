using System.Numerics;

namespace Engine.Kernels;

/// <summary>A piece of work written once for every register width.</summary>
internal interface ISimdBody<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Does the work in registers of this width.</summary>
    void Run<V>()
        where V : struct, ISimd<V, T>;
}

/// <summary>Turns <see cref="SimdWidth.Current"/> into a register type: the one switch for all loops over plain memory.</summary>
internal static class SimdDispatch
{
    /// <summary>Runs the body in the current width.</summary>
    public static void Run<TBody, T>(TBody body)
        where TBody : struct, ISimdBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (SimdWidth.Current)
        {
            case 512: body.Run<Simd512<T>>(); break;
            case 256: body.Run<Simd256<T>>(); break;
            case 128: body.Run<Simd128<T>>(); break;
            default: body.Run<SimdScalar<T>>(); break;
        }
    }
}
