using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class ShapeLayerTests
{
    [Test]
    public void Any_length_of_a_new_shape_may_be_left_open()
    {
        Tensor x = Normal([2, 3, 4]);
        AssertClose(new Reshape(-1, 6).Apply(x), [2, 2, 6], Values(x));
        AssertClose(new Reshape(6, -1).Apply(x), [2, 6, 2], Values(x));
        Assert.That(new Reshape(-1, 6).OutputShape([3, 4]), Is.EqualTo(Shape.Create([2, 6])));
    }

    [Test]
    public void Flatten_keeps_the_batch_and_the_order()
    {
        Tensor x = Normal([2, 3, 4]);
        Tensor y = new Flatten().Apply(x);
        AssertClose(y, [2, 12], x.ToArray<double>());
        Assert.That(new Flatten().Apply(Normal([3])).Shape, Is.EqualTo(Shape.Create([3, 1])));
        Assert.That(new Flatten().Apply(Tensor.Zeros([0, 2, 3])).Shape, Is.EqualTo(Shape.Create([0, 6])));
        Assert.That(new Flatten().OutputShape([3, 4]), Is.EqualTo(Shape.Create([12])));
        Assert.That(new Flatten().OutputType(DType.Int32), Is.EqualTo(DType.Int32));
    }

    [Test]
    public void Reshape_gives_each_sample_other_axes()
    {
        Tensor x = Normal([2, 12]);
        AssertClose(new Reshape(2, 3, 2).Apply(x), [2, 2, 3, 2], x.ToArray<double>());
        AssertClose(new Reshape(3, -1).Apply(x), [2, 3, 4], x.ToArray<double>());
        Assert.That(new Reshape([4, 3], name: "grid").OutputShape([2, 6]), Is.EqualTo(Shape.Create([4, 3])));
        Assert.That(new Reshape([4, 3], name: "grid").Path, Is.EqualTo("Reshape \"grid\""));
    }

    [Test]
    public void Reshape_refuses_what_does_not_hold_the_elements()
    {
        Assert.That(() => new Reshape(-2), Throws.TypeOf<ValueException>().With.Message.Contains("-2"));
        Assert.That(
            () => new Reshape(-1, -1),
            Throws.TypeOf<ValueException>().With.Message.Contains("at most one").Or.Message.Contains("one open"));
        Assert.That(
            () => new Reshape(5, 2).Apply(Normal([2, 12])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("12 elements").And.Message.Contains("[5, 2]"));
        Assert.That(() => new Reshape(5, -1).Apply(SymbolicTensor.Input(12)), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Input_passes_its_batch_on_and_converts_integers()
    {
        Tensor x = Normal([2, 3, 4], DType.Float32);
        Assert.That(new Input(3, 4).Apply(x), Is.SameAs(x));
        Assert.That(new Input([40], DType.Int32).Apply(Tensor.Zeros([2, 40], DType.Int64)).DType, Is.EqualTo(DType.Int32));
        Assert.That(new Input([2], DType.Float32).Apply(Tensor.Zeros([2, 2], DType.UInt8)).DType, Is.EqualTo(DType.Float32));
        Assert.That(new Input([40], DType.Int32).OutputType(DType.Int64), Is.EqualTo(DType.Int32));
        Assert.That(new Input(28, 28, 1).SampleShape, Is.EqualTo(Shape.Create([28, 28, 1])));
    }

    [Test]
    public void Input_refuses_other_samples()
    {
        Assert.That(
            () => new Input(28, 28, 1).Apply(Tensor.Zeros([2, 28, 28])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[batch, 28, 28], where [batch, 28, 28, 1] is wanted"));
        Assert.That(
            () => new Input([2], DType.Int32).Apply(Tensor.Zeros([2, 2])),
            Throws.TypeOf<DTypeException>().With.Message.Contains("Int32"));
        Assert.That(
            () => new Input(2).Apply(Tensor.Zeros([2, 2], DType.Float64)),
            Throws.TypeOf<DTypeException>().With.Message.Contains("Float64"));
    }
}
