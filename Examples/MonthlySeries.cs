using Engine;
using Engine.Data;

namespace Examples;

/// <summary>A number for each month, from the last column of a CSV file or made up.</summary>
internal sealed record MonthlySeries(string Name, double[] Values)
{
    /// <summary>Reads a file, or makes up twelve years of a business that grows, with a season and with noise.</summary>
    public static MonthlySeries Load(string? file, ulong seed) => file is null
        ? Stage.Run("making up 144 months", () => new MonthlySeries("sales", MakeUp(144, seed)))
        : Stage.Run($"reading {Path.GetFileName(file)}", () => Read(file));

    private static MonthlySeries Read(string file)
    {
        CsvDataset table = Dataset.FromCsv(file, features: [^1]);
        return new MonthlySeries(table.FeatureNames[0], [.. table.Features.ToArray<float>().Select(value => (double)value)]);
    }

    /// <summary>Growth changes slowly, so that the last year's tells something of the next.</summary>
    private static double[] MakeUp(int months, ulong seed)
    {
        var random = new RandomGenerator(seed).Split("series");
        var values = new double[months];
        double level = Math.Log(100), growth = 0.008;
        for (int t = 0; t < months; t++)
        {
            growth = 0.008 + 0.9 * (growth - 0.008) + 0.004 * random.NextNormal();
            level += growth;
            double turn = 2 * Math.PI * t / 12, season = 0.2 * Math.Sin(turn) + 0.08 * Math.Cos(2 * turn);
            values[t] = Math.Round(Math.Exp(level + season + 0.02 * random.NextNormal()), 1);
        }

        return values;
    }
}
