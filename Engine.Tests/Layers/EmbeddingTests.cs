using Engine.Layers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class EmbeddingTests
{
    [Test]
    public void An_embedding_looks_rows_up()
    {
        foreach (DType dtype in Floats)
        {
            var layer = new Embedding(5, 3, dtype: dtype);
            Tensor x = Tensor.From<int>([0, 4, 2, 2, 1, 3], [2, 3]);
            Tensor y = layer.Apply(x);
            Assert.That(y.DType, Is.EqualTo(dtype));
            AssertClose(y, [2, 3, 3], Map([2, 3, 3], at => At(layer.Embeddings, (int)At(x, at[0], at[1]), at[2])));
            Assert.That(layer.OutputShape([3]), Is.EqualTo(Shape.Create([3, 3])));
            Assert.That(layer.OutputType(DType.Int32), Is.EqualTo(dtype));
            AssertClose(layer.Apply(x.Cast(DType.UInt8)), [2, 3, 3], Values(y));
        }
    }

    [Test]
    public void Its_first_values_are_uniform_between_plus_and_minus_five_hundredths()
    {
        var layer = new Embedding(1000, 20);
        layer.Apply(Tensor.From<int>([1], [1, 1]));
        float[] values = layer.Embeddings.ToArray<float>();
        Assert.That(values, Is.All.InRange(-0.05f, 0.05f));
        Assert.That(values.Select(value => value * value).Average(), Is.EqualTo(0.05 * 0.05 / 3).Within(2).Percent);
        Assert.That(layer.Embeddings.Name, Is.EqualTo("embedding/embeddings"));
    }

    [Test]
    public void It_agrees_with_PyTorch()
    {
        Tensor rows = TorchReference.Get("embedding.rows").Cast(DType.Int32);
        var layer = new Embedding(5, 3, dtype: DType.Float64);
        layer.Apply(rows);
        layer.Embeddings.Assign(TorchReference.Get("embedding.table"));
        using var tape = new GradientTape();
        Tensor y = layer.Apply(rows);
        TorchReference.AssertEqual(y, "embedding.y");
        TorchReference.AssertEqual(tape.Gradient((y * y * y).Sum(), layer.Embeddings), "embedding.dtable");
    }

    [Test]
    public void One_hot_marks_the_class()
    {
        Tensor x = Tensor.From<int>([2, 0, 1, 2], [2, 2]);
        Tensor y = new OneHot(3).Apply(x);
        AssertClose(y, [2, 2, 3], Map([2, 2, 3], at => At(x, at[0], at[1]) == at[2] ? 1 : 0));
        Assert.That(new OneHot(3, dtype: DType.Float64).Apply(x).DType, Is.EqualTo(DType.Float64));
        Assert.That(new OneHot(3, dtype: DType.Float64).OutputType(DType.Int32), Is.EqualTo(DType.Float64));
        Assert.That(new OneHot(4).OutputShape([5]), Is.EqualTo(Shape.Create([5, 4])));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Errors.Assert<ValueException>(() => new Embedding(0, 3), "inputDim is 0");
        Errors.Assert<ValueException>(() => new Embedding(3, 0), "outputDim is 0");
        Errors.Assert<ValueException>(() => new Embedding(3, 2).Apply(Tensor.From<int>([1, 3], [1, 2])), "Embedding", "id 3", "position 1 of sample 0",
            "vocabulary of 3", "use 0 to 2");
        Errors.Assert<DTypeException>(() => new Embedding(3, 2).Apply(Tensor.Zeros([1, 2])), "Float32", "integers are wanted", "Cast");
        Errors.Assert<DTypeException>(() => new Embedding(3, 2).Apply(SymbolicTensor.Input(4)), "Float32", "DType.Int32");
        Errors.Assert<ModelException>(() => new Embedding(3, 2).Embeddings, "no weights yet");
        Errors.Assert<ValueException>(() => new OneHot(0), "depth is 0");
        Errors.Assert<ValueException>(() => new OneHot(2).Apply(Tensor.From<int>([2], [1, 1])), "OneHot", "use 0 to 1");
        Errors.Assert<ValueException>(() => new OneHot(5).Apply(Tensor.From<int>([1, 2, 9, 1], [2, 2])), "OneHot \"one_hot\"", "index 2", "[2, 2]",
            "is 9", "5 positions");
        Errors.Assert<ValueException>(() => new Embedding(3, 2).Apply(Tensor.From<int>([-1], [1, 1])), "id -1 at position 0 of sample 0");
        Errors.Assert<DTypeException>(() => new OneHot(2).Apply(Tensor.Zeros([1, 2], DType.Bool)), "Bool");
    }
}
