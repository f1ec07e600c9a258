using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Running sums along the middle axis of an array seen as [outer, axis, inner].</summary>
internal static unsafe class ReductionCumulative
{
    private const int Together = 64;

    /// <summary>y[o, a, i] = Σ x[o, k, i] over k ≤ a, or over k ≥ a where <paramref name="reverse"/>: its own adjoint.</summary>
    /// <remarks>Float32 is accumulated in Float64, so a running sum of millions of terms is right to the last bit or two.</remarks>
    public static void Sum<T>(T* x, T* y, nint outer, nint axis, nint inner, bool reverse)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float)) Run<T, double>(x, y, outer, axis, inner, reverse);
        else Run<T, T>(x, y, outer, axis, inner, reverse);
    }

    private static void Run<T, TTotal>(T* x, T* y, nint outer, nint axis, nint inner, bool reverse)
        where T : unmanaged, INumber<T>
        where TTotal : unmanaged, INumber<TTotal>
    {
        nint strips = (inner + Together - 1) / Together;
        nint chunk = Math.Max(1, ElementwiseChunks.Size / Math.Max(1, axis * Math.Min(inner, Together)));
        ElementwiseChunks.Run(new Job<T, TTotal>(x, y, axis, inner, strips, reverse), outer * strips, chunk);
    }

    private readonly struct Job<T, TTotal>(T* x, T* y, nint axis, nint inner, nint strips, bool reverse) : IRangeJob
        where T : unmanaged, INumber<T>
        where TTotal : unmanaged, INumber<TTotal>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(nint start, nint end)
        {
            TTotal* totals = stackalloc TTotal[Together];
            for (nint strip = start; strip < end; strip++)
            {
                (nint block, nint part) = Math.DivRem(strip, strips);
                nint column = part * Together, columns = Math.Min(Together, inner - column);
                if (inner == 1)
                {
                    Row(x + block * axis, y + block * axis);
                    continue;
                }
                new Span<TTotal>(totals, Together).Clear();
                for (nint step = 0; step < axis; step++)
                {
                    nint row = reverse ? axis - 1 - step : step;
                    nint offset = (block * axis + row) * inner + column;
                    for (nint j = 0; j < columns; j++)
                    {
                        totals[j] += TTotal.CreateTruncating(x[offset + j]);
                        y[offset + j] = T.CreateTruncating(totals[j]);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Row(T* source, T* result)
        {
            TTotal total = TTotal.Zero;
            nint step = reverse ? -1 : 1, i = reverse ? axis - 1 : 0;
            for (nint count = axis; count > 0; count--, i += step)
            {
                total += TTotal.CreateTruncating(source[i]);
                result[i] = T.CreateTruncating(total);
            }
        }
    }
}
