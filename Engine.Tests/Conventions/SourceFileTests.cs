using System.Text.RegularExpressions;

namespace Engine.Tests.Conventions;

/// <summary>What every source file keeps to.</summary>
public partial class SourceFileTests
{
    private const int MostLines = 400;

    [Test]
    public void No_file_has_more_than_four_hundred_lines()
    {
        IEnumerable<string> longer = EngineSource.Files
            .Select(file => (file.Path, Lines: file.Text.Split('\n').Length - 1)).Where(file => file.Lines > MostLines)
            .Select(file => $"{file.Path}: {file.Lines} lines");
        Assert.That(longer, Is.Empty, "one subject a file: divide it");
    }

    [Test]
    public void Nothing_is_left_to_be_done()
    {
        IEnumerable<string> found = EngineSource.Files.Where(file => !file.Path.EndsWith("SourceFileTests.cs", StringComparison.Ordinal))
            .SelectMany(file => Unfinished().Matches(file.Text).Select(match => $"{file.Path}: {match.Value}"));
        Assert.That(found, Is.Empty);
    }

    [Test]
    public void Warnings_of_missing_comments_are_nowhere_switched_off()
    {
        IEnumerable<string> found = EngineSource.Files.Where(file => file.Path.StartsWith("Engine/", StringComparison.Ordinal))
            .Where(file => Suppressed().IsMatch(file.Text)).Select(file => file.Path);
        Assert.That(found, Is.Empty);
    }

    [Test]
    public void Regions_only_mark_what_the_documents_show()
    {
        IEnumerable<string> found = EngineSource.Files.Where(file => !file.Path.EndsWith("SourceFileTests.cs", StringComparison.Ordinal))
            .SelectMany(file => Regions().Matches(file.Text).Select(match => $"{file.Path}: {match.Value.Trim()}"));
        Assert.That(found, Is.Empty);
    }

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK|XXX|NotImplementedException|NotSupportedException)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"pragma\s+warning\s+disable\s+(?:CS)?1591")]
    private static partial Regex Suppressed();

    [GeneratedRegex(@"^\s*#region(?! doc-).*$", RegexOptions.Multiline)]
    private static partial Regex Regions();
}
