namespace Engine.Tests.Gradients;

/// <content>Reductions, products and layout.</content>
public static partial class GradientRegistry
{
    private static Shape[] Cube => [[3, 4, 5]];

    private static IEnumerable<GradientRow> Reductions() =>
    [
        new("Sum()", t => t[0].Sum(), Cube) { Linear = true },
        new("Sum(int, bool)", t => t[0].Sum(1), Cube) { Linear = true },
        new("Sum(int, bool)", t => t[0].Sum(-1, keepDims: true), Cube) { Case = "keeps the axis", Linear = true },
        new("Sum(int[], bool)", t => t[0].Sum([0, 2]), Cube) { Linear = true },
        new("Mean()", t => t[0].Mean(), Cube) { Linear = true },
        new("Mean(int, bool)", t => t[0].Mean(0), Cube) { Linear = true },
        new("Mean(int[], bool)", t => t[0].Mean([1, -1], keepDims: true), Cube) { Linear = true },
        new("Variance(int[], bool, double)", t => t[0].Variance(), Cube),
        new("Variance(int[], bool, double)", t => t[0].Variance([1], correction: 1), Cube) { Case = "of a sample" },
        new("StandardDeviation(int[], bool, double)", t => t[0].StandardDeviation([0, 2], keepDims: true), Cube),
        new("Min(int[], bool)", t => t[0].Min([1]), Cube) { Draw = Draw.Distinct },
        new("Min(int[], bool)", t => t[0].Min().Square(), Cube) { Case = "of all, squared", Draw = Draw.Distinct },
        new("Max(int[], bool)", t => t[0].Max([0, 2], keepDims: true), Cube) { Draw = Draw.Distinct },
        new("Product(int[], bool)", t => t[0].Product([1]), Cube) { Draw = Draw.AwayFromZero },
        new("Product(int[], bool)", t => (t[0] * Tensor.From<double>([1, 0, 1, 2], [4, 1])).Product([1]), Cube) { Case = "with a zero", Order = 1 },
        new("LogSumExp(int[], bool)", t => t[0].LogSumExp([-1]), Cube),
        new("LogSumExp(int[], bool)", t => t[0].LogSumExp(keepDims: true), Cube) { Case = "of all" },
        new("Norm(int[], double, bool)", t => t[0].Norm([1]), Cube),
        new("Norm(int[], double, bool)", t => t[0].Norm([2], order: 3, keepDims: true), Cube) { Case = "order 3", Draw = Draw.AwayFromZero },
        new("Norm(int[], double, bool)", t => t[0].Norm(order: 1), Cube) { Case = "order 1", Draw = Draw.AwayFromZero },
        new("Norm(int[], double, bool)", t => t[0].Norm([0], double.PositiveInfinity), [[4, 3]]) { Case = "largest magnitude", Draw = Draw.Distinct },
        new("CumulativeSum(int, bool)", t => t[0].CumulativeSum(1), Cube) { Linear = true },
        new("CumulativeSum(int, bool)", t => t[0].CumulativeSum(reverse: true), Cube) { Case = "reverse", Linear = true },
    ];

