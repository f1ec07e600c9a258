namespace Engine.Tests.Operations;

public class DistinctRowsTests
{
    [Test]
    public void Rows_come_once_in_the_order_in_which_they_occur()
    {
        Tensor indices = Tensor.From<int>([7, 2, 7, 0, 2, 2], [2, 3]);
        (Tensor rows, Tensor places) = DistinctRows.Of(indices, 9, 3)!.Value;
        Assert.That(rows.ToArray<int>(), Is.EqualTo((int[])[7, 2, 0]));
        Assert.That(places.Shape, Is.EqualTo(indices.Shape));
        Assert.That(places.ToArray<int>(), Is.EqualTo((int[])[0, 1, 0, 2, 1, 1]));
    }

    [Test]
    public void More_rows_than_are_of_use_are_not_listed()
    {
        Tensor indices = Tensor.From<int>([7, 2, 7, 0, 2, 2], [2, 3]);
        foreach (int most in (int[])[0, 1, 2]) Assert.That(DistinctRows.Of(indices, 9, most), Is.Null, $"{most}");
    }
}
