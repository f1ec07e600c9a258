using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Engine.Formats;

namespace Engine.Tests.Formats;

public class PngTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [TestCase(1, 1, 1)]
    [TestCase(5, 3, 1)]
    [TestCase(4, 7, 3)]
    [TestCase(300, 200, 3)]
    public void An_image_comes_back_from_a_decoder(int height, int width, int channels)
    {
        byte[] pixels = new byte[height * width * channels];
        new Random(height).NextBytes(pixels);
        Png.Write(folder["x.png"], pixels, height, width, channels);
        Assert.That(Decode(File.ReadAllBytes(folder["x.png"])), Is.EqualTo((height, width, channels, pixels))
            .Using<(int, int, int, byte[])>(
            (a, b) => (a.Item1, a.Item2, a.Item3) == (b.Item1, b.Item2, b.Item3) && a.Item4.AsSpan().SequenceEqual(b.Item4)));
    }

    [TestCase(0, 4, 1)]
    [TestCase(4, -4, 1)]
    [TestCase(2, 2, 2)]
    [TestCase(2, 3, 1)]
    public void Sizes_that_do_not_fit_are_refused(int height, int width, int channels)
    {
        Assert.That(() => Png.Write(folder["x.png"], new byte[4], height, width, channels), Throws.TypeOf<ShapeException>()
            .With.Message.Contains($"4 bytes came for {height} rows of {width} pixels with {channels} channels"));
        Assert.That(File.Exists(folder["x.png"]), Is.False);
    }

    /// <summary>Decodes what the specification calls a minimal file, checking every chunk's checksum bit by bit.</summary>
    private static (int Height, int Width, int Channels, byte[] Pixels) Decode(byte[] file)
    {
        Assert.That(file[..8], Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }));
        List<(string Type, byte[] Data)> chunks = [];
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            uint crc = uint.MaxValue;
            foreach (byte b in file.AsSpan(at + 4, 4 + length))
            {
                for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((((crc ^ (uint)(b >> bit)) & 1) != 0) ? 0xEDB88320u : 0);
            }

            Assert.That(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)), Is.EqualTo(~crc));
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }

        Assert.That(chunks.Select(chunk => chunk.Type), Is.EqualTo(new[] { "IHDR", "IDAT", "IEND" }));
        byte[] header = chunks[0].Data;
        (int width, int height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        Assert.That(header[8], Is.EqualTo(8), "bits a channel");
        Assert.That(header[10..], Is.EqualTo(new byte[3]), "deflate, adaptive filters, not interlaced");
        int channels = header[9] == 0 ? 1 : 3;
        using ZLibStream zlib = new(new MemoryStream(chunks[1].Data), CompressionMode.Decompress);
        MemoryStream rows = new();
        zlib.CopyTo(rows);
        int stride = width * channels;
        Assert.That(rows.Length, Is.EqualTo(height * (stride + 1)));
        byte[] pixels = [.. Enumerable.Range(0, height).SelectMany(y => rows.GetBuffer().AsSpan(y * (stride + 1) + 1, stride).ToArray())];
        Assert.That(Enumerable.Range(0, height).All(y => rows.GetBuffer()[y * (stride + 1)] == 0), "filter 0");
        return (height, width, channels, pixels);
    }
}
