using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Engine.Formats;

/// <content>Reading.</content>
/// <remarks>Nothing that a file says is believed before it is checked; checksums are compared, and nothing is inflated beyond the size
/// that the header declares.</remarks>
public static partial class Png
{
    /// <summary>The most bytes that an image may take in memory, unless the caller says otherwise: 256 MiB.</summary>
    public const long DefaultMaxBytes = 1L << 28;

    private const int SignatureLength = 8;
    private const int HeaderLength = 13;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads the shape of an image from its header, without its pixels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most bytes that the pixels may take in memory.</param>
    /// <returns>[height, width, channels], with 1 channel (grey) or 3 (red, green, blue).</returns>
    /// <exception cref="FileFormatException">The file is missing, or not a PNG image of 8 bits, grey or RGB.</exception>
    public static Shape ReadShape(string path, long maxBytes = DefaultMaxBytes)
    {
        using FileStream file = FormatFile.OpenRead("PNG", path);
        Span<byte> begin = stackalloc byte[SignatureLength + 8 + HeaderLength + 4];
        int length = Guarded(path, file, begin);
        return Header(path, begin[..length], file.Length, maxBytes);
    }

    /// <summary>Reads an image of 8 bits a channel, grey or RGB, without interlacing, into a tensor that no scope owns.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most bytes that the pixels may take in memory, and the file on the disk.</param>
    /// <returns>UInt8 [height, width, channels], with 1 channel or 3.</returns>
    /// <exception cref="FileFormatException">The file is missing, damaged, or not a PNG image of this kind.</exception>
    public static Tensor Load(string path, long maxBytes = DefaultMaxBytes)
    {
        using FileStream file = FormatFile.OpenRead("PNG", path);
        if (file.Length > Math.Min(maxBytes, Array.MaxLength))
            throw Bad(path, $"{file.Length} bytes are there", $"at most {maxBytes} were wanted", "If it is to be trusted, raise maxBytes.");
        byte[] bytes = new byte[file.Length];
        int length = Guarded(path, file, bytes);
        Shape shape = Header(path, bytes.AsSpan(0, length), length, maxBytes);
        using MemoryStream data = Chunks(path, bytes.AsSpan(0, length));
        return Tensor.Wrap(Pixels(path, data, shape), shape);
    }

    private static int Guarded(string path, FileStream file, Span<byte> destination)
    {
        try
        {
            return file.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (IOException e)
        {
            throw new FileFormatException($"PNG \"{path}\": the file cannot be read ({e.Message}), a whole file was wanted. "
                + "Copy it again.", e);
        }
    }

    /// <summary>The shape in the first chunk.</summary>
    private static Shape Header(string path, ReadOnlySpan<byte> bytes, long fileLength, long maxBytes)
    {
        if (!bytes.StartsWith(Signature))
        {
            throw Bad(path, $"it begins with {Convert.ToHexString(bytes[..Math.Min(SignatureLength, bytes.Length)])}",
                $"{Convert.ToHexString(Signature)} was wanted", "This is not a PNG file.");
        }

        if (bytes.Length < SignatureLength + 8 + HeaderLength + 4
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[SignatureLength..]) != HeaderLength
            || !bytes.Slice(SignatureLength + 4, 4).SequenceEqual("IHDR"u8))
        {
            throw Bad(path, "the first chunk is no sound IHDR", $"one of {HeaderLength} bytes was wanted");
        }

        CheckSum(path, bytes[(SignatureLength + 4)..], HeaderLength);
        ReadOnlySpan<byte> header = bytes.Slice(SignatureLength + 8, HeaderLength);
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (header[8] != 8 || header[9] is not (0 or 2))
        {
            throw Bad(path, $"{header[8]} bits of colour type {header[9]} came", "8 bits of type 0 (grey) or 2 (RGB) were wanted",
                "Save the image without palette and transparency, with 8 bits a channel.");
        }

        if (header[10] != 0 || header[11] != 0 || header[12] != 0)
        {
            throw Bad(path, $"compression {header[10]}, filter {header[11]} and interlacing {header[12]} came", "0 of each was wanted",
                "Save the image without interlacing.");
        }

        int channels = header[9] == 0 ? 1 : 3;
        UInt128 size = (UInt128)height * ((UInt128)width * (uint)channels + 1);
        if (width == 0 || height == 0 || size > (UInt128)Math.Max(0, Math.Min(maxBytes, Array.MaxLength)))
        {
            throw Bad(path, $"{height} rows of {width} pixels are declared", $"1 or more of each and at most {maxBytes} bytes were wanted",
                "If the file is to be trusted, raise maxBytes.");
        }

        // Deflate cannot shrink beyond 1032 to 1.
        if (size / 1040 > (UInt128)fileLength)
        {
            throw Bad(path, $"{height} rows of {width} pixels are declared in {fileLength} bytes",
                "no more than so few bytes hold was wanted");
        }

        return [(int)height, (int)width, channels];
    }

