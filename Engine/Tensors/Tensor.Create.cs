namespace Engine;

/// <content>Making tensors from nothing, from the caller's values and from chance.</content>
public partial class Tensor
{
    /// <summary>A tensor of zeros.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="dtype">Its type, Float32 by default.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Zeros(Shape shape, DType dtype = DType.Float32)
    {
        Tensor result = Empty(shape, dtype);
        result.Bytes().Clear();
        return result;
    }

    /// <summary>A tensor of ones.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="dtype">Its type, Float32 by default.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Ones(Shape shape, DType dtype = DType.Float32) => Full(shape, 1, dtype);

    /// <summary>A tensor of one value.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="value">The value; integer types round it towards zero.</param>
    /// <param name="dtype">Its type, Float32 by default.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Full(Shape shape, double value, DType dtype = DType.Float32)
    {
        Tensor result = Empty(shape, dtype);
        result.Fill(value);
        return result;
    }

    /// <summary>A tensor of rank 0.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="dtype">Its type, Float32 by default.</param>
    /// <returns>The tensor, shape [].</returns>
    public static Tensor Scalar(double value, DType dtype = DType.Float32) => Full([], value, dtype);

    /// <summary>A tensor of zeros like another in shape and type.</summary>
    /// <param name="like">The other tensor.</param>
    /// <returns>The tensor.</returns>
    [NotDifferentiable("the values do not depend on the other tensor's")]
    public static Tensor ZerosLike(Tensor like) => Zeros(like.Shape, like.DType);

    /// <summary>A tensor of ones like another in shape and type.</summary>
    /// <param name="like">The other tensor.</param>
    /// <returns>The tensor.</returns>
    [NotDifferentiable("the values do not depend on the other tensor's")]
    public static Tensor OnesLike(Tensor like) => Ones(like.Shape, like.DType);

    /// <summary>The identity: ones on the diagonal, zeros elsewhere.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns; as many as rows by default.</param>
    /// <param name="dtype">Its type, Float32 by default.</param>
    /// <returns>A tensor [rows, columns].</returns>
    public static Tensor Eye(int rows, int? columns = null, DType dtype = DType.Float32)
    {
        int width = columns ?? rows;
        Tensor result = Zeros([rows, width], dtype);
        for (int i = 0; i < Math.Min(rows, width); i++) result.Alias(i * width + i, []).Fill(1);
        return result;
    }

    /// <summary>Evenly spaced values: start, start + step, … up to, not including, stop.</summary>
    /// <param name="start">The first value.</param>
    /// <param name="stop">The bound that is not reached.</param>
    /// <param name="step">The spacing, not 0.</param>
    /// <param name="dtype">The type, Float32 by default.</param>
    /// <returns>A tensor of one axis.</returns>
    /// <exception cref="ValueException">The step is 0 or a bound is not finite.</exception>
    public static Tensor Arange(double start, double stop, double step = 1, DType dtype = DType.Float32)
    {
        if (step == 0 || !double.IsFinite(start) || !double.IsFinite(stop) || !double.IsFinite(step))
            throw Fail.Value("Arange", $"from {start} to {stop} by {step}", "give finite bounds and a step that is not 0");
        double count = Math.Max(0, Math.Ceiling((stop - start) / step));
        if (count > int.MaxValue) throw Fail.Value("Arange", $"from {start} to {stop} by {step} are {count} values", "take a longer step");
        return Generate([(int)count], i => start + i * step, dtype);
    }

    /// <summary>The integers 0, 1, … up to, not including, <paramref name="stop"/>.</summary>
    /// <param name="stop">How many.</param>
    /// <returns>An Int32 tensor of one axis.</returns>
    public static Tensor Arange(int stop) => Arange(0, stop, 1, DType.Int32);

    /// <summary>Values at even distances from start to stop, both included.</summary>
    /// <param name="start">The first value.</param>
    /// <param name="stop">The last value.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="dtype">The type, Float32 by default.</param>
    /// <returns>A tensor of one axis.</returns>
    /// <exception cref="ValueException">The count is below 1.</exception>
    public static Tensor Linspace(double start, double stop, int count, DType dtype = DType.Float32)
    {
        if (count < 1) throw Fail.Value("Linspace", $"a count of {count}", "ask for at least 1 value");
        return Generate([count], i => count == 1 ? start : start + (stop - start) * i / (count - 1), dtype);
    }

    /// <summary>A copy of the values, with one axis.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool; it gives the tensor's type.</typeparam>
    /// <param name="values">The values.</param>
    /// <returns>A tensor of the values' length.</returns>
    public static Tensor From<T>(params ReadOnlySpan<T> values)
        where T : unmanaged => From(values, [values.Length]);

