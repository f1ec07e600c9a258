using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Engine.Formats;
using Engine.Tests.Operations;

namespace Engine.Tests.Formats;

public class PngAnimationTests
{
    [TestCase(1, 1)]
    [TestCase(3, 1)]
    [TestCase(2, 3)]
    public void Frames_come_back_in_their_order(int count, int channels)
    {
        using var folder = new TemporaryFolder();
        (int height, int width) = (5, 4);
        var frames = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            frames[i] = new byte[height * width * channels];
            new Random(i).NextBytes(frames[i]);
        }

        Png.WriteAnimation(folder["a.png"], [.. frames.Select(frame => (ReadOnlyMemory<byte>)frame)], height, width, channels, 100);
        byte[] file = File.ReadAllBytes(folder["a.png"]);
        List<(string Type, byte[] Data)> chunks = Chunks(file);
        string[] wanted = ["IHDR", "acTL", "fcTL", "IDAT", .. Enumerable.Repeat((string[])["fcTL", "fdAT"], count - 1).SelectMany(x => x), "IEND"];
        Assert.That(chunks.Select(chunk => chunk.Type), Is.EqualTo(wanted));
        Assert.That(Number(chunks[1].Data, 0), Is.EqualTo(count));
        Assert.That(Number(chunks[1].Data, 4), Is.Zero, "plays for ever");
        int sequence = 0;
        foreach ((string type, byte[] data) in chunks)
        {
            if (type is "fcTL" or "fdAT") Assert.That(Number(data, 0), Is.EqualTo(sequence++));
            if (type == "fcTL") Assert.That((Number(data, 4), Number(data, 8), Number(data, 12), Number(data, 16)), Is.EqualTo((width, height, 0, 0)));
        }

        byte[][] delays = [.. chunks.Where(chunk => chunk.Type == "fcTL").Select(chunk => chunk.Data[20..24])];
        Assert.That(delays.Select(delay => (delay[0] << 8) + delay[1]), Is.EqualTo(Enumerable.Repeat(100, count - 1).Append(400)));
        Assert.That(delays.Select(delay => (delay[2] << 8) + delay[3]), Is.All.EqualTo(1000));
        byte[][] pixels = [.. chunks.Where(chunk => chunk.Type is "IDAT" or "fdAT")
            .Select(chunk => Unpack(chunk.Type == "IDAT" ? chunk.Data : chunk.Data[4..], height, width * channels))];
        Assert.That(pixels, Is.EqualTo(frames));
    }

    [Test]
    public void What_is_no_animation_is_refused()
    {
        using var folder = new TemporaryFolder();
        Errors.Assert<ShapeException>(() => { Png.WriteAnimation(folder["a.png"], [], 1, 1); return 0; }, "without pictures");
        Errors.Assert<ShapeException>(
            () => { Png.WriteAnimation(folder["a.png"], [new byte[1], new byte[2]], 1, 1); return 0; }, "2 bytes came for 1 rows");
        Errors.Assert<ValueException>(() => { Png.WriteAnimation(folder["a.png"], [new byte[1]], 1, 1, milliseconds: 0); return 0; },
            "milliseconds is 0");
        Assert.That(File.Exists(folder["a.png"]), Is.False);
    }

    private static int Number(byte[] data, int at) => BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at));

    private static byte[] Unpack(byte[] data, int height, int stride)
    {
        using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        using var all = new MemoryStream();
        zlib.CopyTo(all);
        byte[] rows = all.ToArray();
        return [.. Enumerable.Range(0, height).SelectMany(y => rows[(y * (stride + 1) + 1)..((y + 1) * (stride + 1))])];
    }

    private static List<(string Type, byte[] Data)> Chunks(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        for (int at = 8; at < file.Length;)
        {
            int length = Number(file, at);
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }

        return chunks;
    }
}
