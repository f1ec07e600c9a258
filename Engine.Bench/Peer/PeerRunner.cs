using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Engine.Bench.Peer;

/// <summary>Times cases by the rules of torch_bench.py: the best and the median over repetitions, very short calls in groups.</summary>
internal static class PeerRunner
{
    private const int MaxRepetitions = 400;
    private const int MinRepetitions = 5;

    // The just-in-time compiler replaces a method's first code in the background; only its final code is measured.
    private const double WarmUpSeconds = 0.35;

    public static int Run(int threads, string filter, double seconds, string? jsonPath)
    {
        Parallelism.MaxThreads = threads;
        string[] parts = filter == "all" ? [] : filter.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var json = new StringBuilder("{\"results\": {");
        bool first = true;
        foreach (PeerCase peerCase in PeerCases.All)
        {
            if (parts.Length > 0 && !parts.Any(part => peerCase.Name.Contains(part, StringComparison.Ordinal))) continue;
            using PeerWork work = peerCase.Create();
            PeerReference.Check(peerCase.Name, work);
            (double min, double median) = Time(work.Run, seconds, peerCase.Whole);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peerCase.Name,-36} min {min,10:F4} ms  median {median,10:F4} ms"));
            json.Append(CultureInfo.InvariantCulture, $"{(first ? "" : ", ")}\"{peerCase.Name}\": {{\"min\": {min:F6}, \"median\": {median:F6}}}");
            first = false;
        }
        json.Append("}}");
        if (jsonPath is not null) File.WriteAllText(jsonPath, json.ToString());
        return 0;
    }

    private static (double Min, double Median) Time(Action run, double seconds, bool whole)
    {
        var warm = Stopwatch.StartNew();
        int calls = 0;
        do
        {
            run();
            calls++;
        }
        while (!whole && (calls < 4 || warm.Elapsed.TotalSeconds < WarmUpSeconds));
        var clock = Stopwatch.StartNew();
        run();
        double one = Math.Max(clock.Elapsed.TotalSeconds, 1e-7);
        int inner = whole ? 1 : Math.Max(1, (int)(2e-4 / one));
        int repetitions = whole ? 3 : (int)Math.Min(MaxRepetitions, Math.Max(MinRepetitions, seconds / (one * inner)));
        var times = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            clock.Restart();
            for (int j = 0; j < inner; j++) run();
            times[i] = clock.Elapsed.TotalMilliseconds / inner;
        }
        Array.Sort(times);
        return (times[0], times[repetitions / 2]);
    }
}
