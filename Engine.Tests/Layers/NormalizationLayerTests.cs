using Engine.Data;
using Engine.Layers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class NormalizationLayerTests
{
    private static readonly (int[] Shape, int[]? Axis)[] LayerCases =
        [([4, 7], null), ([2, 3, 5], [-1]), ([2, 3, 4, 5], [-2, -1]), ([2, 3, 4, 5], [3, 1]), ([2, 3, 4], [1]), ([3, 2, 2], [1, 2])];

    [TestCaseSource(nameof(LayerCases))]
    public void Layer_normalization_is_its_formula_over_any_axes((int[] Shape, int[]? Axis) given)
    {
        foreach (DType dtype in Floats)
        {
            var layer = new LayerNormalization(
                given.Axis, 0.01, betaInitializer: Initializer.RandomNormal(0, 1), gammaInitializer: Initializer.RandomNormal(1, 1));
            Tensor x = (Normal(given.Shape) * 2 + 1).Cast(dtype);
            Tensor y = layer.Apply(x);
            int[] axes = [.. (given.Axis ?? [-1]).Select(axis => axis < 0 ? axis + x.Rank : axis).Order()];
            string Rest(int[] index) => string.Join(',', index.Where((_, axis) => !axes.Contains(axis)));
            int count = axes.Aggregate(1, (product, axis) => product * given.Shape[axis]);
            var mean = new Dictionary<string, double>();
            var variance = new Dictionary<string, double>();
            Map(given.Shape, index => mean[Rest(index)] = mean.GetValueOrDefault(Rest(index)) + At(x, index) / count);
            Map(given.Shape, index => variance[Rest(index)] = variance.GetValueOrDefault(Rest(index))
                + Math.Pow(At(x, index) - mean[Rest(index)], 2) / count);
            AssertClose(y, given.Shape, Map(given.Shape, index =>
            {
                int[] own = [.. axes.Select(axis => index[axis])];
                return At(layer.Gamma!, own) * (At(x, index) - mean[Rest(index)]) / Math.Sqrt(variance[Rest(index)] + 0.01)
                    + At(layer.Beta!, own);
            }));
            Assert.That(layer.OutputShape(x.Shape.Remove(0)), Is.EqualTo(x.Shape.Remove(0)));
        }
    }

    [Test]
    public void Layer_and_group_normalization_agree_with_PyTorch()
    {
        foreach ((string name, Normalizing layer) in new (string, Normalizing)[]
        {
            ("layer_norm", new LayerNormalization(epsilon: 1e-5)), ("group_norm", new GroupNormalization(3, 1e-5)),
        })
        {
            Tensor x = TorchReference.Get($"{name}.x");
            layer.Apply(x);
            layer.Gamma!.Assign(TorchReference.Get($"{name}.gamma"));
            layer.Beta!.Assign(TorchReference.Get($"{name}.beta"));
            using var tape = new GradientTape();
            tape.Watch(x);
            Tensor y = layer.Apply(x);
            TorchReference.AssertEqual(y, $"{name}.y");
            Tensor[] gradients = tape.Gradients((y * y * y).Sum(), new[] { x, layer.Gamma!, layer.Beta! });
            TorchReference.AssertEqual(gradients[0], $"{name}.dx", 1e-11);
            TorchReference.AssertEqual(gradients[1], $"{name}.dgamma", 1e-11);
            TorchReference.AssertEqual(gradients[2], $"{name}.dbeta", 1e-11);
        }
    }

    [Test]
    public void The_defaults_are_those_of_Keras()
    {
        var layer = new LayerNormalization();
        Assert.That((layer.Epsilon, layer.Center, layer.Scale, layer.Axis.Single()), Is.EqualTo((1e-3, true, true, -1)));
        Assert.That((new GroupNormalization().Groups, new GroupNormalization().Epsilon), Is.EqualTo((32, 1e-3)));
        Assert.That(new LayerNormalization().MultiplyAdds([3, 4]), Is.EqualTo(24));
        Assert.That(new GroupNormalization(2).MultiplyAdds([3, 4]), Is.EqualTo(24));
        Tensor x = Normal([2, 5, 4]);
        var instances = new GroupNormalization(-1);
        AssertClose(instances.Apply(x), x.Shape, Values(new GroupNormalization(4).Apply(x)));
    }

    [Test]
    public void Unit_normalization_divides_by_the_norm()
    {
        Tensor x = Normal([3, 2, 4]);
        AssertClose(new UnitNormalization().Apply(x), x.Shape,
            Map(x.Shape, at => At(x, at) / Math.Sqrt(Enumerable.Range(0, 4).Sum(k => Math.Pow(At(x, at[0], at[1], k), 2)))));
        AssertClose(new UnitNormalization([1, 2]).Apply(x), x.Shape,
            Map(x.Shape, at => At(x, at) / Math.Sqrt(Enumerable.Range(0, 8).Sum(k => Math.Pow(At(x, at[0], k / 4, k % 4), 2)))));
        Assert.That(new UnitNormalization().Apply(Tensor.Zeros([2, 3])).ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Normalization_standardizes_by_given_numbers_and_back()
    {
        Tensor x = Normal([5, 3]);
        double[] mean = [1, 2, 3], variance = [4, 0.25, 0];
        var layer = new Normalization(mean: mean, variance: variance);
        Tensor y = layer.Apply(x);
        AssertClose(y, [5, 3], Map([5, 3], at => (At(x, at) - mean[at[1]]) / Math.Max(Math.Sqrt(variance[at[1]]), 1e-7)));
        AssertClose(new Normalization(mean: mean, variance: variance, invert: true).Apply(y), [5, 3], Values(x));
        AssertClose(new Normalization(mean: [1], variance: [4]).Apply(x), [5, 3], Map([5, 3], at => (At(x, at) - 1) / 2));
        Assert.That(layer.TrainableVariables, Is.Empty);
        AssertClose(new Normalization().Apply(x), [5, 3], Values(x));
    }

    [Test]
    public void Adapt_measures_mean_and_variance_over_several_batches([Values(3, 256, 600)] int samples)
    {
        Tensor x = Normal([samples, 2, 3]) * 2 + 5;
        var layer = new Normalization(dtype: DType.Float64);
        layer.Adapt(x);
        double[] mean = new double[3], variance = new double[3];
        Map(x.Shape, at => mean[at[2]] += At(x, at) / (2 * samples));
        Map(x.Shape, at => variance[at[2]] += Math.Pow(At(x, at) - mean[at[2]], 2) / (2 * samples));
        AssertClose(layer.Mean, [1, 3], mean);
        AssertClose(layer.Variance, [1, 3], variance);
        var all = new Normalization(axis: [], dtype: DType.Float64);
        all.Adapt(x);
        AssertClose(all.Mean, [1, 1], [mean.Average()]);
        var middle = new Normalization(axis: [1], dtype: DType.Float64);
        middle.Adapt(x);
        AssertClose(middle.Mean, [2, 1], Map([2], at => Enumerable.Range(0, samples * 3).Average(n => At(x, n / 3, at[0], n % 3))));
        var each = new Normalization(axis: [1, 2], dtype: DType.Float64);
        each.Adapt(x);
        AssertClose(each.Mean, [2, 3], Map([2, 3], at => Enumerable.Range(0, samples).Average(n => At(x, n, at[0], at[1]))));
    }

    [Test]
    public void Bytes_are_taken_as_they_are_or_as_the_data_set_gives_them()
    {
        Tensor bytes = Tensor.From<byte>([0, 255, 51, 204], [4, 1]);
        var layer = new Normalization();
        layer.Adapt(bytes);
        Assert.That(layer.Mean.ToScalar(), Is.EqualTo(127.5).Within(1e-4));
        Assert.That(layer.Apply(bytes).DType, Is.EqualTo(DType.Float32));
        var scaled = new Normalization();
        scaled.Adapt(new Dataset(bytes));
        Assert.That(scaled.Mean.ToScalar(), Is.EqualTo(0.5).Within(1e-6));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Errors.Assert<ValueException>(() => new LayerNormalization(epsilon: -1), "LayerNormalization", "epsilon is -1");
        Errors.Assert<ValueException>(() => new LayerNormalization([]), "axis is empty");
        Errors.Assert<ValueException>(() => new LayerNormalization([0, 1]), "axis 0 is the batch");
        Errors.Assert<ShapeException>(() => new LayerNormalization([1, -1]).Apply(Tensor.Zeros([2, 3])), "twice");
        Errors.Assert<ShapeException>(() => new LayerNormalization([2]).Apply(Tensor.Zeros([2, 3])), "axis 2", "[batch, 3]");
        Errors.Assert<ValueException>(() => new GroupNormalization(0), "groups is 0");
        Errors.Assert<ShapeException>(() => new GroupNormalization(3).Apply(Tensor.Zeros([2, 4])), "4 channels", "3 groups");
        Errors.Assert<ShapeException>(() => new GroupNormalization(1).Apply(Tensor.Zeros([2])), "[batch]");
        Errors.Assert<ValueException>(() => new UnitNormalization([]), "UnitNormalization", "axis is empty");
        Errors.Assert<ValueException>(() => new UnitNormalization([0]), "axis 0 is the batch");
        Errors.Assert<ShapeException>(() => new UnitNormalization([1, 1]).Apply(Tensor.Zeros([2, 3])), "each axis once");
        Errors.Assert<ValueException>(() => new Normalization(mean: [1]), "only the mean", "give both");
        Errors.Assert<ValueException>(() => new Normalization(mean: [double.NaN], variance: [1]), "mean is not finite");
        Errors.Assert<ValueException>(() => new Normalization(mean: [1], variance: [-1]), "variance is negative");
        Errors.Assert<ValueException>(() => new Normalization(variance: [1]), "only the variance");
        Errors.Assert<ValueException>(() => new Normalization(mean: [1, double.NaN], variance: [1, 1]), "mean is not finite");
        Errors.Assert<ValueException>(() => new Normalization(mean: [1, 1], variance: [1, -1]), "variance is negative");
        Errors.Assert<ShapeException>(() => new Normalization([-2]).Apply(Tensor.Zeros([2, 3])), "axis -2", "[batch, 3]", "axes of a sample");
        Errors.Assert<ShapeException>(() => new UnitNormalization([-2]).Apply(Tensor.Zeros([2, 3])), "axes [-2]", "not the batch");
        Errors.Assert<ShapeException>(() => new LayerNormalization().OutputShape([4, 0]), "[batch, 4, 0]", "at least one value");
        Errors.Assert<ShapeException>(() => new GroupNormalization(1).OutputShape([0, 4]), "[batch, 0, 4]", "no elements");
        var groups = new GroupNormalization(2);
        groups.Apply(Tensor.Zeros([2, 4]));
        Errors.Assert<ShapeException>(() => groups.Apply(Tensor.Zeros([2, 6])), "6 channels", "built for 4");
        Errors.Assert<ValueException>(() => new Normalization([0]), "axis 0 is the batch");
        Errors.Assert<ShapeException>(() => new Normalization(mean: [1, 2], variance: [1]).Apply(Tensor.Zeros([2, 3])), "2 means",
            "give 3");
        Errors.Assert<ValueException>(() => Adapted(new Normalization(mean: [1], variance: [1]), [2, 3]), "Adapt", "were given");
        Errors.Assert<ValueException>(() => Adapted(new Normalization(), [0, 3]), "empty");
        Errors.Assert<ModelException>(() => new Normalization().Mean, "no weights yet");
        Errors.Assert<ShapeException>(() => Adapted(Adapted(new Normalization(), [2, 3]), [2, 4]), "[batch, 4]", "built for [batch, 3]");
        var layer = new LayerNormalization();
        layer.Apply(SymbolicTensor.Input(4));
        Errors.Assert<ShapeException>(() => layer.Apply(SymbolicTensor.Input(5)), "5 channels", "built for 4");
    }

    private static Normalization Adapted(Normalization layer, Shape shape)
    {
        layer.Adapt(Tensor.Zeros(shape));
        return layer;
    }
}
