using System.Text.RegularExpressions;
using Engine.Tests.Documentation;

namespace Engine.Tests.Conventions;

/// <summary>The repository's C# files, read as text.</summary>
internal static partial class EngineSource
{
    /// <summary>Every C# file that is not built, with its path from the root.</summary>
    public static IReadOnlyList<(string Path, string Text)> Files { get; } =
    [
        .. Directory.EnumerateFiles(RepositoryFiles.Root, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path: RepositoryFiles.Relative(path), File: path))
            .Where(file => !file.Path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" || part.StartsWith('.')))
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => (file.Path, File.ReadAllText(file.File))),
    ];

    /// <summary>The files of one folder of Engine, as code without comments and texts.</summary>
    public static IEnumerable<(string Path, string Code)> Folder(string folder) => Files
        .Where(file => file.Path.StartsWith($"Engine/{folder}/", StringComparison.Ordinal))
        .Select(file => (file.Path, CommentsAndTexts().Replace(file.Text, " ")));

    [GeneratedRegex("//[^\n]*|/\\*.*?\\*/|\\$?@?\"(?:[^\"\\\\\n]|\\\\.)*\"", RegexOptions.Singleline)]
    private static partial Regex CommentsAndTexts();
}
