using Engine.Layers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class PlainLayerTests
{
    [TestCase(null)]
    [TestCase(new[] { 1, 2 })]
    [TestCase(new[] { -1 })]
    public void PReLU_has_a_slope_below_0(int[]? shared)
    {
        foreach (DType dtype in Floats)
        {
            var layer = new PReLU(Initializer.RandomNormal(0, 1), sharedAxes: shared);
            Tensor x = Normal([2, 3, 4, 5], dtype);
            Tensor y = layer.Apply(x);
            int Slope(int[] at, int axis) => layer.Alpha.Shape[axis - 1] == 1 ? 0 : at[axis];
            AssertClose(y, x.Shape, Map(x.Shape,
                at => At(x, at) > 0 ? At(x, at) : At(layer.Alpha, Slope(at, 1), Slope(at, 2), Slope(at, 3)) * At(x, at)));
            Assert.That(layer.Alpha.Length, Is.EqualTo(shared is null ? 60 : shared.Length == 2 ? 5 : 12));
        }
    }

    [Test]
    public void PReLU_agrees_with_PyTorch()
    {
        Tensor x = TorchReference.Get("prelu.x");
        var layer = new PReLU(sharedAxes: [1, 2]);
        layer.Apply(x);
        Assert.That(layer.Alpha.ToArray<double>(), Is.All.Zero);
        layer.Alpha.Assign(TorchReference.Get("prelu.alpha").Reshape(1, 1, 4));
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x);
        TorchReference.AssertEqual(y, "prelu.y");
        Tensor[] gradients = tape.Gradients((y * y * y).Sum(), new[] { x, layer.Alpha });
        TorchReference.AssertEqual(gradients[0], "prelu.dx");
        TorchReference.AssertEqual(gradients[1].Reshape(4), "prelu.dalpha");
    }

    [Test]
    public void Rescaling_is_a_product_and_a_sum()
    {
        Tensor x = Normal([3, 4]);
        AssertClose(new Rescaling(2.5, -1).Apply(x), [3, 4], Map([3, 4], at => 2.5 * At(x, at) - 1));
        Tensor bytes = Tensor.From<byte>([0, 255, 51], [3, 1]);
        Assert.That(new Rescaling(1 / 255.0).Apply(bytes).ToArray<float>(), Is.EqualTo(new[] { 0f, 1, 0.2f }).Within(1e-7));
        Assert.That(new Rescaling(2, dtype: DType.Float64).Apply(bytes).DType, Is.EqualTo(DType.Float64));
        Assert.That(new Rescaling(2).MultiplyAdds([3, 4]), Is.EqualTo(12));
    }

    [Test]
    public void Lambda_is_its_function()
    {
        Tensor x = Normal([3, 4]);
        AssertClose(new Lambda(t => t.Square()).Apply(x), [3, 4], Map([3, 4], at => At(x, at) * At(x, at)));
        Assert.That(new Lambda(t => t.Sum(1, keepDims: true)).OutputShape([4]), Is.EqualTo(Shape.Create([1])));
        Assert.That(new Lambda(t => t.Sum(1), Shape.Create([])).Apply(SymbolicTensor.Input(4)).Shape.Rank, Is.Zero);
    }

    [Test]
    public void Permute_and_repeat_vector_move_and_repeat()
    {
        Tensor x = Normal([2, 3, 4, 5]);
        AssertClose(new Permute(3, 1, 2).Apply(x), [2, 5, 3, 4], Map([2, 5, 3, 4], at => At(x, at[0], at[2], at[3], at[1])));
        Assert.That(new Permute(2, 1).OutputShape([3, 4]), Is.EqualTo(Shape.Create([4, 3])));
        Assert.That(new Permute([2, 1], "turn").Name, Is.EqualTo("turn"));
        Tensor vector = Normal([2, 3]);
        AssertClose(new RepeatVector(4).Apply(vector), [2, 4, 3], Map([2, 4, 3], at => At(vector, at[0], at[2])));
        Assert.That(new RepeatVector(4).OutputShape([3]), Is.EqualTo(Shape.Create([4, 3])));
        Assert.That(new RepeatVector(2).Apply(Tensor.Ones([1, 2], DType.Int32)).DType, Is.EqualTo(DType.Int32));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Errors.Assert<ValueException>(() => new PReLU(sharedAxes: [0]), "sharedAxes has 0");
        Errors.Assert<ShapeException>(() => new PReLU(sharedAxes: [3]).Apply(Tensor.Zeros([2, 3])), "axis 3");
        Errors.Assert<ShapeException>(() => new PReLU(sharedAxes: [-2]).Apply(Tensor.Zeros([2, 3])), "axis -2", "axes of a sample");
        var rectifier = new PReLU();
        rectifier.Apply(SymbolicTensor.Input(4));
        Errors.Assert<ShapeException>(() => rectifier.Apply(SymbolicTensor.Input(5)), "PReLU", "[batch, 5]", "slopes of shape [4]");
        Errors.Assert<ModelException>(() => new PReLU().Alpha, "no weights yet");
        Errors.Assert<ValueException>(() => new Rescaling(double.NaN), "scale is NaN");
        Errors.Assert<ValueException>(() => new Rescaling(1, double.PositiveInfinity), "offset is");
        Errors.Assert<ShapeException>(() => new Lambda(x => x.Sum()).Apply(Tensor.Ones([2, 3])), "Lambda", "[]", "keep the batch axis");
        Errors.Assert<ShapeException>(() => new Lambda(x => x, Shape.Create([4])).Apply(Tensor.Ones([2, 3])), "[2, 3]", "[batch, 4]");
        Errors.Assert<ValueException>(() => new Permute(0, 1), "dims [0, 1]", "1 to 2");
        Errors.Assert<ValueException>(() => new Permute(1, 1), "dims [1, 1]", "each once");
        Errors.Assert<ShapeException>(() => new Permute(2, 1).Apply(Tensor.Zeros([2, 3])), "[batch, 3]", "2 axes");
        Errors.Assert<ValueException>(() => new RepeatVector(0), "n is 0");
        Errors.Assert<ShapeException>(() => new RepeatVector(2).Apply(Tensor.Zeros([2, 3, 4])), "[batch, 3, 4]", "[batch, features]");
    }
}
