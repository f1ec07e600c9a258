using System.Buffers.Binary;
using System.IO.Compression;

namespace Engine.Formats;

/// <summary>PNG images of 8 bits a channel, grey or RGB.</summary>
/// <remarks>
/// Written with one IHDR, one IDAT and one IEND chunk, filter 0. Source: W3C, "Portable Network Graphics (PNG) Specification",
/// ISO/IEC 15948.
/// </remarks>
public static partial class Png
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Writes an image file, atomically.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="pixels">The pixels row by row, top first: height × width × channels bytes.</param>
    /// <param name="height">The number of rows, at least 1.</param>
    /// <param name="width">The number of columns, at least 1.</param>
    /// <param name="channels">1 for grey, 3 for red, green, blue.</param>
    /// <exception cref="ShapeException">The sizes are out of range or do not fit the number of bytes.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> pixels, int height, int width, int channels = 1)
    {
        RequireSizes(path, pixels.Length, height, width, channels);
        FormatFile.WriteAtomically(path, stream => Encode(stream, pixels.Span, height, width, channels));
    }

    /// <summary>Writes an image of checked sizes into a stream.</summary>
    internal static void Encode(Stream stream, ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        WriteHeader(stream, height, width, channels);
        using MemoryStream data = new();
        Compress(data, pixels, height, width, channels);
        WriteChunk(stream, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static void RequireSizes(string path, int bytes, int height, int width, int channels)
    {
        if (height >= 1 && width >= 1 && channels is (1 or 3) && (Int128)height * width * channels == bytes) return;
        throw new ShapeException($"PNG \"{path}\": {bytes} bytes came for "
            + $"{height} rows of {width} pixels with {channels} channels. "
            + "Give height × width × channels bytes, with 1 channel (grey) or 3 (RGB) and sizes of at least 1.");
    }

    private static void WriteHeader(Stream stream, int height, int width, int channels)
    {
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, channels == 1 ? (byte)0 : (byte)2);
        WriteChunk(stream, "IHDR"u8, header);
    }

    private static void Compress(MemoryStream data, ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        using ZLibStream zlib = new(data, CompressionLevel.Optimal, leaveOpen: true);
        int stride = width * channels;
        for (int y = 0; y < height; y++)
        {
            zlib.WriteByte(0);
            zlib.Write(pixels.Slice(y * stride, stride));
        }
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(data, Crc(type, uint.MaxValue)) ^ uint.MaxValue);
        stream.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (byte b in bytes) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    /// <summary>The remainders of all bytes modulo the reflected CRC-32 polynomial 0xEDB88320.</summary>
    private static uint[] MakeCrcTable()
    {
        uint[] table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
