using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Losses;

/// <summary>Weights, masks and reductions, as Keras 3 has them.</summary>
public class LossReductionTests
{
    private static readonly Tensor Y = Normal([2, 3, 2], seed: 1), P = Normal([2, 3, 2], seed: 2);
    private static readonly double[] Each = Values(new MeanSquaredError().PerSample(Y, P));
    private static readonly double[] W = [0.5, 2, 0, 1, 3, 0.25];
    private static readonly bool[] M = [true, false, true, true, true, false];

    [Test]
    public void Weights_multiply_and_the_sum_divides_by_the_count_or_by_the_weights()
    {
        Tensor w = Tensor.From(W, [2, 3]);
        double sum = Each.Zip(W, (a, b) => a * b).Sum();
        AssertReduced(LossReduction.SumOverBatchSize, sum / 6, w, null);
        AssertReduced(LossReduction.Sum, sum, w, null);
        AssertReduced(LossReduction.MeanWithSampleWeight, sum / W.Sum(), w, null);
        AssertReduced(LossReduction.SumOverBatchSize, Each.Average(), null, null);
        AssertReduced(LossReduction.Sum, Each.Sum(), null, null);
        AssertReduced(LossReduction.MeanWithSampleWeight, Each.Average(), null, null);
        AssertReduced(LossReduction.MeanWithSampleWeight, 0, Tensor.Zeros([2]), null);
    }

    [Test]
    public void A_mask_divides_by_the_valid_steps()
    {
        Tensor w = Tensor.From(W, [2, 3]), mask = Tensor.From<bool>(M, [2, 3]);
        double plain = Each.Where((_, i) => M[i]).Sum(), weighted = Each.Zip(W, (a, b) => a * b).Where((_, i) => M[i]).Sum();
        AssertReduced(LossReduction.SumOverBatchSize, plain / 4, null, mask);
        AssertReduced(LossReduction.SumOverBatchSize, weighted / 4, w, mask);
        AssertReduced(LossReduction.Sum, weighted, w, mask);
        AssertReduced(LossReduction.MeanWithSampleWeight, weighted / W.Where((_, i) => M[i]).Sum(), w, mask);
        AssertReduced(LossReduction.SumOverBatchSize, 0, null, Tensor.Zeros([2, 3], DType.Bool));
        double first = Each.Take(3).Average();
        AssertReduced(LossReduction.SumOverBatchSize, first, null, Tensor.From(true, false));
    }

    [Test]
    public void One_weight_for_each_sample_counts_for_all_its_steps()
    {
        double expected = Each.Select((x, i) => x * (i < 3 ? 2 : 0.5)).Sum() / 6;
        foreach (Tensor w in new[] { Tensor.From(2, 0.5), Tensor.From([2, 0.5], [2, 1]), Tensor.From<float>([2, 0.5f], [2, 1]) })
            AssertReduced(LossReduction.SumOverBatchSize, expected, w, null);
        Tensor column = Tensor.From([1, 2, 1, 2, 1, 2], [2, 3, 1]);
        AssertReduced(LossReduction.Sum, Each.Select((x, i) => x * (i % 2 + 1)).Sum(), column, null);
    }

    [Test]
    public void Without_reduction_there_is_a_loss_for_each_step()
    {
        Tensor losses = new MeanSquaredError(LossReduction.None).Compute(
            Y, P, Tensor.From(W, [2, 3]), Tensor.From<bool>(M, [2, 3]));
        AssertClose(losses, [2, 3], [.. Each.Select((x, i) => M[i] ? x * W[i] : 0)]);
    }

    [Test]
    public void What_a_mask_leaves_out_may_be_infinite()
    {
        Tensor p = Tensor.From([1, double.PositiveInfinity, 2, double.NaN], [2, 2]).Reshape(4, 1);
        Tensor y = Tensor.Zeros([4, 1], DType.Float64), mask = Tensor.From(true, false, true, false);
        Assert.That(new MeanAbsoluteError().Compute(y, p, mask: mask).ToScalar(), Is.EqualTo(1.5));
        Assert.That(new MeanAbsoluteError().Compute(y, p, Tensor.From(1.0, 5, 3, 5), mask).ToScalar(), Is.EqualTo(3.5));
    }

    [Test]
    public void Ignored_labels_and_a_mask_are_both_left_out([Values] bool fromLogits)
    {
        Tensor x = Normal([2, 3, 4], seed: 3).Softmax().Detach(), labels = Tensor.From([1, -1, 2, 0, 3, -1], [2, 3]);
        double[] each = Values(new SparseCategoricalCrossentropy(fromLogits, -1).PerSample(labels, x));
        Tensor mask = Tensor.From<bool>([true, true, false, true, true, true], [2, 3]);
        Loss loss = new SparseCategoricalCrossentropy(fromLogits, -1);
        Assert.That(loss.Compute(labels, x, mask: mask).ToScalar(), Is.EqualTo((each[0] + each[3] + each[4]) / 3).Within(1e-14));
        Assert.That(
            loss.Compute(labels, x, Tensor.From(2.0, 1), mask).ToScalar(),
            Is.EqualTo((2 * each[0] + each[3] + each[4]) / 3).Within(1e-14));
        Loss sum = new SparseCategoricalCrossentropy(fromLogits, -1, LossReduction.Sum);
        Assert.That(sum.Compute(labels, x).ToScalar(), Is.EqualTo(each.Sum()).Within(1e-14));
    }

    [Test]
    public void Weights_and_masks_that_do_not_fit_are_refused()
    {
        Loss loss = new MeanSquaredError();
        AssertRefused<ShapeException>(() => loss.Compute(Y, P, Tensor.Ones([3])), "sample weights of shape [3]", "[2, 3]");
        AssertRefused<ShapeException>(() => loss.Compute(Y, P, Tensor.Ones([2, 2])), "sample weights of shape [2, 2]");
        AssertRefused<ShapeException>(() => loss.Compute(Y, P, Tensor.Ones([1, 3])), "[1, 3]");
        AssertRefused<ShapeException>(() => loss.Compute(Y, P, Tensor.Ones([])), "sample weights of shape []");
        AssertRefused<DTypeException>(() => loss.Compute(Y, P, Tensor.Ones([2], DType.Bool)), "sample weights of type Bool", "mask");
        AssertRefused<ShapeException>(() => loss.Compute(Y, P, mask: Tensor.Ones([3, 2], DType.Bool)), "a mask of shape [3, 2]");
        AssertRefused<DTypeException>(() => loss.Compute(Y, P, mask: Tensor.Ones([2, 3])), "a mask of type Float32");

        static void AssertRefused<T>(Action compute, params string[] parts)
            where T : EngineException
        {
            var refused = Assert.Throws<T>(() => compute())!;
            Assert.That(refused.Message, Does.StartWith("MeanSquaredError: "));
            foreach (string part in parts) Assert.That(refused.Message, Does.Contain(part));
        }
    }

    [Test]
    public void A_model_wants_one_number() => Assert.That(
        () => new Sequential(new Dense(1)).Compile(new SGD(), new MeanSquaredError(LossReduction.None)),
        Throws.TypeOf<ValueException>().With.Message.Contains("LossReduction.None"));

    private static void AssertReduced(LossReduction reduction, double expected, Tensor? weights, Tensor? mask) => Assert.That(
        new MeanSquaredError(reduction).Compute(Y, P, weights, mask).ToScalar(), Is.EqualTo(expected).Within(1e-13), reduction.ToString());
}
