using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework.Interfaces;

namespace Engine.Tests.Documentation;

/// <summary>Each row of docs/formulas.md leads to code that carries the row's id and to a test that runs.</summary>
public partial class FormulaPageTests
{
    private const int LinesAroundAnchor = 3;

    private static IEnumerable<TestCaseData> Rows
    {
        get
        {
            foreach (string line in File.ReadLines(RepositoryFiles.At("docs/formulas.md")))
            {
                string[] cells = [.. line.Split(" | ").Select(cell => cell.Trim('|', ' '))];
                if (cells.Length == 4 && RowId().IsMatch(cells[0]))
                    yield return new TestCaseData(cells[0], cells[2], cells[3]).SetArgDisplayNames(cells[0]);
            }
        }
    }

    [Test]
    public void Ids_are_unique_and_cover_the_families_of_the_page()
    {
        string[] ids = [.. Rows.Select(row => (string)row.Arguments[0]!)];
        Assert.That(ids, Is.Unique);
        Assert.That(
            ids.Select(id => id[..3]).Distinct(),
            Is.SupersetOf((string[])["F-C", "F-P", "F-D", "F-A", "F-S", "F-O", "F-X", "F-I", "F-M"]));
        Assert.That(File.ReadLines(RepositoryFiles.At("docs/formulas.md")).Count(line => line.StartsWith("| F-", StringComparison.Ordinal)),
            Is.EqualTo(ids.Length), "a row does not have its four columns");
    }

    [TestCaseSource(nameof(Rows))]
    public void The_code_stands_where_the_row_says_and_carries_its_id(string id, string code, string proof)
    {
        MatchCollection links = Link().Matches(code);
        Assert.That(links, Is.Not.Empty, $"{id} has no link to code");
        Assert.That(code, Does.Contain("../Engine/"));
        foreach (Match link in links)
        {
            string file = CheckAnchor(id, link);
            Assert.That(File.ReadAllText(file), Does.Match($@"///.*\b{id}\b"), $"{RepositoryFiles.Relative(file)} does not name {id}");
        }
    }

    [TestCaseSource(nameof(Rows))]
    public void The_proof_is_a_test_that_runs(string id, string code, string proof)
    {
        MatchCollection links = Link().Matches(proof);
        Assert.That(links, Is.Not.Empty, $"{id} has no link to a test");
        foreach (Match link in links)
        {
            string file = CheckAnchor(id, link);
            string[] name = link.Groups["symbol"].Value.Split('.');
            string folder = RepositoryFiles.Relative(Path.GetDirectoryName(file)!).Replace('/', '.');
            string place = $"{folder}.{name[0]}";
            MethodInfo? method = typeof(FormulaPageTests).Assembly.GetType(place)?.GetMethod(name[1]);
            Assert.That(method, Is.Not.Null, $"{id}: there is no {place}.{name[1]}");
            Assert.That(Runs(method!), Is.True, $"{id}: {place}.{name[1]} is not a test that runs");
        }
    }

    private static bool Runs(MethodInfo method)
    {
        object[] attributes = method.GetCustomAttributes(inherit: true);
        return attributes.Any(attribute => attribute is ITestBuilder or ISimpleTestBuilder)
            && !attributes.Any(attribute => attribute is IgnoreAttribute or ExplicitAttribute);
    }

    /// <summary>The linked file, in which the link's symbol stands at its line.</summary>
    private static string CheckAnchor(string id, Match link)
    {
        string file = Path.GetFullPath(Path.Combine(RepositoryFiles.Root, "docs", link.Groups["path"].Value));
        Assert.That(file, Does.Exist, id);
        int line = int.Parse(link.Groups["line"].Value, System.Globalization.CultureInfo.InvariantCulture);
        string symbol = link.Groups["symbol"].Value.Split('.')[^1];
        string around = string.Join('\n', File.ReadLines(file).Skip(line - 1 - LinesAroundAnchor).Take(2 * LinesAroundAnchor + 1));
        Assert.That(around, Does.Match($@"\b{symbol}\b"), $"{id}: {symbol} is not at line {line} of {RepositoryFiles.Relative(file)}");
        return file;
    }

    [GeneratedRegex(@"^F-[A-Z]+\d+$")]
    private static partial Regex RowId();

    [GeneratedRegex(@"\[(?<symbol>[\w.]+)\]\((?<path>[^)#]+)#L(?<line>\d+)\)")]
    private static partial Regex Link();
}
