using Engine.Losses;
using Engine.Metrics;
using static Engine.Tests.Metrics.AccuracyMetricTests;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Metrics;

/// <summary>Metrics of numbers against their formulas, and every metric on any split into batches.</summary>
public class RegressionMetricTests
{
    private static readonly Tensor Y = Normal([6, 2], seed: 1), P = Normal([6, 2], seed: 2);

    [Test]
    public void Losses_as_metrics_are_means_over_all_samples()
    {
        double[] y = Values(Y), p = Values(P);
        AssertResult(y.Zip(p, (a, b) => (a - b) * (a - b)).Average(), new LossMetric(new MeanSquaredError()), Y, P);
        AssertResult(y.Zip(p, (a, b) => Math.Abs(a - b)).Average(), new LossMetric(new MeanAbsoluteError(LossReduction.Sum)), Y, P);
        AssertResult(Math.Sqrt(y.Zip(p, (a, b) => (a - b) * (a - b)).Average()), new RootMeanSquaredError(), Y, P);
        double[] w = [1, 2, 3, 0, 5, 0.5];
        double weighted = y.Zip(p, (a, b) => (a - b) * (a - b)).Select((e, i) => e * w[i / 2] / 2).Sum() / w.Sum();
        AssertResult(weighted, new LossMetric(new MeanSquaredError()), Y, P, Tensor.From(w));
        AssertResult(Math.Sqrt(weighted), new RootMeanSquaredError(), Y, P, Tensor.From(w));
    }

    [Test]
    public void What_a_loss_leaves_out_counts_in_it_as_a_metric_neither([Values] bool fromLogits, [Values] bool weighted)
    {
        Tensor logits = Normal([2, 3, 4], seed: 5), p = logits.Softmax(), labels = Tensor.From(0, 3, -1, 1, -1, -1).Reshape(2, 3);
        double[] w = weighted ? [0.5, 2, 7, 3, 7, 7] : [1, 1, 1, 1, 1, 1];
        double wanted = -(w[0] * Math.Log(At(p, 0, 0, 0)) + w[1] * Math.Log(At(p, 0, 1, 3)) + w[3] * Math.Log(At(p, 1, 0, 1)))
            / (w[0] + w[1] + w[3]);
        // Probabilities that no softmax is known to have made.
        Tensor given = fromLogits ? logits : Tensor.From<double>(Values(p), p.Shape);
        Tensor? weights = weighted ? Tensor.From<double>(w, [2, 3]) : null;
        AssertResult(wanted, new LossMetric(new SparseCategoricalCrossentropy(fromLogits, ignoreIndex: -1)), labels, given, weights);
        AssertResult(Math.Exp(wanted), new Perplexity(fromLogits, ignoreIndex: -1), labels, given, weights);
        Tensor nothing = Tensor.Full([2, 3], -1, DType.Int32);
        AssertResult(0, new LossMetric(new SparseCategoricalCrossentropy(fromLogits, ignoreIndex: -1)), nothing, given, weights);
    }

    [TestCase("mean_squared_error", typeof(MeanSquaredError))]
    [TestCase("mean_absolute_percentage_error", typeof(MeanAbsolutePercentageError))]
    [TestCase("kl_divergence", typeof(KLDivergence))]
    [TestCase("huber", typeof(Huber))]
    [TestCase("log_cosh", typeof(LogCosh))]
    public void A_loss_as_a_metric_has_the_name_that_Keras_gives_it(string name, Type type)
    {
        object?[] arguments = [.. type.GetConstructors()[0].GetParameters().Select(parameter => parameter.DefaultValue)];
        Assert.That(new LossMetric((Loss)type.GetConstructors()[0].Invoke(arguments)).Name, Is.EqualTo(name));
        Assert.That(new LossMetric(new Huber(), "mine").Name, Is.EqualTo("mine"));
    }

