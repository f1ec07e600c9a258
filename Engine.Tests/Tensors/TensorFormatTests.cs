using System.Globalization;

namespace Engine.Tests.Tensors;

public class TensorFormatTests
{
    [Test]
    public void Small_tensors_show_every_element_with_type_and_shape()
    {
        Assert.That(Tensor.Scalar(2.5).ToString(), Is.EqualTo("Float32[] 2.5"));
        Assert.That(Tensor.From<int>([1, -20, 3]).ToString(), Is.EqualTo("Int32[3] [1, -20, 3]"));
        Assert.That(Tensor.From<bool>([true, false]).ToString(), Is.EqualTo("Bool[2] [true, false]"));
        Assert.That(Tensor.From<byte>([255]).ToString(), Is.EqualTo("UInt8[1] [255]"));
        Assert.That(Tensor.From<double>([1, 10.5, -3, 0.1], [2, 2]).ToString(), Is.EqualTo("Float64[2, 2]\n[[   1, 10.5],\n [  -3,  0.1]]"));
        Assert.That(Tensor.Zeros([0]).ToString(), Is.EqualTo("Float32[0] []"));
        Assert.That(Tensor.Zeros([2, 0]).ToString(), Is.EqualTo("Float32[2, 0]\n[[],\n []]"));
    }

    [Test]
    public void Numbers_that_are_not_finite_and_large_integers_are_exact()
    {
        Assert.That(Tensor.From<float>([float.NaN, float.NegativeInfinity]).ToString(), Does.EndWith("[NaN, -Infinity]"));
        Assert.That(Tensor.From<long>([long.MaxValue, 9007199254740993]).ToString(), Does.EndWith("[9223372036854775807, 9007199254740993]"));
        Assert.That(Tensor.From<long>([long.MaxValue]).ToString("N0", CultureInfo.InvariantCulture), Is.EqualTo("9,223,372,036,854,775,807"));
    }

    [Test]
    public void Long_axes_show_their_edges()
    {
        Assert.That(Tensor.Arange(2000).ToString(), Is.EqualTo("Int32[2000] [0, 1, 2, …, 1997, 1998, 1999]"));
        string text = Tensor.Zeros([100, 100]).ToString();
        Assert.That(text.Split('\n'), Has.Length.EqualTo(8));
        Assert.That(text, Does.Contain("0, 0, 0, …, 0, 0, 0]"));
    }

    [Test]
    public void Any_rank_and_size_is_readable()
    {
        for (int rank = 0; rank <= Shape.MaxRank; rank++)
        {
            Shape shape = Enumerable.Repeat(6, rank).ToArray();
            Assert.That(Tensor.Zeros(shape, DType.UInt8).ToString().Count(letter => letter == '0'), Is.LessThanOrEqualTo(1000), $"rank {rank}");
        }
        Assert.That(Tensor.Zeros([100_000, 0]).ToString(), Has.Length.LessThan(100));
    }

    [Test]
    public void Formats_apply_to_each_element_and_to_a_single_one_alone()
    {
        Assert.That($"{Tensor.Scalar(Math.PI):F3}", Is.EqualTo("3.142"));
        Assert.That(Tensor.From<double>([1, 2]).ToString("F2", CultureInfo.InvariantCulture), Is.EqualTo("Float64[2] [1.00, 2.00]"));
        var comma = new NumberFormatInfo { NumberDecimalSeparator = "," };
        Assert.That(Tensor.Scalar(0.5).ToString("F1", comma), Is.EqualTo("0,5"));
        Assert.That($"{Tensor.Full([1], 1, DType.Bool):F1}", Is.EqualTo("true"));
    }
}