    /// <summary>Walks over all chunks, compares their checksums and gathers the compressed pixels.</summary>
    private static MemoryStream Chunks(string path, ReadOnlySpan<byte> bytes)
    {
        MemoryStream data = new();
        bool ended = false, lastWasData = false;
        for (int at = SignatureLength; at < bytes.Length;)
        {
            if (ended) throw Bad(path, $"{bytes.Length - at} bytes follow the IEND chunk", "none were wanted");
            if (bytes.Length - at < 12) throw Bad(path, "the file ends within a chunk", "a whole chunk was wanted");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            ReadOnlySpan<byte> type = bytes.Slice(at + 4, 4);
            if (length > (uint)(bytes.Length - at - 12))
                throw Bad(path, $"a chunk of {length} bytes is declared where {bytes.Length - at - 12} are left",
                    "a whole chunk was wanted");
            CheckSum(path, bytes[(at + 4)..], (int)length);
            ReadOnlySpan<byte> contents = bytes.Slice(at + 8, (int)length);
            bool isData = type.SequenceEqual("IDAT"u8);
            if (isData)
            {
                if (data.Length > 0 && !lastWasData)
                    throw Bad(path, "other chunks stand between those of pixels", "one run of IDAT was wanted");
                data.Write(contents);
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                ended = true;
            }
            else if ((type[0] & 0x20) == 0 && !type.SequenceEqual("PLTE"u8) && !(at == SignatureLength))
            {
                // A capital first letter: whoever does not know the chunk cannot show the image.
                throw Bad(path, $"a chunk {Encoding.Latin1.GetString(type)} came", "IHDR, PLTE, IDAT and IEND were wanted");
            }

            lastWasData = isData;
            at += 12 + (int)length;
        }

        if (!ended) throw Bad(path, "the file ends without IEND", "a last chunk of that name was wanted");
        data.Position = 0;
        return data;
    }

    private static void CheckSum(string path, ReadOnlySpan<byte> typeAndData, int length)
    {
        uint computed = Crc(typeAndData[..(4 + length)], uint.MaxValue) ^ uint.MaxValue;
        uint stored = BinaryPrimitives.ReadUInt32BigEndian(typeAndData[(4 + length)..]);
        if (computed == stored) return;
        throw Bad(path, $"chunk {Encoding.Latin1.GetString(typeAndData[..4])} has the checksum {stored:X8}", $"{computed:X8} was wanted");
    }

    private static byte[] Pixels(string path, Stream data, Shape shape)
    {
        (int height, int channels, int stride) = (shape[0], shape[2], shape[1] * shape[2]);
        byte[] pixels = new byte[height * stride];
        byte[] none = new byte[stride];
        try
        {
            using ZLibStream zlib = new(data, CompressionMode.Decompress);
            for (int y = 0; y < height; y++)
            {
                int filter = zlib.ReadByte();
                Span<byte> row = pixels.AsSpan(y * stride, stride);
                int came = zlib.ReadAtLeast(row, stride, throwOnEndOfStream: false);
                if (filter < 0 || came < stride) throw Bad(path, $"the pixels end in row {y}", $"{height} rows were wanted");
                if (filter > 4) throw Bad(path, $"row {y} has filter {filter}", "0 to 4 was wanted");
                Unfilter(filter, row, y == 0 ? none : pixels.AsSpan((y - 1) * stride, stride), channels);
            }

            if (zlib.ReadByte() >= 0) throw Bad(path, "more pixels are there than the header declares", $"{height} rows were wanted");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new FileFormatException($"PNG \"{path}\": the pixels cannot be inflated ({e.Message}), sound data were wanted. "
                + "Copy or save the image again.", e);
        }

        return pixels;
    }

    /// <summary>Undoes a row's filter: each byte is what the row above and the pixel to the left predict, plus what is stored.</summary>
    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int channels)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int a = i < channels ? 0 : row[i - channels], b = above[i], c = i < channels ? 0 : above[i - channels];
            int predicted = filter switch
            {
                0 => 0,
                1 => a,
                2 => b,
                3 => (a + b) / 2,
                _ => Paeth(a, b, c),
            };
            row[i] = (byte)(row[i] + predicted);
        }
    }

    /// <summary>Of left, above and their corner the one nearest to left + above − corner.</summary>
    private static int Paeth(int a, int b, int c)
    {
        int p = a + b - c, pa = Math.Abs(p - a), pb = Math.Abs(p - b), pc = Math.Abs(p - c);
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }

    private static FileFormatException Bad(string path, string came, string wanted, string remedy = "Copy or save the image again.") =>
        new($"PNG \"{path}\": {came}, {wanted}. {remedy}");
}
