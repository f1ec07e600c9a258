using System.Reflection;
using System.Xml.Linq;

namespace Engine.Tests.Conventions;

/// <summary>Every public member carries a doc comment, read from the file that ships with the assembly.</summary>
public class DocumentationTests
{
    private readonly Dictionary<string, XElement> comments =
        XDocument.Load(Path.ChangeExtension(typeof(Tensor).Assembly.Location, ".xml")).Descendants("member").ToDictionary(member => (string)member.Attribute("name")!);

    [Test]
    public void Every_public_type_has_a_summary() =>
        Assert.That(PublicMembers.Types.Where(type => !HasText("T:" + Id(type))).Select(type => type.FullName), Is.Empty);

    [Test]
    public void Every_public_member_has_a_summary_or_inherits_one() => Assert.That(
        from type in PublicMembers.Types
        from member in PublicMembers.Of(type)
        where !IsRecordPart(type, member) && !HasText(Id(member))
        select Id(member),
        Is.Empty);

    [Test]
    public void Every_parameter_of_a_documented_method_is_described() => Assert.That(
        from type in PublicMembers.Types
        from method in PublicMembers.Of(type).OfType<MethodBase>()
        where comments.TryGetValue(Id(method), out XElement? comment) && comment.Element("inheritdoc") is null
        from parameter in method.GetParameters()
        where !comments[Id(method)].Elements("param").Any(param => (string?)param.Attribute("name") == parameter.Name && param.Value.Length > 0)
        select $"{Id(method)}: {parameter.Name}",
        Is.Empty);

    private bool HasText(string id) => comments.TryGetValue(id, out XElement? comment)
        && (comment.Element("inheritdoc") is not null || comment.Element("summary") is { } summary && summary.Value.Trim().Length > 0);

    /// <summary>What a record's heading declares is described by its param elements.</summary>
    private bool IsRecordPart(Type type, MemberInfo member)
    {
        if (!comments.TryGetValue("T:" + Id(type), out XElement? comment)) return false;
        string[] described = [.. comment.Elements("param").Select(param => (string)param.Attribute("name")!)];
        return (member is PropertyInfo && described.Contains(member.Name))
            || (member is ConstructorInfo constructor && constructor.GetParameters().All(parameter => described.Contains(parameter.Name)));
    }

    private static string Id(MemberInfo member) => member switch
    {
        MethodBase method => "M:" + Id(method.DeclaringType!) + "." + method.Name.Replace('.', '#')
            + (method.IsGenericMethodDefinition ? "``" + method.GetGenericArguments().Length : "") + Parameters(method.GetParameters())
            + (method is MethodInfo { Name: "op_Implicit" or "op_Explicit" } conversion ? "~" + Id(conversion.ReturnType) : ""),
        PropertyInfo property => "P:" + Id(property.DeclaringType!) + "." + property.Name + Parameters(property.GetIndexParameters()),
        FieldInfo field => "F:" + Id(field.DeclaringType!) + "." + field.Name,
        EventInfo added => "E:" + Id(added.DeclaringType!) + "." + added.Name,
        _ => member.Name,
    };

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(parameter => Id(parameter.ParameterType)))})";

    private static string Id(Type type)
    {
        if (type.IsByRef) return Id(type.GetElementType()!) + "@";
        if (type.IsArray) return Id(type.GetElementType()!) + (type.GetArrayRank() == 1 ? "[]" : $"[{string.Join(',', Enumerable.Repeat("0:", type.GetArrayRank()))}]");
        if (type.IsGenericMethodParameter) return "``" + type.GenericParameterPosition;
        if (type.IsGenericTypeParameter) return "`" + type.GenericParameterPosition;
        string name = (type.IsNested ? Id(type.DeclaringType!) + "." : type.Namespace + ".") + type.Name;
        return type.IsConstructedGenericType
            ? $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(',', type.GetGenericArguments().Select(Id))}}}"
            : name;
    }
}
