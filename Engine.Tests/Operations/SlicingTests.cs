namespace Engine.Tests.Operations;

using static Oracle;

public class SlicingTests
{
    [Test]
    public void Parts_are_positions_ranges_and_steps()
    {
        Tensor x = Normal([4, 5, 6]);
        AssertClose(x[1], [5, 6], Map([5, 6], at => At(x, 1, at[0], at[1])));
        AssertClose(x[..3], [3, 5, 6], Map([3, 5, 6], at => At(x, at)));
        AssertClose(x[.., 0, ..], [4, 6], Map([4, 6], at => At(x, at[0], 0, at[1])));
        AssertClose(x[.., ^1, ..], [4, 6], Map([4, 6], at => At(x, at[0], 4, at[1])));
        AssertClose(x[-1, 2], [6], Map([6], at => At(x, 3, 2, at[0])));
        AssertClose(x[3, 4, 5], [], [At(x, 3, 4, 5)]);
        AssertClose(x[1..3, .., 2..4], [2, 5, 2], Map([2, 5, 2], at => At(x, at[0] + 1, at[1], at[2] + 2)));
        AssertClose(x[.., Slice.Every(1.., 2)], [4, 2, 6], Map([4, 2, 6], at => At(x, at[0], 1 + 2 * at[1], at[2])));
        AssertClose(x[Slice.Every(.., -1), 1], [4, 6], Map([4, 6], at => At(x, 3 - at[0], 1, at[1])));
        AssertClose(x[.., 2..2], [4, 0, 6], []);
        AssertClose(x.Flip(0, -1), [4, 5, 6], Map([4, 5, 6], at => At(x, 3 - at[0], at[1], 5 - at[2])));
        Assert.That($"{Tensor.From<double>(1.25, 2.5)[1]:F3}", Is.EqualTo("2.500"));
    }

    [Test]
    public void Parts_have_gradients()
    {
        Tensor x = Normal([4, 5, 6]);
        AssertGradients(t => t[0][1..3], [x]);
        AssertGradients(t => t[0][.., Slice.Every(1.., -2), 3], [x]);
        AssertGradients(t => t[0][2, 3], [x]);
        AssertGradients(t => t[0].Flip(1), [x]);
    }
}
