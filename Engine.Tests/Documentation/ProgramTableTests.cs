using System.Text.RegularExpressions;

namespace Engine.Tests.Documentation;

/// <summary>The tables of programs in README and docs/examples.md name those that exist, and no others.</summary>
public partial class ProgramTableTests
{
    /// <summary>The names under which the files of Examples offer their programs; the first runs without its name.</summary>
    internal static string[] Programs => [.. Directory.EnumerateFiles(RepositoryFiles.At("Examples"), "*Example.cs")
        .SelectMany(file => CommandName().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value)];

    [Test]
    public void README_names_the_programs() => Assert.That(
        Names("README.md", "| program |", Quoted()).Append("digits"), Is.EquivalentTo(Programs), "add a row to the table of programs");

    [Test]
    public void The_page_of_programs_names_them() => Assert.That(
        Names("docs/examples.md", "| command |", Linked()), Is.EquivalentTo(Programs), "add a row to the table of programs");

    /// <summary>What the first cells of a table name.</summary>
    private static IEnumerable<string> Names(string page, string header, Regex name) => File.ReadLines(RepositoryFiles.At(page))
        .SkipWhile(line => !line.StartsWith(header, StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
        .SelectMany(line => name.Matches(line)).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"new Command\(\s*""([\w-]+)""")]
    private static partial Regex CommandName();

    [GeneratedRegex(@"(?<=^\|[^|]*)`([\w-]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\[([\w-]+)\]\(\.\./Examples/")]
    private static partial Regex Linked();
}
