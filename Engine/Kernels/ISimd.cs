using System.Numerics;

namespace Engine.Kernels;

/// <summary>A register of <typeparamref name="T"/> of some width: the one vocabulary that kernels are written in.</summary>
/// <remarks>
/// A kernel is a generic method over <c>V : struct, ISimd&lt;V, T&gt;</c>; the just-in-time compiler makes one body a width and a type, and
/// <see cref="SimdWidth"/> picks the width at run time. Comparisons give masks: all bits of a lane set or none.
/// </remarks>
internal unsafe interface ISimd<V, T>
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Lanes in a register.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes zero.</summary>
    static abstract V Zero { get; }

    /// <summary>All lanes the same value.</summary>
    static abstract V Create(T value);

    /// <summary>Reads <see cref="Count"/> values; no alignment needed.</summary>
    static abstract V Load(T* source);

    /// <summary>Writes <see cref="Count"/> values; no alignment needed.</summary>
    static abstract void Store(V value, T* destination);

    /// <summary>Writes past the caches, without reading the lines first; the address must be a multiple of the register's size.</summary>
    /// <remarks>Other threads may see these writes late: <see cref="System.Runtime.Intrinsics.X86.Sse.StoreFence"/> comes after the last.</remarks>
    static abstract void StoreStreaming(V value, T* destination);

    static abstract V operator +(V left, V right);

    static abstract V operator -(V left, V right);

    static abstract V operator *(V left, V right);

    static abstract V operator /(V left, V right);

    /// <summary>a·b + c, fused where the hardware has it.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>sum = left·right + sum, as <see cref="MultiplyAdd"/>: written into the register of the sum, where the returned value of the other takes a copy.</summary>
    static abstract void Accumulate(ref V sum, V left, V right);

    /// <summary>The larger of each pair of lanes; NaN if either is NaN.</summary>
    static abstract V Max(V left, V right);

    /// <summary>The smaller of each pair of lanes; NaN if either is NaN.</summary>
    static abstract V Min(V left, V right);

    /// <summary>The larger of each pair by one instruction. NaN on the right comes back; else for NaN or ±0 widths differ.</summary>
    static abstract V MaxNative(V left, V right);

    /// <summary>The smaller of each pair by one instruction. NaN on the right comes back; else for NaN or ±0 widths differ.</summary>
    static abstract V MinNative(V left, V right);

    static abstract V Sqrt(V value);

    static abstract V Abs(V value);

    static abstract V Floor(V value);

    /// <summary>To the nearest integer, halves to even.</summary>
    static abstract V Round(V value);

    static abstract V GreaterThan(V left, V right);

    static abstract V GreaterThanOrEqual(V left, V right);

    static abstract V LessThan(V left, V right);

    static abstract V EqualTo(V left, V right);

    /// <summary>Lanes of <paramref name="whenSet"/> where the mask is set, of <paramref name="whenClear"/> elsewhere.</summary>
    static abstract V Select(V mask, V whenSet, V whenClear);

    /// <summary>Bitwise and: with a mask, the lanes where it is set and zero elsewhere.</summary>
    static abstract V And(V left, V right);

    static abstract V Or(V left, V right);

    static abstract V Xor(V left, V right);

    /// <summary>value and not mask: the lanes where the mask is clear, zero elsewhere.</summary>
    static abstract V AndNot(V value, V mask);

    /// <summary>The lowest bits of each lane moved up to the exponent field, the rest zero: 2ⁿ if they hold n plus the exponent's bias.</summary>
    static abstract V ToExponentField(V bits);

    /// <summary>The sum of the lanes' bits as integers: with n in the exponent field of one, the other times 2ⁿ if both are normal.</summary>
    static abstract V AddBits(V left, V right);

    /// <summary>The unbiased exponent of a normal positive value, as a number: ⌊log₂ value⌋.</summary>
    static abstract V Exponent(V value);

    /// <summary>The significand of a normal positive value, in [1, 2).</summary>
    static abstract V Mantissa(V value);

    /// <summary>The sum of all lanes, added in one fixed order.</summary>
    static abstract T Sum(V value);

    /// <summary>The largest lane; NaN if any lane is NaN.</summary>
    static abstract T MaxAcross(V value);
}
