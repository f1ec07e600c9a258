using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>A 256-bit register.</summary>
internal unsafe struct Simd256<T>(Vector256<T> value) : ISimd<Simd256<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Vector256<T> value = value;

    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector256<T>.Count; }

    public static Simd256<T> Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => new(Vector256<T>.Zero); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Create(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Simd256<T> value, T* destination) => value.value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreStreaming(Simd256<T> value, T* destination) => value.value.StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> operator +(Simd256<T> left, Simd256<T> right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> operator -(Simd256<T> left, Simd256<T> right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> operator *(Simd256<T> left, Simd256<T> right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> operator /(Simd256<T> left, Simd256<T> right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> MultiplyAdd(Simd256<T> a, Simd256<T> b, Simd256<T> c) => typeof(T) == typeof(float)
        ? new(Vector256.MultiplyAddEstimate(a.value.AsSingle(), b.value.AsSingle(), c.value.AsSingle()).As<float, T>())
        : new(Vector256.MultiplyAddEstimate(a.value.AsDouble(), b.value.AsDouble(), c.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ref Simd256<T> sum, Simd256<T> left, Simd256<T> right)
    {
        if (typeof(T) == typeof(float)) sum.value = Vector256.MultiplyAddEstimate(left.value.AsSingle(), right.value.AsSingle(), sum.value.AsSingle()).As<float, T>();
        else sum.value = Vector256.MultiplyAddEstimate(left.value.AsDouble(), right.value.AsDouble(), sum.value.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Max(Simd256<T> left, Simd256<T> right) => new(Vector256.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Min(Simd256<T> left, Simd256<T> right) => new(Vector256.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> MaxNative(Simd256<T> left, Simd256<T> right) => new(Vector256.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> MinNative(Simd256<T> left, Simd256<T> right) => new(Vector256.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Sqrt(Simd256<T> value) => new(Vector256.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Abs(Simd256<T> value) => new(Vector256.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Floor(Simd256<T> value) => typeof(T) == typeof(float)
        ? new(Vector256.Floor(value.value.AsSingle()).As<float, T>())
        : new(Vector256.Floor(value.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Round(Simd256<T> value) => typeof(T) == typeof(float)
        ? new(Vector256.Round(value.value.AsSingle()).As<float, T>())
        : new(Vector256.Round(value.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> GreaterThan(Simd256<T> left, Simd256<T> right) => new(Vector256.GreaterThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> GreaterThanOrEqual(Simd256<T> left, Simd256<T> right) => new(Vector256.GreaterThanOrEqual(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> LessThan(Simd256<T> left, Simd256<T> right) => new(Vector256.LessThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> EqualTo(Simd256<T> left, Simd256<T> right) => new(Vector256.Equals(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Select(Simd256<T> mask, Simd256<T> whenSet, Simd256<T> whenClear) => typeof(T) == typeof(float)
        // One instruction; the compiler does not see that a mask in a variable is a mask, and would combine bits with three.
        ? Avx.IsSupported ? new(Avx.BlendVariable(whenClear.value.AsSingle(), whenSet.value.AsSingle(), mask.value.AsSingle()).As<float, T>())
        : new(Vector256.ConditionalSelect(mask.value, whenSet.value, whenClear.value))
        : Avx.IsSupported ? new(Avx.BlendVariable(whenClear.value.AsDouble(), whenSet.value.AsDouble(), mask.value.AsDouble()).As<double, T>())
        : new(Vector256.ConditionalSelect(mask.value, whenSet.value, whenClear.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> And(Simd256<T> left, Simd256<T> right) => new(left.value & right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Or(Simd256<T> left, Simd256<T> right) => new(left.value | right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Xor(Simd256<T> left, Simd256<T> right) => new(left.value ^ right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> AndNot(Simd256<T> value, Simd256<T> mask) => new(Vector256.AndNot(value.value, mask.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> ToExponentField(Simd256<T> bits) => typeof(T) == typeof(float)
        ? new((bits.value.AsInt32() << 23).As<int, T>())
        : new((bits.value.AsInt64() << 52).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> AddBits(Simd256<T> left, Simd256<T> right) => typeof(T) == typeof(float)
        ? new((left.value.AsInt32() + right.value.AsInt32()).As<int, T>())
        : new((left.value.AsInt64() + right.value.AsInt64()).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Exponent(Simd256<T> value) => typeof(T) == typeof(float)
        ? new((Vector256.ConvertToSingle((Vector256.ShiftRightLogical(value.value.AsInt32(), 23)) - Vector256.Create(127))).As<float, T>())
        // The biased exponent is put under 2⁵² as its low bits; subtracting 2⁵² + 1023 makes it a number.
        : new(((Vector256.ShiftRightLogical(value.value.AsInt64(), 52) | Vector256.Create(4503599627370496d).AsInt64()).AsDouble() - Vector256.Create(4503599627371519d)).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256<T> Mantissa(Simd256<T> value) => typeof(T) == typeof(float)
        ? new(((value.value.AsInt32() & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F800000)).As<int, T>())
        : new(((value.value.AsInt64() & Vector256.Create(0x000FFFFFFFFFFFFFL)) | Vector256.Create(0x3FF0000000000000L)).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Simd256<T> value) => Simd128<T>.Sum(new Simd128<T>(value.value.GetLower()) + new Simd128<T>(value.value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T MaxAcross(Simd256<T> value) => Simd128<T>.MaxAcross(Simd128<T>.Max(new(value.value.GetLower()), new(value.value.GetUpper())));
}
