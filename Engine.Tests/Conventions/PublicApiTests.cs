using System.Text;
using Engine.Tests.Documentation;

namespace Engine.Tests.Conventions;

/// <summary>The public surface changes on purpose only: it is kept in PublicApi.txt.</summary>
public class PublicApiTests
{
    private const string Regenerate = "UPDATE_PUBLIC_API";

    [Test]
    public void The_public_surface_is_the_one_in_PublicApi_txt()
    {
        string path = RepositoryFiles.At("Engine.Tests/Conventions/PublicApi.txt");
        string[] actual = [.. Surface()];
        if (Environment.GetEnvironmentVariable(Regenerate) == "1")
        {
            File.WriteAllText(path, string.Join('\n', actual) + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return;
        }
        string[] expected = File.Exists(path) ? File.ReadAllLines(path) : [];
        string added = string.Join('\n', actual.Except(expected)), removed = string.Join('\n', expected.Except(actual));
        Assert.That(
            actual, Is.EqualTo(expected),
            $"The public surface changed. Added:\n{added}\nRemoved:\n{removed}\nIf that is meant, run: {Regenerate}=1 dotnet test -c Release --filter PublicApiTests");
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
