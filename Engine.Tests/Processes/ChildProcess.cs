using System.Diagnostics;

namespace Engine.Tests.Processes;

/// <summary>This assembly, run as a process of its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process process;

    /// <summary>Starts <see cref="ChildProgram"/>. Whatever the tests' own process does about Ctrl+C, the child does as usual.</summary>
    public ChildProcess(params string[] arguments)
    {
        string host = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        string[] command = ["exec", typeof(ChildProcess).Assembly.Location, .. arguments];
        ProcessStartInfo start = OperatingSystem.IsLinux()
            ? new ProcessStartInfo("env", ["--default-signal=INT", host, .. command])
            : new ProcessStartInfo(host, command);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        process = Process.Start(start)!;
    }

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
