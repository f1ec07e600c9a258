namespace Engine;

/// <summary>The type of a tensor's elements.</summary>
public enum DType
{
    /// <summary>32-bit IEEE 754 floating point (<see cref="float"/>): the default of every layer.</summary>
    Float32,

    /// <summary>64-bit IEEE 754 floating point (<see cref="double"/>): what gradient checks run in.</summary>
    Float64,

    /// <summary>Signed 32-bit integers (<see cref="int"/>): labels and indices.</summary>
    Int32,

    /// <summary>Signed 64-bit integers (<see cref="long"/>).</summary>
    Int64,

    /// <summary>Unsigned bytes (<see cref="byte"/>): images as they come from files.</summary>
    UInt8,

    /// <summary>Truth values (<see cref="bool"/>), one byte each: what comparisons give.</summary>
    Bool,
}

/// <summary>Facts about a <see cref="DType"/>.</summary>
public static class DTypeExtensions
{
    /// <summary>The size of one element in bytes.</summary>
    /// <param name="dtype">The element type.</param>
    /// <returns>8 for Float64 and Int64, 4 for Float32 and Int32, 1 for UInt8 and Bool.</returns>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.Float64 or DType.Int64 => 8,
        DType.Float32 or DType.Int32 => 4,
        _ => 1,
    };

    /// <summary>Whether the type is Float32 or Float64: the types that have gradients.</summary>
    /// <param name="dtype">The element type.</param>
    /// <returns>True for Float32 and Float64.</returns>
    public static bool IsFloatingPoint(this DType dtype) => dtype is DType.Float32 or DType.Float64;

    /// <summary>Whether the type counts: Int32, Int64 or UInt8.</summary>
    /// <param name="dtype">The element type.</param>
    /// <returns>True for Int32, Int64 and UInt8.</returns>
    public static bool IsInteger(this DType dtype) => dtype is DType.Int32 or DType.Int64 or DType.UInt8;

    /// <summary>The runtime type as a compile-time one.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool.</typeparam>
    /// <returns>The matching <see cref="DType"/>.</returns>
    /// <exception cref="DTypeException"><typeparamref name="T"/> is none of the six.</exception>
    public static DType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return DType.Float32;
        if (typeof(T) == typeof(double)) return DType.Float64;
        if (typeof(T) == typeof(int)) return DType.Int32;
        if (typeof(T) == typeof(long)) return DType.Int64;
        if (typeof(T) == typeof(byte)) return DType.UInt8;
        if (typeof(T) == typeof(bool)) return DType.Bool;
        throw new DTypeException($"Tensor: element type {typeof(T).Name} is not one of float, double, int, long, byte, bool. Convert the data to one of them first.");
    }
}
