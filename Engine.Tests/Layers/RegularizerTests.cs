using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class RegularizerTests
{
    private static readonly (Regularizer Regularizer, Func<double, double> Term)[] Penalties =
    [
        (new L1(), x => 0.01 * Math.Abs(x)),
        (new L2(), x => 0.01 * x * x),
        (new L1L2(0.3, 0.2), x => 0.3 * Math.Abs(x) + 0.2 * x * x),
        (new L1L2(), _ => 0),
    ];

    [TestCaseSource(nameof(Penalties))]
    public void A_penalty_is_its_sum((Regularizer Regularizer, Func<double, double> Term) given)
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([4, 5], dtype);
            AssertClose(given.Regularizer.Penalty(x), [], [Values(x).Sum(given.Term)]);
        }
        AssertGradients(t => given.Regularizer.Penalty(t[0]), [Normal([3, 4])]);
    }

    [Test]
    public void The_reported_loss_has_the_penalties_in_training_and_in_evaluation()
    {
        Tensor x = Normal([6, 3], DType.Float32), target = Normal([6, 2], DType.Float32, 2);
        Sequential Make(Regularizer? kernel, Regularizer? bias, Regularizer? activity) => new(
            new Input(3), new Dense(2, biasInitializer: Initializer.Ones, kernelRegularizer: kernel, biasRegularizer: bias,
                activityRegularizer: activity));
        double Loss(Sequential model, bool train)
        {
            model.Compile(new SGD(0), new MeanSquaredError());
            return train ? model.Fit(x, target, batchSize: 6, verbose: Verbosity.Silent)["loss"][0]
                : model.Evaluate(x, target, batchSize: 6).Loss;
        }

        Sequential plain = Make(null, null, null);
        double bare = Loss(plain, train: false);
        double kernel = Values(plain.Variables[0]).Sum(w => 0.1 * Math.Abs(w) + 0.2 * w * w), bias = 2 * 0.3;
        double activity = Values(plain.Predict(x)).Sum(y => 0.05 * y * y) / 6;
        foreach (bool train in new[] { true, false })
        {
            Assert.That(Loss(Make(new L1L2(0.1, 0.2), null, null), train), Is.EqualTo(bare + kernel).Within(1e-5));
            Assert.That(Loss(Make(null, new L1(0.3), null), train), Is.EqualTo(bare + bias).Within(1e-5));
            Assert.That(Loss(Make(null, null, new L2(0.05)), train), Is.EqualTo(bare + activity).Within(1e-5));
            Assert.That(Loss(Make(new L1L2(0.1, 0.2), new L1(0.3), new L2(0.05)), train),
                Is.EqualTo(bare + kernel + bias + activity).Within(1e-5));
        }
    }

    [Test]
    public void A_step_follows_the_gradient_of_the_penalties_too()
    {
        var model = new Sequential(new Input(3),
            new Dense(2, useBias: false, kernelRegularizer: new L2(0.5), activityRegularizer: new L2(0.25)));
        model.Compile(new SGD(0.1), new MeanSquaredError());
        Tensor x = Normal([4, 3], DType.Float32), target = Normal([4, 2], DType.Float32, 2);
        double[] w = Values(model.Variables[0]), expected = [.. w];
        for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
        {
            double gradient = 2 * 0.5 * w[i * 2 + j];
            for (int n = 0; n < 4; n++)
            {
                double y = Enumerable.Range(0, 3).Sum(k => At(x, n, k) * w[k * 2 + j]);
                gradient += (2 * (y - At(target, n, j)) / 8 + 2 * 0.25 * y / 4) * At(x, n, i);
            }
            expected[i * 2 + j] -= 0.1 * gradient;
        }
        model.TrainOnBatch(x, target);
        AssertClose(model.Variables[0], [3, 2], expected);
    }

    [Test]
    public void Convolutions_and_normalisations_have_penalties_and_frozen_weights_none()
    {
        var convolution = new Conv2D(2, 3, kernelRegularizer: new L2(1), biasInitializer: Initializer.Ones, biasRegularizer: new L1(0.5));
        convolution.Apply(Tensor.Zeros([1, 5, 5, 3]));
        double kernel = Values(convolution.Kernel).Sum(w => w * w);
        Assert.That(convolution.WeightPenalty()!.ToScalar(), Is.EqualTo(kernel + 1).Within(1e-5));
        var row = new Conv1D(2, 3, kernelRegularizer: new L2(1), activityRegularizer: new L1(1));
        row.Apply(Tensor.Zeros([1, 5, 3]));
        Assert.That(row.WeightPenalty()!.ToScalar(), Is.EqualTo(Values(row.Kernel).Sum(w => w * w)).Within(1e-5));
        Assert.That(row.ActivityRegularizer, Is.TypeOf<L1>());
        var model = new Sequential(new Input(5, 5, 3), convolution,
            new BatchNormalization(gammaRegularizer: new L1(2), betaRegularizer: new L1(2)));
        Assert.That(model.WeightPenalty()!.ToScalar(), Is.EqualTo(kernel + 1 + 2 * 2).Within(1e-5));
        convolution.Trainable = false;
        Assert.That(model.WeightPenalty()!.ToScalar(), Is.EqualTo(4));
        Assert.That(new Dense(2).WeightPenalty(), Is.Null);
    }

    [Test]
    public void Terms_of_layers_of_ones_own_count_while_they_are_gathered()
    {
        var layer = new Sparse();
        Tensor x = Tensor.Full([2, 3], 4);
        layer.Apply(x);
        using (var terms = new LossTerms())
        {
            Assert.That(terms.Sum(), Is.Null);
            layer.Apply(x);
            using (var inner = new LossTerms())
            {
                layer.Apply(x);
                Assert.That(inner.Sum()!.ToScalar(), Is.EqualTo(4));
            }
            layer.Apply(x);
            Assert.That(terms.Sum()!.ToScalar(), Is.EqualTo(8));
        }
        var model = new Sequential(new Input(3), new Dense(1, kernelInitializer: Initializer.Zeros), new Sparse());
        model.Compile(new SGD(), new MeanSquaredError());
        Assert.That(model.Evaluate(x, Tensor.Zeros([2, 1])).Loss, Is.Zero);
        model.Variables[1].Assign(Tensor.Full([1], 3));
        Assert.That(model.Evaluate(x, Tensor.Zeros([2, 1])).Loss, Is.EqualTo(9 + 3));
        Errors.Assert<ShapeException>(() => Gathered(new Sparse(whole: false), x), "AddLoss", "[2, 3]", "Mean()");
    }

    [Test]
    public void A_penalty_that_is_not_finite_ends_training_with_its_place()
    {
        var model = new Sequential(new Input(3), new Dense(1, kernelRegularizer: new Broken()));
        model.Compile(new SGD(), new MeanSquaredError());
        Errors.Assert<ModelException>(() => model.TrainOnBatch(Tensor.Ones([2, 3]), Tensor.Ones([2, 1])), "the loss is", "log");
    }

    [Test]
    public void Bad_factors_are_named()
    {
        Errors.Assert<ValueException>(() => new L1(-1), "L1", "l1 is -1");
        Errors.Assert<ValueException>(() => new L2(double.NaN), "L2", "l2 is NaN");
        Errors.Assert<ValueException>(() => new L1L2(l2: double.PositiveInfinity), "L1L2", "l2 is");
    }

    private static Tensor Gathered(Layer layer, Tensor x)
    {
        using var terms = new LossTerms();
        return layer.Apply(x);
    }

    /// <summary>Adds the mean of its input to the loss.</summary>
    private sealed class Sparse(bool whole = true) : Layer(null)
    {
        protected override Tensor Call(Tensor x, bool training)
        {
            AddLoss(whole ? x.Mean() : x);
            return x;
        }
    }

    private sealed class Broken : Regularizer
    {
        public override Tensor Penalty(Tensor x) => (x - x).Sum().Log();
    }
}
