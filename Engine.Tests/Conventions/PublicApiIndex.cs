using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Engine.Tests.Conventions;

/// <summary>The text of docs/api.md: every public type and operation, with the first sentence of its comment and a link to its
/// source.</summary>
internal static partial class PublicApiIndex
{
    /// <summary>The namespaces in the order of the house: each uses those before it.</summary>
    private static readonly string[] Order =
    [
        "Engine", "Engine.Formats", "Engine.Data", "Engine.Layers", "Engine.Losses", "Engine.Metrics", "Engine.Optimizers", "Engine.Models",
        "Engine.Callbacks",
    ];

    private static readonly Dictionary<string, XElement> Comments =
        XDocument.Load(Path.ChangeExtension(typeof(Tensor).Assembly.Location, ".xml")).Descendants("member")
            .ToDictionary(member => (string)member.Attribute("name")!);

    private static readonly (string Path, string Text)[] Sources =
        [.. EngineSource.Files.Where(file => file.Path.StartsWith("Engine/", StringComparison.Ordinal))];

    /// <summary>The page.</summary>
    public static string Page(string command)
    {
        var text = new StringBuilder($"""
            # API index

            Every public type and operation, with the first sentence of its documentation. Names lead to the source, which has the rest.
            [PublicApi.txt](../Engine.Tests/Conventions/PublicApi.txt) lists all members with their parameters and defaults.

            Written from the code by `{command}`; a test fails when it is stale.

            """);
        IEnumerable<IGrouping<string, Type>> spaces = PublicMembers.Types.GroupBy(type => type.Namespace!)
            .OrderBy(space => Place(space.Key)).ThenBy(space => space.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, Type> space in spaces)
        {
            text.Append('\n').Append("## ").Append(space.Key).Append("\n\n| type | |\n|---|---|\n");
            foreach (Type type in space) Row(text, Name(type), FileOf(type), FirstSentence("T:" + type.FullName!.Replace('+', '.')));
        }

        text.Append("\n## Operations of Tensor\n");
        IEnumerable<(string Name, string File)> operations = PublicMembers.Of(typeof(Tensor)).OfType<MethodInfo>()
            .Where(method => method.IsPublic && !method.IsSpecialName && method.GetBaseDefinition().DeclaringType == typeof(Tensor))
            .Select(method => method.Name).Distinct().Order(StringComparer.Ordinal).Select(name => (name, FileOf(name)));
        var files = operations.GroupBy(operation => operation.File).OrderBy(file => file.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, (string Name, string File)> file in files)
        {
            text.Append($"\n[{Path.GetFileName(file.Key)}](../{file.Key})\n\n| operation | |\n|---|---|\n");
            foreach ((string name, _) in file) Row(text, name, null, FirstSentence(First(name)));
        }

        return text.ToString();
    }

    /// <summary>The first sentence of a comment, as Markdown.</summary>
    internal static string Sentence(XElement summary)
    {
        string text = string.Concat(summary.Nodes().Select(Markdown));
        text = Spaces().Replace(text, " ").Trim();
        return SentenceEnd().Match(text) is { Success: true } end ? text[..(end.Index + 1)] : text;
    }

    private static void Row(StringBuilder text, string name, string? file, string sentence)
    {
        string shown = file is null ? $"`{name}`" : $"[`{name}`](../{file})";
        text.Append($"| {shown} | {sentence.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
    }

    private static int Place(string space) => Array.IndexOf(Order, space) is var place and >= 0 ? place : Order.Length;

    private static string Name(Type type) => type.FullName![(type.Namespace!.Length + 1)..].Replace('+', '.').Split('`')[0];

    private static string FirstSentence(string id) => Comments[id].Element("summary") is { } summary
        ? Sentence(summary)
        : throw new AssertionException($"{id} has no summary of its own");

    /// <summary>The comment of a name's first form that has one.</summary>
    private static string First(string name) => Comments.Keys.First(id =>
        id.Split('(', '`')[0] == $"M:Engine.Tensor.{name}" && Comments[id].Element("summary") is not null);

    /// <summary>Where a type is declared; of the parts of a partial type the one that bears its name.</summary>
    private static string FileOf(Type type)
    {
        string name = type.Name.Split('`')[0];
        const string Kind = @"class|struct|enum|interface|record|delegate [\w<>\[\]?, ()]+";
        var declaration = new Regex($@"^\s*public [\w ]*\b({Kind}) {name}\b", RegexOptions.Multiline);
        string[] files = [.. Sources.Where(file => declaration.IsMatch(file.Text)).Select(file => file.Path)];
        Assert.That(files, Is.Not.Empty, $"no file declares {type.FullName}");
        return files.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name) ?? files[0];
    }

    /// <summary>Where an operation of Tensor is declared.</summary>
    private static string FileOf(string operation)
    {
        var declaration = new Regex($@"^    public [\w<>\[\]?, ().]* {operation}(<T>)?\(", RegexOptions.Multiline);
        return Sources.FirstOrDefault(file => PartOfTensor().IsMatch(file.Path) && declaration.IsMatch(file.Text)).Path
            ?? throw new AssertionException($"no file declares Tensor.{operation}");
    }

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when (string?)see.Attribute("cref") is { } cref =>
            $"`{cref.Split('(')[0].Split('.')[^1].Split('`')[0]}`",
        XElement { Name.LocalName: "paramref" or "typeparamref" } reference => $"`{(string)reference.Attribute("name")!}`",
        XElement { Name.LocalName: "see" } see when (string?)see.Attribute("langword") is { } word => $"`{word}`",
        XElement other => other.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[.](?= [\p{Lu}`])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"^Engine/(Operations|Tensors|Autodiff)/Tensor[.\w]*\.cs$")]
    private static partial Regex PartOfTensor();
}