    [Test]
    public void R2_is_its_formula([Values] bool weighted)
    {
        double[] w = weighted ? [1, 2, 3, 0, 5, 0.5] : [1, 1, 1, 1, 1, 1];
        double[] scores = new double[2], variations = new double[2];
        for (int k = 0; k < 2; k++)
        {
            double mean = Enumerable.Range(0, 6).Sum(i => w[i] * At(Y, i, k)) / w.Sum();
            variations[k] = Enumerable.Range(0, 6).Sum(i => w[i] * Math.Pow(At(Y, i, k) - mean, 2));
            scores[k] = 1 - Enumerable.Range(0, 6).Sum(i => w[i] * Math.Pow(At(Y, i, k) - At(P, i, k), 2)) / variations[k];
        }
        Tensor? weights = weighted ? Tensor.From(w) : null;
        var r2 = new R2Score();
        r2.Update(Y, P, weights);
        Assert.That(r2.PerOutput, Is.EqualTo(scores).Within(1e-12));
        AssertResult(scores.Average(), new R2Score(), Y, P, weights);
        AssertResult(
            scores.Zip(variations, (s, v) => s * v).Sum() / variations.Sum(),
            new R2Score(R2Aggregation.VarianceWeightedAverage), Y, P, weights);
        int n = weighted ? 5 : 6;
        AssertResult(1 - (1 - scores.Average()) * (n - 1) / (n - 2 - 1), new R2Score(numRegressors: 2), Y, P, weights);
        AssertResult(scores.Average(), new R2Score(numRegressors: n - 1), Y, P, weights);
    }

    [Test]
    public void R2_keeps_its_digits_far_from_zero_and_has_a_value_for_targets_that_do_not_vary()
    {
        Tensor y = Tensor.From(1e9 + 1, 1e9 + 2, 1e9 + 3), p = Tensor.From(1e9 + 1, 1e9 + 2, 1e9 + 4);
        AssertResult(0.5, new R2Score(), y, p);
        AssertResult(1, new R2Score(), Tensor.From(2.0, 2), Tensor.From(2.0, 2));
        AssertResult(0, new R2Score(), Tensor.From(2.0, 2), Tensor.From(2.0, 3));
    }

    [Test]
    public void Any_split_into_batches_gives_the_same_bits()
    {
        var random = new RandomGenerator(4);
        Tensor p = Tensor.RandomUniform([101, 5], 0, 1, random), labels = Tensor.RandomIntegers([101], 0, 5, random);
        Tensor oneHot = Tensor.OneHot(labels, 5), w = Tensor.RandomUniform([101], 0, 2, random);
        (Func<Metric> Make, Tensor Target)[] cases =
        [
            (() => new Accuracy(), labels),
            (() => new BinaryAccuracy(), oneHot),
            (() => new CategoricalAccuracy(), oneHot),
            (() => new SparseCategoricalAccuracy(), labels),
            (() => new TopKCategoricalAccuracy(2), oneHot),
            (() => new SparseTopKCategoricalAccuracy(2), labels),
            (() => new Precision(), oneHot),
            (() => new Recall(topK: 2), oneHot),
            (() => new F1Score(ClassAverage.Weighted), labels),
            (() => new AUC(), oneHot),
            (() => new LossMetric(new MeanAbsoluteError()), oneHot),
            (() => new RootMeanSquaredError(), oneHot),
            (() => new R2Score(), oneHot),
            (() => new ConfusionMatrix(5), labels),
        ];
        foreach ((Func<Metric> make, Tensor target) in cases)
        {
            foreach (Tensor? weights in new[] { null, w })
            {
                Metric whole = make();
                whole.Update(target, p, weights);
                foreach (int size in new[] { 1, 7, 50, 100 })
                {
                    Metric split = make();
                    for (int start = 0; start < 101; start += size)
                    {
                        int end = Math.Min(101, start + size);
                        split.Update(target[start..end], p[start..end], weights?[start..end]);
                    }
                    Assert.That(split.Result, Is.EqualTo(whole.Result), $"{whole.Name} in batches of {size}");
                }
                Assert.That(whole.Result, Is.Not.Zero.And.Not.NaN, whole.Name);
            }
        }
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        AssertRefused<ShapeException>(() => new RootMeanSquaredError().Update(Tensor.Ones([2]), Tensor.Ones([3])), "[2]", "[3]");
        AssertRefused<ShapeException>(() => new R2Score().Update(Tensor.Ones([2]), Tensor.Ones([3])), "R2Score", "[2]", "[3]");
        AssertRefused<DTypeException>(() => new R2Score().Update(Tensor.From(1), Tensor.From(1)), "R2Score", "Int32");
        AssertRefused<ValueException>(() => new R2Score((R2Aggregation)5), "classAggregation is 5");
        AssertRefused<ValueException>(() => new R2Score(numRegressors: -1), "numRegressors is -1");
        AssertRefused<ShapeException>(() => new R2Score().Update(Y, P, Tensor.Ones([5])), "sample weights of shape [5]");
        var r2 = new R2Score();
        r2.Update(Y, P);
        AssertRefused<ShapeException>(() => r2.Update(Tensor.Ones([2, 3]), Tensor.Ones([2, 3])), "batches of 2 outputs");
        Assert.That(() => new LossMetric(null!), Throws.ArgumentNullException);
    }
}
