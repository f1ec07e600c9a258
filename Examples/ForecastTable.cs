using System.Globalization;

namespace Examples;

/// <summary>How wrong some forecasts were: a table, and which of them were best.</summary>
/// <remarks>A forecast is a name and, from each month on, what was said of it and of those behind it.</remarks>
internal sealed class ForecastTable(IReadOnlyList<double> actual, int ahead)
{
    private readonly List<(string Name, double Near, double Far)> errors = [];

    /// <summary>Begins the table.</summary>
    public void PrintHeader()
    {
        Console.WriteLine();
        Console.WriteLine($"{"",-24}{"one month ahead",25}{$"1 to {ahead} months ahead",28}");
        Console.WriteLine($"{"",-24}{"MAE",8}{"RMSE",8}{"MAPE",9}{"MAE",11}{"RMSE",8}{"MAPE",9}");
    }

    /// <summary>Prints one forecast's mean absolute error, the root of its mean squared one, and its mean relative error.</summary>
    public void Print(string name, double[][] forecast)
    {
        (double Absolute, double Square, string Relative) near = Errors(forecast, 1), far = Errors(forecast, ahead);
        errors.Add((name, near.Square, far.Square));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24}{near.Absolute,8:F2}{near.Square,8:F2}{near.Relative,9}"
            + $"{far.Absolute,11:F2}{far.Square,8:F2}{far.Relative,9}"));
    }

    /// <summary>Says how many of the first forecasts beat those that need no network, which came last, and which is best of all.</summary>
    public void PrintVerdict(int networks, int baselines)
    {
        Say("one month ahead", [.. errors.Select(error => error.Near)]);
        Say($"1 to {ahead} months ahead", [.. errors.Select(error => error.Far)]);

        void Say(string when, double[] found)
        {
            Console.WriteLine();
            Console.WriteLine($"{when} the smallest RMSE has: {errors[Array.IndexOf(found, found.Min())].Name}");
            foreach (int i in Enumerable.Range(errors.Count - baselines, baselines))
            {
                int better = found.Take(networks).Count(value => value < found[i]);
                Console.WriteLine($"  {better} of {networks} networks beat \"{errors[i].Name}\"");
            }
        }
    }

    private (double Absolute, double Square, string Relative) Errors(double[][] forecast, int steps)
    {
        double absolute = 0, square = 0, relative = 0;
        int count = 0;
        for (int i = 0; i + steps <= actual.Count; i++)
        {
            for (int step = 0; step < steps; step++, count++)
            {
                double wrong = Math.Abs(forecast[i][step] - actual[i + step]);
                absolute += wrong;
                square += wrong * wrong;
                relative += wrong / Math.Abs(actual[i + step]);
            }
        }

        // Of a month with 0 there is no relative error.
        string percent = double.IsFinite(relative) ? (relative / count).ToString("P1", CultureInfo.InvariantCulture) : "-";
        return (absolute / count, Math.Sqrt(square / count), percent);
    }
}
