namespace Engine.Tests.Documentation;

/// <summary>
/// Every C# block of README and docs is compiled code: a fence <c>```csharp doc-NAME</c> holds, indentation apart, what stands between
/// <c>#region doc-NAME</c> and its end in Examples or beside this test.
/// </summary>
public class CodeBlockTests
{
    private static readonly Dictionary<string, string> Regions = ReadRegions();

    private static IEnumerable<string> PageNames => RepositoryFiles.Pages.Select(RepositoryFiles.Relative);

    [TestCaseSource(nameof(PageNames))]
    public void Every_block_is_a_region_of_compiled_code(string page)
    {
        foreach ((int line, string name, string code) in Blocks(page))
        {
            Assert.That(Regions, Does.ContainKey(name), $"{page} line {line}: begin the block with ```csharp and a region's name");
            Assert.That(code, Is.EqualTo(Regions[name]), $"{page} line {line}: block and region {name} differ");
        }
    }

    [Test]
    public void Every_region_is_shown_on_a_page()
    {
        HashSet<string> shown = [.. PageNames.SelectMany(Blocks).Select(block => block.Name)];
        Assert.That(Regions.Keys.Where(name => !shown.Contains(name)), Is.Empty);
    }

    private static IEnumerable<(int Line, string Name, string Code)> Blocks(string page)
    {
        string[] lines = File.ReadAllLines(RepositoryFiles.At(page));
        for (int i = 0; i < lines.Length; i++)
        {
            string fence = lines[i].TrimStart();
            if (!fence.StartsWith("```csharp", StringComparison.Ordinal)) continue;
            int end = Array.FindIndex(lines, i + 1, line => line.TrimStart().StartsWith("```", StringComparison.Ordinal));
            Assert.That(end, Is.Positive, $"{page} line {i + 1}: the block has no end");
            yield return (i + 1, fence["```csharp".Length..].Trim(), Unindented(lines[(i + 1)..end]));
            i = end;
        }
    }

    private static Dictionary<string, string> ReadRegions()
    {
        var regions = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] folders = [RepositoryFiles.At("Examples"), RepositoryFiles.At("Engine.Tests/Documentation")];
        foreach (string file in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs")))
        {
            string[] lines = File.ReadAllLines(file);
            for (int i = 0; i < lines.Length; i++)
            {
                string line = lines[i].Trim();
                if (!line.StartsWith("#region doc-", StringComparison.Ordinal)) continue;
                int end = Array.FindIndex(lines, i, other => other.Trim() == "#endregion");
                regions.Add(line["#region ".Length..], Unindented(lines[(i + 1)..end]));
            }
        }
        return regions;
    }

    private static string Unindented(string[] lines)
    {
        IEnumerable<string> filled = lines.Where(line => line.Trim().Length > 0);
        int indent = filled.Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', lines.Select(line => line.Length <= indent ? "" : line[indent..].TrimEnd()));
    }
}
