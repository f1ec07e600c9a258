using System.Buffers.Binary;
using System.Text;
using Engine.Formats;

namespace Engine.Tests.Formats;

public class SafetensorsFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private static byte[] Bytes(string json, params byte[] data)
    {
        byte[] header = Encoding.UTF8.GetBytes(json);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    private static string Entry(string name, string dtype, string shape, string offsets) =>
        $$"""  "{{name}}":{"dtype":"{{dtype}}","shape":{{shape}},"data_offsets":{{offsets}}}""";

    [Test]
    public void A_file_of_the_reference_layout_is_read()
    {
        (string b8, string w32) = (Entry("b", "U8", "[2]", "[0,2]"), Entry("w", "F32", "[1,2]", "[2,10]"));
        string json = $$"""{"__metadata__":{"format":"pt","note":"a\u00e9\"b"},{{w32}},{{b8}}}   """;
        string path = folder.Write("x", Bytes(json, [7, 9, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0]));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(file.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "aé\"b" }));
        Assert.That(file.Entries.Select(e => e.Name), Is.EqualTo(new[] { "b", "w" }), "in the order of the data");
        Assert.That(file["w"].DType, Is.EqualTo(DType.Float32));
        Assert.That(file["w"].Shape, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(file.Contains("w") && !file.Contains("v"));
        byte[] b = new byte[2];
        float[] w = new float[2];
        file.Read("w", System.Runtime.InteropServices.MemoryMarshal.AsBytes(w.AsSpan()));
        file.Read("b", b);
        Assert.That(w, Is.EqualTo(new[] { 1f, -2.5f }));
        Assert.That(b, Is.EqualTo(new byte[] { 7, 9 }));
    }

    [Test]
    public void Half_width_types_are_widened()
    {
        Half[] halves = [(Half)1.5f, (Half)(-65504), Half.Epsilon, Half.PositiveInfinity, Half.NaN];
        byte[] f16 = System.Runtime.InteropServices.MemoryMarshal.AsBytes(halves.AsSpan()).ToArray();
        byte[] bf16 = [0x80, 0x3F, 0x49, 0xC0, 0x80, 0x7F];
        string json = $"{{{Entry("h", "F16", "[5]", "[0,10]")},{Entry("b", "BF16", "[3]", "[10,16]")}}}";
        string path = folder.Write("x", Bytes(json, [.. f16, .. bf16]));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That((file["h"].DType, file["h"].StoredType, file["h"].ByteLength), Is.EqualTo((DType.Float32, "F16", 20L)));
        Assert.That(ReadFloats(file, "h"), Is.EqualTo(Array.ConvertAll(halves, h => (float)h)));
        Assert.That(ReadFloats(file, "b"), Is.EqualTo(new[] { 1f, -3.140625f, float.PositiveInfinity }));
    }

    private static float[] ReadFloats(SafetensorsFile file, string name)
    {
        float[] values = new float[file[name].ByteLength / 4];
        file.Read(name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    [Test]
    public void What_is_written_is_the_documented_layout_aligned_to_eight()
    {
        SafetensorsFile.Write(folder["x"], [new("flag", DType.Bool, [], new byte[] { 1 }),
            new("w", DType.Int32, [1], new byte[] { 1, 2, 3, 4 })],
            new Dictionary<string, string> { ["k"] = "v" });
        byte[] bytes = File.ReadAllBytes(folder["x"]);
        string json = """{"__metadata__":{"k":"v"},"w":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"""
            + """ "flag":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]}}""".TrimStart();
        string padded = json.PadRight((json.Length + 7) / 8 * 8);
        Assert.That(bytes, Is.EqualTo(Bytes(padded, 1, 2, 3, 4, 1)));
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void What_is_written_is_read_back(int seed, string[] names, string[] texts)
    {
        Random random = new(seed);
        bool Sound(string? text) => text is not null && text.EnumerateRunes().All(r => r != Rune.ReplacementChar);
        SafetensorsItem[] items = [.. (names ?? []).Where(Sound).Distinct().Where(n => n != "__metadata__")
            .Select(name => new { name, dtype = (DType)random.Next(6) })
            .Select(t =>
            {
                int[] shape = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(4))];
                byte[] data = new byte[shape.Aggregate(t.dtype.Size(), (a, b) => a * b)];
                random.NextBytes(data);
                if (t.dtype == DType.Bool) foreach (ref byte b in data.AsSpan()) b &= 1;
                return new SafetensorsItem(t.name, t.dtype, shape, data);
            })];
        Dictionary<string, string> metadata = (texts ?? []).Where(Sound).Distinct().ToDictionary(t => t, t => t + "!");
        SafetensorsFile.Write(folder["x"], items, metadata);
        using SafetensorsFile file = SafetensorsFile.Open(folder["x"]);
        Assert.That(file.Metadata, Is.EquivalentTo(metadata));
        Assert.That(file.Entries, Has.Count.EqualTo(items.Length));
        foreach (SafetensorsItem item in items)
        {
            Assert.That((file[item.Name].DType, file[item.Name].ByteLength), Is.EqualTo((item.DType, item.ByteLength)));
            Assert.That(file[item.Name].Shape, Is.EqualTo(item.Shape));
            byte[] read = new byte[item.ByteLength];
            file.Read(item.Name, read);
            MemoryStream expected = new();
            item.WriteData(expected);
            Assert.That(read, Is.EqualTo(expected.ToArray()));
        }
    }

    [Test]
    public void Tensors_of_every_type_outlive_scopes_on_their_way_through_a_file()
    {
        Tensor[] tensors =
        [
            Tensor.From<float>([1f, -2.5f]), Tensor.From<double>([0.1]), Tensor.From<int>([3, -4]), Tensor.From<long>([1L << 40]),
            Tensor.From<byte>([200]), Tensor.From<bool>([true, false]), Tensor.Zeros([2, 0, 3]), Tensor.Scalar(7),
        ];
        SafetensorsFile.Write(folder["x"], [.. tensors.Select((tensor, i) => new SafetensorsItem($"t{i}", tensor))]);
        Dictionary<string, Tensor> loaded;
        using (new TensorScope())
        {
            loaded = SafetensorsFile.Load(folder["x"]);
        }

        Assert.That(loaded.Keys, Is.EquivalentTo(tensors.Select((_, i) => $"t{i}")));
        for (int i = 0; i < tensors.Length; i++)
        {
            Tensor back = loaded[$"t{i}"];
            Assert.That(back.DType, Is.EqualTo(tensors[i].DType));
            Assert.That(back.Shape.ToArray(), Is.EqualTo(tensors[i].Shape.ToArray()));
            Assert.That(back.Bytes().SequenceEqual(tensors[i].Bytes()), $"t{i}");
        }
    }

    private static IEnumerable<TestCaseData> BadFiles()
    {
        static TestCaseData Case(string name, byte[] bytes, params string[] parts) =>
            new TestCaseData(bytes, parts).SetArgDisplayNames(name);
        static TestCaseData Json(string name, string json, int data, params string[] parts) =>
            Case(name, Bytes(json, new byte[data]), parts);
        string good = Entry("a", "U8", "[2]", "[0,2]");
        yield return Case("empty", [], "0 bytes are there", "8 bytes of the header's length");
        yield return Case("header longer than the file", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "header of 3 bytes", "at most 2");
        yield return Case("header of 2^63", [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D], "header of 9223372036854775808 bytes");
        yield return Case("empty header", Bytes(""), "the header is empty");
        yield return Json("leading space", " {}", 0, "begins with byte 0x20", "'{'");
        yield return Json("array", "[]", 0, "begins with byte 0x5B");
        yield return Json("not JSON", "{a}", 0, "not sound JSON");
        yield return Json("cut JSON", "{" + good, 2, "not sound JSON");
        yield return Json("two objects", "{}{}", 0, "not sound JSON");
        yield return Case("not UTF-8", [5, 0, 0, 0, 0, 0, 0, 0, .. "{\"\xFF\""u8[..3], 0xFF, (byte)'"'], "not sound JSON");
        yield return Json("half a surrogate", """{"\ud800":{}}""", 0, "not sound JSON");
        yield return Json("deep", "{\"__metadata__\":{\"a\":" + new string('[', 5000), 0, "metadata \"a\" is a StartArray");
        yield return Json("deep shape", """{"a":{"shape":[[1]]}}""", 0, "shape of tensor \"a\" holds something else at place 0");
        yield return Json("value not an object", """{"a":1}""", 0, "\"a\" is a Number", "an object");
        yield return Json("name twice", $"{{{good},{good}}}", 2, "\"a\" occurs twice");
        yield return Json("metadata twice", """{"__metadata__":{},"__metadata__":{}}""", 0, "\"__metadata__\" occurs twice");
        yield return Json("metadata null", """{"__metadata__":null}""", 0, "\"__metadata__\" is a Null");
        yield return Json("metadata key twice", """{"__metadata__":{"k":"1","k":"2"}}""", 0, "metadata \"k\" occurs twice");
        yield return Json("metadata not text", """{"__metadata__":{"k":1}}""", 0, "metadata \"k\" is a Number", "a string");
        yield return Json("unknown dtype", $"{{{Entry("a", "F4", "[2]", "[0,2]")}}}", 2, "dtype F4", "BF16");
        yield return Json("dtype not text", """{"a":{"dtype":4}}""", 0, "dtype Number");
        yield return Json("unknown field", """{"a":{"color":4}}""", 0, "field \"color\"");
        yield return Json("field twice", """{"a":{"dtype":"U8","dtype":"U8"}}""", 0, "\"dtype\" twice");
        yield return Json("no dtype", """{"a":{"shape":[2],"data_offsets":[0,2]}}""", 2, "lacks dtype");
        yield return Json("no shape", """{"a":{"dtype":"U8","data_offsets":[0,2]}}""", 2, "lacks shape");
        yield return Json("no offsets", """{"a":{"dtype":"U8","shape":[2]}}""", 2, "lacks its two data_offsets");
        yield return Json("one offset", $"{{{Entry("a", "U8", "[2]", "[0]")}}}", 2, "lacks its two data_offsets");
        yield return Json("three offsets", $"{{{Entry("a", "U8", "[2]", "[0,1,2]")}}}", 2,
            "data_offsets of tensor \"a\" has more than 2 numbers");
        yield return Json("shape not an array", $"{{{Entry("a", "U8", "2", "[0,2]")}}}", 2,
            "shape of tensor \"a\" is a Number", "an array");
        yield return Json("negative dimension", $"{{{Entry("a", "U8", "[-2]", "[0,2]")}}}", 2, "something else at place 0", "whole number");
        yield return Json("fraction", $"{{{Entry("a", "U8", "[2.5]", "[0,2]")}}}", 2, "something else at place 0", "whole number");
        yield return Json("offset of 2^64", $"{{{Entry("a", "U8", "[2]", "[0,18446744073709551616]")}}}", 2, "data_offsets", "place 1");
        yield return Json("rank 9", $"{{{Entry("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]")}}}", 1, "more than 8 numbers");
        yield return Json("product overflows", $"{{{Entry("a", "F64", "[2147483647,2147483647,2147483647]", "[0,8]")}}}", 8,
            "data_offsets [0, 8]", "less than 2⁶³");
        yield return Json("product wraps to zero", $"{{{Entry("a", "U8", "[65536,65536,65536,65536]", "[0,0]")}}}", 0, "less than 2⁶³");
        yield return Json("length differs", $"{{{Entry("a", "F32", "[2]", "[0,2]")}}}", 2, "data_offsets [0, 2]", "a length of 8 bytes");
        yield return Json("end before begin", $"{{{Entry("a", "U8", "[2]", "[2,0]")}}}", 2, "data_offsets [2, 0]");
        yield return Json("beyond the data", $"{{{good}}}", 1, "end at 2 of 1 bytes", "within the data");
        yield return Json("data left over", $"{{{good}}}", 3, "3 bytes of data are there, the tensors cover 2");
        yield return Json("overlap", $"{{{good},{Entry("b", "U8", "[2]", "[1,3]")}}}", 3, "\"b\" begin at 1, overlapping");
        yield return Json("hole", $"{{{good},{Entry("b", "U8", "[2]", "[3,5]")}}}", 5, "\"b\" begin at 3, after a hole");
    }

    [TestCaseSource(nameof(BadFiles))]
    public void A_bad_file_is_refused_with_what_came_and_what_was_wanted(byte[] bytes, string[] parts)
    {
        string path = folder.Write("bad", bytes);
        FileFormatException e = Assert.Throws<FileFormatException>(() => SafetensorsFile.Open(path).Dispose());
        Assert.That(e.Message, Does.StartWith($"Safetensors \"{path}\": ").And.Contain("was wanted")
            .And.Contain("download or save it again"));
        foreach (string part in parts) Assert.That(e.Message, Does.Contain(part));
    }

    [Test]
    public void A_header_over_100_MB_is_refused_unread()
    {
        using (FileStream sparse = File.Create(folder["x"]))
        {
            sparse.Write([1, 0xE1, 0xF5, 5, 0, 0, 0, 0]);
            sparse.SetLength(200_000_000);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => SafetensorsFile.Open(folder["x"]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("at most 100000000"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Reading_names_a_wrong_name_a_wrong_length_and_a_BOOL_of_two()
    {
        string path = folder.Write("x", Bytes($"{{{Entry("flags", "BOOL", "[3]", "[0,3]")}}}", 0, 1, 2));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(() => file.Read("flag", new byte[3]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("\"flag\"").And.Message.Contains("flags"));
        Assert.That(() => file.Read("flags", new byte[2]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("2 bytes came").And.Message.Contains("[3] of Bool"));
        Assert.That(() => file.Read("flags", new byte[3]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("BOOL element 2 of tensor \"flags\" is 2"));
    }

    [Test]
    public void A_file_cut_after_opening_is_refused_when_read()
    {
        string path = folder.Write("x", Bytes($"{{{Entry("a", "U8", "[3]", "[0,3]")}}}", 1, 2, 3));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (FileStream cut = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) cut.SetLength(cut.Length - 1);
        Assert.That(() => file.Read("a", new byte[3]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("data of tensor \"a\" cannot be read"));
    }

    [Test]
    public void Writing_refuses_double_reserved_and_broken_names_and_bad_shapes()
    {
        SafetensorsItem Item(string name) => new(name, DType.UInt8, [1], new byte[1]);
        Assert.That(() => SafetensorsFile.Write(folder["x"], [Item("a"), Item("a")]),
            Throws.TypeOf<ValueException>().With.Message.Contains("\"a\" came twice"));
        Assert.That(() => SafetensorsFile.Write(folder["x"], [Item("__metadata__")]),
            Throws.TypeOf<ValueException>().With.Message.Contains("reserved"));
        Assert.That(() => SafetensorsFile.Write(folder["x"], [Item("a\ud800b")]),
            Throws.TypeOf<ValueException>().With.Message.Contains("\\uD800"));
        Assert.That(() => new SafetensorsItem("a", DType.UInt8, [-1], new byte[1]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[-1]"));
        Assert.That(() => new SafetensorsItem("a", DType.UInt8, new int[9], new byte[1]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("at most 8"));
        Assert.That(Directory.GetFiles(folder.Folder), Is.Empty);
    }

    [Test]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        string path = folder["x"];
        SafetensorsFile.Write(path, [new("a", DType.UInt8, [2], new byte[] { 1, 2 })]);
        byte[] old = File.ReadAllBytes(path);
        Assert.That(() => SafetensorsFile.Write(path, [new("a", DType.UInt8, [2], new byte[3])]), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("3 bytes came for tensor \"a\", 2 were wanted"));
        Assert.That(() => SafetensorsFile.Write(path, [new("a", DType.UInt8, [2], _ => throw new InvalidOperationException("power cut"))]),
            Throws.InvalidOperationException);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(old));
        Assert.That(Directory.GetFiles(folder.Folder), Has.Length.EqualTo(1));
        SafetensorsFile.Write(path, [new("b", DType.UInt8, [2], new byte[] { 3, 4 })]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(file.Entries.Single().Name, Is.EqualTo("b"));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        SafetensorsFile.Write(folder["a"], [new("kernel", DType.Float32, [3, 4], new byte[48]),
            new("bias", DType.Float64, [4], new byte[32])],
            new Dictionary<string, string> { ["format"] = "engine" });
        SafetensorsFile.Write(folder["b"], [new("x", DType.Bool, [5], new byte[5]), new("y", DType.Int64, [], new byte[8]),
            new("z", DType.UInt8, [0], Array.Empty<byte>())]);
        byte[] half = Bytes($"{{{Entry("h", "F16", "[2,2]", "[0,8]")}}}", new byte[8]);
        int refused = Mutation.RefusesOnlyInOwnWords([File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]), half], path =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (SafetensorsEntry entry in file.Entries)
            {
                Assert.That(entry.ByteLength, Is.LessThanOrEqualTo(2 * new FileInfo(path).Length));
                file.Read(entry.Name, new byte[entry.ByteLength]);
            }
        }, maxBytes: 1 << 20);
        Assert.That(refused, Is.GreaterThan(1000));
    }
}
