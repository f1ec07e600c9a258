using System.CommandLine;
using System.Globalization;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>What comes next in a monthly series? Recurrent networks beside the forecasts that need none.</summary>
internal static class ForecastExample
{
    private const int Season = 12;

    /// <summary>For each path, the known months and what was forecast behind them, the month that comes next.</summary>
    private delegate double[] Forecaster(List<double>[] paths);

    public static Command Command()
    {
        var data = new Option<string?>("--data") { Description = "CSV file, the last column is the series; else it is made up." };
        var layer = new Option<string>("--model") { Description = "lstm or gru.", DefaultValueFactory = _ => "lstm" };
        layer.AcceptOnlyFromAmong("lstm", "gru");
        var window = new Option<int>("--window") { Description = "Months that the network sees.", DefaultValueFactory = _ => 12 };
        var test = new Option<int>("--test") { Description = "Months at the end that are held out.", DefaultValueFactory = _ => 24 };
        var ahead = new Option<int>("--ahead") { Description = "Months that are forecast in a row.", DefaultValueFactory = _ => 12 };
        var runs = new Option<int>("--runs") { Description = "Networks, each with a seed of its own.", DefaultValueFactory = _ => 5 };
        var plot = new Option<string?>("--plot") { Description = "File for a drawing (SVG) of the series and the forecasts." };
        Option<int> epochs = Options.Epochs(200);
        Option<ulong> seed = Options.Seed();
        var command = new Command("forecast", "Forecasts a monthly series.")
        {
            data, layer, window, test, ahead, runs, plot, epochs, seed,
        };
        command.SetAction(parsed => Run(
            MonthlySeries.Load(parsed.GetValue(data), parsed.GetValue(seed)), parsed.GetValue(layer)!, parsed.GetValue(window),
            parsed.GetValue(test), parsed.GetValue(ahead), parsed.GetValue(runs), parsed.GetValue(plot), parsed.GetValue(epochs),
            parsed.GetValue(seed)));
        return command;
    }

