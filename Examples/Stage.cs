using System.Diagnostics;

namespace Examples;

/// <summary>Says what a program is doing, and how long it took.</summary>
internal static class Stage
{
    public static T Run<T>(string what, Func<T> work)
    {
        Console.Write($"{what} … ");
        var clock = Stopwatch.StartNew();
        T result = work();
        Console.WriteLine($"{clock.Elapsed.TotalSeconds:F1} s");
        return result;
    }

    public static void Run(string what, Action work) => Run(what, () =>
    {
        work();
        return 0;
    });
}
