using System.IO.Compression;
using Engine.Formats;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Formats;

public class IdxTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private static readonly byte[] TwoByThree = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];

    internal static byte[] Gzip(byte[] bytes)
    {
        MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest)) gzip.Write(bytes);
        return stream.ToArray();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Bytes_are_read_plain_and_gzipped_whatever_the_name(bool gzip)
    {
        string path = folder.Write(gzip ? "plain-by-name" : "gzip-by-name.gz", gzip ? Gzip(TwoByThree) : TwoByThree);
        (IdxHeader header, Array values) = Idx.ReadArray(path);
        Assert.That(header.DType, Is.EqualTo(DType.UInt8));
        Assert.That(header.Dimensions, Is.EqualTo(new[] { 2, 3 }));
        Assert.That(values, Is.EqualTo(new byte[] { 10, 20, 30, 40, 50, 60 }));
        Assert.That(Idx.ReadHeader(path).Dimensions, Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public void Every_element_type_is_read_big_endian()
    {
        Array Read(params byte[] bytes) => Idx.ReadArray(folder.Write("x", [0, 0, bytes[0], 1, 0, 0, 0, 2, .. bytes[1..]])).Values;
        Assert.That(Read(0x08, 1, 255), Is.EqualTo(new byte[] { 1, 255 }));
        Assert.That(Read(0x09, 1, 255), Is.EqualTo(new[] { 1, -1 }));
        Assert.That(Read(0x0B, 1, 2, 0xFF, 0xFE), Is.EqualTo(new[] { 258, -2 }));
        Assert.That(Read(0x0C, 0, 1, 2, 3, 0xFF, 0xFF, 0xFF, 0xFD), Is.EqualTo(new[] { 0x010203, -3 }));
        Assert.That(Read(0x0D, 0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0), Is.EqualTo(new[] { 1f, -2.5f }));
        Assert.That(Read(0x0E, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 4, 0, 0, 0, 0, 0, 0), Is.EqualTo(new[] { 1.0, -2.5 }));
    }

    [Test]
    public void What_is_written_is_the_documented_layout()
    {
        Idx.Write<byte>(folder["x"], [2, 3], new byte[] { 10, 20, 30, 40, 50, 60 });
        Assert.That(File.ReadAllBytes(folder["x"]), Is.EqualTo(TwoByThree));
        Idx.Write<short>(folder["x"], [2], new short[] { 258, -2 });
        Assert.That(File.ReadAllBytes(folder["x"]), Is.EqualTo(new byte[] { 0, 0, 0x0B, 1, 0, 0, 0, 2, 1, 2, 0xFF, 0xFE }));
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void What_is_written_is_read_back(byte a, byte b, byte c, int seed)
    {
        int[] shape = [a % 5, b % 5 + 1, c % 4 + 1];
        Random random = new(seed);
        int count = shape[0] * shape[1] * shape[2];
        RoundTrip<byte, byte>(shape, count, () => (byte)random.Next(), v => v);
        RoundTrip<sbyte, int>(shape, count, () => (sbyte)random.Next(), v => v);
        RoundTrip<short, int>(shape, count, () => (short)random.Next(), v => v);
        RoundTrip<int, int>(shape, count, () => random.Next() - random.Next(), v => v);
        RoundTrip<float, float>(shape, count, random.NextSingle, v => v);
        RoundTrip<double, double>(shape, count, random.NextDouble, v => v);
    }

    private void RoundTrip<TStored, TRead>(int[] shape, int count, Func<TStored> draw, Func<TStored, TRead> widen)
        where TStored : unmanaged
    {
        TStored[] values = [.. Enumerable.Range(0, count).Select(_ => draw())];
        Idx.Write<TStored>(folder["x"], shape, values);
        foreach (bool gzip in new[] { false, true })
        {
            if (gzip) folder.Write("x", Gzip(File.ReadAllBytes(folder["x"])));
            (IdxHeader header, Array read) = Idx.ReadArray(folder["x"]);
            Assert.That(header.Dimensions, Is.EqualTo(shape));
            Assert.That((TRead[])read, Is.EqualTo(Array.ConvertAll(values, v => widen(v))));
        }
    }

    [Test]
    public void Gzip_of_several_members_is_read_through()
    {
        byte[] large = new byte[8 + 3_000_000];
        new byte[] { 0, 0, 8, 1, 0, 0x2D, 0xC6, 0xC0 }.CopyTo(large, 0);
        new Random(1).NextBytes(large.AsSpan(8));
        string path = folder.Write("x", [.. Gzip(large[..1_500_000]), .. Gzip(large[1_500_000..])]);
        Assert.That(((byte[])Idx.ReadArray(path).Values).AsSpan().SequenceEqual(large.AsSpan(8)));
    }

    [Test]
    public void A_tensor_is_loaded_in_the_type_of_the_file()
    {
        Tensor bytes = Idx.Load(folder.Write("x", TwoByThree));
        Assert.That(bytes.DType, Is.EqualTo(DType.UInt8));
        Assert.That(bytes.Shape.ToArray(), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(bytes.ToArray<byte>(), Is.EqualTo(TwoByThree[12..]));
        Idx.Write<short>(folder["x"], [2], new short[] { 7, -9 });
        Assert.That(Idx.Load(folder["x"]).ToArray<int>(), Is.EqualTo(new[] { 7, -9 }));
        Idx.Write<float>(folder["x"], [1, 2], new[] { 0.5f, -2 });
        Assert.That(Idx.Load(folder["x"]).ToArray<float>(), Is.EqualTo(new[] { 0.5f, -2 }));
        Idx.Write<double>(folder["x"], [1, 2], new[] { 0.1, -2 });
        Assert.That(Idx.Load(folder["x"]).ToArray<double>(), Is.EqualTo(new[] { 0.1, -2 }));
        Assert.That(() => Idx.Load(folder["x"], maxBytes: 15), Throws.TypeOf<FileFormatException>());
    }

    private static IEnumerable<TestCaseData> BadFiles()
    {
        static TestCaseData Case(string name, byte[] bytes, params string[] parts) =>
            new TestCaseData(bytes, parts).SetArgDisplayNames(name);
        yield return Case("empty", [], "ends within its first 4 bytes");
        yield return Case("short magic", [0, 0, 8], "ends within its first 4 bytes");
        yield return Case("not IDX", [.. "PK\u0003\u0004 and so on"u8], "begins with 504B0304", "not an IDX file");
        yield return Case("unknown type", [0, 0, 0x0A, 1, 0, 0, 0, 0], "begins with 00000A01", "08, 09, 0B, 0C, 0D or 0E");
        yield return Case("rank 0", [0, 0, 8, 0, 1], "rank 0", "1 to 8");
        yield return Case("rank 9", [0, 0, 8, 9, .. new byte[36]], "rank 9", "1 to 8");
        yield return Case("no dimensions", [0, 0, 8, 2, 0, 0, 0, 2], "ends within its dimensions", "2 dimensions");
        yield return Case("dimension over 2^31", [0, 0, 8, 1, 0x80, 0, 0, 0], "dimension 0 is declared as 2147483648");
        yield return Case("product overflows", [0, 0, 8, 4, .. Enumerable.Repeat<byte>(0x7F, 16)], "[2139062143, 2139062143", "maxBytes");
        yield return Case("product wraps to the length", [0, 0, 8, 3, 0x40, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 16], "is declared",
            "at most 1073741824 bytes");
        yield return Case("widened beyond the limit", [0, 0, 9, 1, 0x10, 0, 0, 1], "[268435457] of Int32 is declared", "1073741824 bytes");
        yield return Case("truncated", TwoByThree[..^1], "17 bytes are there", "18 bytes for shape [2, 3]");
        yield return Case("too long", [.. TwoByThree, 1], "19 bytes are there", "18 bytes for shape [2, 3]");
        yield return Case("gzip of a truncated file", Gzip(TwoByThree[..^1]), "end after 5 bytes", "6 bytes of elements");
        yield return Case("gzip of a file too long", Gzip([.. TwoByThree, 1]), "more than 6 bytes", "exactly 6");
        yield return Case("gzip bomb", Gzip([0, 0, 8, 1, 0x20, 0, 0, 0]), "of gzip are there", "536870920 bytes", "so few cannot hold");
        yield return Case("gzip header alone", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "ends within its first 4 bytes");
        yield return Case("gzip of noise", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF], "cannot be read", "whole and sound");
        yield return Case("gzip cut", Gzip(TwoByThree)[..^12], "end after 3 bytes", "6 bytes of elements");
        byte[] checksum = Gzip(TwoByThree);
        checksum[^6] ^= 1;
        yield return Case("gzip checksum", checksum, "cannot be read", "Download or copy the file again");
    }

    [TestCaseSource(nameof(BadFiles))]
    public void A_bad_file_is_refused_with_what_came_and_what_was_wanted(byte[] bytes, string[] parts)
    {
        string path = folder.Write("bad", bytes);
        FileFormatException e = Assert.Throws<FileFormatException>(() => Idx.ReadArray(path));
        Assert.That(e.Message, Does.StartWith($"IDX \"{path}\": ").And.Contain("was wanted"));
        foreach (string part in parts) Assert.That(e.Message, Does.Contain(part));
    }

    [Test]
    public void A_gzip_that_lies_about_its_length_takes_no_memory_for_it()
    {
        // The header declares 300 MB, the trailer agrees with something smaller, and a megabyte of noise makes the ratio credible.
        byte[] noise = new byte[1 << 20];
        new Random(3).NextBytes(noise);
        string path = folder.Write("bomb", Gzip([0, 0, 8, 1, 0x12, 0, 0, 0, .. noise]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<FileFormatException>(() => Idx.ReadArray(path));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
    }

    [Test]
    public void A_missing_file_and_a_folder_are_named()
    {
        Assert.That(() => Idx.ReadArray(folder["absent"]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("absent").And.Message.Contains("there is no such file"));
        Assert.That(() => Idx.ReadArray(folder.Folder), Throws.TypeOf<FileFormatException>().With.Message.Contains(folder.Folder));
        Assert.That(() => Idx.ReadArray(""), Throws.TypeOf<FileFormatException>());
    }

    [Test]
    public void The_callers_limit_is_kept()
    {
        string path = folder.Write("x", TwoByThree);
        Assert.That(() => Idx.ReadArray(path, maxBytes: 5), Throws.TypeOf<FileFormatException>().With.Message.Contains("at most 5 bytes"));
        Assert.That(Idx.ReadArray(path, maxBytes: 6).Values, Has.Length.EqualTo(6));
    }

    [Test]
    public void Writing_checks_type_rank_and_count_and_leaves_the_old_file()
    {
        string path = folder.Write("x", [1, 2, 3]);
        Assert.That(() => Idx.Write<long>(path, [1], new long[1]), Throws.TypeOf<DTypeException>().With.Message.Contains("Int64"));
        Assert.That(() => Idx.Write<byte>(path, [], new byte[1]), Throws.TypeOf<ShapeException>().With.Message.Contains("rank 0"));
        Assert.That(() => Idx.Write<byte>(path, [2, 3], new byte[5]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("5 values came for shape [2, 3]"));
        Assert.That(() => Idx.Write<byte>(path, [-1, -1], new byte[1]), Throws.TypeOf<ShapeException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        byte[] content = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, .. Enumerable.Range(0, 120).Select(i => (byte)(i * i))];
        byte[] floats = [0, 0, 0x0D, 2, 0, 0, 0, 3, 0, 0, 0, 2, .. Enumerable.Range(0, 24).Select(i => (byte)(i * 7))];
        int refused = Mutation.RefusesOnlyInOwnWords(
            [content, Gzip(content), floats, Gzip(floats)], path => Idx.ReadArray(path), maxBytes: 2 << 20);
        Assert.That(refused, Is.GreaterThan(1000));
    }
}
