using Engine.Layers;
using Engine.Models;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class MergingTests
{
    private static readonly (string Name, Func<Layer> Make, Func<double[], double> Formula)[] Elementwise =
    [
        ("add", () => new Add(), values => values.Sum()),
        ("multiply", () => new Multiply(), values => values.Aggregate((a, b) => a * b)),
        ("average", () => new Average(), values => values.Average()),
        ("maximum", () => new Maximum(), values => values.Max()),
        ("minimum", () => new Minimum(), values => values.Min()),
    ];

    [TestCaseSource(nameof(Elementwise))]
    public void Elementwise_layers_are_their_formulas((string Name, Func<Layer> Make, Func<double[], double> Formula) given)
    {
        foreach (DType dtype in Floats)
        {
            Tensor a = Normal([2, 3, 4], dtype), b = Normal([2, 3, 4], dtype, 2), c = Normal([2, 3, 4], dtype, 3);
            Layer layer = given.Make();
            AssertClose(layer.Apply(a, b), a.Shape, Map(a.Shape, at => given.Formula([At(a, at), At(b, at)])));
            AssertClose(layer.Apply(a, b, c), a.Shape, Map(a.Shape, at => given.Formula([At(a, at), At(b, at), At(c, at)])));
            Tensor row = Normal([2, 4], dtype, 4), column = Normal([2, 3, 1], dtype, 5);
            AssertClose(layer.Apply(row, a, column), a.Shape,
                Map(a.Shape, at => given.Formula([At(row, at[0], at[2]), At(a, at), At(column, at[0], at[1], 0)])));
            Assert.That(layer.OutputShape([Shape.Create([4]), Shape.Create([3, 1])]), Is.EqualTo(Shape.Create([3, 4])));
            Assert.That(layer.Name, Is.EqualTo(given.Name));
        }
    }

    [Test]
    public void Subtract_takes_two()
    {
        Tensor a = Normal([2, 3]), b = Normal([2, 3], seed: 2);
        AssertClose(new Subtract().Apply(a, b), [2, 3], Map([2, 3], at => At(a, at) - At(b, at)));
        Errors.Assert<ShapeException>(() => new Subtract().Apply(a, b, a), "Subtract", "3 inputs", "exactly two");
    }

    [Test]
    public void Concatenate_puts_inputs_in_a_row()
    {
        Tensor a = Normal([2, 3, 4]), b = Normal([2, 3, 1], seed: 2), c = Normal([2, 5, 4], seed: 3);
        AssertClose(new Concatenate().Apply(a, b), [2, 3, 5], Map([2, 3, 5], at => at[2] < 4 ? At(a, at) : At(b, at[0], at[1], 0)));
        AssertClose(new Concatenate(1).Apply(a, c), [2, 8, 4],
            Map([2, 8, 4], at => at[1] < 3 ? At(a, at) : At(c, at[0], at[1] - 3, at[2])));
        Assert.That(new Concatenate(-2).OutputShape([Shape.Create([3, 4]), Shape.Create([5, 4])]), Is.EqualTo(Shape.Create([8, 4])));
    }

    [Test]
    public void Dot_sums_products_along_an_axis_of_each()
    {
        Tensor a = Normal([2, 3, 4]), b = Normal([2, 4, 5], seed: 2);
        double Sum(int length, Func<int, double> term) => Enumerable.Range(0, length).Sum(term);
        AssertClose(new Dot((2, 1)).Apply(a, b), [2, 3, 5],
            Map([2, 3, 5], at => Sum(4, k => At(a, at[0], at[1], k) * At(b, at[0], k, at[2]))));
        Tensor u = Normal([2, 4], seed: 3), v = Normal([2, 4], seed: 4);
        AssertClose(new Dot(1).Apply(u, v), [2, 1], Map([2, 1], at => Sum(4, k => At(u, at[0], k) * At(v, at[0], k))));
        AssertClose(new Dot(-1, normalize: true).Apply(u, v), [2, 1], Map([2, 1], at => Sum(4, k => At(u, at[0], k) * At(v, at[0], k))
            / Math.Sqrt(Sum(4, k => Math.Pow(At(u, at[0], k), 2)) * Sum(4, k => Math.Pow(At(v, at[0], k), 2)))));
        AssertClose(new Dot((1, -1)).Apply(b, u), [2, 5], Map([2, 5], at => Sum(4, k => At(b, at[0], k, at[1]) * At(u, at[0], k))));
        Assert.That(new Dot((2, 1)).MultiplyAdds([Shape.Create([3, 4]), Shape.Create([4, 5])]), Is.EqualTo(60));
    }

    [Test]
    public void A_graph_of_merged_branches_shares_layers_and_shows_its_products()
    {
        SymbolicTensor left = SymbolicTensor.Input(4), right = SymbolicTensor.Input(4);
        var shared = new Dense(3, Activation.Tanh);
        SymbolicTensor a = shared.Apply(left), b = shared.Apply(right);
        var model = new Model([left, right], [new Concatenate().Apply(new Add().Apply(a, b), new Dot(1).Apply(a, b))]);
        Tensor x = Normal([5, 4], DType.Float32), y = Normal([5, 4], DType.Float32, 2);
        Tensor result = model.Apply(x, y);
        Assert.That(result.Shape, Is.EqualTo(Shape.Create([5, 4])));
        Tensor p = shared.Apply(x), q = shared.Apply(y);
        Assert.That(result.ToArray<float>(),
            Is.EqualTo(Tensor.Concat([p + q, (p * q).Sum(1, keepDims: true)], 1).ToArray<float>()).Within(1e-6));
        Assert.That(model.Variables, Has.Count.EqualTo(2));
        Assert.That(model.Summary(), Does.Match(@"dot \(Dot\) +\[1\] +0 +3\n").And.Contain("shared"));
        Tensor[] predicted = model.PredictAll([x, y], batchSize: 2);
        Assert.That(predicted.Single().ToArray<float>(), Is.EqualTo(result.ToArray<float>()).Within(1e-6));
    }

    [Test]
    public void Bad_inputs_are_named()
    {
        Tensor x = Tensor.Zeros([2, 3]);
        Errors.Assert<ShapeException>(() => new Add().Apply(x), "Add", "1 inputs", "two or more");
        Errors.Assert<ShapeException>(() => new Add().Apply(x, Tensor.Zeros([2, 4])), "Add", "do not broadcast");
        Errors.Assert<ShapeException>(() => new Add().Apply(x, Tensor.Zeros([1, 3])), "inputs of 2 and 1 samples", "one length");
        Errors.Assert<ShapeException>(() => new Add().Apply(SymbolicTensor.Input(3), SymbolicTensor.Input(4)), "do not broadcast");
        Errors.Assert<DTypeException>(() => new Add().Apply(x, Tensor.Zeros([2, 3], DType.Float64)), "Float64", "Float32");
        Errors.Assert<ShapeException>(() => new Add().Apply(Array.Empty<Tensor>()), "no inputs");
        Errors.Assert<ValueException>(() => new Concatenate(0), "axis is 0");
        Errors.Assert<ShapeException>(() => new Concatenate().Apply(x), "1 inputs");
        Errors.Assert<ShapeException>(() => new Concatenate().Apply(x, Tensor.Zeros([2, 3, 1])), "[batch, 3]", "[batch, 3, 1]");
        Errors.Assert<ShapeException>(() => new Concatenate(1).Apply(Tensor.Zeros([2, 3, 4]), Tensor.Zeros([2, 3, 5])), "only axis 1");
        Errors.Assert<ShapeException>(() => new Concatenate(-2).Apply(x, x), "axis -2", "of a sample");
        Errors.Assert<ValueException>(() => new Dot(0), "0 is the batch");
        Errors.Assert<ShapeException>(() => new Dot(1).Apply(x, Tensor.Zeros([2, 4])), "[batch, 3]", "[batch, 4]", "one length");
        Errors.Assert<ShapeException>(() => new Dot(1).Apply(x, x, x), "3 inputs", "exactly two");
        var dense = new Dense(2);
        Errors.Assert<ShapeException>(() => dense.Apply(x, x), "Dense", "2 inputs", "takes one");
        Assert.That(dense.IsBuilt, Is.False, "a refused call leaves no weights behind");
        Errors.Assert<ShapeException>(() => dense.Apply(SymbolicTensor.Input(3), SymbolicTensor.Input(3)), "takes one");
        Errors.Assert<ShapeException>(() => dense.OutputShape([Shape.Create([3]), Shape.Create([3])]), "takes one");
    }
}
