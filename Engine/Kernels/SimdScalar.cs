using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A register of one lane: the path of machines without vector instructions.</summary>
internal readonly unsafe struct SimdScalar<T>(T value) : ISimd<SimdScalar<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T value = value;

    public static int Count => 1;

    public static SimdScalar<T> Zero => new(T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Create(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Load(T* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(SimdScalar<T> value, T* destination) => *destination = value.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreStreaming(SimdScalar<T> value, T* destination) => *destination = value.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> operator +(SimdScalar<T> left, SimdScalar<T> right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> operator -(SimdScalar<T> left, SimdScalar<T> right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> operator *(SimdScalar<T> left, SimdScalar<T> right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> operator /(SimdScalar<T> left, SimdScalar<T> right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> MultiplyAdd(SimdScalar<T> a, SimdScalar<T> b, SimdScalar<T> c) => new(a.value * b.value + c.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Accumulate(ref SimdScalar<T> sum, SimdScalar<T> left, SimdScalar<T> right) => sum = MultiplyAdd(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Max(SimdScalar<T> left, SimdScalar<T> right) => new(T.Max(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Min(SimdScalar<T> left, SimdScalar<T> right) => new(T.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> MaxNative(SimdScalar<T> left, SimdScalar<T> right) => left.value > right.value ? left : right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> MinNative(SimdScalar<T> left, SimdScalar<T> right) => left.value < right.value ? left : right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Sqrt(SimdScalar<T> value) => new(T.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Abs(SimdScalar<T> value) => new(T.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Floor(SimdScalar<T> value) => new(T.Floor(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Round(SimdScalar<T> value) => new(T.Round(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> GreaterThan(SimdScalar<T> left, SimdScalar<T> right) => Mask(left.value > right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> GreaterThanOrEqual(SimdScalar<T> left, SimdScalar<T> right) => Mask(left.value >= right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> LessThan(SimdScalar<T> left, SimdScalar<T> right) => Mask(left.value < right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> EqualTo(SimdScalar<T> left, SimdScalar<T> right) => Mask(left.value == right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Select(SimdScalar<T> mask, SimdScalar<T> whenSet, SimdScalar<T> whenClear) => Or(And(whenSet, mask), AndNot(whenClear, mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> And(SimdScalar<T> left, SimdScalar<T> right) => FromBits(Bits(left) & Bits(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Or(SimdScalar<T> left, SimdScalar<T> right) => FromBits(Bits(left) | Bits(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Xor(SimdScalar<T> left, SimdScalar<T> right) => FromBits(Bits(left) ^ Bits(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> AndNot(SimdScalar<T> value, SimdScalar<T> mask) => FromBits(Bits(value) & ~Bits(mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> ToExponentField(SimdScalar<T> bits) => FromBits(Bits(bits) << (typeof(T) == typeof(float) ? 23 : 52));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> AddBits(SimdScalar<T> left, SimdScalar<T> right) => FromBits(Bits(left) + Bits(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Exponent(SimdScalar<T> value) => typeof(T) == typeof(float)
        ? new(T.CreateTruncating((Bits(value) >> 23) - 127))
        : new(T.CreateTruncating((Bits(value) >> 52) - 1023));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static SimdScalar<T> Mantissa(SimdScalar<T> value) => typeof(T) == typeof(float)
        ? FromBits((Bits(value) & 0x007FFFFF) | 0x3F800000)
        : FromBits((Bits(value) & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(SimdScalar<T> value) => value.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T MaxAcross(SimdScalar<T> value) => value.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] private static SimdScalar<T> Mask(bool set) => FromBits(set ? -1L : 0L);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] private static long Bits(SimdScalar<T> value) => typeof(T) == typeof(float)
        ? BitConverter.SingleToInt32Bits(Unsafe.BitCast<T, float>(value.value))
        : BitConverter.DoubleToInt64Bits(Unsafe.BitCast<T, double>(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] private static SimdScalar<T> FromBits(long bits) => typeof(T) == typeof(float)
        ? new(Unsafe.BitCast<float, T>(BitConverter.Int32BitsToSingle((int)bits)))
        : new(Unsafe.BitCast<double, T>(BitConverter.Int64BitsToDouble(bits)));
}
