using System.Text.RegularExpressions;

namespace Engine.Tests.Documentation;

/// <summary>Links from page to file lead somewhere.</summary>
public partial class LinkTests
{
    private static IEnumerable<string> PageNames => RepositoryFiles.Pages.Select(RepositoryFiles.Relative);

    [TestCaseSource(nameof(PageNames))]
    public void Links_inside_the_repository_lead_to_files(string page)
    {
        string path = RepositoryFiles.At(page);
        foreach (Match link in RelativeLink().Matches(File.ReadAllText(path)))
        {
            string target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, link.Groups["path"].Value));
            Assert.That(File.Exists(target) || Directory.Exists(target), Is.True, $"{page}: nothing at {link.Groups["path"].Value}");
        }
    }

    [GeneratedRegex(@"\]\((?!https?:|#)(?<path>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex RelativeLink();
}
