using System.Runtime.CompilerServices;

namespace Engine.Tests.Documentation;

/// <summary>The files of the checkout that these tests were compiled from.</summary>
internal static class RepositoryFiles
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    /// <summary>README, CONTRIBUTING, CHANGELOG and everything in docs.</summary>
    public static IEnumerable<string> Pages =>
        Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(At("docs"), "*.md")).Order(StringComparer.Ordinal);

    /// <summary>The full path of a file or folder of the checkout.</summary>
    public static string At(string relative) => Path.Combine(Root, relative);

    /// <summary>A path as it is written in messages and test names.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
