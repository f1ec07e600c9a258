using System.Text;
using System.Xml.Linq;
using Engine.Tests.Documentation;

namespace Engine.Tests.Conventions;

/// <summary>The public surface changes on purpose only: it is kept in PublicApi.txt, and with summaries in docs/api.md.</summary>
public class PublicApiTests
{
    private const string Regenerate = "UPDATE_PUBLIC_API";
    private const string Command = $"{Regenerate}=1 dotnet test -c Release --filter PublicApiTests";

    [Test]
    public void The_public_surface_is_the_one_in_PublicApi_txt()
    {
        string path = RepositoryFiles.At("Engine.Tests/Conventions/PublicApi.txt");
        string[] actual = [.. Surface()];
        if (Rewrites(path, string.Join('\n', actual) + "\n")) return;
        string[] expected = File.Exists(path) ? File.ReadAllLines(path) : [];
        string added = string.Join('\n', actual.Except(expected)), removed = string.Join('\n', expected.Except(actual));
        Assert.That(
            actual, Is.EqualTo(expected),
            $"The public surface changed. Added:\n{added}\nRemoved:\n{removed}\nIf that is meant, run: {Command}");
    }

    [Test]
    public void The_index_in_docs_is_up_to_date()
    {
        string path = RepositoryFiles.At("docs/api.md"), actual = PublicApiIndex.Page(Command);
        if (Rewrites(path, actual)) return;
        string[] expected = File.Exists(path) ? File.ReadAllLines(path) : [], lines = actual.TrimEnd('\n').Split('\n');
        string added = string.Join('\n', lines.Except(expected)), removed = string.Join('\n', expected.Except(lines));
        Assert.That(lines, Is.EqualTo(expected), $"docs/api.md is stale. Added:\n{added}\nRemoved:\n{removed}\nRun: {Command}");
    }

    [TestCase("Hyperbolic tangent, <c>y = tanh(x)</c>. F-A2.", "Hyperbolic tangent, `y = tanh(x)`.")]
    [TestCase("What <see cref=\"M:Engine.Models.Model.Fit(System.Int32)\"/>\n   takes, 0.5; see <paramref name=\"x\"/>",
        "What `Fit` takes, 0.5; see `x`")]
    [TestCase("<see cref=\"T:Engine.Tensor\"/> or <see langword=\"null\"/>. `More`.", "`Tensor` or `null`.")]
    public void The_index_holds_first_sentences_as_Markdown(string comment, string wanted) =>
        Assert.That(PublicApiIndex.Sentence(XElement.Parse($"<summary>{comment}</summary>")), Is.EqualTo(wanted));

    /// <summary>Writes a file anew where that was asked for.</summary>
    private static bool Rewrites(string path, string text)
    {
        if (Environment.GetEnvironmentVariable(Regenerate) != "1") return false;
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return true;
    }

    private static IEnumerable<string> Surface()
    {
        foreach (Type type in PublicMembers.Types)
        {
            yield return PublicMembers.Line(type);
            foreach (string line in PublicMembers.Of(type).Where(member => member is not Type).Select(PublicMembers.Line).Order(StringComparer.Ordinal))
                yield return "    " + line;
        }
    }
}
