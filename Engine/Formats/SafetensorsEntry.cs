namespace Engine.Formats;

/// <summary>One tensor of a <see cref="SafetensorsFile"/>, as the header describes it.</summary>
public sealed class SafetensorsEntry
{
    internal SafetensorsEntry(string name, string storedType, int[] shape, long begin, long end)
    {
        (Name, StoredType, Shape, Begin, StoredLength) = (name, storedType, shape, begin, end - begin);
        (DType, StoredSize) = SafetensorsHeader.Types[storedType];
    }

    /// <summary>The name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>The element type in the file: F64, F32, F16, BF16, I64, I32, U8 or BOOL.</summary>
    public string StoredType { get; }

    /// <summary>The element type that it is read as: Float32 for F16 and BF16.</summary>
    public DType DType { get; }

    /// <summary>The dimensions, slowest first; none for a scalar.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The elements' length in memory, in bytes.</summary>
    public long ByteLength => StoredLength / StoredSize * DType.Size();

    internal long Begin { get; }

    internal long StoredLength { get; }

    internal int StoredSize { get; }
}

/// <summary>One tensor to be written into a safetensors file.</summary>
public sealed class SafetensorsItem
{
    /// <summary>Describes a tensor; its elements are read when the file is written.</summary>
    /// <param name="name">The name, unique in its file.</param>
    /// <param name="tensor">The tensor.</param>
    public SafetensorsItem(string name, Tensor tensor)
        : this(name, tensor.DType, tensor.Shape, stream => stream.Write(tensor.Bytes()))
    {
    }

    /// <summary>Describes a tensor whose elements lie in memory.</summary>
    /// <param name="name">The name, unique in its file.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="shape">The dimensions, slowest first; none for a scalar.</param>
    /// <param name="data">The elements in row-major order, little-endian.</param>
    /// <exception cref="ShapeException">A dimension is negative.</exception>
    public SafetensorsItem(string name, DType dtype, IReadOnlyList<int> shape, ReadOnlyMemory<byte> data)
        : this(name, dtype, shape, stream => stream.Write(data.Span))
    {
    }

    /// <summary>Describes a tensor whose elements are written on demand.</summary>
    /// <param name="name">The name, unique in its file.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="shape">The dimensions, slowest first; none for a scalar.</param>
    /// <param name="writeData">Writes the elements in row-major order, little-endian, into the stream.</param>
    /// <exception cref="ShapeException">A dimension is negative.</exception>
    public SafetensorsItem(string name, DType dtype, IReadOnlyList<int> shape, Action<Stream> writeData)
    {
        (Name, DType, Shape, WriteData) = (name, dtype, [.. shape], writeData);
        if (shape.Count > SafetensorsHeader.MaxRank || !SafetensorsHeader.TryByteLength(Shape, dtype.Size(), out long length))
        {
            throw new ShapeException($"Safetensors: tensor \"{name}\" came with shape {FormatFile.Show(shape)}, "
                + $"at most {SafetensorsHeader.MaxRank} dimensions of 0 or more with a product below 2⁶³ bytes were wanted. "
                + "Check the shape.");
        }

        ByteLength = length;
    }

    /// <summary>The name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>The dimensions, slowest first.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The elements' length in bytes.</summary>
    public long ByteLength { get; }

    internal Action<Stream> WriteData { get; }
}