    private static void Run(
        MonthlySeries series, string layer, int window, int test, int ahead, int runs, string? plot, int epochs, ulong seed)
    {
        Check(series.Values.Length, window, test, ahead, runs);
        bool ofLogarithms = series.Values.All(value => value > 0);
        double[] months = [.. series.Values.Select(value => ofLogarithms ? Math.Log(value) : value)];

        #region doc-forecast-windows
        double[] known = months[..^test];
        double[] change = [.. known[Season..].Zip(known, (now, yearAgo) => now - yearAgo)];
        double mean = change.Average(), deviation = Math.Sqrt(change.Average(value => (value - mean) * (value - mean))) + 1e-9;
        float[] scaled = [.. change.Select(value => (float)((value - mean) / deviation))];
        int count = scaled.Length - window, train = count - Math.Min(Season, count / 4);
        Tensor x = Tensor.From<float>([.. Enumerable.Range(0, count).SelectMany(i => scaled[i..(i + window)])], [count, window, 1]);
        Tensor y = Tensor.From<float>(scaled.AsSpan(window), [count, 1]);
        #endregion

        Console.WriteLine($"{months.Length} months of {series.Name}, of which the last {test} are held out; before them");
        Console.WriteLine($"{train} windows of {window} months to train on, and then {count - train} to choose the epoch");
        string prepared = ofLogarithms ? "the logarithm's change over a year" : "the change over a year (not all above 0)";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"prepared: {prepared}, mean {mean:G3}, deviation {deviation:G3}"));
        Console.WriteLine();

        double[] actual = series.Values[^test..];
        var forecasts = new List<(string Name, double[][] Months)>();
        for (int run = 0; run < runs; run++)
        {
            ulong own = seed + (ulong)run;
            Sequential model = Stage.Run(
                $"{layer}, seed {own}", () => Train(layer, (x[..train], y[..train]), (x[train..], y[train..]), epochs, own));
            forecasts.Add(($"{layer}, seed {own}", Forecast(Network(model))));
        }

        double[][] together = [.. Enumerable.Range(0, test).Select(i => Enumerable.Range(0, forecasts[0].Months[i].Length)
            .Select(step => forecasts.Average(forecast => forecast.Months[i][step])).ToArray())];
        forecasts.Add(($"mean of these {runs}", together));
        #region doc-forecast-baselines
        forecasts.Add(("naive: as last month", Forecast(Each(path => path[^1]))));
        forecasts.Add(("seasonal: as last year", Forecast(Each(path => path[^Season]))));
        forecasts.Add(("seasonal, grown so far", Forecast(Each(path => path[^Season] + path[^1] - path[^(Season + 1)]))));
        #endregion

        var table = new ForecastTable(actual, ahead);
        table.PrintHeader();
        foreach ((string name, double[][] forecast) in forecasts) table.Print(name, forecast);
        table.PrintVerdict(runs, baselines: 3);
        Console.WriteLine();
        Console.WriteLine($"o what came, x the mean of the {runs} one month ahead, * both; month {known.Length + 1} to {months.Length}");
        Console.Write(TextPlot.Draw(actual, [.. together.Select(steps => steps[0])]));
        if (plot is not null) Stage.Run($"\ndrawing {Path.GetFileName(plot)}", () => ForecastPlot.Write(plot, series, together));

        double Plain(double month) => ofLogarithms ? Math.Exp(month) : month;

        Forecaster Network(Sequential model) => paths =>
        {
            float[] seen = [.. paths.SelectMany(path => Enumerable.Range(path.Count - window, window)
                .Select(i => (float)((path[i] - path[i - Season] - mean) / deviation)))];
            float[] next = model.Predict(Tensor.From<float>(seen, [paths.Length, window, 1])).ToArray<float>();
            return [.. paths.Select((path, i) => path[^Season] + mean + deviation * next[i])];
        };

        // From each held-out month on, as many as are wanted and known; what was forecast stands for what is not known yet.
        double[][] Forecast(Forecaster forecaster)
        {
            List<double>[] paths = [.. Enumerable.Range(0, test).Select(i => months[..(known.Length + i)].ToList())];
            for (int step = 0; step < ahead; step++)
            {
                double[] next = forecaster(paths);
                for (int i = 0; i < test; i++) paths[i].Add(next[i]);
            }

            return [.. paths.Select((path, i) => path[(known.Length + i)..Math.Min(months.Length, path.Count)].Select(Plain).ToArray())];
        }
    }

    private static Sequential Train(string layer, Dataset train, Dataset validation, int epochs, ulong seed)
    {
        int window = train.FeatureShape[0];
        #region doc-forecast-network
        var model = new Sequential(
            new Input(window, 1),
            layer == "lstm" ? new LSTM(16) : new GRU(16),
            new Dense(1));
        model.Compile(new Adam(0.005), new MeanSquaredError());
        model.Fit(train, epochs, batchSize: 16, seed: seed, validationData: validation, verbose: Verbosity.Silent,
            callbacks: [new EarlyStopping(patience: 20, restoreBestWeights: true)]);
        #endregion
        return model;
    }

    private static Forecaster Each(Func<List<double>, double> next) => paths => [.. paths.Select(next)];

    private static void Check(int months, int window, int test, int ahead, int runs)
    {
        if (window < 1 || ahead < 1 || runs < 1) throw new ValueException("forecast: give --window, --ahead and --runs 1 or more.");
        if (test < ahead) throw new ValueException($"forecast: {ahead} months ahead do not fit into --test {test}; hold out as many.");
        int wanted = Season + window + 8 + test;
        if (months < wanted)
        {
            throw new ValueException(
                $"forecast: {months} months are there, {wanted} are wanted; give a longer series or a smaller --window or --test.");
        }
    }
}
