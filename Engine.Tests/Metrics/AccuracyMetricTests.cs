using Engine.Metrics;

namespace Engine.Tests.Metrics;

/// <summary>The accuracies by name, and top k, against counts by hand.</summary>
public class AccuracyMetricTests
{
    private static readonly Tensor Scores =
        Tensor.From<float>([0.1f, 0.7f, 0.2f, 0.5f, 0.3f, 0.2f, 0, 0.1f, 0.9f, 0.4f, 0.5f, 0.1f], [4, 3]);

    [Test]
    public void Binary_accuracy_counts_every_element()
    {
        Tensor p = Tensor.From<float>([0.2f, 0.5f, 0.51f, 0.9f, 0.7f, 0.1f], [3, 2]);
        Tensor y = Tensor.From([0, 0, 1, 0, 1, 1], [3, 2]);
        AssertResult(4.0 / 6, new BinaryAccuracy(), y, p);
        AssertResult(4.0 / 6, new BinaryAccuracy(), y.Cast(DType.Float32), p);
        AssertResult(3.0 / 6, new BinaryAccuracy(0.6), y, p);
        AssertResult(2.0 / 3, new BinaryAccuracy(), Tensor.From(0, 1, 0), p[.., 0..1]);
        AssertResult(0, new BinaryAccuracy(), Tensor.From(0.5, 0.5), Tensor.From(0.1, 0.9));
    }

    [Test]
    public void Categorical_accuracies_compare_the_largest_score_with_the_class()
    {
        Tensor labels = Tensor.From(1, 0, 1, 1);
        AssertResult(0.75, new SparseCategoricalAccuracy(), labels, Scores);
        AssertResult(0.75, new SparseCategoricalAccuracy(), labels.Cast(DType.UInt8).Reshape(4, 1), Scores);
        AssertResult(0.75, new CategoricalAccuracy(), Tensor.OneHot(labels, 3), Scores);
        AssertResult(0.75, new SparseCategoricalAccuracy(), labels.Reshape(2, 2), Scores.Reshape(2, 2, 3));
        AssertResult(0.75, new CategoricalAccuracy(), Tensor.OneHot(labels, 3).Reshape(2, 2, 3), Scores.Reshape(2, 2, 3));
    }

    [TestCase(1, 0.5)]
    [TestCase(2, 0.75)]
    [TestCase(3, 1)]
    [TestCase(9, 1)]
    public void Top_k_asks_whether_fewer_than_k_scores_are_larger(int k, double expected)
    {
        Tensor labels = Tensor.From(1, 1, 0, 1);
        AssertResult(expected, new SparseTopKCategoricalAccuracy(k), labels, Scores);
        AssertResult(expected, new TopKCategoricalAccuracy(k), Tensor.OneHot(labels, 3), Scores);
    }

    [Test]
    public void Top_k_takes_all_that_are_equal_at_its_border_and_no_NaN()
    {
        Tensor ties = Tensor.From<float>([1, 2, 2, 2], [1, 4]);
        for (int label = 1; label < 4; label++) AssertResult(1, new SparseTopKCategoricalAccuracy(1), Tensor.From(label), ties);
        AssertResult(0, new SparseTopKCategoricalAccuracy(3), Tensor.From(0), ties);
        AssertResult(0, new SparseTopKCategoricalAccuracy(4), Tensor.From(0), Tensor.From<float>([float.NaN, 2, 2, 2], [1, 4]));
        Assert.That(new TopKCategoricalAccuracy().Name, Is.EqualTo("top_k_categorical_accuracy"));
    }

