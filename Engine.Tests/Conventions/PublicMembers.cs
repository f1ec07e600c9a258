using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Engine.Tests.Gradients;

namespace Engine.Tests.Conventions;

/// <summary>What the assembly offers its users, by reflection.</summary>
internal static class PublicMembers
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The public types, by name.</summary>
    public static IEnumerable<Type> Types { get; } = [.. typeof(Tensor).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal)];

    /// <summary>The members of a type that a user can reach, without those that the compiler makes.</summary>
    public static IEnumerable<MemberInfo> Of(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) return [];
        return type.GetMembers(Declared).Where(member => IsReachable(member) && !member.IsDefined(typeof(CompilerGeneratedAttribute)));
    }

    /// <summary>A member as one line of C#-like text.</summary>
    public static string Line(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $".ctor({Parameters(constructor)})",
        MethodInfo method => $"{Modifiers(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        PropertyInfo property => $"{Modifiers(property.GetMethod!)}{Name(property.PropertyType)} {property.Name}{Accessors(property)}",
        FieldInfo field => $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        _ => $"{member.MemberType} {member.Name}",
    };

    /// <summary>A type's heading.</summary>
    public static string Line(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        string parent = type.BaseType is { } based && based != typeof(object) && !type.IsValueType && kind != "delegate" ? " : " + Name(based) : "";
        string signature = kind == "delegate" ? "(" + Parameters(type.GetMethod("Invoke")!) + ")" : "";
        return $"{kind} {type.FullName}{signature}{parent}";
    }

    private static bool IsReachable(MemberInfo member) => member switch
    {
        // An accessor is its property's, an enum's own field nobody's.
        MethodInfo method => IsReachable(method) && !IsAccessor(method),
        ConstructorInfo constructor => IsReachable(constructor),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsReachable),
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        EventInfo added => IsReachable(added.AddMethod!),
        _ => false,
    };

    private static bool IsReachable(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Modifiers(MethodInfo method) => (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "")
        + (method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method.GetBaseDefinition() != method ? "override " : method.IsVirtual && !method.IsFinal ? "virtual " : "");

    private static string Accessors(PropertyInfo property) =>
        (property.GetIndexParameters().Length > 0 ? $"[{string.Join(", ", property.GetIndexParameters().Select(Parameter))}]" : "")
        + (property.SetMethod is { } set && IsReachable(set) ? set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? " { get; init; }" : " { get; set; }" : " { get; }");

    private static string Generics(MethodInfo method) => method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = " + Default(parameter) : "")}";

    private static string Default(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
        string text => $"\"{text}\"",
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        { } other => other.ToString()!,
    };

    private static string Name(Type type) => MemberSignature.Name(type);
}
