using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Moves and scales each column of [samples, rows, columns] by numbers of its own: the second pass of normalisations.</summary>
internal static unsafe class ColumnNormalization
{
    /// <summary>Numbers for each column of a sample: mean, scale, shift, slope, each an array [columns].</summary>
    public const int Parameters = 4;

    /// <summary>Numbers of scratch memory that either function needs.</summary>
    public static nint ScratchLength(in ColumnLayout layout) => layout.Fold == 1 ? 0 : layout.Samples * Parameters * layout.Width;

    /// <summary>y = (x − mean)·scale + shift.</summary>
    public static void Forward<T>(in ColumnLayout layout, T* x, T* parameters, T* y, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(layout, x, null, parameters, y, scratch);

    /// <summary>dx = dy·scale + (x − mean)·slope + shift.</summary>
    public static void Gradient<T>(in ColumnLayout layout, T* x, T* dy, T* parameters, T* dx, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(layout, x, dy, parameters, dx, scratch);

    private static void Run<T>(in ColumnLayout layout, T* x, T* dy, T* parameters, T* result, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* wide = layout.Fold == 1 ? parameters : scratch;
        if (layout.Fold > 1) layout.Widen(parameters, wide, layout.Samples * Parameters);
        layout.Run<Body<T>, T>(new Body<T>(layout, x, dy, wide, result), rest: true);
    }

    private readonly struct Body<T>(ColumnLayout layout, T* x, T* dy, T* parameters, T* result) : IColumnBody<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint sample, nint chunk, nint firstColumn, nint endColumn, nint firstRow, nint endRow)
            where V : struct, ISimd<V, T>
        {
            nint width = layout.Width;
            T* mean = parameters + sample * Parameters * width;
            for (nint row = firstRow; row < endRow; row++)
            {
                nint start = sample * layout.SampleLength + row * width;
                nint end = row < layout.WideRows ? endColumn : Math.Min(endColumn, layout.Rest * layout.Columns);
                if (firstColumn < end) Row<V>(start, firstColumn, end, mean, width);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Row<V>(nint start, nint column, nint end, T* mean, nint width)
            where V : struct, ISimd<V, T>
        {
            T* source = x + start, target = result + start, scale = mean + width, shift = scale + width;
            nint last = end - V.Count;
            if (dy == null)
            {
                for (; column <= last; column += V.Count)
                {
                    V centered = V.Load(source + column) - V.Load(mean + column);
                    V.Store(V.MultiplyAdd(centered, V.Load(scale + column), V.Load(shift + column)), target + column);
                }
            }
            else
            {
                T* gradient = dy + start, slope = shift + width;
                for (; column <= last; column += V.Count)
                {
                    V centered = V.Load(source + column) - V.Load(mean + column);
                    V passed = V.MultiplyAdd(V.Load(gradient + column), V.Load(scale + column), V.Load(shift + column));
                    V.Store(V.MultiplyAdd(centered, V.Load(slope + column), passed), target + column);
                }
            }
            if (column < end) Row<SimdScalar<T>>(start, column, end, mean, width);
        }
    }
}

/// <summary>1/√(variance + ε). A variance is 0 or more; rounding may have left that of equal values a little below.</summary>
internal readonly struct InverseDeviationKernel(double epsilon) : IUnaryKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, T>(V x)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorMath.Constant<V, T>(1) / V.Sqrt(V.Max(x, V.Zero) + VectorMath.Constant<V, T>(epsilon));
}
