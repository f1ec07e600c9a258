using System.Text;
using System.Text.Json.Nodes;
using Engine.Data;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

public class BytePairFileTests
{
    private const string Verse = "the cat sat on the mat, the cat's hat\nwas on  the cat; that's that. 12 cats, 123 hats é😀\n";
    private TemporaryFolder folder = null!;
    private string valid = null!;

    [SetUp]
    public void MakeFile()
    {
        folder = new TemporaryFolder();
        BytePairTokenizer.Train([Verse], 270, specials: ["<pad>", "<|end|>"]).Save(folder["tokenizer.json"]);
        valid = File.ReadAllText(folder["tokenizer.json"]);
    }

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [TestCase(false, null)]
    [TestCase(true, NormalizationForm.FormKC)]
    public void A_tokenizer_comes_back_from_its_file(bool prefix, NormalizationForm? normalization)
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(
            [Verse], 290, specials: ["<pad>", "<|end|>"], addPrefixSpace: prefix, normalization: normalization);
        tokenizer.Save(folder["x"]);
        BytePairTokenizer back = BytePairTokenizer.Load(folder["x"]);
        Assert.That(back.Tokens, Is.EqualTo(tokenizer.Tokens));
        Assert.That((back.AddPrefixSpace, back.Normalization, back.MergeCount), Is.EqualTo((prefix, normalization, tokenizer.MergeCount)));
        Assert.That(back.Specials, Is.EquivalentTo(tokenizer.Specials));
        Assert.That(back.Encode(Verse + "<pad>ﬁ"), Is.EqualTo(tokenizer.Encode(Verse + "<pad>ﬁ")));
    }

    [Test]
    public void The_file_has_the_documented_form()
    {
        JsonNode file = JsonNode.Parse(valid)!;
        Assert.That((string?)file["version"], Is.EqualTo("1.0"));
        Assert.That((string?)file["model"]!["type"], Is.EqualTo("BPE"));
        Assert.That(file["model"]!["vocab"]!.AsObject(), Has.Count.EqualTo(270));
        Assert.That((int?)file["model"]!["vocab"]!["<pad>"], Is.Zero);
        Assert.That((string?)file["model"]!["merges"]![0], Is.EqualTo("a t"));
        Assert.That((string?)file["pre_tokenizer"]!["type"], Is.EqualTo("ByteLevel"));
        Assert.That((bool?)file["pre_tokenizer"]!["add_prefix_space"], Is.False);
        Assert.That((string?)file["decoder"]!["type"], Is.EqualTo("ByteLevel"));
        Assert.That((string?)file["added_tokens"]![1]!["content"], Is.EqualTo("<|end|>"));
        Assert.That((bool?)file["added_tokens"]![1]!["special"], Is.True);
        Assert.That(file.AsObject().Select(entry => entry.Key), Is.EqualTo(new[]
        {
            "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model",
        }));
    }

    [Test]
    public void Both_forms_of_merges_and_added_tokens_behind_the_vocabulary_are_read()
    {
        JsonNode file = JsonNode.Parse(valid)!;
        JsonObject model = file["model"]!.AsObject();
        model["merges"] = new JsonArray([.. model["merges"]!.AsArray().Select(merge =>
            (JsonNode)new JsonArray([.. ((string)merge!).Split(' ').Select(part => (JsonNode)JsonValue.Create(part)!)]))]);
        model["end_of_word_suffix"] = "";
        model["unk_token"] = "<|end|>";
        file["post_processor"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false}""");
        file["added_tokens"]!.AsArray().Add(JsonNode.Parse(
            """{"id":270,"content":"<new>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}"""));
        file["something_newer"] = 1;
        BytePairTokenizer tokenizer = BytePairTokenizer.Load(folder["tokenizer.json"]), back = Load(file.ToJsonString());
        Assert.That(back.Encode(Verse), Is.EqualTo(tokenizer.Encode(Verse)));
        Assert.That(back.Encode("<new>"), Is.EqualTo(new[] { 270 }));
        Assert.That(back.Decode([270]), Is.EqualTo("<new>"));
    }

    private static IEnumerable<TestCaseData> Changes()
    {
        static TestCaseData Case(string path, string? value, string problem) =>
            new TestCaseData(path, value, problem).SetArgDisplayNames($"{path} = {value}");
        yield return Case("truncation", """{"max_length":8}""", "truncation is set, and ids would be others than here, null was wanted");
        yield return Case("padding", """{"strategy":"BatchLongest"}""", "padding is set");
        yield return Case("normalizer", """{"type":"BertNormalizer"}""",
            "normalizer \"BertNormalizer\" came, NFC, NFD, NFKC, NFKD or null");
        yield return Case("pre_tokenizer", """{"type":"Whitespace"}""", "pre_tokenizer \"Whitespace\" came, \"ByteLevel\"");
        yield return Case("pre_tokenizer", null, "pre_tokenizer null came");
        yield return Case("pre_tokenizer", """{"type":"ByteLevel"}""", "pre_tokenizer.add_prefix_space is missing");
        yield return Case("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""",
            "pre_tokenizer.use_regex");
        yield return Case("post_processor", """{"type":"TemplateProcessing"}""", "post_processor \"TemplateProcessing\" came");
        yield return Case("decoder", """{"type":"WordPiece"}""", "decoder \"WordPiece\" came");
        yield return Case("model", null, "not of the wanted form");
        yield return Case("model/type", "\"Unigram\"", "model.type is set");
        yield return Case("model/dropout", "0.1", "model.dropout is set");
        yield return Case("model/continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix is set");
        yield return Case("model/end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is set");
        yield return Case("model/byte_fallback", "true", "model.byte_fallback is set");
        yield return Case("model/ignore_merges", "true", "model.ignore_merges is set");
        yield return Case("model/vocab", null, "not of the wanted form");
        yield return Case("model/vocab/A", "9999", "token \"A\" has id 9999 among 270 tokens");
        yield return Case("model/vocab/A", "-1", "token \"A\" has id -1");
        yield return Case("model/vocab/A", "5", "have id 5, an id for each");
        yield return Case("model/vocab/A", "1.5", "not of the wanted form");
        yield return Case("model/vocab/日", "270", "token \"日\" has a letter that stands for no byte");
        yield return Case("model/vocab/", "270", "a token is empty");
        yield return Case("model/merges", "null", "not of the wanted form");
        yield return Case("model/merges", """["a"]""", "not of the wanted form");
        yield return Case("model/merges", """["a b c"]""", "not of the wanted form");
        yield return Case("model/merges", """[["a"]]""", "not of the wanted form");
        yield return Case("model/merges", """[["a","b","c"]]""", "not of the wanted form");
        yield return Case("model/merges", """[["a",7]]""", "not of the wanted form");
        yield return Case("model/merges", """[7]""", "not of the wanted form");
        yield return Case("model/merges", """["zz q"]""", "merges[0] needs \"zz\", which is no token");
        yield return Case("model/merges", """["q z"]""", "merges[0] needs \"qz\", which is no token");
        yield return Case("model/merges", """["a t","a t"]""", "merges[1], \"a t\", occurs twice");
        yield return Case("added_tokens", """[{"id":0,"content":"<pad>"},{"id":0,"content":"<pad>"}]""",
            "added token \"<pad>\" occurs twice");
        yield return Case("added_tokens", """[{"id":3,"content":"<pad>"}]""", "added token \"<pad>\" has ids 3 and 0");
        yield return Case("added_tokens", """[{"id":0,"content":"<pad>","lstrip":true}]""", "lstrip, rstrip or single_word is set");
        yield return Case("added_tokens", """[{"id":0,"content":""}]""", "an added token is empty");
        yield return Case("added_tokens", "[null]", "an added token is empty");
        yield return Case("added_tokens", """[{"content":"x"}]""", "not of the wanted form");
        yield return Case("added_tokens", "[]", "token \"<pad>\" has a letter that stands for no byte");
    }

    [TestCaseSource(nameof(Changes))]
    public void What_would_make_other_ids_is_refused_by_name(string place, string? value, string problem)
    {
        JsonNode file = JsonNode.Parse(valid)!;
        string[] parts = place.Split('/');
        JsonNode parent = parts.SkipLast(1).Aggregate(file, (node, part) => node[part]!);
        parent[parts[^1]] = value is null ? null : JsonNode.Parse(value);
        string text = file.ToJsonString();
        if (problem.Contains("<pad>\" has a letter", StringComparison.Ordinal)) text = text.Replace("\\u003Cpad\\u003E", "日本");
        if (problem.Contains("<pad>\" has a letter", StringComparison.Ordinal)) problem = problem.Replace("<pad>", "日本");
        Assert.That(() => Load(text), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith($"Tokenizer \"{folder["x"]}\": ").And.Message.Contains(problem).And.Message.Contains("wanted"));
    }

    [TestCase("", "not of the wanted form")]
    [TestCase("null", "null came")]
    [TestCase("{}", "not of the wanted form")]
    [TestCase("{\"model\":{\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}", "not of the wanted form")]
    public void A_file_that_is_no_tokenizer_is_refused(string json, string problem) => Assert.That(() => Load(json),
        Throws.TypeOf<FileFormatException>().With.Message.Contains(folder["x"]).And.Message.Contains(problem));

    [Test]
    public void A_byte_without_a_token_a_depth_without_end_and_a_file_too_long_are_refused()
    {
        JsonObject vocabulary;
        JsonNode file = JsonNode.Parse(valid)!;
        vocabulary = file["model"]!["vocab"]!.AsObject();
        int last = vocabulary.Max(entry => (int)entry.Value!);
        string gone = vocabulary.First(entry => (int)entry.Value! == last).Key;
        vocabulary.Remove("\"");
        vocabulary[gone] = 3;
        Assert.That(() => Load(file.ToJsonString()),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("no token is byte 0x22 alone"));
        Assert.That(() => Load("{\"padding\":" + new string('[', 100_000)), Throws.TypeOf<FileFormatException>());
        Assert.That(() => BytePairTokenizer.Load(folder["tokenizer.json"], maxBytes: 100),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("raise maxBytes"));
        Assert.That(() => BytePairTokenizer.Load(folder["none"]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("no such file"));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(valid), tight = Encoding.UTF8.GetBytes(JsonNode.Parse(valid)!.ToJsonString());
        int refused = Mutation.RefusesOnlyInOwnWords([bytes, tight], path =>
        {
            BytePairTokenizer tokenizer = BytePairTokenizer.Load(path);
            if (tokenizer.Decode(tokenizer.Encode("the cat")).Length == 0) Assert.Fail("nothing came back");
        }, maxBytes: 4 << 20);
        Assert.That(refused, Is.GreaterThan(1000));
    }

    private BytePairTokenizer Load(string json) => BytePairTokenizer.Load(folder.Write("x", Encoding.UTF8.GetBytes(json)));
}
