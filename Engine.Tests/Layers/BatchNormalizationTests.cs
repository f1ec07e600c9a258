using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class BatchNormalizationTests
{
    private static readonly (int[] Shape, int Axis)[] Cases = [([6, 3], -1), ([2, 4, 3, 5], -1), ([4, 3, 5], 1), ([2, 3, 2, 4], 2)];

    [TestCaseSource(nameof(Cases))]
    public void Training_uses_the_batch_and_moves_the_averages((int[] Shape, int Axis) given)
    {
        foreach (DType dtype in Floats)
        {
            var layer = new BatchNormalization(
                given.Axis, momentum: 0.75, epsilon: 0.01, betaInitializer: Initializer.RandomNormal(0, 1),
                gammaInitializer: Initializer.RandomNormal(1, 1),
                movingMeanInitializer: Initializer.Constant(2), movingVarianceInitializer: Initializer.Constant(3));
            Tensor x = (Normal(given.Shape) * 2 + 1).Cast(dtype);
            Tensor y = layer.Apply(x, training: true);
            int at = given.Axis < 0 ? x.Rank - 1 : given.Axis, channels = given.Shape[at], count = x.Length / channels;
            double[] mean = new double[channels], variance = new double[channels];
            Map(given.Shape, index => mean[index[at]] += At(x, index) / count);
            Map(given.Shape, index => variance[index[at]] += Math.Pow(At(x, index) - mean[index[at]], 2) / count);
            AssertClose(y, given.Shape, Map(given.Shape, index => At(layer.Gamma!, index[at]) * (At(x, index) - mean[index[at]])
                / Math.Sqrt(variance[index[at]] + 0.01) + At(layer.Beta!, index[at])));
            AssertClose(layer.MovingMean, [channels], [.. mean.Select(value => 0.75 * 2 + 0.25 * value)]);
            AssertClose(layer.MovingVariance, [channels], [.. variance.Select(value => 0.75 * 3 + 0.25 * value)]);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Otherwise_and_when_frozen_it_uses_the_moving_averages((int[] Shape, int Axis) given)
    {
        var layer = new BatchNormalization(
            given.Axis, betaInitializer: Initializer.RandomNormal(0, 1), gammaInitializer: Initializer.RandomNormal(2, 1),
            movingMeanInitializer: Initializer.RandomNormal(0, 1), movingVarianceInitializer: Initializer.RandomUniform(1, 2));
        Tensor x = Normal(given.Shape);
        int at = given.Axis < 0 ? x.Rank - 1 : given.Axis;
        Tensor y = layer.Apply(x);
        double[] expected = Map(given.Shape,
            index => At(layer.Gamma!, index[at]) * (At(x, index) - At(layer.MovingMean, index[at]))
                / Math.Sqrt(At(layer.MovingVariance, index[at]) + 1e-3) + At(layer.Beta!, index[at]));
        AssertClose(y, given.Shape, expected);
        layer.Trainable = false;
        double[] before = Values(layer.MovingMean);
        AssertClose(layer.Apply(x, training: true), given.Shape, expected);
        Assert.That(Values(layer.MovingMean), Is.EqualTo(before));
        Assert.That(layer.TrainableVariables, Is.Empty);
        Assert.That(layer.NonTrainableVariables, Has.Count.EqualTo(4));
    }

    [Test]
    public void Factor_and_shift_may_each_be_left_out([Values] bool center, [Values] bool scale, [Values] bool training)
    {
        var layer = new BatchNormalization(
            center: center, scale: scale, betaInitializer: Initializer.Constant(0.5), gammaInitializer: Initializer.Constant(3));
        var bare = new BatchNormalization(center: false, scale: false);
        Tensor x = Normal([2, 3, 4]), mask = Tensor.From<double>([1, 1, 0, 1, 0, 0], [2, 3]).Cast(DType.Bool);
        foreach (Tensor input in (Tensor[])[x, x.WithMask(mask)])
        {
            Tensor plain = bare.Apply(input, training);
            AssertClose(layer.Apply(input, training), x.Shape, [.. Values(plain).Select(value => value * (scale ? 3 : 1) + (center ? 0.5 : 0))]);
        }
    }

    [Test]
    public void The_defaults_are_those_of_Keras()
    {
        var layer = new BatchNormalization();
        layer.Apply(Normal([4, 3], DType.Float32));
        Assert.That((layer.Axis, layer.Momentum, layer.Epsilon, layer.Center, layer.Scale), Is.EqualTo((-1, 0.99, 1e-3, true, true)));
        Assert.That(layer.Variables.Select(variable => variable.Name), Is.EqualTo(new[]
        {
            "batch_normalization/gamma", "batch_normalization/beta", "batch_normalization/moving_mean",
            "batch_normalization/moving_variance",
        }));
        Assert.That(layer.TrainableVariables, Has.Count.EqualTo(2));
        Assert.That(layer.Gamma!.ToArray<float>(), Is.All.EqualTo(1));
        Assert.That(layer.MovingVariance.ToArray<float>(), Is.All.EqualTo(1));
        Assert.That(layer.MultiplyAdds([7, 3]), Is.EqualTo(21));
        var bare = new BatchNormalization(center: false, scale: false);
        bare.Apply(Normal([4, 3]));
        Assert.That((bare.Gamma, bare.Beta, bare.Variables.Count), Is.EqualTo(((Variable?)null, (Variable?)null, 2)));
    }

    [Test]
    public void It_agrees_with_PyTorch()
    {
        Tensor x = TorchReference.Get("batch_norm.x");
        var layer = new BatchNormalization(epsilon: 1e-5);
        layer.Apply(x);
        layer.Gamma!.Assign(TorchReference.Get("batch_norm.gamma"));
        layer.Beta!.Assign(TorchReference.Get("batch_norm.beta"));
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x, training: true);
        TorchReference.AssertEqual(y, "batch_norm.y");
        Tensor[] gradients = tape.Gradients((y * y * y).Sum(), new[] { x, layer.Gamma!, layer.Beta! });
        TorchReference.AssertEqual(gradients[0], "batch_norm.dx", 1e-11);
        TorchReference.AssertEqual(gradients[1], "batch_norm.dgamma", 1e-11);
        TorchReference.AssertEqual(gradients[2], "batch_norm.dbeta", 1e-11);
    }

    [Test]
    public void Averages_may_move_on_between_an_inference_on_a_tape_and_its_gradient()
    {
        // A discriminator is asked for its opinion and trained inside one block.
        var layer = new BatchNormalization();
        Tensor x = Normal([4, 3]);
        layer.Apply(x);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x);
        layer.Apply(x, training: true);
        AssertClose(tape.Gradient(y.Sum(), x), [4, 3], [.. Enumerable.Repeat(1 / Math.Sqrt(1 + 1e-3), 12)]);
    }

    [Test]
    public void Fit_moves_the_averages_and_predictions_use_them()
    {
        var model = new Sequential(new Input(3), new BatchNormalization(momentum: 0.5), new Dense(1));
        model.Compile(new SGD(0.01), new MeanSquaredError());
        Tensor x = (Normal([64, 3]) * 3 + 7).Cast(DType.Float32);
        model.Fit(x, Tensor.Ones([64, 1]), epochs: 8, batchSize: 16, verbose: Verbosity.Silent);
        var layer = (BatchNormalization)model.Layers[1];
        Assert.That(layer.MovingMean.ToArray<float>(), Is.All.EqualTo(7).Within(1.5));
        Assert.That(layer.MovingVariance.ToArray<float>(), Is.All.EqualTo(9).Within(4));
        Assert.That(model.Summary(), Does.Contain("batch_normalization").And.Contain("6 not trainable"));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Errors.Assert<ValueException>(() => new BatchNormalization(momentum: 1.5), "momentum is 1.5");
        Errors.Assert<ValueException>(() => new BatchNormalization(epsilon: 0), "BatchNormalization", "epsilon is 0");
        Errors.Assert<ValueException>(() => new BatchNormalization(axis: 0), "axis is 0", "batch");
        Errors.Assert<ShapeException>(() => new BatchNormalization(axis: 3).Apply(SymbolicTensor.Input(4, 5)), "axis 3", "[batch, 4, 5]");
        Errors.Assert<ShapeException>(() => new BatchNormalization(axis: -3).Apply(SymbolicTensor.Input(4, 5)), "axis -3");
        Errors.Assert<ModelException>(() => new BatchNormalization().MovingMean, "MovingMean", "no weights yet");
        var layer = new BatchNormalization();
        layer.Apply(SymbolicTensor.Input(8, 4));
        Errors.Assert<ShapeException>(() => layer.Apply(SymbolicTensor.Input(8, 5)), "BatchNormalization", "5 channels", "built for 4");
        Errors.Assert<ShapeException>(() => new BatchNormalization().Apply(Tensor.Zeros([0, 3]), training: true), "[0, 3]",
            "at least one value");
    }
}
