using Engine.Formats;

namespace Engine.Tests.Formats;

public class TextFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_text_is_read_with_its_line_ends_and_without_a_byte_order_mark()
    {
        Assert.That(TextFile.Read(folder.Write("x", [.. "\uFEFFa\r\nß😀\n"u8])), Is.EqualTo("a\r\nß😀\n"));
        Assert.That(TextFile.Read(folder.Write("x", [])), Is.Empty);
    }

    [TestCase("a\r\nb\n\nc\n", new[] { "a", "b", "", "c" })]
    [TestCase("a\nb", new[] { "a", "b" })]
    [TestCase("\n", new[] { "" })]
    [TestCase("", new string[0])]
    public void Lines_end_with_their_ends(string text, string[] lines) =>
        Assert.That(TextFile.ReadLines(folder.Write("x", System.Text.Encoding.UTF8.GetBytes(text))), Is.EqualTo(lines));

    [TestCase(new byte[] { 0x61, 0xFF, 0x62 }, "byte 0xFF at offset 1")]
    [TestCase(new byte[] { 0xEF, 0xBB, 0xBF, 0x61, 0x80 }, "byte 0x80 at offset 4")]
    [TestCase(new byte[] { 0xC3, 0xA9, 0xC3 }, "byte 0xC3 at offset 2")]
    [TestCase(new byte[] { 0x61, 0xED, 0xA0, 0x80 }, "byte 0xED at offset 1")]
    [TestCase(new byte[] { 0xC0, 0xAF }, "byte 0xC0 at offset 0")]
    public void A_byte_that_is_no_UTF_8_is_named_with_its_offset(byte[] bytes, string place)
    {
        string path = folder.Write("x", bytes);
        Assert.That(() => TextFile.Read(path), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains($"Text \"{path}\": {place} is not UTF-8, a text in UTF-8 was wanted. Save the file as UTF-8."));
        Assert.That(() => TextFile.ReadLines(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(place));
    }

    [Test]
    public void A_file_that_is_missing_or_too_long_is_refused()
    {
        Assert.That(() => TextFile.Read(folder["none"]), Throws.TypeOf<FileFormatException>().With.Message.Contains("no such file"));
        string path = folder.Write("x", new byte[11]);
        Assert.That(() => TextFile.Read(path, maxBytes: 10), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("11 bytes are there, at most 10 were wanted").And.Message.Contains("raise maxBytes"));
        Assert.That(TextFile.Read(path, maxBytes: 11), Has.Length.EqualTo(11));
    }
}
