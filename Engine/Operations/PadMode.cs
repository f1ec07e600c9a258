namespace Engine;

/// <summary>What <see cref="Tensor.Pad(IReadOnlyList{ValueTuple{int, int}}, PadMode, double)"/> puts around a tensor; the names are NumPy's.</summary>
public enum PadMode
{
    /// <summary>One value: <c>0 0 | a b c | 0 0</c>.</summary>
    Constant,

    /// <summary>The tensor mirrored at its border element: <c>c b | a b c | b a</c>.</summary>
    Reflect,

    /// <summary>The border element: <c>a a | a b c | c c</c>.</summary>
    Edge,
}
