namespace Engine;

/// <summary>Builds the four parts of an error's message in one form: where (layer path and operation), what came, what to do.</summary>
internal static class Fail
{
    public static ShapeException Shape(string operation, string problem, string remedy) => new(Message(operation, problem, remedy));

    public static DTypeException DType(string operation, string problem, string remedy) => new(Message(operation, problem, remedy));

    public static ValueException Value(string operation, string problem, string remedy) => new(Message(operation, problem, remedy));

    public static TapeException Tape(string operation, string problem, string remedy) => new(Message(operation, problem, remedy));

    public static ModelException Model(string where, string problem, string remedy) => new(Message(where, problem, remedy));

    /// <summary>Two operands whose types differ.</summary>
    public static DTypeException Mismatch(string operation, DType left, DType right) =>
        DType(operation, $"operands of type {left} and {right}", "tensors are not promoted: convert one with Cast");

    /// <summary>An operation that exists for floating point only.</summary>
    public static void UnlessFloat(string operation, Tensor x)
    {
        if (!x.DType.IsFloatingPoint()) throw DType(operation, $"a tensor of type {x.DType}, where Float32 or Float64 is wanted", "convert it with Cast(DType.Float32)");
    }

    private static string Message(string operation, string problem, string remedy)
    {
        string layer = ThreadState.Current.LayerPath;
        return layer.Length == 0 ? $"{operation}: {problem}; {remedy}." : $"{layer}: {operation}: {problem}; {remedy}.";
    }
}
