using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <summary>The reductions that integers have too.</summary>
internal enum IntegerReduction
{
    /// <summary>Σx.</summary>
    Sum,

    /// <summary>Πx.</summary>
    Product,

    /// <summary>The largest.</summary>
    Max,

    /// <summary>The smallest.</summary>
    Min,
}

/// <content>Reductions over the middle of [outer, axis, inner].</content>
internal static unsafe partial class Dispatch
{
    /// <summary>y[o, i] = reduction of x[o, :, i].</summary>
    public static void Reduce<R>(IntegerReduction integer, Tensor x, Tensor y, int outer, int axis, int inner)
        where R : struct, IReductionKernel
    {
        if (y.Length == 0) return;
        switch (x.DType)
        {
            case DType.Float32: Floating<float>(); break;
            case DType.Float64: Floating<double>(); break;
            case DType.Int32: Integers<int>(); break;
            case DType.Int64: Integers<long>(); break;
            default: Integers<byte>(); break;
        }

        void Floating<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* source = x.Data<T>(), target = y.Data<T>()) Reduction.Run(default(R), source, target, outer, axis, inner);
        }

        void Integers<T>()
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            fixed (T* source = x.Data<T>(), target = y.Data<T>())
            {
                switch (integer)
                {
                    case IntegerReduction.Sum: ReductionInteger.Sum(source, target, outer, axis, inner); break;
                    case IntegerReduction.Product: ReductionInteger.Product(source, target, outer, axis, inner); break;
                    case IntegerReduction.Max: ReductionInteger.Max(source, target, outer, axis, inner); break;
                    default: ReductionInteger.Min(source, target, outer, axis, inner); break;
                }
            }
        }
    }

    /// <summary>y[o, i] = place of the extreme of x[o, :, i].</summary>
    public static void ArgReduce(bool largest, Tensor x, Tensor y, int outer, int axis, int inner)
    {
        if (y.Length == 0) return;
        switch (x.DType)
        {
            case DType.Float32: Run<float>(); break;
            case DType.Float64: Run<double>(); break;
            case DType.Int32: Run<int>(); break;
            case DType.Int64: Run<long>(); break;
            default: Run<byte>(); break;
        }

        void Run<T>()
            where T : unmanaged, INumber<T>
        {
            fixed (T* source = x.Data<T>())
            fixed (int* target = y.Data<int>())
            {
                if (largest) ReductionArg.Max(source, target, outer, axis, inner);
                else ReductionArg.Min(source, target, outer, axis, inner);
            }
        }
    }

    /// <summary>Running sums along the middle axis.</summary>
    public static void CumulativeSum(Tensor x, Tensor y, int outer, int axis, int inner, bool reverse)
    {
        if (y.Length == 0) return;
        if (x.DType == DType.Float32) Run<float>();
        else Run<double>();

        void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* source = x.Data<T>(), target = y.Data<T>()) ReductionCumulative.Sum(source, target, outer, axis, inner, reverse);
        }
    }
}
