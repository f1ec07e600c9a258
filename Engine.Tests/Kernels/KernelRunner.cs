using System.Numerics;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>Runs kernels on managed arrays that lie unaligned between guards, and checks that the guards stay as they were.</summary>
internal static unsafe class KernelRunner
{
    private const int Guard = 67;

    /// <summary>Every register width, as bits; each runs on every machine.</summary>
    public static readonly int[] Widths = [512, 256, 128, 0];

    /// <summary>Lengths around the edges of registers of every width and the unrolled multiples of them.</summary>
    public static IEnumerable<int> Lengths => Enumerable.Range(0, 3 * 16 + 2).Concat([63, 64, 65, 127, 128, 129, 255, 1000]);

    public static T[] Random<T>(int length, double low, double high, int seed = 1)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var values = new T[length];
        for (int i = 0; i < length; i++) values[i] = T.CreateTruncating(low + (high - low) * random.NextDouble());
        return values;
    }

    public static T[] Unary<K, T>(K kernel, T[] x)
        where K : struct, IUnaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] input = Guarded(x, T.NaN);
        T[] output = Guarded(new T[x.Length], T.NaN);
        fixed (T* source = input, result = output) Elementwise.Unary(kernel, source + Guard, result + Guard, x.Length);
        return Inside(output, x.Length);
    }

    public static T[] Binary<K, T>(K kernel, T[] a, T[] b)
        where K : struct, IBinaryKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int length = Math.Max(a.Length, b.Length);
        T[] left = Guarded(a, T.NaN), right = Guarded(b, T.NaN), output = Guarded(new T[length], T.NaN);
        fixed (T* x = left, z = right, y = output)
        {
            Elementwise.Binary(kernel, x + Guard, a.Length != length, z + Guard, b.Length != length, y + Guard, length);
        }
        return Inside(output, length);
    }

    public static T[] Reduce<R, T>(R kernel, T[] x, int outer, int axis, int inner)
        where R : struct, IReductionKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] input = Guarded(x, T.NaN), output = Guarded(new T[outer * inner], T.NaN);
        fixed (T* source = input, result = output) Reduction.Run(kernel, source + Guard, result + Guard, outer, axis, inner);
        return Inside(output, outer * inner);
    }

    public static T[] Guarded<T>(T[] values, T poison)
    {
        var buffer = new T[values.Length + 2 * Guard];
        Array.Fill(buffer, poison);
        values.CopyTo(buffer, Guard);
        return buffer;
    }

    public static T[] Inside<T>(T[] guarded, int length)
        where T : IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < guarded.Length; i++)
        {
            bool guard = i < Guard || i >= Guard + length;
            if (guard && !T.IsNaN(guarded[i])) Assert.Fail($"guard {i - Guard} of {length} was overwritten");
        }
        return guarded[Guard..(Guard + length)];
    }

    /// <summary>The distance of two numbers of one type in units of the last place; 0 for two NaN.</summary>
    public static double UlpsApart<T>(T actual, T expected)
        where T : IBinaryFloatingPointIeee754<T>
    {
        if (T.IsNaN(actual) || T.IsNaN(expected)) return T.IsNaN(actual) && T.IsNaN(expected) ? 0 : double.PositiveInfinity;
        if (actual == expected) return 0;
        if (T.IsInfinity(actual) || T.IsInfinity(expected)) return double.PositiveInfinity;
        T spacing = T.BitIncrement(T.Abs(expected)) - T.Abs(expected);
        return double.CreateTruncating(T.Abs(actual - expected) / spacing);
    }
}
