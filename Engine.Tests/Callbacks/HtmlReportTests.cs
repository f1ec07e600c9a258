using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Models;
using Engine.Tests.Formats;
using Engine.Tests.Models;
using Engine.Tests.Operations;

namespace Engine.Tests.Callbacks;

public class HtmlReportTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_page_has_curves_a_matrix_and_pictures_and_needs_nothing_else()
    {
        (byte[] images, byte[] labels) = RenderedDigits.Generate(60, 1);
        var digits = new Dataset(Tensor.From<byte>(images, [60, 28, 28, 1]), Tensor.From<byte>(labels));
        var model = new Sequential("a<b", new Input(28, 28, 1), new Flatten(), new Dense(10, Activation.Softmax));
        model.Compile(new Engine.Optimizers.Adam(), new Engine.Losses.SparseCategoricalCrossentropy(), new Engine.Metrics.Accuracy());
        History history = model.Fit(digits, epochs: 3, validationSplit: 0.2, verbose: Verbosity.Silent,
            callbacks: [new HtmlReport(folder["report.html"], digits, samples: 7)]);
        string page = File.ReadAllText(folder["report.html"]);
        Assert.That(page, Does.Contain("a&lt;b").And.Not.Contains("a<b"));
        Assert.That(Regex.Matches(page, "(?:src|href)=\"(?!data:)|url\\("), Is.Empty, "nothing is fetched");
        Assert.That(page, Does.Not.Contain("http").And.Not.Contains("<script"));
        XElement[] charts = [.. Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline).Select(match => XElement.Parse(match.Value))];
        Assert.That(charts, Has.Length.EqualTo(2), "loss and accuracy");
        foreach (XElement chart in charts)
        {
            Assert.That(chart.Elements("path"), Has.Exactly(2).Items, "training and validation");
            // A point for each epoch: its height falls as the value rises.
            string name = chart.Attribute("aria-label")!.Value;
            double[] heights = [.. chart.Elements("circle")
                .Where(dot => dot.Element("title") is not null && dot.Attribute("class")!.Value == "dot training")
                .Select(dot => (double)dot.Attribute("cy")!)];
            Assert.That(heights, Has.Length.EqualTo(3));
            Assert.That(Math.Sign(heights[0] - heights[2]), Is.EqualTo(Math.Sign(history[name][2] - history[name][0])));
        }

        int[] counts = [.. Regex.Matches(page, "<td[^>]*>(\\d+)</td>").Select(match => int.Parse(match.Groups[1].Value))];
        Assert.That(counts, Has.Length.EqualTo(100));
        Assert.That(counts.Sum(), Is.EqualTo(60));
        Assert.That(Regex.Matches(page, "data:image/png;base64,iVBORw0KGgo"), Has.Count.EqualTo(7));
    }

    [Test]
    public void Numbers_and_names_of_classes_are_shown_for_samples_that_are_no_images()
    {
        TinyModels.Classifier().Fit(TinyModels.Quadrants(40), verbose: Verbosity.Silent,
            callbacks: [new HtmlReport(folder["report.html"], TinyModels.Quadrants(9), ["odd & more", "even"])]);
        string page = File.ReadAllText(folder["report.html"]);
        Assert.That(page, Does.Contain("odd &amp; more").And.Contain("even"));
        Assert.That(Regex.Matches(page, "class=\"sample\""), Has.Count.EqualTo(9));
    }

    [Test]
    public void Values_that_are_not_finite_break_a_line_and_equal_ones_get_room()
    {
        static string Chart(params double[] values) =>
            new HtmlChart("x", [new HtmlLine("training", "training", [.. Enumerable.Range(1, values.Length)], values)]).ToString();
        string broken = Chart(1, double.NaN, 3, double.PositiveInfinity);
        Assert.That(XElement.Parse(broken).Descendants("path").Single().Attribute("d")!.Value, Does.Match(@"^M[\d. ]+M[\d. ]+$"));
        foreach (double value in new[] { 0, 5, -1e-9, 1e30 })
            Assert.That(Chart(value, value), Does.Not.Contain("NaN").And.Not.Contains("∞"));
        Assert.That(Chart(double.NaN), Does.Contain("<svg"));
    }

    [TestCase(1, 1, "1")]
    [TestCase(1, 10, "1 2 3 4 5 6 7 8 9 10")]
    [TestCase(1, 40, "1 5 10 15 20 25 30 35 40")]
    [TestCase(21, 40, "21 25 30 35 40")]
    [TestCase(1, 1000, "1 200 400 600 800 1000")]
    public void Epochs_are_written_below_at_round_numbers(int first, int last, string wanted)
    {
        int[] epochs = [.. Enumerable.Range(first, last - first + 1)];
        var chart = new HtmlChart("x", [new HtmlLine("training", "training", epochs, [.. epochs.Select(epoch => 1.0 / epoch)])]);
        IEnumerable<string> below = XElement.Parse(chart.ToString()).Descendants("text")
            .Where(text => (string?)text.Attribute("text-anchor") == "middle").Select(text => text.Value);
        Assert.That(string.Join(' ', below), Is.EqualTo($"{wanted} epoch"));
    }

    [TestCase("M58.0 246.0L291.0 147.0L407.5 48.0", 0, 0.5, 1.5)]
    [TestCase("M446.3 246.0L524.0 48.0", 9, -2, 1)]
    public void Lines_are_cut_off_where_they_leave_the_axis(string wanted, params double[] values)
    {
        var chart = XElement.Parse(new HtmlChart("x", [new HtmlLine("training", "training", [1, 2, 3], values)], scale: [0, 1]).ToString());
        Assert.That(chart.Descendants("path").Single().Attribute("d")!.Value, Is.EqualTo(wanted));
        int dots = chart.Descendants("circle").Count(dot => dot.Element("title") is not null);
        Assert.That(dots, Is.EqualTo(values.Count(value => value is >= 0 and <= 1)));
    }

    [Test]
    public void The_axis_begins_and_ends_at_round_numbers_and_zero_is_written_as_such()
    {
        var chart = new HtmlChart("x", [new HtmlLine("training", "training", [1, 2], [-0.31, 0.27])]);
        IEnumerable<string> beside = XElement.Parse(chart.ToString()).Descendants("text")
            .Where(text => (string?)text.Attribute("text-anchor") == "end").Select(text => text.Value);
        Assert.That(string.Join(' ', beside), Is.EqualTo("-0.4 -0.2 0 0.2 0.4"));
    }

    [Test]
    public void Reports_that_cannot_be_are_refused()
    {
        Errors.Assert<ValueException>(() => new HtmlReport(""), "empty path");
        Errors.Assert<ValueException>(() => new HtmlReport("x", samples: -1), "samples is -1");
        Errors.Assert<ValueException>(() => new HtmlReport("x", new Dataset(Tensor.Ones([2, 2]))), "without samples or labels");
        Sequential model = TinyModels.Classifier();
        Errors.Assert<ValueException>(() => model.Fit(TinyModels.Quadrants(8), verbose: Verbosity.Silent,
            callbacks: [new HtmlReport(folder["r.html"], TinyModels.Quadrants(8), ["one"])]), "1 classNames for 2 classes");
        Errors.Assert<FileFormatException>(() => model.Fit(TinyModels.Quadrants(8), verbose: Verbosity.Silent,
            callbacks: [new HtmlReport(folder["none/r.html"])]), "cannot be written");
    }
}
