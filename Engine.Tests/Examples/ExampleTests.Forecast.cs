using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engine.Tests.Data;

namespace Engine.Tests.Examples;

/// <content>The program that forecasts a monthly series.</content>
public partial class ExampleTests
{
    private const int HeldOut = 24, Ahead = 12;

    [TestCase("lstm")]
    [TestCase("gru")]
    public void Forecast_beats_last_years_values_on_a_series_that_grows(string model)
    {
        string text = Run("forecast", "--model", model, "--runs", "2");
        Assert.That(text, Does.Contain("the logarithm's change over a year"));
        Assert.That(text, Does.Contain("2 of 2 networks beat \"seasonal: as last year\""));
        double[] seasonal = Errors(text, "seasonal: as last year");
        foreach (string name in (string[])[$"{model}, seed 42", $"{model}, seed 43", "mean of these 2"])
            Assert.That(Errors(text, name)[1], Is.LessThan(0.6 * seasonal[1]), name);
        Assert.That(Regex.Matches(text, @"(?m)^ {1,9}[\d.]* \|[ ox*]*\r?$"), Has.Count.EqualTo(16));
    }

    [Test]
    public void Forecast_measures_the_baselines_as_their_formulas_say()
    {
        // A year's growth is never quite the same, and all is above 0.
        double[] series = [.. Enumerable.Range(0, 120).Select(t => Math.Round((50 + t + t % 7) * (1.5 + Math.Sin(t * Math.PI / 6)), 2))];
        string text = RunOn(series);
        AssertErrors(text, series, "naive: as last month", (known, step) => known[^1]);
        AssertErrors(text, series, "seasonal: as last year", (known, step) => known[known.Length - 12 + step]);
        AssertErrors(text, series, "seasonal, grown so far", (known, step) => known[known.Length - 12 + step] * known[^1] / known[^13]);
    }

