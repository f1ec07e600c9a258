using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engine.Callbacks;
using Engine.Data;
using Engine.Models;
using Engine.Tests.Formats;
using Engine.Tests.Models;
using Engine.Tests.Operations;

namespace Engine.Tests.Callbacks;

public class HtmlComparisonTests
{
    private TemporaryFolder folder = null!;

    private string Page => File.ReadAllText(folder["page.html"]);

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Several_trainings_stand_on_one_page()
    {
        var comparison = new HtmlComparison(folder["page.html"], "two & more", ["accuracy"]);
        History one = Train(comparison.Run("a<b", TinyModels.Quadrants(64)), epochs: 3);
        Train(comparison.Run("dropout"), epochs: 5, dropout: 0.5);
        string page = Page;
        Assert.That(page, Does.Contain("two &amp; more").And.Contain("a&lt;b").And.Not.Contains("a<b"));
        Assert.That(page, Does.Not.Contain("http").And.Not.Contains("<script"));
        XElement[] charts = [.. Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline).Select(match => XElement.Parse(match.Value))];
        Assert.That(charts.Select(chart => (string)chart.Attribute("aria-label")!),
            Is.EqualTo((string[])["accuracy, training", "accuracy, validation", "a<b", "dropout"]));
        // One axis for all: the same numbers beside each chart.
        static string Axis(XElement chart) => string.Join(' ', chart.Elements("text")
            .Where(text => (string?)text.Attribute("text-anchor") == "end").Select(text => text.Value));
        Assert.That(charts.Select(Axis).Distinct().Count(), Is.EqualTo(1));
        IEnumerable<string> paths = charts[1].Elements("path").Select(path => path.Attribute("d")!.Value);
        Assert.That(paths.Select(path => path.Count(letter => letter is 'M' or 'L')), Is.EqualTo((int[])[3, 5]));
        Assert.That(page, Does.Contain($">{one["val_accuracy"][^1]:F4}</td>"));
    }

    [Test]
    public void Training_curves_are_measured_without_dropout_when_data_are_given()
    {
        Dataset data = TinyModels.Quadrants(64);
        Sequential model = TinyModels.Classifier(dropout: 0.5);
        History history = model.Fit(data, epochs: 1, validationData: data, verbose: Verbosity.Silent,
            callbacks: [new HtmlComparison(folder["page.html"]).Run("same data", data)]);
        Assert.That(history["loss"][0], Is.Not.EqualTo(history["val_loss"][0]));
        Assert.That(Cells(), Is.EqualTo((string[])[$"{history["val_loss"][0]:F4}", $"{history["val_loss"][0]:F4}", "0.0000",
            $"{history["val_accuracy"][0]:F4}", $"{history["val_accuracy"][0]:F4}", "0.0000"]));
    }

    [Test]
    public void The_gap_is_validation_minus_training()
    {
        History history = Train(new HtmlComparison(folder["page.html"], quantities: ["loss"]).Run("one"), epochs: 2);
        double gap = Math.Round(history["val_loss"][^1] - history["loss"][^1], 4);
        Assert.That(Cells()[2], Is.EqualTo($"{(gap > 0 ? "+" : "")}{gap:F4}"));
    }

    [Test]
    public void Without_validation_data_there_is_no_gap()
    {
        TinyModels.Classifier().Fit(TinyModels.Quadrants(32), verbose: Verbosity.Silent,
            callbacks: [new HtmlComparison(folder["page.html"], quantities: ["loss"]).Run("one")]);
        Assert.That(Cells()[1..], Is.EqualTo((string[])["–", "–"]));
        Assert.That(Regex.Matches(Page, "<svg"), Has.Count.EqualTo(2));
    }

    [Test]
    public void Comparisons_that_cannot_be_are_refused()
    {
        Errors.Assert<ValueException>(() => new HtmlComparison(" "), "empty path");
        Errors.Assert<ValueException>(() => new HtmlComparison("x", quantities: []), "no quantities");
        var comparison = new HtmlComparison(folder["none/page.html"], quantities: ["f1"]);
        Errors.Assert<ValueException>(() => comparison.Run(""), "empty name");
        Errors.Assert<ValueException>(() => comparison.Run("x", new Dataset(Tensor.Ones([2, 2]))), "without samples or labels");
        Callback run = comparison.Run("x");
        Errors.Assert<ValueException>(() => comparison.Run("x"), "a second training \"x\"");
        Errors.Assert<ValueException>(() => Train(run, epochs: 1), "\"f1\" is not measured, measured are loss, accuracy");
        Callback nowhere = new HtmlComparison(folder["none/page.html"]).Run("x");
        Errors.Assert<FileFormatException>(() => Train(nowhere, epochs: 1), "HtmlComparison", "cannot be written");
    }

    private static History Train(Callback run, int epochs, double dropout = 0) => TinyModels.Classifier(dropout).Fit(
        TinyModels.Quadrants(64), epochs, validationData: TinyModels.Quadrants(32, seed: 6), verbose: Verbosity.Silent, callbacks: [run]);

    /// <summary>The numbers of the table's only row.</summary>
    private string[] Cells() => [.. Regex.Matches(Page, "<td>([+-]?[\\d.]+|–)</td>").Select(match => match.Groups[1].Value).Skip(1)];
}