    [Test]
    public void Weights_count_in_the_sum_and_in_the_divisor()
    {
        Tensor labels = Tensor.From(1, 0, 1, 1), w = Tensor.From<float>([1, 2, 3, 4]);
        AssertResult(0.7, new Accuracy(), labels, Scores, w);
        AssertResult(0.7, new SparseCategoricalAccuracy(), labels, Scores, w.Reshape(4, 1));
        AssertResult(0.7, new SparseCategoricalAccuracy(), labels.Reshape(2, 2), Scores.Reshape(2, 2, 3), w.Reshape(2, 2));
        AssertResult(3.0 / 6, new SparseCategoricalAccuracy(), labels.Reshape(2, 2), Scores.Reshape(2, 2, 3), Tensor.From(0, 3));
        AssertResult(0, new Accuracy(), labels, Scores, Tensor.Zeros([4]));
        var matrix = new ConfusionMatrix(3);
        matrix.Update(labels, Scores, w);
        Assert.That(matrix[1, 2], Is.EqualTo(3));
        Assert.That(matrix[1, 1], Is.EqualTo(5));
        Assert.That(matrix.Result, Is.EqualTo(0.7));
        matrix.Update(labels, Scores, Tensor.From(0, 0, 0.25, 0));
        Assert.That(matrix.ToString(), Does.Contain("3.25"));
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        AssertRefused<ShapeException>(() => new BinaryAccuracy().Update(Tensor.Ones([2]), Tensor.Ones([3])), "BinaryAccuracy", "[2]",
            "[3]");
        AssertRefused<DTypeException>(() => new BinaryAccuracy().Update(Tensor.From(1), Tensor.From(1)), "BinaryAccuracy", "Int32");
        AssertRefused<ShapeException>(() => new CategoricalAccuracy().Update(Tensor.From(1, 2, 0, 1), Scores), "one-hot");
        AssertRefused<ShapeException>(() => new CategoricalAccuracy().Update(Tensor.Ones([4]), Tensor.Ones([4])), "score for each class");
        AssertRefused<ShapeException>(() => new SparseCategoricalAccuracy().Update(Tensor.From(1, 2), Scores), "labels of shape [2]");
        AssertRefused<DTypeException>(() => new SparseCategoricalAccuracy().Update(Tensor.Ones([4]), Scores), "labels of type Float32");
        AssertRefused<ValueException>(() => new SparseCategoricalAccuracy().Update(Tensor.From(1, 2, 7, 1), Scores), "label 2 is 7");
        AssertRefused<ValueException>(() => new SparseTopKCategoricalAccuracy().Update(Tensor.From(1, -2, 0, 1), Scores), "label 1 is -2");
        AssertRefused<ShapeException>(() => new TopKCategoricalAccuracy().Update(Tensor.Ones([3, 4]), Scores), "[3, 4]");
        AssertRefused<ValueException>(() => new TopKCategoricalAccuracy(0), "TopKCategoricalAccuracy: k is 0");
        AssertRefused<ValueException>(() => new SparseTopKCategoricalAccuracy(-1), "k is -1");
        AssertRefused<ValueException>(() => new BinaryAccuracy(double.NaN), "threshold is NaN");
        AssertRefused<ShapeException>(() => new Accuracy().Update(Tensor.From(1, 0, 1, 1), Scores, Tensor.Ones([3])),
            "sample weights of shape [3]");
        AssertRefused<DTypeException>(
            () => new Accuracy().Update(Tensor.From(1, 0, 1, 1), Scores, Tensor.Ones([4], DType.Bool)), "sample weights of type Bool");
    }

    internal static void AssertResult(double expected, Metric metric, Tensor target, Tensor prediction, Tensor? weights = null)
    {
        metric.Update(target, prediction, weights);
        Assert.That(metric.Result, Is.EqualTo(expected).Within(1e-12));
        metric.Reset();
        Assert.That(metric.Result, Is.Zero);
    }

    internal static void AssertRefused<T>(Func<object> make, params string[] parts)
        where T : EngineException => AssertRefused<T>(() => { _ = make(); }, parts);

    internal static void AssertRefused<T>(Action act, params string[] parts)
        where T : EngineException
    {
        var refused = Assert.Throws<T>(() => act())!;
        foreach (string part in parts) Assert.That(refused.Message, Does.Contain(part));
    }
}