    private static IEnumerable<GradientRow> Products() =>
    [
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1]), [[7, 9], [9, 18]]) { Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1], transposeA: true), [[4, 3], [4, 5]]) { Case = "Aᵀ·B", Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1], transposeB: true), [[3, 4], [5, 4]]) { Case = "A·Bᵀ", Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1], true, true), [[4, 3], [5, 4]]) { Case = "Aᵀ·Bᵀ", Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1]), [[2, 3, 4], [2, 4, 5]]) { Case = "batch", Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1], true, true), [[2, 1, 4, 3], [3, 5, 4]]) { Case = "batch, both broadcast and transposed", Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[1]), [[2, 3, 4], [4, 5]]) { Case = "one matrix for a batch", Linear = true },
        new("MatMul(Tensor, bool, bool)", t => t[0].MatMul(t[0]), [[4, 4]]) { Case = "with itself" },
        new("Linear(Tensor, Tensor, bool)", t => t[0].Linear(t[1]), [[3, 4], [4, 5]]) { Case = "without bias", Linear = true },
        new("Linear(Tensor, Tensor, bool)", t => t[0].Linear(t[1], t[2]), [[2, 3, 4], [4, 5], [5]]) { Case = "three axes", Linear = true },
        new("Linear(Tensor, Tensor, bool)", t => t[0].Linear(t[1], t[2], relu: true).Square(), [[3, 4], [4, 5], [5]]) { Case = "ReLU, squared" },
        new("Dot(Tensor)", t => t[0].Dot(t[1]), [[7], [7]]) { Linear = true },
        new("Outer(Tensor)", t => t[0].Outer(t[1]), [[3], [5]]) { Linear = true },
    ];

    private static IEnumerable<GradientRow> Layout() =>
    [
        new("Reshape(Shape)", t => t[0].Reshape(Shape.Create([6, 10])), Cube) { Linear = true },
        new("Reshape(ReadOnlySpan<int>)", t => t[0].Reshape(15, -1), Cube) { Linear = true },
        new("Flatten()", t => t[0].Flatten(), Cube) { Linear = true },
        new("WithMask(Tensor)", t => t[0].WithMask(Bools([3], true, false, true)), Cube) { Linear = true },
        new("Squeeze(int?)", t => t[0].Squeeze(), [[3, 1, 2, 1]]) { Linear = true },
        new("Squeeze(int?)", t => t[0].Squeeze(1), [[3, 1, 2, 1]]) { Case = "one axis", Linear = true },
        new("ExpandDims(int)", t => t[0].ExpandDims(1), Cube) { Linear = true },
        new("Transpose(int[])", t => t[0].Transpose(), Cube) { Linear = true },
        new("Transpose(int[])", t => t[0].Transpose(1, 2, 0), Cube) { Case = "rotated", Linear = true },
        new("Concat(IReadOnlyList<Tensor>, int)", t => Tensor.Concat(t, axis: 1), [[2, 3, 4], [2, 1, 4]]) { Linear = true },
        new("Concat(IReadOnlyList<Tensor>, int)", t => Tensor.Concat([t[0], t[0]]).Square(), Cube) { Case = "with itself, squared" },
        new("Stack(IReadOnlyList<Tensor>, int)", t => Tensor.Stack(t, axis: -1), [[2, 3], [2, 3]]) { Linear = true },
        new("Split(int[], int)", t => t[0].Split([1, 3], axis: 1) is [var first, var rest] ? first * rest : t[0], Cube),
        new("Split(int, int)", t => t[0].Split(2, axis: 1) is [var first, var second] ? first.Tanh() * second : t[0], Cube),
        new("Unstack(int)", t => t[0].Unstack(axis: 1) is [var first, .., var last] ? first * last : t[0], Cube),
        new("Pad(IReadOnlyList<ValueTuple<int, int>>, PadMode, double)", t => t[0].Pad([(1, 0), (0, 2), (1, 1)], value: 3), Cube) { Linear = true },
        new("Pad(IReadOnlyList<ValueTuple<int, int>>, PadMode, double)", t => t[0].Pad([(1, 0), (0, 2), (2, 1)], PadMode.Reflect), Cube) { Case = "reflect", Linear = true },
        new("Pad(IReadOnlyList<ValueTuple<int, int>>, PadMode, double)", t => t[0].Pad([(1, 0), (0, 2), (2, 1)], PadMode.Edge), Cube) { Case = "edge", Linear = true },
        new("Roll(int, int)", t => t[0].Roll(2, axis: 1), Cube) { Linear = true },
        new("Tile(ReadOnlySpan<int>)", t => t[0].Tile(2, 1, 3), [[2, 3, 2]]) { Linear = true },
        new("Repeat(int, int)", t => t[0].Repeat(3, axis: 1), [[2, 3, 2]]) { Linear = true },
        new("LowerTriangle(int)", t => t[0].LowerTriangle(), Cube) { Linear = true },
        new("UpperTriangle(int)", t => t[0].UpperTriangle(1), Cube) { Linear = true },
        new("BroadcastTo(Shape)", t => t[0].BroadcastTo([2, 3, 4, 5]), [[3, 1, 5]]) { Linear = true },
        new("SumTo(Shape)", t => t[0].SumTo([4, 1]), Cube) { Linear = true },
    ];
}
