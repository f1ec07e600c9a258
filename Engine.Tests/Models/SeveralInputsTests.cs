using Engine.Layers;
using Engine.Models;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

public class SeveralInputsTests
{
    [Test]
    public void Predictions_of_several_outputs_do_not_depend_on_the_batch_size()
    {
        Model model = TwoHeads();
        Tensor tokens = Tensor.RandomIntegers([7, 3], 0, 5, new RandomGenerator(1)), bytes = Tensor.Full([7, 2], 51, DType.UInt8);
        Tensor[] whole = model.PredictAll([tokens, bytes], batchSize: 7), parts = model.PredictAll([tokens, bytes], batchSize: 2);
        Assert.That(whole.Select(output => output.Shape.ToString()), Is.EqualTo(new[] { "[7, 4]", "[7, 2]" }));
        for (int i = 0; i < 2; i++) Assert.That(parts[i].ToArray<float>(), Is.EqualTo(whole[i].ToArray<float>()).Within(1e-6f));
        Tensor[] applied = model.ApplyAll([tokens, Tensor.Full([7, 2], 0.2)]);
        Assert.That(applied[1].ToArray<float>(), Is.EqualTo(whole[1].ToArray<float>()).Within(1e-6f), "bytes are scaled as in training");
        Assert.That(model.PredictAll([Tensor.Zeros([0, 3], DType.Int32), Tensor.Zeros([0, 2])])[1].Shape.ToString(), Is.EqualTo("[0, 2]"));
    }

    [Test]
    public void A_layer_of_ones_own_is_built_from_all_its_inputs()
    {
        SymbolicTensor a = SymbolicTensor.Input(3), b = SymbolicTensor.Input(5);
        var model = new Model([a, b], [new Bilinear().Apply(a, b)]);
        Assert.That(model.OutputShapes.Single(), Is.EqualTo(Shape.Create([1])));
        Assert.That(model.Variables.Single().Shape, Is.EqualTo(Shape.Create([3, 5])));
        Tensor x = Tensor.Ones([2, 3]), y = Tensor.Ones([2, 5]);
        float sum = model.Variables[0].ToArray<float>().Sum();
        Assert.That(model.Apply(x, y).ToArray<float>(), Is.All.EqualTo(sum).Within(1e-5f));
        Assert.That(new Bilinear().Apply(x, y).Shape, Is.EqualTo(Shape.Create([2, 1])));
    }

    [Test]
    public void A_model_of_two_inputs_stands_in_another()
    {
        SymbolicTensor a = SymbolicTensor.Input(3), b = SymbolicTensor.Input(3);
        var inner = new Model([a, b], [new Multiply().Apply(a, b)]);
        SymbolicTensor x = SymbolicTensor.Input(3);
        var outer = new Model(x, inner.Apply(x, x));
        Assert.That(outer.Predict(Tensor.Full([2, 3], 3)).ToArray<float>(), Is.All.EqualTo(9f));
        Errors.Assert<ShapeException>(() => inner.Apply(Tensor.Ones([2, 3])), "1 inputs", "has 2");
        Errors.Assert<ShapeException>(() => inner.Apply(Tensor.Ones([2, 3]), Tensor.Ones([2, 3, 1])), "input 1", "[3, 1]");
    }

    [Test]
    public void Bad_inputs_are_named()
    {
        Model model = TwoHeads();
        Tensor tokens = Tensor.Zeros([4, 3], DType.Int32), values = Tensor.Zeros([4, 2]);
        Errors.Assert<ShapeException>(() => model.PredictAll([]), "PredictAll", "no inputs");
        Errors.Assert<ShapeException>(() => model.PredictAll([tokens]), "1 inputs", "has 2");
        Errors.Assert<ShapeException>(() => model.PredictAll([tokens, values[..3]]), "inputs of 4 and 3 samples");
        Errors.Assert<ShapeException>(() => model.PredictAll([tokens, tokens]), "input 1", "[3]", "[2]");
        Errors.Assert<ValueException>(() => model.PredictAll([tokens, values], batchSize: 0), "batchSize is 0");
    }

    private static Model TwoHeads()
    {
        SymbolicTensor tokens = SymbolicTensor.Input(Shape.Create([3]), DType.Int32), values = SymbolicTensor.Input(2);
        SymbolicTensor words = new GlobalAveragePooling1D().Apply(new Embedding(5, 2).Apply(tokens));
        return new Model([tokens, values], [new Concatenate().Apply(words, values), new Add().Apply(words, values)]);
    }

    /// <summary>xᵀ·W·y: a layer whose weight has a side for each input.</summary>
    private sealed class Bilinear : Layer
    {
        private Variable? kernel;

        protected override void Build(IReadOnlyList<Shape> inputShapes) =>
            kernel = AddWeight("kernel", [inputShapes[0][0], inputShapes[1][0]], Initializer.GlorotUniform);

        protected override Tensor Call(Tensor x, bool training) => x;

        protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) =>
            (inputs[0].MatMul(kernel!) * inputs[1]).Sum(1, keepDims: true);
    }
}
