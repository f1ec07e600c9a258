using System.Numerics;
using System.Numerics.Tensors;
using Engine.Kernels;

namespace Engine;

/// <summary>A piece of work for a floating-point type that is known only at run time.</summary>
internal interface IFloatWork
{
    /// <summary>The work, in one type.</summary>
    void Run<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>The only place where a runtime <see cref="DType"/> becomes a compile-time type.</summary>
internal static unsafe partial class Dispatch
{
    /// <summary>Runs work in float or double.</summary>
    public static void Float<TWork>(DType dtype, TWork work)
        where TWork : struct, IFloatWork
    {
        if (dtype == DType.Float32) work.Run<float>();
        else work.Run<double>();
    }

    /// <summary>y[i] = kernel(x[i]), floating point only.</summary>
    public static Tensor Unary<K>(string operation, Tensor x, K kernel = default)
        where K : struct, IUnaryKernel
    {
        Fail.UnlessFloat(operation, x);
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        if (x.DType == DType.Float32) Run<float>();
        else Run<double>();
        return y;

        void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* source = x.Data<T>(), target = y.Data<T>()) Elementwise.Unary(kernel, source, target, x.Length);
        }
    }

    /// <summary>y = kernel(a, b) with broadcasting, floating point only.</summary>
    public static Tensor Binary<K>(string operation, Tensor a, Tensor b, K kernel = default)
        where K : struct, IBinaryKernel
    {
        Fail.UnlessFloat(operation, a);
        if (a.DType != b.DType) throw Fail.Mismatch(operation, a.DType, b.DType);
        Tensor y = Tensor.Empty(BroadcastShape(operation, a.Shape, b.Shape), a.DType);
        if (a.DType == DType.Float32) Run<float>();
        else Run<double>();
        return y;

        void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* left = a.Data<T>(), right = b.Data<T>(), target = y.Data<T>())
            {
                if (a.Shape == b.Shape) Elementwise.Binary(kernel, left, false, right, false, target, y.Length);
                else Elementwise.Binary(kernel, left, right, target, Broadcasting.Of(y.Shape.AsSpan(), a.Shape.AsSpan(), b.Shape.AsSpan()));
            }
        }
    }

    /// <summary>y = kernel(a, b) with broadcasting, of any type but Bool.</summary>
    public static Tensor Binary<K, KInteger>(string operation, Tensor a, Tensor b)
        where K : struct, IBinaryKernel
        where KInteger : struct, IIntegerKernel
    {
        if (a.DType != b.DType) throw Fail.Mismatch(operation, a.DType, b.DType);
        if (a.DType.IsFloatingPoint()) return Binary<K>(operation, a, b);
        Tensor y = Tensor.Empty(BroadcastShape(operation, a.Shape, b.Shape), a.DType);
        switch (a.DType)
        {
            case DType.Int32: Run<int>(); break;
            case DType.Int64: Run<long>(); break;
            case DType.UInt8: Run<byte>(); break;
            default: throw Fail.DType(operation, "tensors of type Bool", "convert them with Cast to a number type first");
        }
        return y;

        void Run<T>()
            where T : unmanaged, IBinaryInteger<T>
        {
            fixed (T* left = a.Data<T>(), right = b.Data<T>(), target = y.Data<T>())
                ElementwiseInteger.Binary<KInteger, T>(left, right, target, Broadcasting.Of(y.Shape.AsSpan(), a.Shape.AsSpan(), b.Shape.AsSpan()));
        }
    }

    /// <summary>y = relation(a, b) with broadcasting, as Bool, for any type.</summary>
    public static Tensor Compare<R>(string operation, Tensor a, Tensor b)
        where R : struct, IRelation
    {
        if (a.DType != b.DType) throw Fail.Mismatch(operation, a.DType, b.DType);
        Tensor y = Tensor.Empty(BroadcastShape(operation, a.Shape, b.Shape), DType.Bool);
        switch (a.DType)
        {
            case DType.Float32: Run<float>(); break;
            case DType.Float64: Run<double>(); break;
            case DType.Int32: Run<int>(); break;
            case DType.Int64: Run<long>(); break;
            default: Run<byte>(); break;
        }
        return y;

        void Run<T>()
            where T : unmanaged, INumber<T>
        {
            fixed (byte* target = y.Bytes())
            fixed (byte* left = a.Bytes(), right = b.Bytes())
                ElementwiseCompare.Compare<R, T>((T*)left, (T*)right, target, Broadcasting.Of(y.Shape.AsSpan(), a.Shape.AsSpan(), b.Shape.AsSpan()));
        }
    }

    /// <summary>The shape that two shapes broadcast to under NumPy's rules.</summary>
    public static Shape BroadcastShape(string operation, Shape a, Shape b)
    {
        if (a == b) return a;
        int rank = Math.Max(a.Rank, b.Rank);
        Span<int> lengths = stackalloc int[Shape.MaxRank];
        for (int fromEnd = 1; fromEnd <= rank; fromEnd++)
        {
            int left = fromEnd <= a.Rank ? a[^fromEnd] : 1;
            int right = fromEnd <= b.Rank ? b[^fromEnd] : 1;
            if (left != right && left != 1 && right != 1)
                throw Fail.Shape(operation, $"shapes {a} and {b} do not broadcast: axis {-fromEnd} has {left} and {right} positions", "make the lengths equal, or one of them 1, counting axes from the last");
            lengths[rank - fromEnd] = left == 1 ? right : left;
        }
        return Shape.Create(lengths[..rank]);
    }

    /// <summary>Converts every element; Bool counts as a byte of 0 or 1.</summary>
    public static void Convert<TFrom>(Tensor x, Tensor y)
        where TFrom : unmanaged, INumber<TFrom>
    {
        ReadOnlySpan<TFrom> source = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, TFrom>(x.Bytes());
        switch (y.DType)
        {
            case DType.Float32: TensorPrimitives.ConvertSaturating(source, y.Data<float>()); break;
            case DType.Float64: TensorPrimitives.ConvertSaturating(source, y.Data<double>()); break;
            case DType.Int32: TensorPrimitives.ConvertSaturating(source, y.Data<int>()); break;
            case DType.Int64: TensorPrimitives.ConvertSaturating(source, y.Data<long>()); break;
            case DType.UInt8: TensorPrimitives.ConvertSaturating(source, y.Data<byte>()); break;
            default:
                Span<bool> target = y.Data<bool>();
                for (int i = 0; i < target.Length; i++) target[i] = source[i] != TFrom.Zero;
                break;
        }
    }
}
