using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Engine.Bench;

/// <summary>The BenchmarkDotNet suites: in this process, which is quicker on a small machine and measures the same.</summary>
internal static class Suites
{
    public static int Run(string[] arguments)
    {
        IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        BenchmarkSwitcher.FromAssembly(typeof(Suites).Assembly).Run(arguments.Length == 0 ? ["--filter", "*"] : arguments, config);
        return 0;
    }
}
