namespace Engine.Tests.Operations;

using static Oracle;

public class PaddingTests
{
    private static readonly (int, int)[] Widths = [(0, 1), (2, 3)];

    [Test]
    public void Padding_is_constant_mirrored_or_the_edge()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 4], dtype);
            AssertClose(x.Pad(Widths, value: 7), [3, 9], Map([3, 9], at => at[0] < 2 && at[1] is >= 2 and < 6 ? At(x, at[0], at[1] - 2) : 7));
            AssertClose(x.Pad(Widths, PadMode.Edge), [3, 9], Map([3, 9], at => At(x, Math.Min(at[0], 1), Math.Clamp(at[1] - 2, 0, 3))));
            int[] mirrored = [2, 1, 0, 1, 2, 3, 2, 1, 0];
            AssertClose(x.Pad(Widths, PadMode.Reflect), [3, 9], Map([3, 9], at => At(x, at[0] == 2 ? 0 : at[0], mirrored[at[1]])));
        }
        AssertClose(Normal([1, 1]).Pad([(1, 1), (0, 2)], PadMode.Edge), [3, 3], [.. Enumerable.Repeat(At(Normal([1, 1]), 0, 0), 9)]);
        foreach (PadMode mode in Enum.GetValues<PadMode>()) AssertGradients(t => t[0].Pad(Widths, mode, 3), [Normal([2, 4])]);
    }

    [Test]
    public void Repetitions_and_rolls_are_their_formulas()
    {
        Tensor x = Normal([2, 3]);
        AssertClose(x.Tile(2, 3), [4, 9], Map([4, 9], at => At(x, at[0] % 2, at[1] % 3)));
        AssertClose(x.Repeat(2, 1), [2, 6], Map([2, 6], at => At(x, at[0], at[1] / 2)));
        AssertClose(x.Repeat(0), [0, 3], []);
        AssertClose(x.Roll(1), [2, 3], Map([2, 3], at => At(x, at[0], (at[1] + 2) % 3)));
        AssertClose(x.Roll(-4), [2, 3], Map([2, 3], at => At(x, at[0], (at[1] + 4) % 3)));
        AssertClose(x.Roll(1, 0), [2, 3], Map([2, 3], at => At(x, 1 - at[0], at[1])));
        for (int diagonal = -3; diagonal <= 3; diagonal++)
        {
            int from = diagonal;
            AssertClose(x.LowerTriangle(from), [2, 3], Map([2, 3], at => at[1] <= at[0] + from ? At(x, at) : 0));
            AssertClose(x.UpperTriangle(from), [2, 3], Map([2, 3], at => at[1] >= at[0] + from ? At(x, at) : 0));
        }

        AssertClose(x.LowerTriangle(), [2, 3], Map([2, 3], at => at[1] <= at[0] ? At(x, at) : 0));
        AssertClose(x.UpperTriangle(1), [2, 3], Map([2, 3], at => at[1] >= at[0] + 1 ? At(x, at) : 0));
        AssertGradients(t => t[0].Tile(2, 3), [x]);
        AssertGradients(t => t[0].Repeat(3), [x]);
        AssertGradients(t => t[0].Roll(2), [x]);
        AssertGradients(t => t[0].LowerTriangle(-1), [x]);
        AssertGradients(t => t[0].UpperTriangle(), [x]);
    }

    [Test]
    public void Widths_and_factors_that_cannot_be_are_named()
    {
        Tensor x = Normal([2, 3]);
        Errors.Assert<ShapeException>(() => x.Pad([(1, 1)]), "pad", "1 pairs", "[2, 3]");
        Errors.Assert<ValueException>(() => x.Pad([(0, 0), (-1, 1)]), "pad", "(-1, 1)");
        Errors.Assert<ShapeException>(() => x.Pad([(0, 0), (3, 0)], PadMode.Reflect), "pad", "(3, 0)", "at most 2");
        Errors.Assert<ShapeException>(() => Tensor.Zeros([0]).Pad([(1, 0)], PadMode.Edge), "pad", "at most 0");
        Errors.Assert<ShapeException>(() => x.Tile(2), "tile", "1 numbers");
        Errors.Assert<ValueException>(() => x.Tile(2, -1), "tile", "-1 times");
        Errors.Assert<ValueException>(() => x.Repeat(-2), "repeat", "-2");
        Errors.Assert<ShapeException>(() => x.Repeat(2, 2), "repeat", "axis 2");
        Errors.Assert<ShapeException>(() => x.Roll(1, 5), "roll", "axis 5");
        Errors.Assert<ShapeException>(() => x[0].LowerTriangle(), "lowerTriangle", "[3]");
        Errors.Assert<ShapeException>(() => x[0].UpperTriangle(), "upperTriangle", "[3]");
    }
}
