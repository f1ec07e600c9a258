using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>A 512-bit register.</summary>
internal unsafe struct Simd512<T>(Vector512<T> value) : ISimd<Simd512<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Vector512<T> value = value;

    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector512<T>.Count; }

    public static Simd512<T> Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => new(Vector512<T>.Zero); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Create(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Load(T* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Simd512<T> value, T* destination) => value.value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreStreaming(Simd512<T> value, T* destination) => value.value.StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> operator +(Simd512<T> left, Simd512<T> right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> operator -(Simd512<T> left, Simd512<T> right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> operator *(Simd512<T> left, Simd512<T> right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> operator /(Simd512<T> left, Simd512<T> right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> MultiplyAdd(Simd512<T> a, Simd512<T> b, Simd512<T> c) => typeof(T) == typeof(float)
        ? new(Vector512.MultiplyAddEstimate(a.value.AsSingle(), b.value.AsSingle(), c.value.AsSingle()).As<float, T>())
        : new(Vector512.MultiplyAddEstimate(a.value.AsDouble(), b.value.AsDouble(), c.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref Simd512<T> sum, Simd512<T> left, Simd512<T> right)
    {
        if (typeof(T) == typeof(float)) sum.value = Vector512.MultiplyAddEstimate(left.value.AsSingle(), right.value.AsSingle(), sum.value.AsSingle()).As<float, T>();
        else sum.value = Vector512.MultiplyAddEstimate(left.value.AsDouble(), right.value.AsDouble(), sum.value.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Max(Simd512<T> left, Simd512<T> right) => new(Vector512.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Min(Simd512<T> left, Simd512<T> right) => new(Vector512.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> MaxNative(Simd512<T> left, Simd512<T> right) => new(Vector512.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> MinNative(Simd512<T> left, Simd512<T> right) => new(Vector512.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Sqrt(Simd512<T> value) => new(Vector512.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Abs(Simd512<T> value) => new(Vector512.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Floor(Simd512<T> value) => typeof(T) == typeof(float)
        ? new(Vector512.Floor(value.value.AsSingle()).As<float, T>())
        : new(Vector512.Floor(value.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Round(Simd512<T> value) => typeof(T) == typeof(float)
        ? new(Vector512.Round(value.value.AsSingle()).As<float, T>())
        : new(Vector512.Round(value.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> GreaterThan(Simd512<T> left, Simd512<T> right) => new(Vector512.GreaterThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> GreaterThanOrEqual(Simd512<T> left, Simd512<T> right) => new(Vector512.GreaterThanOrEqual(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> LessThan(Simd512<T> left, Simd512<T> right) => new(Vector512.LessThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> EqualTo(Simd512<T> left, Simd512<T> right) => new(Vector512.Equals(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Select(Simd512<T> mask, Simd512<T> whenSet, Simd512<T> whenClear) => new(Vector512.ConditionalSelect(mask.value, whenSet.value, whenClear.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> And(Simd512<T> left, Simd512<T> right) => new(left.value & right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Or(Simd512<T> left, Simd512<T> right) => new(left.value | right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Xor(Simd512<T> left, Simd512<T> right) => new(left.value ^ right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> AndNot(Simd512<T> value, Simd512<T> mask) => new(Vector512.AndNot(value.value, mask.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> ToExponentField(Simd512<T> bits) => typeof(T) == typeof(float)
        ? new((bits.value.AsInt32() << 23).As<int, T>())
        : new((bits.value.AsInt64() << 52).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> AddBits(Simd512<T> left, Simd512<T> right) => typeof(T) == typeof(float)
        ? new((left.value.AsInt32() + right.value.AsInt32()).As<int, T>())
        : new((left.value.AsInt64() + right.value.AsInt64()).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Exponent(Simd512<T> value) => typeof(T) == typeof(float)
        ? new((Vector512.ConvertToSingle((Vector512.ShiftRightLogical(value.value.AsInt32(), 23)) - Vector512.Create(127))).As<float, T>())
        // The biased exponent is put under 2⁵² as its low bits; subtracting 2⁵² + 1023 makes it a number.
        : new(((Vector512.ShiftRightLogical(value.value.AsInt64(), 52) | Vector512.Create(4503599627370496d).AsInt64()).AsDouble() - Vector512.Create(4503599627371519d)).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512<T> Mantissa(Simd512<T> value) => typeof(T) == typeof(float)
        ? new(((value.value.AsInt32() & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F800000)).As<int, T>())
        : new(((value.value.AsInt64() & Vector512.Create(0x000FFFFFFFFFFFFFL)) | Vector512.Create(0x3FF0000000000000L)).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Simd512<T> value) => Simd256<T>.Sum(new Simd256<T>(value.value.GetLower()) + new Simd256<T>(value.value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T MaxAcross(Simd512<T> value) => Simd256<T>.MaxAcross(Simd256<T>.Max(new(value.value.GetLower()), new(value.value.GetUpper())));
}
