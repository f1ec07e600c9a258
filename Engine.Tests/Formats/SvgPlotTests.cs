using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engine.Formats;

namespace Engine.Tests.Formats;

public class SvgPlotTests
{
    private static readonly XNamespace Space = "http://www.w3.org/2000/svg";

    [Test]
    public void Points_stand_at_their_places_and_heights()
    {
        XElement svg = Drawn(SvgPlot.Draw("a < b", "month & day", [new("up", [0, 50, 100]), new("later", [25, 75], First: 4)]));
        Assert.That(svg.Element(Space + "title")!.Value, Is.EqualTo("a < b"));
        (double X, double Y)[][] curves = [.. svg.Elements(Space + "path").Select(path => Points(path))];
        Assert.That(curves.Select(points => points.Length), Is.EqualTo(new[] { 3, 2 }));
        double[] x = [.. curves.SelectMany(points => points).Select(point => point.X)];
        for (int i = 1; i < 5; i++) Assert.That(x[i] - x[i - 1], Is.EqualTo((x[4] - x[0]) / 4).Within(0.11), "places 1 to 5");
        (double least, double most) = (curves[0][0].Y, curves[0][2].Y);
        Assert.That(most, Is.LessThan(least), "up is less in a drawing");
        Assert.That(curves[0][1].Y, Is.EqualTo((least + most) / 2).Within(0.11));
        Assert.That(curves[1][0].Y, Is.EqualTo(0.75 * least + 0.25 * most).Within(0.11));
        Assert.That(curves[1][1].Y, Is.EqualTo(0.25 * least + 0.75 * most).Within(0.11));
        string[] texts = [.. svg.Elements(Space + "text").Select(text => text.Value)];
        Assert.That(texts, Does.Contain("month & day").And.Contain("up").And.Contain("later"));
        Assert.That(texts[..6], Is.EqualTo(new[] { "0", "20", "40", "60", "80", "100" }));
        Assert.That(texts[6..11], Is.EqualTo(new[] { "1", "2", "3", "4", "5" }));
        string[] colours = [.. svg.Elements(Space + "path").Select(path => path.Attribute("stroke")!.Value)];
        foreach ((string name, string colour) in new[] { ("up", colours[0]), ("later", colours[1]) })
            Assert.That(svg.Elements(Space + "text").Single(text => text.Value == name).Attribute("fill")!.Value, Is.EqualTo(colour));
    }

    [Test]
    public void Powers_of_ten_have_one_distance()
    {
        XElement svg = Drawn(SvgPlot.Draw("", "", [new("c", [1e-3, 1e-1, 10])], logarithmic: true));
        (double X, double Y)[] points = Points(svg.Element(Space + "path")!);
        Assert.That(points[1].Y, Is.EqualTo((points[0].Y + points[2].Y) / 2).Within(0.11));
        Assert.That(svg.Elements(Space + "text").Select(text => text.Value).Take(5), Is.EqualTo(new[] { "1e-3", "1e-2", "1e-1", "1e0", "1e1" }));
    }

    [Test]
    public void Numbers_are_written_alike_in_every_culture([Values] bool logarithmic)
    {
        SvgCurve[] curves = [new("c", [0.001, 1.5, 10]), new("d", [-2.5, 0.02])];
        string usual = SvgPlot.Draw("", "", curves, logarithmic);
        CultureInfo before = CultureInfo.CurrentCulture, other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (other.NumberFormat.NegativeSign, other.NumberFormat.NumberDecimalSeparator) = ("−", ",");
        try
        {
            CultureInfo.CurrentCulture = other;
            Assert.That(SvgPlot.Draw("", "", curves, logarithmic), Is.EqualTo(usual));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void A_curve_is_broken_where_it_has_no_height([Values] bool logarithmic)
    {
        double none = logarithmic ? 0 : double.NaN;
        XElement svg = Drawn(SvgPlot.Draw("", "", [new("c", [1, 2, none, double.PositiveInfinity, 3, 4]), new("none", [])], logarithmic));
        XElement[] paths = [.. svg.Elements(Space + "path")];
        Assert.That(Regex.Replace(paths[0].Attribute("d")!.Value, @"[\d. ]", ""), Is.EqualTo("MLML"));
        Assert.That(paths[1].Attribute("d")!.Value, Is.Empty);
    }

    [Test]
    public void A_single_value_and_values_that_are_none_are_drawn()
    {
        foreach (bool logarithmic in (bool[])[false, true])
        {
            foreach (double value in (double[])[7, 0, double.NaN])
            {
                string text = SvgPlot.Draw("", "", [new("c", [value])], logarithmic);
                Assert.That(text, Does.Not.Contain("NaN").And.Not.Contain("Infinity").And.Not.Contain("∞"));
                Assert.That(Drawn(text).Elements(Space + "line").Count(), Is.GreaterThan(1));
            }
        }
    }

    [Test]
    public void Long_axes_have_few_numbers()
    {
        XElement svg = Drawn(SvgPlot.Draw("", "step", [new("c", [.. Enumerable.Range(0, 997).Select(i => (double)i)])]));
        Assert.That(svg.Elements(Space + "text").Count(), Is.InRange(10, 25));
    }

    [Test]
    public void Nothing_to_draw_is_refused()
    {
        Assert.That(() => SvgPlot.Draw("", "", []), Throws.TypeOf<ValueException>()
            .With.Message.EqualTo("SvgPlot.Draw: 0 curves without a value; give at least one curve with a value."));
        Assert.That(() => SvgPlot.Draw("", "", [new("a", []), new("b", [])]),
            Throws.TypeOf<ValueException>().With.Message.Contains("2 curves without a value"));
    }

    private static XElement Drawn(string svg) => XDocument.Parse(svg).Root!;

    private static (double X, double Y)[] Points(XElement path) =>
        [.. Regex.Matches(path.Attribute("d")!.Value, @"[ML]([\d.]+) ([\d.]+)").Select(match => (Number(match, 1), Number(match, 2)))];

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
