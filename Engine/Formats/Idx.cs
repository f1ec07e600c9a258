using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Engine.Formats;

/// <summary>IDX files, the format of MNIST: an array of numbers with its dimensions, plain or compressed with gzip.</summary>
/// <remarks>
/// <para>Layout: two zero bytes, a type code, the rank, one big-endian unsigned 32-bit number a dimension, the elements in row-major
/// order, big-endian. Codes: 0x08 unsigned byte, 0x09 signed byte, 0x0B 16-bit, 0x0C 32-bit integer, 0x0D 32-bit, 0x0E 64-bit float.
/// Signed bytes and 16-bit integers are read as <see cref="DType.Int32"/>.</para>
/// <para>Everything that the header declares is checked against the file's length, or for gzip while the data arrive, before memory is
/// taken for it; a file is never inflated further than one byte beyond what it declares. Gzip is told by its first bytes, not by its name.
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.</para>
/// </remarks>
public static class Idx
{
    /// <summary>The most bytes that a file's elements may take in memory, unless the caller says otherwise: 1 GiB.</summary>
    public const long DefaultMaxBytes = 1L << 30;

    private const int MaxRank = 8;
    private const int FirstChunk = 1 << 20;

    /// <summary>Reads a file's header alone.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <param name="maxBytes">The most bytes that the elements may take in memory.</param>
    /// <returns>The element type and the dimensions, checked as far as that is possible without inflating the data.</returns>
    /// <exception cref="FileFormatException">The file is missing or its header is not sound.</exception>
    public static IdxHeader ReadHeader(string path, long maxBytes = DefaultMaxBytes)
    {
        using FileStream file = FormatFile.OpenRead("IDX", path);
        return Guarded(path, () =>
        {
            using Stream stream = Decompressed(file, out bool isGzip);
            return ReadHeader(stream, path, file.Length, isGzip, maxBytes);
        });
    }

