using Engine.Formats;
using Engine.Models;
using Engine.Tests.Formats;
using Engine.Tests.Processes;

namespace Engine.Tests.Models;

/// <summary>A process that is killed while it saves leaves the old file or the new one.</summary>
[NonParallelizable]
public class CrashTests
{
    private const int Kills = 50, KillsWhileSaving = 25, MostKills = 120;

    [Test]
    public void A_kill_at_any_moment_leaves_the_old_file_or_the_new_one()
    {
        int kills = 0, whileSaving = 0;
        var problems = new List<string>();
        var round = new Lock();
        Parallel.For(0, 3, worker =>
        {
            using var folder = new TemporaryFolder();
            Sequential reader = ChildProgram.Large();
            var random = new Random(worker);
            while (true)
            {
                int number;
                lock (round)
                {
                    if ((kills >= Kills && whileSaving >= KillsWhileSaving) || kills == MostKills) return;
                    number = kills++;
                }

                // Four of five wait for the temporary file; the others come at any time.
                (bool saving, string? problem) = KillOnce(folder, reader, number % 5 == 4 ? random.Next(60) : null);
                lock (round)
                {
                    if (saving) whileSaving++;
                    if (problem is not null) problems.Add($"kill {number}: {problem}");
                }
            }
        });
        Assert.That(problems, Is.Empty);
        Assert.That(kills, Is.GreaterThanOrEqualTo(Kills));
        Assert.That(whileSaving, Is.GreaterThanOrEqualTo(KillsWhileSaving));
    }

    private static (bool WhileSaving, string? Problem) KillOnce(
        TemporaryFolder folder, Sequential reader, int? milliseconds)
    {
        string path = folder["model.safetensors"];
        var lines = new List<string>();
        using (var child = new ChildProcess("save", path))
        {
            string? line;
            while ((line = child.Output.ReadLine()) is not null && line != "done 1") lines.Add(line);
            if (line is null) return (false, $"the child ended: {child.Errors.ReadToEnd()}");
            if (milliseconds is { } delay) Thread.Sleep(delay);
            else while (!Directory.EnumerateFiles(folder.Folder, "*.tmp").Any()) Thread.Yield();
            child.Kill();
            lines.AddRange(child.Output.ReadToEnd().Split('\n'));
        }

        string[] left = Directory.GetFiles(folder.Folder, "*.tmp");
        foreach (string file in left) File.Delete(file);
        int done = lines.Where(line => line.StartsWith("done ", StringComparison.Ordinal)).Select(NumberOf).DefaultIfEmpty(1).Max();
        return (left.Length > 0, Problem(reader, path, Math.Max(1, done)));
    }

    private static int NumberOf(string line) => int.TryParse(line.Split(' ')[1], out int number) ? number : 0;

    /// <summary>What is wrong with a file that must hold what was saved last, or what was being saved.</summary>
    private static string? Problem(Sequential model, string path, int done)
    {
        try
        {
            model.Load(path);
            long found = model.Optimizer!.Step;
            if (found != done && found != done + 1) return $"{found} is in the file, {done} was saved last";
            foreach (Variable variable in model.Variables.Concat(model.Optimizer.Slots))
            {
                if (variable.AsSpan<float>().ContainsAnyExcept(found)) return $"{variable.Name} is not {found} throughout";
            }

            return model.Optimizer.Slots.Count == 2 ? null : "the optimizer's state is missing";
        }
        catch (FileFormatException e)
        {
            return e.Message;
        }
    }
}
