using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Engine.Formats;

namespace Engine.Tests.Formats;

public class PngReadingTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
        return [.. BigEndian(data.Length), .. typed, .. BigEndian((int)Crc(typed))];
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((((crc ^ (uint)(b >> bit)) & 1) != 0) ? 0xEDB88320u : 0);
        }

        return ~crc;
    }

    private static byte[] BigEndian(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Deflate(byte[] bytes)
    {
        MemoryStream stream = new();
        using (ZLibStream zlib = new(stream, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(bytes);
        return stream.ToArray();
    }

    private static byte[] Header(int width, int height, byte bits = 8, byte type = 0, byte interlaced = 0) =>
        Chunk("IHDR", [.. BigEndian(width), .. BigEndian(height), bits, type, 0, 0, interlaced]);

    private static readonly byte[] Signature = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A];

    private static byte[] File(params byte[][] chunks) => [.. Signature, .. chunks.SelectMany(chunk => chunk)];

    /// <summary>Files to mutate: both kinds of image, all filters.</summary>
    internal static byte[][] Samples()
    {
        byte[] grey = new byte[5 * 8], colours = new byte[5 * (3 * 4 + 1)];
        new Random(1).NextBytes(grey);
        new Random(2).NextBytes(colours);
        for (int y = 0; y < 5; y++) (grey[y * 8], colours[y * 13]) = ((byte)y, (byte)(4 - y));
        return
        [
            File(Header(7, 5), Chunk("IDAT", Deflate(grey)), Chunk("IEND", [])),
            File(Header(4, 5, type: 2), Chunk("tEXt", [.. "a\0b"u8]), Chunk("IDAT", Deflate(colours)), Chunk("IEND", [])),
        ];
    }

    [TestCase(1)]
    [TestCase(3)]
    public void What_is_written_is_read_back(int channels)
    {
        byte[] pixels = new byte[9 * 5 * channels];
        new Random(3).NextBytes(pixels);
        Png.Write(folder["x"], pixels, 9, 5, channels);
        Tensor image = Png.Load(folder["x"]);
        Assert.That(image.Shape.ToString(), Is.EqualTo($"[9, 5, {channels}]"));
        Assert.That(image.ToArray<byte>(), Is.EqualTo(pixels));
        Assert.That(Png.ReadShape(folder["x"]), Is.EqualTo(image.Shape));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Every_filter_is_undone_over_several_chunks(int filter)
    {
        const int Height = 6, Width = 7, Stride = 3 * Width;
        byte[] pixels = new byte[Height * Stride];
        new Random(filter).NextBytes(pixels);
        int At(int y, int i) => y < 0 || i < 0 ? 0 : pixels[y * Stride + i];
        List<byte> rows = [];
        for (int y = 0; y < Height; y++)
        {
            rows.Add((byte)filter);
            for (int i = 0; i < Stride; i++)
            {
                int a = At(y, i - 3), b = At(y - 1, i), c = i < 3 ? 0 : At(y - 1, i - 3), p = a + b - c;
                int nearest = new[] { a, b, c }.OrderBy(value => Math.Abs(p - value)).First();
                int predicted = new[] { 0, a, b, (a + b) / 2, nearest }[filter];
                rows.Add((byte)(At(y, i) - predicted));
            }
        }

        byte[] data = Deflate([.. rows]);
        string path = folder.Write("x", File(Header(Width, Height, type: 2), Chunk("PLTE", [1, 2, 3]),
            Chunk("IDAT", data[..5]), Chunk("IDAT", []), Chunk("IDAT", data[5..]), Chunk("tIME", new byte[7]), Chunk("IEND", [])));
        Assert.That(Png.Load(path).ToArray<byte>(), Is.EqualTo(pixels));
    }

    private static IEnumerable<TestCaseData> BadFiles()
    {
        static TestCaseData Case(string name, byte[] bytes, string problem) => new TestCaseData(bytes, problem).SetArgDisplayNames(name);
        byte[] data = Chunk("IDAT", Deflate([0, 1, 2, 0, 3, 4])), end = Chunk("IEND", []), two = Header(2, 2);
        byte[] File(params byte[][] chunks) => PngReadingTests.File(chunks);
        yield return Case("empty", [], "not a PNG file");
        yield return Case("text", [.. "hello, world"u8], "begins with 68656C6C6F2C2077");
        yield return Case("no header", File(data, end), "no sound IHDR");
        yield return Case("short", File(two)[..30], "no sound IHDR");
        yield return Case("palette", File(Header(2, 2, type: 3), data, end), "8 bits of colour type 3");
        yield return Case("transparency", File(Header(2, 2, type: 6), data, end), "8 bits of colour type 6");
        yield return Case("16 bits", File(Header(2, 2, bits: 16), data, end), "16 bits of colour type 0");
        yield return Case("interlaced", File(Header(2, 2, interlaced: 1), data, end), "interlacing 1");
        yield return Case("no rows", File(Header(2, 0), data, end), "0 rows of 2 pixels");
        yield return Case("enormous", File(Header(int.MaxValue, int.MaxValue), data, end), "2147483647 rows");
        yield return Case("bomb", File(Header(10_000, 20_000), data, end), "no more than so few bytes hold");
        yield return Case("checksum", [.. File(two), .. data[..^1], (byte)(data[^1] ^ 1), .. end], "chunk IDAT has the checksum");
        yield return Case("chunk too long", [.. File(two), .. BigEndian(1000), .. "IDAT"u8, .. new byte[20]],
            "a chunk of 1000 bytes is declared");
        yield return Case("cut", [.. File(two, data), 0, 0], "ends within a chunk");
        yield return Case("no end", File(two, data), "without IEND");
        yield return Case("no pixels", File(two, end), "the pixels end in row 0");
        yield return Case("few pixels", File(two, Chunk("IDAT", Deflate([0, 1, 2, 0, 3])), end), "the pixels end in row 1");
        yield return Case("many pixels", File(two, Chunk("IDAT", Deflate([0, 1, 2, 0, 3, 4, 5])), end), "more pixels");
        yield return Case("filter", File(two, Chunk("IDAT", Deflate([5, 1, 2, 0, 3, 4])), end), "row 0 has filter 5");
        yield return Case("not deflated", File(two, Chunk("IDAT", [1, 2, 3, 4, 5]), end), "cannot be inflated");
        yield return Case("divided", File(two, data, Chunk("tEXt", []), data, end), "between those of pixels");
        yield return Case("unknown", File(two, Chunk("ABCD", []), data, end), "a chunk ABCD came");
        yield return Case("trailing", [.. File(two, data, end), 1], "1 bytes follow");
    }

    [TestCaseSource(nameof(BadFiles))]
    public void A_file_that_is_no_sound_image_is_refused_with_its_name(byte[] bytes, string problem)
    {
        string path = folder.Write("x", bytes);
        Assert.That(() => Png.Load(path), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains($"PNG \"{path}\"").And.Message.Contains(problem).And.Message.Contains("wanted"));
    }

    [Test]
    public void Size_limits_and_missing_files_are_told()
    {
        Png.Write(folder["x"], new byte[600], 20, 30);
        Assert.That(() => Png.Load(folder["x"], maxBytes: 300),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("raise maxBytes"));
        Assert.That(() => Png.ReadShape(folder["x"], maxBytes: 300),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("20 rows of 30"));
        Assert.That(() => Png.Load(folder["none"]), Throws.TypeOf<FileFormatException>().With.Message.Contains("no such file"));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        int refused = Mutation.RefusesOnlyInOwnWords(Samples(), path =>
        {
            Png.Load(path, maxBytes: 1 << 20);
            Png.ReadShape(path);
        }, maxBytes: 4 << 20, WithChecksums);
        Assert.That(refused, Is.GreaterThan(1000));
    }

    /// <summary>The same chunks with the checksums that belong to them, as far as they can be told apart.</summary>
    private static byte[] WithChecksums(byte[] file)
    {
        List<byte> mended = [.. file[..Math.Min(8, file.Length)]];
        for (int at = 8; at < file.Length;)
        {
            int length = at + 12 <= file.Length ? BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at)) : -1;
            if (length < 0 || length > file.Length - at - 12)
            {
                mended.AddRange(file[at..]);
                break;
            }

            byte[] typed = file[(at + 4)..(at + 8 + length)];
            mended.AddRange([.. BigEndian(length), .. typed, .. BigEndian((int)Crc(typed))]);
            at += 12 + length;
        }

        return [.. mended];
    }
}