    /// <summary>A copy of the values under a shape.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool; it gives the tensor's type.</typeparam>
    /// <param name="values">The values in row-major order.</param>
    /// <param name="shape">The shape.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeException">The shape has another number of elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape)
        where T : unmanaged
    {
        DType dtype = DTypeExtensions.Of<T>();
        CheckCount("From", values.Length, shape);
        Tensor result = Empty(shape, dtype);
        values.CopyTo(result.Data<T>());
        return result;
    }

    /// <summary>A copy of a rectangular array.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool; it gives the tensor's type.</typeparam>
    /// <param name="values">The rows and columns.</param>
    /// <returns>A tensor [rows, columns].</returns>
    public static Tensor From<T>(T[,] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        ReadOnlySpan<T> flat = values.Length == 0 ? [] : System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length);
        return From(flat, [values.GetLength(0), values.GetLength(1)]);
    }

    /// <summary>The caller's memory as a tensor, shared and not copied: a change of one is seen in the other.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool; it gives the tensor's type.</typeparam>
    /// <param name="memory">The memory in row-major order; an array converts.</param>
    /// <param name="shape">The shape.</param>
    /// <returns>The tensor. Writing to the memory while a tape holds the tensor is not noticed by the tape.</returns>
    /// <exception cref="ShapeException">The shape has another number of elements.</exception>
    public static Tensor Wrap<T>(Memory<T> memory, Shape shape)
        where T : unmanaged
    {
        DType dtype = DTypeExtensions.Of<T>();
        CheckCount("Wrap", memory.Length, shape);
        return new Tensor(Storage.Wrap(memory), 0, shape, dtype);
    }

    /// <summary>The caller's array as a tensor, shared and not copied.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool; it gives the tensor's type.</typeparam>
    /// <param name="values">The array in row-major order.</param>
    /// <param name="shape">The shape.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeException">The shape has another number of elements.</exception>
    public static Tensor Wrap<T>(T[] values, Shape shape)
        where T : unmanaged => Wrap(values.AsMemory(), shape);

    /// <summary>A free-standing copy: no gradient passes it, and it outlives the block it is made in.</summary>
    /// <returns>The copy, in memory that no scope owns.</returns>
    [NotDifferentiable("cutting the gradient off is its purpose")]
    public Tensor Detach()
    {
        Tensor copy = EmptyFree(Shape, DType);
        Bytes().CopyTo(copy.Bytes());
        return copy;
    }

    /// <summary>The same values in the same memory, through which no gradient passes.</summary>
    /// <returns>An alias that is a constant to every tape.</returns>
    [NotDifferentiable("cutting the gradient off is its purpose")]
    public Tensor StopGradient() => Alias(Shape);

    /// <summary>Sets every element.</summary>
    internal void Fill(double value)
    {
        switch (DType)
        {
            case DType.Float32: Data<float>().Fill((float)value); break;
            case DType.Float64: Data<double>().Fill(value); break;
            case DType.Int32: Data<int>().Fill((int)value); break;
            case DType.Int64: Data<long>().Fill((long)value); break;
            case DType.UInt8: Data<byte>().Fill((byte)value); break;
            default: Data<bool>().Fill(value != 0); break;
        }
    }

    private static Tensor Generate(Shape shape, Func<int, double> value, DType dtype)
    {
        Tensor result = Empty(shape, dtype);
        switch (dtype)
        {
            case DType.Float32: { Span<float> y = result.Data<float>(); for (int i = 0; i < y.Length; i++) y[i] = (float)value(i); break; }
            case DType.Float64: { Span<double> y = result.Data<double>(); for (int i = 0; i < y.Length; i++) y[i] = value(i); break; }
            case DType.Int32: { Span<int> y = result.Data<int>(); for (int i = 0; i < y.Length; i++) y[i] = (int)value(i); break; }
            case DType.Int64: { Span<long> y = result.Data<long>(); for (int i = 0; i < y.Length; i++) y[i] = (long)value(i); break; }
            case DType.UInt8: { Span<byte> y = result.Data<byte>(); for (int i = 0; i < y.Length; i++) y[i] = (byte)value(i); break; }
            default: { Span<bool> y = result.Data<bool>(); for (int i = 0; i < y.Length; i++) y[i] = value(i) != 0; break; }
        }
        return result;
    }

    private static void CheckCount(string operation, int count, Shape shape)
    {
        if (count != shape.Length)
            throw Fail.Shape(operation, $"{count} values for shape {shape}, which has {shape.Length} elements", "give as many values as the shape has elements");
    }
}
