using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class DenseTests
{
    private static readonly int[][] Inputs = [[4, 3], [1, 1], [2, 5, 3], [2, 1, 4, 7]];

    [TestCaseSource(nameof(Inputs))]
    public void The_output_is_the_formula_on_the_last_axis(int[] input)
    {
        foreach (DType dtype in Floats)
        foreach (Activation activation in new[] { Activation.Linear, Activation.ReLU, Activation.SiLU })
        {
            var layer = new Dense(5, activation, biasInitializer: Initializer.RandomNormal(0, 1));
            Tensor x = Normal(input, dtype);
            Tensor y = layer.Apply(x);
            Shape shape = x.Shape.With(-1, 5);
            Assert.That(layer.OutputShape(x.Shape.Remove(0)), Is.EqualTo(shape.Remove(0)));
            AssertClose(y, shape, Map(shape, at =>
            {
                double sum = At(layer.Bias!, at[^1]);
                int[] from = [.. at];
                for (int i = 0; i < input[^1]; i++)
                {
                    from[^1] = i;
                    sum += At(x, from) * At(layer.Kernel, i, at[^1]);
                }
                return activation == Activation.ReLU ? Math.Max(0, sum) : activation == Activation.SiLU ? sum / (1 + Math.Exp(-sum)) : sum;
            }));
        }
    }

    [Test]
    public void Weights_exist_once_the_layer_has_seen_a_batch()
    {
        var layer = new Dense(3, name: "out");
        Assert.That(
            () => layer.Kernel,
            Throws.TypeOf<ModelException>().With.Message.Contains("Dense \"out\": Kernel").And.Message.Contains("Input"));
        Assert.That(() => layer.Bias, Throws.TypeOf<ModelException>());
        layer.Apply(Normal([2, 4], DType.Float32));
        Assert.That(layer.Kernel.Shape, Is.EqualTo(Shape.Create([4, 3])));
        Assert.That(layer.Kernel.Name, Is.EqualTo("out/kernel"));
        Assert.That(layer.Bias!.ToArray<float>(), Is.All.Zero);
        Assert.That(layer.TrainableVariables, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_layer_without_bias_is_a_product()
    {
        var layer = new Dense(2, useBias: false);
        Tensor x = Normal([3, 4]);
        Tensor y = layer.Apply(x);
        Assert.That(layer.Bias, Is.Null);
        AssertClose(y, [3, 2], x.MatMul(layer.Kernel).ToArray<double>());
        Assert.That(layer.MultiplyAdds([4]), Is.EqualTo(8));
    }

    [Test]
    public void Another_feature_count_and_an_input_without_features_are_refused()
    {
        var layer = new Dense(3);
        layer.Apply(SymbolicTensor.Input(4));
        Assert.That(
            () => layer.Apply(SymbolicTensor.Input(6)),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "Dense \"dense\": input has 6 features (shape [batch, 6]) but the kernel [4, 3] was built for 4. "
                + "A layer applied twice needs the same feature count each time."));
        Assert.That(
            () => new Dense(3).Apply(Tensor.Zeros([5])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[batch, …, features]"));
        Assert.That(() => new Dense(0), Throws.TypeOf<ValueException>().With.Message.Contains("units is 0"));
    }

    [Test]
    public void Integers_are_not_promoted()
    {
        Assert.That(
            () => new Dense(3).Apply(Tensor.Zeros([2, 4], DType.Int32)),
            Throws.TypeOf<DTypeException>().With.Message.Contains("Int32").And.Message.Contains("Cast"));
    }
}
