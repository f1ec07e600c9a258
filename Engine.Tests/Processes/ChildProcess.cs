using System.Diagnostics;

namespace Engine.Tests.Processes;

/// <summary>This assembly, or one of the programs, run as a process of its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process process;

    /// <summary>Starts <see cref="ChildProgram"/>. Whatever the tests' own process does about Ctrl+C, the child does as usual.</summary>
    public ChildProcess(params string[] arguments)
        : this(typeof(ChildProcess).Assembly.Location, Environment.CurrentDirectory, arguments)
    {
    }

    private ChildProcess(string assembly, string folder, string[] arguments)
    {
        string host = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        string[] command = ["exec", assembly, .. arguments];
        ProcessStartInfo start = OperatingSystem.IsLinux()
            ? new ProcessStartInfo("env", ["--default-signal=INT", host, .. command])
            : new ProcessStartInfo(host, command);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, folder);
        process = Process.Start(start)!;
    }

    /// <summary>Starts one of the programs of Examples.</summary>
    /// <param name="folder">The folder it works in.</param>
    /// <param name="arguments">Its name and options.</param>
    public static ChildProcess Example(string folder, params string[] arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, "Examples.dll"), folder, arguments);

    public StreamReader Output => process.StandardOutput;

    public StreamReader Errors => process.StandardError;

    /// <summary>Ends it with SIGKILL, which nothing can catch.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Sends what Ctrl+C sends.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public int Wait()
    {
        if (!process.WaitForExit(60_000)) Kill();
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited) Kill();
        process.Dispose();
    }
}