    [Test]
    public void Forecast_draws_what_came_and_what_was_said_of_it()
    {
        double[] series = [.. Enumerable.Range(0, 80).Select(t => Math.Round((50 + t) * (1.5 + Math.Sin(t * Math.PI / 6)), 2))];
        Write(series);
        string text = Run("forecast", "--data", "series.csv", "--runs", "1", "--epochs", "1", "--plot", "drawings/series.svg");
        Assert.That(text, Does.Match(@"drawing series\.svg … [\d.]+ s"));
        XElement svg = XDocument.Load(folder["drawings/series.svg"]).Root!;
        (double X, double Y)[][] curves = [.. svg.Elements(svg.Name.Namespace + "path").Select(path => Regex
            .Matches(path.Attribute("d")!.Value, @"[ML]([\d.]+) ([\d.]+)")
            .Select(match => (Number(match, 1), Number(match, 2))).ToArray())];
        Assert.That(curves.Select(points => points.Length), Is.EqualTo(new[] { 80, HeldOut, Ahead }));
        (int least, int most) = (Array.IndexOf(series, series.Min()), Array.IndexOf(series, series.Max()));
        double scale = (curves[0][most].Y - curves[0][least].Y) / (series[most] - series[least]);
        for (int t = 0; t < 80; t++)
            Assert.That(curves[0][t].Y, Is.EqualTo(curves[0][least].Y + scale * (series[t] - series[least])).Within(0.15), $"month {t + 1}");
        for (int i = 0; i < HeldOut; i++) Assert.That(curves[1][i].X, Is.EqualTo(curves[0][80 - HeldOut + i].X), "under the month that it is of");
        Assert.That(curves[2][0], Is.EqualTo(curves[1][0]), "both say the same of the first");
        string[] names = [.. svg.Elements(svg.Name.Namespace + "text").Select(label => label.Value)];
        Assert.That(names, Does.Contain("what came").And.Contain("forecast one month ahead").And.Contain("forecast 12 months ahead from month 56"));

        static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [Test]
    public void Forecast_takes_differences_where_numbers_have_no_logarithm()
    {
        double[] series = [.. Enumerable.Range(0, 120).Select(t => Math.Round(10 * Math.Sin(t * Math.PI / 6)) + t % 5)];
        series[^3] = 0;
        string text = RunOn(series);
        Assert.That(text, Does.Contain("the change over a year (not all above 0)"));
        Assert.That(text, Does.Match(@"(?m)^naive: as last month +[\d.]+ +[\d.]+ +- +[\d.]+ +[\d.]+ +-\r?$"), "no relative error of 0");
        AssertErrors(text, series, "seasonal, grown so far", (known, step) => known[known.Length - 12 + step] + known[^1] - known[^13]);
    }

    [TestCase("lstm")]
    [TestCase("gru")]
    public void Forecast_beats_last_years_values_on_airline_passengers(string model)
    {
        if (RealData.Folder("tabular") is not { } data)
        {
            Assert.Ignore("The table is not here: set ENGINE_DATA to a folder whose subfolder tabular holds it. "
                + "The other tests of this program make series up.");
            return;
        }

        string text = Run("forecast", "--model", model, "--data", Path.Combine(data, "airline-passengers.csv"));
        double[] seasonal = Errors(text, "seasonal: as last year");
        for (int seed = 42; seed < 47; seed++)
            Assert.That(Errors(text, $"{model}, seed {seed}")[1], Is.LessThan(0.5 * seasonal[1]), $"seed {seed}");
    }

    [TestCase("40 months are there, 56 are wanted", "--window", "12")]
    [TestCase("30 months ahead do not fit into --test 24", "--ahead", "30")]
    [TestCase("1 or more", "--runs", "0")]
    public void Forecast_says_what_does_not_fit(string message, params string[] options)
    {
        Write([.. Enumerable.Range(1, 40).Select(t => (double)t)]);
        using var child = Processes.ChildProcess.Example(folder.Folder, ["forecast", "--data", "series.csv", .. options]);
        Task<string> errors = child.Errors.ReadToEndAsync();
        child.Output.ReadToEnd();
        Assert.That(child.Wait(), Is.EqualTo(1));
        Assert.That(errors.Result, Does.Contain(message).And.Not.Contain("   at "));
    }

    private void Write(double[] series) => File.WriteAllLines(folder["series.csv"],
        series.Select((value, t) => string.Create(CultureInfo.InvariantCulture, $"{t},{value}")).Prepend("month,number"));

    private string RunOn(double[] series)
    {
        Write(series);
        return Run("forecast", "--data", "series.csv", "--runs", "1", "--epochs", "2");
    }

    /// <summary>MAE, RMSE and MAPE one month ahead, and the same some months ahead; NaN where there is none.</summary>
    private static double[] Errors(string text, string name)
    {
        string row = Regex.Match(text, $@"(?m)^{Regex.Escape(name)} +(\d.*?)\r?$").Groups[1].Value;
        return [.. row.Split([' ', '%'], StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field == "-" ? double.NaN : double.Parse(field, CultureInfo.InvariantCulture))];
    }

    private static void AssertErrors(string text, double[] series, string name, Func<double[], int, double> forecast)
    {
        var wanted = new List<double>();
        foreach (int steps in (int[])[1, Ahead])
        {
            double absolute = 0, square = 0, relative = 0;
            int count = 0;
            for (int origin = series.Length - HeldOut; origin + steps <= series.Length; origin++)
            {
                for (int step = 0; step < steps; step++, count++)
                {
                    double actual = series[origin + step], wrong = Math.Abs(forecast(series[..origin], step) - actual);
                    absolute += wrong;
                    square += wrong * wrong;
                    relative += wrong / Math.Abs(actual);
                }
            }

            wanted.AddRange([absolute / count, Math.Sqrt(square / count), 100 * relative / count]);
        }

        double[] found = Errors(text, name);
        Assert.That(found, Has.Length.EqualTo(6));
        for (int i = 0; i < 6; i++)
        {
            if (double.IsNaN(found[i])) Assert.That(wanted[i], Is.Not.LessThan(double.PositiveInfinity), "0 / 0 or x / 0");
            else Assert.That(found[i], Is.EqualTo(wanted[i]).Within(i % 3 == 2 ? 0.051 : 0.0051 + 1e-5 * wanted[i]), $"{name}, column {i}");
        }
    }
}
