using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A function of one or two numbers of a row and two numbers that belong to the whole row.</summary>
internal interface IRowKernel
{
    /// <summary>The function, lane by lane; <paramref name="z"/> is 0 where there is no second operand.</summary>
    V Apply<V, T>(V x, V z, V first, V second)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>x·first.</summary>
internal readonly struct ScaleKernel : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x, V z, V first, V second)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x * first;
}

/// <summary>(x − first) − second: the two are kept apart, because their sum could not hold a small second beside a large first.</summary>
internal readonly struct ShiftTwiceKernel : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x, V z, V first, V second)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x - first - second;
}

/// <summary>y·(dy − first).</summary>
internal readonly struct SoftmaxGradientKernel : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x, V z, V first, V second)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x * (z - first);
}

/// <summary>dy − eʸ·first.</summary>
internal readonly struct LogSoftmaxGradientKernel : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x, V z, V first, V second)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => z - VectorMath.ExpOfNegative<V, T>(x) * first;
}

/// <summary>Loops over one row.</summary>
internal static unsafe class Rows<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y[j] = kernel(x[j], z[j], first, second); z may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<K>(T* x, T* z, T* y, nint columns, T first, T second, K kernel)
        where K : struct, IRowKernel
    {
        V one = V.Create(first), two = V.Create(second);
        nint j = 0;
        for (nint last = columns - V.Count; j <= last; j += V.Count)
        {
            V.Store(kernel.Apply<V, T>(V.Load(x + j), z == null ? V.Zero : V.Load(z + j), one, two), y + j);
        }
        nint rest = columns - j;
        if (rest == 0) return;
        V zPart = z == null ? V.Zero : Elementwise.LoadPart<V, T>(z + j, rest, T.Zero);
        Elementwise.StorePart(kernel.Apply<V, T>(Elementwise.LoadPart<V, T>(x + j, rest, T.Zero), zPart, one, two), y + j, rest);
    }

    /// <summary>Σⱼ x[j]·z[j], by halves once it is longer than a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot(T* x, T* z, nint columns)
    {
        nint block = 64 * V.Count;
        if (columns > block)
        {
            nint half = block;
            while (2 * half < columns) half *= 2;
            return Dot(x, z, half) + Dot(x + half, z + half, columns - half);
        }
        V a = V.Zero, b = V.Zero;
        nint j = 0;
        for (nint last = columns - 2 * V.Count; j <= last; j += 2 * V.Count)
        {
            a = V.MultiplyAdd(V.Load(x + j), V.Load(z + j), a);
            b = V.MultiplyAdd(V.Load(x + j + V.Count), V.Load(z + j + V.Count), b);
        }
        for (nint last = columns - V.Count; j <= last; j += V.Count) a = V.MultiplyAdd(V.Load(x + j), V.Load(z + j), a);
        nint rest = columns - j;
        if (rest > 0)
        {
            V xPart = Elementwise.LoadPart<V, T>(x + j, rest, T.Zero), zPart = Elementwise.LoadPart<V, T>(z + j, rest, T.Zero);
            b = V.MultiplyAdd(xPart, zPart, b);
        }
        return V.Sum(a + b);
    }
}
