using Engine.Metrics;

namespace Engine.Tests.Metrics;

public class MetricTests
{
    private static readonly Tensor Scores =
        Tensor.From<float>([0.1f, 0.7f, 0.2f, 0.5f, 0.3f, 0.2f, 0, 0.1f, 0.9f, 0.4f, 0.5f, 0.1f], [4, 3]);

    [Test]
    public void Accuracy_counts_the_right_classes_of_every_kind_of_target()
    {
        // The largest scores stand at 1, 0, 2, 1.
        Tensor labels = Tensor.From(1, 0, 1, 1);
        AssertResult(0.75, labels, Scores);
        AssertResult(0.75, labels.Reshape(4, 1), Scores);
        AssertResult(0.75, labels.Cast(DType.UInt8), Scores);
        AssertResult(0.75, Tensor.OneHot(labels, 3), Scores);
        AssertResult(0.75, Tensor.OneHot(labels, 3, DType.UInt8), Scores);
        AssertResult(0.5, Tensor.From(1, 0, 0, 0).Reshape(2, 2), Scores.Reshape(2, 2, 3));
    }

    [Test]
    public void Accuracy_of_single_probabilities_compares_with_the_threshold()
    {
        Tensor p = Tensor.From(0.2f, 0.5f, 0.51f, 0.9f);
        Tensor y = Tensor.From(0, 0, 1, 0);
        AssertResult(0.75, y, p);
        AssertResult(0.75, y, p.Reshape(4, 1));
        AssertResult(0.75, y.Cast(DType.Float32).Reshape(4, 1), p.Reshape(4, 1));
        var strict = new Accuracy(threshold: 0.8);
        strict.Update(y, p);
        Assert.That(strict.Result, Is.EqualTo(0.5));
    }

    [Test]
    public void Any_split_into_batches_gives_the_same_numbers()
    {
        var random = new RandomGenerator(4);
        Tensor p = Tensor.RandomUniform([101, 5], 0, 1, random), y = Tensor.RandomIntegers([101], 0, 5, random);
        var whole = new Accuracy();
        var matrix = new ConfusionMatrix(5);
        whole.Update(y, p);
        matrix.Update(y, p);
        foreach (int size in new[] { 1, 7, 50, 100 })
        {
            var split = new Accuracy();
            var splitMatrix = new ConfusionMatrix(5);
            for (int start = 0; start < 101; start += size)
            {
                int end = Math.Min(101, start + size);
                split.Update(y[start..end], p[start..end]);
                splitMatrix.Update(y[start..end], p[start..end]);
            }
            Assert.That(split.Result, Is.EqualTo(whole.Result));
            Assert.That(splitMatrix.ToString(), Is.EqualTo(matrix.ToString()));
        }
        Assert.That(matrix.Result, Is.EqualTo(whole.Result));
    }

    [Test]
    public void Reset_forgets_and_nothing_is_0()
    {
        var metric = new Accuracy();
        Assert.That(metric.Result, Is.Zero);
        Assert.That(metric.Name, Is.EqualTo("accuracy"));
        metric.Update(Tensor.From(1, 0, 2, 1), Scores);
        Assert.That(metric.Result, Is.EqualTo(1));
        metric.Reset();
        Assert.That(metric.Result, Is.Zero);
        metric.Update(Tensor.From(0, 1, 0, 0), Scores);
        Assert.That(metric.Result, Is.Zero);
        var matrix = new ConfusionMatrix(3);
        matrix.Update(Tensor.From(1, 0, 2, 1), Scores);
        matrix.Reset();
        Assert.That(matrix[1, 1], Is.Zero);
        Assert.That(matrix.Result, Is.Zero);
    }

    [Test]
    public void A_confusion_matrix_counts_pairs_and_reads_as_a_table()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Update(Tensor.From(1, 0, 1, 1), Scores);
        Assert.That(matrix[1, 1], Is.EqualTo(2));
        Assert.That(matrix[1, 2], Is.EqualTo(1));
        Assert.That(matrix[0, 0], Is.EqualTo(1));
        Assert.That(matrix[2, 2], Is.Zero);
        Assert.That(matrix.Result, Is.EqualTo(0.75));
        Assert.That(matrix.ToString(), Is.EqualTo(
            "wanted \\ predicted    0    1    2   right\n"
            + "                 0    1    0    0  100.0%\n"
            + "                 1    0    2    1   66.7%\n"
            + "                 2    0    0    0       -"));
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        Assert.That(
            () => new Accuracy().Update(Tensor.From(1, 2), Scores),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[2]").And.Message.Contains("[4, 3]"));
        Assert.That(() => new Accuracy().Update(Tensor.From(1, 2), Tensor.Ones([3, 1])), Throws.TypeOf<ShapeException>());
        Assert.That(() => new Accuracy().Update(Tensor.From(1, 2), Tensor.From(1, 2)), Throws.TypeOf<DTypeException>());
        Assert.That(() => new Accuracy(name: ""), Throws.TypeOf<ValueException>());
        Assert.That(() => new ConfusionMatrix(1), Throws.TypeOf<ValueException>().With.Message.Contains("1 classes"));
        var matrix = new ConfusionMatrix(3);
        Assert.That(() => matrix[3, 0], Throws.TypeOf<ValueException>());
        Assert.That(
            () => matrix.Update(Tensor.From(1, 0, 7, 1), Scores),
            Throws.TypeOf<ValueException>().With.Message.Contains("class 7 in row 2 of the target"));
        Assert.That(matrix.Result, Is.Zero, "a refused batch counts nothing");
    }

    private static void AssertResult(double expected, Tensor target, Tensor prediction)
    {
        var metric = new Accuracy();
        metric.Update(target, prediction);
        Assert.That(metric.Result, Is.EqualTo(expected));
    }
}
