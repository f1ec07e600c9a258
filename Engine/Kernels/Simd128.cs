using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>A 128-bit register.</summary>
internal unsafe struct Simd128<T>(Vector128<T> value) : ISimd<Simd128<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Vector128<T> value = value;

    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector128<T>.Count; }

    public static Simd128<T> Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => new(Vector128<T>.Zero); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Create(T value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Load(T* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Simd128<T> value, T* destination) => value.value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreStreaming(Simd128<T> value, T* destination) => value.value.StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> operator +(Simd128<T> left, Simd128<T> right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> operator -(Simd128<T> left, Simd128<T> right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> operator *(Simd128<T> left, Simd128<T> right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> operator /(Simd128<T> left, Simd128<T> right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> MultiplyAdd(Simd128<T> a, Simd128<T> b, Simd128<T> c) => typeof(T) == typeof(float)
        ? new(Vector128.MultiplyAddEstimate(a.value.AsSingle(), b.value.AsSingle(), c.value.AsSingle()).As<float, T>())
        : new(Vector128.MultiplyAddEstimate(a.value.AsDouble(), b.value.AsDouble(), c.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref Simd128<T> sum, Simd128<T> left, Simd128<T> right)
    {
        if (typeof(T) == typeof(float)) sum.value = Vector128.MultiplyAddEstimate(left.value.AsSingle(), right.value.AsSingle(), sum.value.AsSingle()).As<float, T>();
        else sum.value = Vector128.MultiplyAddEstimate(left.value.AsDouble(), right.value.AsDouble(), sum.value.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Max(Simd128<T> left, Simd128<T> right) => new(Vector128.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Min(Simd128<T> left, Simd128<T> right) => new(Vector128.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> MaxNative(Simd128<T> left, Simd128<T> right) => new(Vector128.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> MinNative(Simd128<T> left, Simd128<T> right) => new(Vector128.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Sqrt(Simd128<T> value) => new(Vector128.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Abs(Simd128<T> value) => new(Vector128.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Floor(Simd128<T> value) => typeof(T) == typeof(float)
        ? new(Vector128.Floor(value.value.AsSingle()).As<float, T>())
        : new(Vector128.Floor(value.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Round(Simd128<T> value) => typeof(T) == typeof(float)
        ? new(Vector128.Round(value.value.AsSingle()).As<float, T>())
        : new(Vector128.Round(value.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> GreaterThan(Simd128<T> left, Simd128<T> right) => new(Vector128.GreaterThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> GreaterThanOrEqual(Simd128<T> left, Simd128<T> right) => new(Vector128.GreaterThanOrEqual(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> LessThan(Simd128<T> left, Simd128<T> right) => new(Vector128.LessThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> EqualTo(Simd128<T> left, Simd128<T> right) => new(Vector128.Equals(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Select(Simd128<T> mask, Simd128<T> whenSet, Simd128<T> whenClear) => typeof(T) == typeof(float)
        // One instruction; the compiler does not see that a mask in a variable is a mask, and would combine bits with three.
        ? Sse41.IsSupported ? new(Sse41.BlendVariable(whenClear.value.AsSingle(), whenSet.value.AsSingle(), mask.value.AsSingle()).As<float, T>())
        : new(Vector128.ConditionalSelect(mask.value, whenSet.value, whenClear.value))
        : Sse41.IsSupported ? new(Sse41.BlendVariable(whenClear.value.AsDouble(), whenSet.value.AsDouble(), mask.value.AsDouble()).As<double, T>())
        : new(Vector128.ConditionalSelect(mask.value, whenSet.value, whenClear.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> And(Simd128<T> left, Simd128<T> right) => new(left.value & right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Or(Simd128<T> left, Simd128<T> right) => new(left.value | right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Xor(Simd128<T> left, Simd128<T> right) => new(left.value ^ right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> AndNot(Simd128<T> value, Simd128<T> mask) => new(Vector128.AndNot(value.value, mask.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> ToExponentField(Simd128<T> bits) => typeof(T) == typeof(float)
        ? new((bits.value.AsInt32() << 23).As<int, T>())
        : new((bits.value.AsInt64() << 52).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> AddBits(Simd128<T> left, Simd128<T> right) => typeof(T) == typeof(float)
        ? new((left.value.AsInt32() + right.value.AsInt32()).As<int, T>())
        : new((left.value.AsInt64() + right.value.AsInt64()).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Exponent(Simd128<T> value) => typeof(T) == typeof(float)
        ? new((Vector128.ConvertToSingle((Vector128.ShiftRightLogical(value.value.AsInt32(), 23)) - Vector128.Create(127))).As<float, T>())
        // The biased exponent is put under 2⁵² as its low bits; subtracting 2⁵² + 1023 makes it a number.
        : new(((Vector128.ShiftRightLogical(value.value.AsInt64(), 52) | Vector128.Create(4503599627370496d).AsInt64()).AsDouble() - Vector128.Create(4503599627371519d)).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128<T> Mantissa(Simd128<T> value) => typeof(T) == typeof(float)
        ? new(((value.value.AsInt32() & Vector128.Create(0x007FFFFF)) | Vector128.Create(0x3F800000)).As<int, T>())
        : new(((value.value.AsInt64() & Vector128.Create(0x000FFFFFFFFFFFFFL)) | Vector128.Create(0x3FF0000000000000L)).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Simd128<T> value) => Vector128.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T MaxAcross(Simd128<T> value)
    {
        T max = value.value.GetElement(0);
        for (int lane = 1; lane < Vector128<T>.Count; lane++) max = T.Max(max, value.value.GetElement(lane));
        return max;
    }
}