    /// <summary>Reads a whole file into a tensor that no scope owns.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <param name="maxBytes">The most bytes that the elements may take in memory.</param>
    /// <returns>The elements as UInt8, Int32 (from signed bytes, 16-bit and 32-bit integers), Float32 or Float64.</returns>
    /// <exception cref="FileFormatException">The file is missing, truncated, longer than it declares, or not IDX.</exception>
    public static Tensor Load(string path, long maxBytes = DefaultMaxBytes)
    {
        (IdxHeader header, Array values) = ReadArray(path, maxBytes);
        Shape shape = Shape.Create([.. header.Dimensions]);
        return values switch
        {
            byte[] bytes => Tensor.Wrap(bytes, shape),
            int[] integers => Tensor.Wrap(integers, shape),
            float[] singles => Tensor.Wrap(singles, shape),
            _ => Tensor.Wrap((double[])values, shape),
        };
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <param name="maxBytes">The most bytes that the elements may take in memory.</param>
    /// <returns>The header and an array of byte, int, float or double.</returns>
    /// <exception cref="FileFormatException">The file is missing, truncated, longer than it declares, or not IDX.</exception>
    internal static (IdxHeader Header, Array Values) ReadArray(string path, long maxBytes = DefaultMaxBytes)
    {
        using FileStream file = FormatFile.OpenRead("IDX", path);
        return Guarded(path, () =>
        {
            using Stream stream = Decompressed(file, out bool isGzip);
            IdxHeader header = ReadHeader(stream, path, file.Length, isGzip, maxBytes);
            int size = (int)header.StoredBytes;
            bool believed = !isGzip || GzipDeclares(file, header.Length + header.StoredBytes);
            byte[] raw = ReadElements(stream, path, size, believed);
            return (header, Decode(header.TypeCode, raw));
        });
    }

    /// <summary>Writes a plain (uncompressed) file, atomically.</summary>
    /// <typeparam name="T">byte, sbyte, short, int, float or double.</typeparam>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="dimensions">The dimensions, one to eight.</param>
    /// <param name="values">The elements in row-major order.</param>
    /// <exception cref="DTypeException"><typeparamref name="T"/> is not a type of the format.</exception>
    /// <exception cref="ShapeException">The rank is not 1 to 8, or the dimensions and the number of values do not agree.</exception>
    public static void Write<T>(string path, IReadOnlyList<int> dimensions, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        byte code = CodeOf<T>();
        if (dimensions.Count is < 1 or > MaxRank)
        {
            throw new ShapeException($"IDX \"{path}\": rank {dimensions.Count} came, 1 to {MaxRank} was wanted. Reshape the data first.");
        }

        if (!TryProduct(dimensions, out long count) || count != values.Length)
        {
            throw new ShapeException($"IDX \"{path}\": {values.Length} values came for shape {FormatFile.Show(dimensions)}. "
                + "Give as many values as the dimensions' product.");
        }

        FormatFile.WriteAtomically(path, stream =>
        {
            byte[] header = new byte[4 + 4 * dimensions.Count];
            (header[2], header[3]) = (code, (byte)dimensions.Count);
            for (int i = 0; i < dimensions.Count; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), dimensions[i]);
            }

            stream.Write(header);
            byte[] raw = MemoryMarshal.AsBytes(values.Span).ToArray();
            SwapToBigEndian(code, raw);
            stream.Write(raw);
        });
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException)
        {
            throw new FileFormatException($"IDX \"{path}\": the data cannot be read ({e.Message}), a whole and sound file was wanted. "
                + "Download or copy the file again.", e);
        }
    }

    private static Stream Decompressed(FileStream file, out bool isGzip)
    {
        Span<byte> magic = stackalloc byte[2];
        isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : file;
    }

    private static IdxHeader ReadHeader(Stream stream, string path, long fileLength, bool isGzip, long maxBytes)
    {
        Span<byte> bytes = stackalloc byte[4 + 4 * MaxRank];
        if (stream.ReadAtLeast(bytes[..4], 4, throwOnEndOfStream: false) < 4)
        {
            throw Bad(path, "the file ends within its first 4 bytes", "a header of at least 8 bytes");
        }

        (byte code, byte rank) = (bytes[2], bytes[3]);
        if (bytes[0] != 0 || bytes[1] != 0 || StoredSize(code) == 0)
        {
            throw Bad(path, $"it begins with {Convert.ToHexString(bytes[..4])}",
                "00 00, a type code of 08, 09, 0B, 0C, 0D or 0E, and the rank",
                "This is not an IDX file; check that the right file is named.");
        }

        if (rank is < 1 or > MaxRank)
        {
            throw Bad(path, $"rank {rank} is declared", $"a rank of 1 to {MaxRank}");
        }

        Span<byte> fields = bytes.Slice(4, 4 * rank);
        if (stream.ReadAtLeast(fields, fields.Length, throwOnEndOfStream: false) < fields.Length)
        {
            throw Bad(path, "the file ends within its dimensions", $"{rank} dimensions of 4 bytes each");
        }

        int[] dimensions = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            uint dimension = BinaryPrimitives.ReadUInt32BigEndian(fields[(4 * i)..]);
            if (dimension > int.MaxValue)
            {
                throw Bad(path, $"dimension {i} is declared as {dimension}", $"at most {int.MaxValue}");
            }

            dimensions[i] = (int)dimension;
        }

        return Checked(path, new IdxHeader(code, dimensions), fileLength, isGzip, maxBytes);
    }

    private static IdxHeader Checked(string path, IdxHeader header, long fileLength, bool isGzip, long maxBytes)
    {
        int widest = Math.Max(StoredSize(header.TypeCode), header.DType.Size());
        if (!TryProduct(header.Dimensions, out long count) || count > Math.Min(maxBytes, Array.MaxLength) / widest)
        {
            throw Bad(path, $"shape {FormatFile.Show(header.Dimensions)} of {header.DType} is declared",
                $"at most {Math.Min(maxBytes, Array.MaxLength)} bytes of elements",
                "If the file is to be trusted, raise maxBytes.");
        }

        long wanted = header.Length + header.StoredBytes;
        if (!isGzip && fileLength != wanted)
        {
            throw Bad(path, $"{fileLength} bytes are there", $"{wanted} bytes for shape {FormatFile.Show(header.Dimensions)}");
        }

        // Deflate cannot shrink below one bit pair a 258-byte run: 1032 to 1. What a file declares beyond that it cannot hold.
        if (isGzip && wanted / 1040 > fileLength)
        {
            throw Bad(path, $"{fileLength} bytes of gzip are there", $"{wanted} bytes for shape {FormatFile.Show(header.Dimensions)}, "
                + "which so few cannot hold");
        }

        return header;
    }

    /// <summary>Whether the length in the gzip trailer agrees with the header: then one allocation serves, else the buffer grows.</summary>
    private static bool GzipDeclares(FileStream file, long length)
    {
        Span<byte> trailer = stackalloc byte[4];
        return RandomAccess.Read(file.SafeFileHandle, trailer, file.Length - 4) == 4
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == (uint)length;
    }

    private static byte[] ReadElements(Stream stream, string path, int size, bool believed)
    {
        byte[] raw = new byte[believed ? size : Math.Min(size, FirstChunk)];
        int filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(raw.AsSpan(filled), raw.Length - filled, throwOnEndOfStream: false);
            if (filled < raw.Length)
            {
                throw Bad(path, $"the data end after {filled} bytes", $"{size} bytes of elements");
            }

            if (filled == size) break;
            Array.Resize(ref raw, (int)Math.Min(size, 2L * raw.Length));
        }

        // One byte more: refuses what is too long, and lets gzip compare its checksum.
        if (stream.ReadByte() >= 0)
        {
            throw Bad(path, $"more than {size} bytes of elements are there", $"exactly {size}");
        }

        return raw;
    }

    private static Array Decode(byte code, byte[] raw)
    {
        if (code == 0x08) return raw;
        SwapToBigEndian(code, raw);
        return code switch
        {
            0x09 => Array.ConvertAll(raw, b => (int)(sbyte)b),
            0x0B => Array.ConvertAll(MemoryMarshal.Cast<byte, short>(raw).ToArray(), s => (int)s),
            0x0C => MemoryMarshal.Cast<byte, int>(raw).ToArray(),
            0x0D => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
            _ => MemoryMarshal.Cast<byte, double>(raw).ToArray(),
        };
    }

    /// <summary>Turns the machine's order into the file's and back.</summary>
    private static void SwapToBigEndian(byte code, Span<byte> raw)
    {
        if (!BitConverter.IsLittleEndian) return;
        switch (StoredSize(code))
        {
            case 2: Swap<short>(raw, BinaryPrimitives.ReverseEndianness); break;
            case 4: Swap<int>(raw, BinaryPrimitives.ReverseEndianness); break;
            case 8: Swap<long>(raw, BinaryPrimitives.ReverseEndianness); break;
        }

        static void Swap<T>(Span<byte> bytes, SpanSwap<T> swap)
            where T : unmanaged => swap(MemoryMarshal.Cast<byte, T>(bytes), MemoryMarshal.Cast<byte, T>(bytes));
    }

    private delegate void SpanSwap<T>(ReadOnlySpan<T> source, Span<T> destination);

    private static bool TryProduct(IReadOnlyList<int> dimensions, out long product)
    {
        // Over 2³¹ nothing fits in an array, so that the next factor (< 2³¹) cannot overflow; a zero anywhere makes the product zero.
        product = dimensions.Contains(0) ? 0 : 1;
        foreach (int dimension in dimensions)
        {
            if (dimension < 0 || product > int.MaxValue) return false;
            product *= dimension;
        }

        return true;
    }

    private static byte CodeOf<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(byte)) return 0x08;
        if (typeof(T) == typeof(sbyte)) return 0x09;
        if (typeof(T) == typeof(short)) return 0x0B;
        if (typeof(T) == typeof(int)) return 0x0C;
        if (typeof(T) == typeof(float)) return 0x0D;
        if (typeof(T) == typeof(double)) return 0x0E;
        throw new DTypeException($"IDX: elements of type {typeof(T).Name} came; byte, sbyte, short, int, float or double was wanted. "
            + "Convert the data to one of them first.");
    }

    internal static int StoredSize(byte code) => code switch
    {
        0x08 or 0x09 => 1,
        0x0B => 2,
        0x0C or 0x0D => 4,
        0x0E => 8,
        _ => 0,
    };

    private static FileFormatException Bad(
        string path, string came, string wanted, string remedy = "The file is damaged or truncated; download or copy it again.") =>
        new($"IDX \"{path}\": {came}, {wanted} was wanted. {remedy}");
}

/// <summary>What the header of an <see cref="Idx"/> file declares.</summary>
public sealed class IdxHeader
{
    internal IdxHeader(byte typeCode, int[] dimensions) => (TypeCode, Dimensions) = (typeCode, dimensions);

    /// <summary>The type code in the file: 0x08, 0x09, 0x0B, 0x0C, 0x0D or 0x0E.</summary>
    public byte TypeCode { get; }

    /// <summary>The dimensions, slowest first.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The element type that the file is read as.</summary>
    public DType DType => TypeCode switch
    {
        0x08 => DType.UInt8,
        0x0D => DType.Float32,
        0x0E => DType.Float64,
        _ => DType.Int32,
    };

    /// <summary>The header's own length in bytes.</summary>
    internal int Length => 4 + 4 * Dimensions.Count;

    /// <summary>The elements' length in the file, in bytes.</summary>
    internal long StoredBytes => Dimensions.Aggregate((long)Idx.StoredSize(TypeCode), (product, dimension) => product * dimension);
}
