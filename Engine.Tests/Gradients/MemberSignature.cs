using System.Reflection;

namespace Engine.Tests.Gradients;

/// <summary>Members as the registry names them: <c>MatMul(Tensor, bool, bool)</c>, <c>operator +(Tensor, double)</c>.</summary>
public static class MemberSignature
{
    private static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_UnaryNegation"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/",
        ["op_GreaterThan"] = ">", ["op_LessThan"] = "<", ["op_GreaterThanOrEqual"] = ">=", ["op_LessThanOrEqual"] = "<=",
    };

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(int)] = "int", [typeof(double)] = "double", [typeof(bool)] = "bool", [typeof(long)] = "long", [typeof(string)] = "string",
    };

    public static string Of(MethodBase method)
    {
        string name = Operators.TryGetValue(method.Name, out string? symbol) ? "operator " + symbol : method.Name;
        return $"{name}({string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)))})";
    }

    public static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword;
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (!type.IsGenericType) return type.Name;
        return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
