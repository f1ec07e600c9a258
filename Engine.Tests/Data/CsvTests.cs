using Engine.Data;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

public class CsvTests
{
    private const string Flowers = "length,width,kind\n5.1,3.5,setosa\n7,.32e1,\"versi,color\"\n 6.3 ,-3,setosa\n";
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private string File(string text) => folder.Write("x.csv", System.Text.Encoding.UTF8.GetBytes(text));

    [Test]
    public void Columns_are_named_by_the_header_and_texts_become_classes()
    {
        CsvDataset data = Dataset.FromCsv(File(Flowers), label: "kind");
        Assert.That(data.Features.Shape.ToString(), Is.EqualTo("[3, 2]"));
        Assert.That(data.Features.ToArray<float>(), Is.EqualTo(new[] { 5.1f, 3.5f, 7, 3.2f, 6.3f, -3 }));
        Assert.That(data.Labels!.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 0 }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "length", "width" }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "setosa", "versi,color" }));
    }

    [Test]
    public void Columns_are_counted_from_both_ends_and_chosen_in_any_order()
    {
        string path = File("1;2;3\r\n\r\n4;5;6\r\n");
        CsvDataset data = Dataset.FromCsv(path, label: ^1, features: [1, 0], hasHeader: false, labels: CsvLabels.Numbers, delimiter: ';');
        Assert.That(data.Features.ToArray<float>(), Is.EqualTo(new[] { 2f, 1, 5, 4 }));
        Assert.That(data.Labels!.ToArray<float>(), Is.EqualTo(new[] { 3f, 6 }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "column 1", "column 0" }));
        Assert.That(Dataset.FromCsv(path, hasHeader: false, delimiter: ';').Labels, Is.Null);
    }

    [Test]
    public void Class_numbers_follow_the_sorted_names_or_those_given()
    {
        string path = File("x,y\n1,10\n2,9\n3,10\n4,-1\n");
        CsvDataset sorted = Dataset.FromCsv(path, "y");
        Assert.That(sorted.ClassNames, Is.EqualTo(new[] { "-1", "9", "10" }), "by value, not by their characters");
        Assert.That(sorted.Labels!.ToArray<int>(), Is.EqualTo(new[] { 2, 1, 2, 0 }));
        CsvDataset given = Dataset.FromCsv(path, "y", classes: ["10", "9", "8", "-1"]);
        Assert.That(given.Labels!.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 0, 3 }));
        CsvDataset integers = Dataset.FromCsv(path, "y", labels: CsvLabels.Integers);
        Assert.That(integers.Labels!.ToArray<int>(), Is.EqualTo(new[] { 10, 9, 10, -1 }));
        Assert.That(integers.ClassNames, Is.Empty);
    }

    [TestCase("length,width,kind\n5.1,,setosa\n", 2, "\"width\"", "the value is missing")]
    [TestCase("length,width,kind\n1,2,a\n\n5.1,?,setosa\n", 4, "\"width\"", "\"?\" came")]
    [TestCase("length,width,kind\nNaN,2,a\n", 2, "\"length\"", "\"NaN\" came")]
    [TestCase("length,width,kind\n1,1e99,a\n", 2, "\"width\"", "\"1e99\" came")]
    [TestCase("length,width,kind\n1,\"1,5\",a\n", 2, "\"width\"", "\"1,5\" came")]
    [TestCase("length,width,kind\n1,2,\n", 2, "\"kind\"", "the value is missing")]
    public void A_value_that_is_missing_or_no_number_is_named_by_file_line_and_column(string text, int line, string column, string came)
    {
        Assert.That(() => Dataset.FromCsv(File(text), "kind"), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains(folder["x.csv"]).And.Message.Contains($"line {line}:").And.Message.Contains($"column {column}: {came}"));
    }

    [TestCase("a,b\n1,2,3\n", "line 2: 3 fields came, 2, as in the first line, were wanted")]
    [TestCase("a,b\n1\n", "line 2: 1 fields came")]
    [TestCase("a,b\n", "no line of samples")]
    [TestCase("", "no line of samples")]
    [TestCase("a,b\n1,\"2\n3", "the text cannot be read")]
    [TestCase("a,b\n1,\"2\"3\n", "the text cannot be read")]
    public void A_table_that_is_none_is_refused(string text, string problem) => Assert.That(() => Dataset.FromCsv(File(text)),
        Throws.TypeOf<FileFormatException>().With.Message.Contains("CSV \"" + folder["x.csv"]).And.Message.Contains(problem));

    [Test]
    public void Columns_that_are_not_there_and_contradictions_are_refused()
    {
        string path = File(Flowers);
        Assert.That(() => Dataset.FromCsv(path, "Kind"), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("the header has \"length\", \"width\", \"kind\", column \"Kind\" was wanted"));
        Assert.That(() => Dataset.FromCsv(path, 3),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("3 columns came, one at place 3"));
        Assert.That(() => Dataset.FromCsv(path, ^4), Throws.TypeOf<FileFormatException>().With.Message.Contains("one at place ^4"));
        Assert.That(() => Dataset.FromCsv(path, -1), Throws.TypeOf<ValueException>().With.Message.Contains("column -1"));
        Assert.That(() => Dataset.FromCsv(path, "kind", hasHeader: false),
            Throws.TypeOf<ValueException>().With.Message.Contains("hasHeader"));
        Assert.That(() => Dataset.FromCsv(path, "kind", features: []), Throws.TypeOf<ValueException>().With.Message.Contains("empty list"));
        Assert.That(() => Dataset.FromCsv(path, classes: ["a"]),
            Throws.TypeOf<ValueException>().With.Message.Contains("classes were given"));
        Assert.That(() => Dataset.FromCsv(path, "kind", classes: ["a", "a"]),
            Throws.TypeOf<ValueException>().With.Message.Contains("twice"));
        Assert.That(() => Dataset.FromCsv(path, "kind", classes: ["setosa"]), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("line 3").And.Message.Contains("\"versi,color\" came, one of \"setosa\" was wanted"));
        Assert.That(() => Dataset.FromCsv(path, "kind", labels: CsvLabels.Integers), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("\"setosa\" came, a whole number"));
        Assert.That(() => Dataset.FromCsv(path, delimiter: '"'), Throws.TypeOf<ValueException>().With.Message.Contains("U+0022"));
        Assert.That(() => Dataset.FromCsv(path, "kind", maxBytes: 16),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("raise maxBytes"));
        Assert.That(() => Dataset.FromCsv(folder["none"]), Throws.TypeOf<FileFormatException>().With.Message.Contains("no such file"));
        Assert.That(() => Dataset.FromCsv(File("a,a\n1,2\n"), "a"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("\"a\" twice"));
        Assert.That(() => Dataset.FromCsv(File("a\n1\n"), "a"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("it is the label's"));
        Assert.That(() => Dataset.FromCsv(folder.Write("x.csv", [(byte)'a', 0xFF, (byte)'\n', (byte)'1', (byte)'\n'])),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("UTF-8 was wanted"));
    }

    /// <summary>The real table; its generated twin is <see cref="A_generated_table_is_read_whole"/>.</summary>
    [Test]
    public void The_real_irises_have_their_known_numbers()
    {
        string? real = RealData.Folder("tabular");
        if (real is null)
        {
            Assert.Ignore("The tables are not here: set ENGINE_DATA to a folder whose subfolder tabular holds them. "
                + "The generated twin of this test ran.");
        }

        CsvDataset iris = Dataset.FromCsv(Path.Combine(real!, "iris.csv"), label: ^1, hasHeader: false);
        Assert.That(iris.Features.Shape.ToString(), Is.EqualTo("[150, 4]"));
        Assert.That(iris.ClassNames, Is.EqualTo(new[] { "Iris-setosa", "Iris-versicolor", "Iris-virginica" }));
        Assert.That(iris.Features.Mean(axis: 0).ToArray<float>(), Is.EqualTo(new[] { 5.8433f, 3.0540f, 3.7587f, 1.1987f }).Within(2e-4));
        (Dataset train, Dataset test) = iris.Split(0.8, stratify: true);
        Assert.That(Enumerable.Range(0, 3).Select(c => test.Labels!.ToArray<int>().Count(label => label == c)), Is.All.EqualTo(10));
        CsvDataset wine = Dataset.FromCsv(Path.Combine(real!, "wine.csv"), label: ^1, hasHeader: false);
        Assert.That((wine.Count, wine.FeatureShape.ToString(), wine.ClassNames.Count), Is.EqualTo((178, "[13]", 3)));
    }

    [Test]
    public void A_generated_table_is_read_whole()
    {
        Random random = new(4);
        double[][] rows = [.. Enumerable.Range(0, 150).Select(_ => Enumerable.Range(0, 4).Select(_ => random.NextDouble() * 8).ToArray())];
        string[] kinds = ["setosa", "versicolor", "virginica"];
        string path = File(string.Concat(rows.Select((row, i) =>
            FormattableString.Invariant($"{row[0]},{row[1]},{row[2]},{row[3]},{kinds[i / 50]}\n"))));
        CsvDataset data = Dataset.FromCsv(path, label: ^1, hasHeader: false);
        Assert.That(data.Features.ToArray<float>(), Is.EqualTo(rows.SelectMany(row => row).Select(value => (float)value)));
        Assert.That(data.Labels!.ToArray<int>(), Is.EqualTo(Enumerable.Range(0, 150).Select(i => i / 50)));
        Assert.That(data.ClassNames, Is.EqualTo(kinds));
    }

    [Test]
    public void Thousands_of_mutations_are_refused_in_own_words_or_read()
    {
        byte[] plain = [.. System.Text.Encoding.UTF8.GetBytes(Flowers)], wide = [.. System.Text.Encoding.UTF8.GetBytes(
            "a,b,c,kind\r\n" + string.Concat(
                Enumerable.Range(0, 20).Select(i => $"{i},{i}.5e{i % 7},\"{-i}\",\"k \"\"{i % 3}\"\"\"\r\n")))];
        int refused = Mutation.RefusesOnlyInOwnWords([plain, wide], path => Dataset.FromCsv(path, ^1), maxBytes: 2 << 20);
        Assert.That(refused, Is.GreaterThan(500));
    }
}
