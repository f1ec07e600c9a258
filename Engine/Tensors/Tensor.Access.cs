using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace Engine;

/// <content>Reading and writing elements, and exchange with arrays, spans and matrices.</content>
public partial class Tensor : IFormattable
{
    /// <summary>The elements in row-major order, to read.</summary>
    /// <typeparam name="T">The type that <see cref="DType"/> names: float for Float32, and so on.</typeparam>
    /// <returns>A span over the tensor's own memory.</returns>
    /// <exception cref="DTypeException">The tensor holds another type.</exception>
    /// <exception cref="TapeException">The memory was given back with its scope.</exception>
    public ReadOnlySpan<T> AsSpan<T>()
        where T : unmanaged
    {
        CheckType<T>("AsSpan");
        return storage.Span<T>(offset, Length);
    }

    /// <summary>The elements in row-major order, to write. Gradients that saved this tensor notice that it may have changed.</summary>
    /// <typeparam name="T">The type that <see cref="DType"/> names.</typeparam>
    /// <returns>A span over the tensor's own memory, shared by its reshapes and leading slices.</returns>
    /// <exception cref="DTypeException">The tensor holds another type.</exception>
    /// <exception cref="TapeException">The memory was given back with its scope.</exception>
    public Span<T> AsWritableSpan<T>()
        where T : unmanaged
    {
        CheckType<T>("AsWritableSpan");
        storage.Version++;
        return storage.Span<T>(offset, Length);
    }

    /// <summary>The elements as a view of System.Numerics.Tensors, without a copy.</summary>
    /// <typeparam name="T">The type that <see cref="DType"/> names.</typeparam>
    /// <returns>A view over the tensor's own memory.</returns>
    /// <exception cref="DTypeException">The tensor holds another type.</exception>
    public ReadOnlyTensorSpan<T> AsTensorSpan<T>()
        where T : unmanaged
    {
        Span<nint> lengths = stackalloc nint[Rank];
        for (int axis = 0; axis < Rank; axis++) lengths[axis] = Shape[axis];
        return new ReadOnlyTensorSpan<T>(AsSpan<T>(), lengths);
    }

    /// <summary>Copies the elements into a new array, in row-major order.</summary>
    /// <typeparam name="T">The type that <see cref="DType"/> names.</typeparam>
    /// <returns>The copy.</returns>
    /// <exception cref="DTypeException">The tensor holds another type.</exception>
    public T[] ToArray<T>()
        where T : unmanaged => AsSpan<T>().ToArray();

    /// <summary>The one element of a tensor of length 1, as a number; truth is 1.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="ShapeException">The tensor has not exactly one element.</exception>
    public double ToScalar() => Length == 1
        ? ElementAt(0)
        : throw Fail.Shape("ToScalar", $"a tensor of shape {Shape} with {Length} elements", "index or reduce it to one element first, for example with Mean()");

    /// <summary>Copies a matrix into MathNet's form.</summary>
    /// <returns>A dense matrix of the same rows and columns.</returns>
    /// <exception cref="ShapeException">The tensor has not two axes.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Matrix<double> ToMatrix()
    {
        if (Rank != 2) throw Fail.Shape("ToMatrix", $"shape {Shape}, where two axes are wanted", "reshape it to [rows, columns]");
        Fail.UnlessFloat("ToMatrix", this);
        return Matrix<double>.Build.Dense(Shape[0], Shape[1], (row, column) => ElementAt(row * Shape[1] + column));
    }

    /// <summary>Copies a MathNet matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="dtype">Float64, or Float32 to round.</param>
    /// <returns>A tensor [rows, columns].</returns>
    public static Tensor FromMatrix(Matrix<double> matrix, DType dtype = DType.Float64)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        double[] columns = matrix.ToRowMajorArray();
        Tensor result = From(columns, [matrix.RowCount, matrix.ColumnCount]);
        return dtype == DType.Float64 ? result : result.Cast(dtype);
    }

    /// <summary>The tensor's elements: all of a small one, the edges of a large one, with shape and type.</summary>
    /// <returns>Several lines for two axes and more.</returns>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <summary>The elements in a number format; a tensor of one element formats as that number alone.</summary>
    /// <param name="format">A .NET numeric format such as <c>F3</c>; null shows up to six significant digits.</param>
    /// <param name="formatProvider">The culture; null is the invariant one.</param>
    /// <returns>The text.</returns>
    public string ToString(string? format, IFormatProvider? formatProvider) => Length == 1 && format is not null
        ? TensorFormatter.Element(this, 0, format, formatProvider)
        : $"{DType}{Shape}{(Rank > 1 ? "\n" : " ")}{Format(this, format, formatProvider ?? CultureInfo.InvariantCulture)}";

    /// <summary>One element, in row-major order, as a number.</summary>
    internal double ElementAt(int index) => DType switch
    {
        DType.Float32 => storage.Span<float>(offset, Length)[index],
        DType.Float64 => storage.Span<double>(offset, Length)[index],
        DType.Int32 => storage.Span<int>(offset, Length)[index],
        DType.Int64 => storage.Span<long>(offset, Length)[index],
        DType.UInt8 => storage.Span<byte>(offset, Length)[index],
        _ => storage.Span<bool>(offset, Length)[index] ? 1 : 0,
    };

    /// <summary>The elements of a tensor whose type was checked by the caller.</summary>
    internal Span<T> Data<T>()
        where T : unmanaged => storage.Span<T>(offset, Length);

    /// <summary>The elements as bytes, whatever their type.</summary>
    internal Span<byte> Bytes() => storage.Span<byte>(offset * DType.Size(), Length * DType.Size());

    private void CheckType<T>(string operation)
        where T : unmanaged
    {
        DType wanted = DTypeExtensions.Of<T>();
        if (wanted != DType)
            throw Fail.DType(operation, $"{typeof(T).Name} was asked of a tensor of type {DType}", $"ask for the type that {DType} names, or convert with Cast(DType.{wanted})");
    }

    private static string Format(Tensor tensor, string? format, IFormatProvider? provider) => TensorFormatter.Format(tensor, format, provider);
}
