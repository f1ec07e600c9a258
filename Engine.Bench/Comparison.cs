using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Engine.Bench;

/// <summary>Runs PyTorch's and the engine's side in turn, each in a process of its own on the same cores, and prints the ratios of the best times.</summary>
internal static class Comparison
{
    public static int Run(int threads, string cases, double seconds, int rounds, string python)
    {
        if (!HasTorch(python))
        {
            Console.Error.WriteLine($"{python} has no PyTorch. On Debian and Ubuntu: apt-get install python3-torch libopenblas0-pthread; elsewhere: pip install torch, and --python with that Python.");
            return 2;
        }
        string script = Path.Combine(Path.GetDirectoryName(SourceFile())!, "Peer", "torch_peer.py");
        string folder = Directory.CreateTempSubdirectory("engine-compare").FullName;
        var torch = new Dictionary<string, double>();
        var engine = new Dictionary<string, double>();
        string version = "";
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                string file = Path.Combine(folder, "round.json");
                Start(threads, python, script, Text(threads), Text(seconds), cases, file);
                version = Merge(file, torch);
                Start(threads, Environment.ProcessPath!, [.. EntryArguments(), "peer", "--threads", Text(threads), "--case", cases, "--secs", Text(seconds), "--json", file]);
                Merge(file, engine);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Print(torch, engine, version, threads);
        return torch.Keys.All(engine.ContainsKey) ? 0 : 1;
    }

    private static void Print(Dictionary<string, double> torch, Dictionary<string, double> engine, string version, int threads)
    {
        Console.WriteLine($"{"case",-30}{"PyTorch ms",12}{"Engine ms",12}{"ratio",9}");
        double logarithms = 0;
        int count = 0;
        foreach ((string name, double peer) in torch)
        {
            if (!engine.TryGetValue(name, out double own)) continue;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-30}{peer,12:F4}{own,12:F4}{peer / own,8:F2}x"));
            logarithms += Math.Log(peer / own);
            count++;
        }
        if (count > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"geometric mean {Math.Exp(logarithms / count):F2}x over {count} cases, {threads} thread(s), PyTorch {version}"));
    }

    private static string Merge(string file, Dictionary<string, double> best)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        foreach (JsonProperty result in document.RootElement.GetProperty("results").EnumerateObject())
        {
            double time = result.Value.GetProperty("min").GetDouble();
            best[result.Name] = best.TryGetValue(result.Name, out double former) ? Math.Min(former, time) : time;
        }
        return document.RootElement.TryGetProperty("torch", out JsonElement version) ? version.GetString()! : "";
    }

    private static bool HasTorch(string python)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(python, ["-c", "import torch"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Start(int threads, string program, params string[] arguments)
    {
        // Both sides on the same cores, where the system can pin a process.
        bool pins = OperatingSystem.IsLinux() && File.Exists("/usr/bin/taskset");
        var start = pins
            ? new ProcessStartInfo("/usr/bin/taskset", ["-c", $"0-{threads - 1}", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.RedirectStandardOutput = true;
        if (threads > 1) start.Environment["OMP_WAIT_POLICY"] = "passive";

        // glibc would give a large tensor's memory back to the system and fault it in again at every step: PyTorch at its best keeps it.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "8589934592";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "17179869184";
        start.Environment["MALLOC_TOP_PAD_"] = "268435456";
        using Process process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new EngineException($"compare: {program} ended with exit code {process.ExitCode}. Run it by itself to see why: {string.Join(' ', arguments)}.");
    }

    /// <summary>What the running process was started with, before its own arguments: the assembly when the host is dotnet.</summary>
    private static string[] EntryArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "Engine.Bench.dll")] : [];

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
