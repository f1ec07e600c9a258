using Engine.Formats;

namespace Examples;

/// <summary>A series and what was forecast of its end, as a drawing in a file.</summary>
internal static class ForecastPlot
{
    /// <summary>Writes the drawing.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="series">What came.</param>
    /// <param name="forecast">From each month held out on, what was said of it and of those behind it.</param>
    public static void Write(string path, MonthlySeries series, double[][] forecast)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        int first = series.Values.Length - forecast.Length + 1;
        #region doc-forecast-plot
        string svg = SvgPlot.Draw(
            $"{series.Name} and what was forecast",
            "month",
            [
                new SvgCurve("what came", series.Values),
                new SvgCurve("forecast one month ahead", [.. forecast.Select(steps => steps[0])], first),
                new SvgCurve($"forecast {forecast[0].Length} months ahead from month {first - 1}", forecast[0], first),
            ]);
        File.WriteAllText(path, svg);
        #endregion
    }
}
