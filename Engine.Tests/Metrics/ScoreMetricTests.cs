using Engine.Metrics;
using static Engine.Tests.Metrics.AccuracyMetricTests;

namespace Engine.Tests.Metrics;

/// <summary>Precision, recall, F1 and the area under the curve against counts written out.</summary>
public class ScoreMetricTests
{
    private static readonly Tensor Y = Tensor.From([1, 0, 1, 1, 0, 0, 1, 0], [8]);
    private static readonly Tensor P = Tensor.From([0.9, 0.6, 0.4, 0.7, 0.2, 0.55, 0.5, 0.1], [8]);

    [Test]
    public void Precision_and_recall_are_parts_of_what_is_predicted_and_of_what_is_there()
    {
        // Above 0.5 lie 0, 1, 3 and 5, of which 0 and 3 are right; 2 and 6 are missed.
        AssertResult(0.5, new Precision(), Y, P);
        AssertResult(0.5, new Recall(), Y, P);
        AssertResult(1, new Precision(0.65), Y, P.Reshape(8, 1));
        AssertResult(0.75, new Recall(0.45), Y, P);
        Tensor w = Tensor.From(1.0, 2, 3, 4, 5, 6, 7, 8);
        AssertResult(5.0 / 13, new Precision(), Y, P, w);
        AssertResult(5.0 / 15, new Recall(), Y, P, w);
    }

    [Test]
    public void Precision_and_recall_of_classes_of_the_top_k_and_of_one_class()
    {
        Tensor p = Tensor.From([0.5, 0.3, 0.2, 0.1, 0.3, 0.6, 0.4, 0.4, 0.2], [3, 3]);
        Tensor y = Tensor.OneHot(Tensor.From(0, 1, 1), 3);
        AssertResult(1.0 / 3, new Precision(topK: 1), y, p);
        AssertResult(3.0 / 6, new Precision(topK: 2), y, p);
        AssertResult(1, new Recall(topK: 2), y, p);
        AssertResult(3.0 / 9, new Precision(topK: 3), y, p);
        AssertResult(1, new Precision(0.45, topK: 2, classId: 0), y, p);
        AssertResult(2.0 / 3, new Precision(topK: 2, classId: 1), y, p);
        AssertResult(1, new Recall(0.25, classId: 1), y, p);
        AssertResult(1, new Precision(topK: 2, classId: 1), y, p, Tensor.From(0, 1, 1));
    }

    [Test]
    public void Nothing_predicted_and_nothing_there_count_as_0()
    {
        AssertResult(0, new Precision(), Y, P - 1);
        AssertResult(0, new Recall(), Y - Y, P);
        AssertResult(0, new F1Score(ClassAverage.Binary), Y - Y, P - 1);
        AssertResult(0, new AUC(), Y - Y, P);
        AssertResult(0, new AUC(), Tensor.OnesLike(Y), P);
    }

    [Test]
    public void F1_of_classes_and_its_averages()
    {
        Tensor scores = Tensor.From<float>(
            [0.1f, 0.7f, 0.2f, 0, 0.5f, 0.3f, 0.2f, 0, 0, 0.1f, 0.9f, 0, 0.4f, 0.5f, 0.1f, 0, 0.9f, 0, 0, 0], [5, 4]);
        Tensor labels = Tensor.From(1, 0, 1, 1, 0);
        // Predicted 1, 0, 2, 1, 0: class 0 has 2 right, class 1 has 2 right and 1 missed, class 2 has 1 wrong, class 3 nothing.
        double[] each = [1, 2 * 2.0 / (2 * 2 + 1), 0, 0];
        foreach (Tensor target in new[] { labels, labels.Reshape(5, 1), Tensor.OneHot(labels, 4), labels.Cast(DType.UInt8) })
        {
            var f1 = new F1Score();
            f1.Update(target, scores);
            Assert.That(f1.PerClass, Is.EqualTo(each).Within(1e-14));
            AssertResult(each.Average(), new F1Score(), target, scores);
            AssertResult(0.8, new F1Score(ClassAverage.Micro), target, scores);
            AssertResult((2 * each[0] + 3 * each[1]) / 5, new F1Score(ClassAverage.Weighted), target, scores);
        }
        // Of the labels 1 the first, of weight 5, is above 0.5; weights 3 and 1 are missed.
        AssertResult(2 * 5.0 / (2 * 5 + 4), new F1Score(ClassAverage.Binary), labels.EqualTo(Tensor.Ones([], DType.Int32)),
            scores[.., 1..2], Tensor.From(5, 1, 3, 1, 1));
        Assert.That(new F1Score().PerClass, Is.Empty);
    }

    [Test]
    public void F1_with_a_threshold_takes_several_labels_a_row()
    {
        Tensor p = Tensor.From([0.9, 0.8, 0.1, 0.6, 0.2, 0.7], [2, 3]), y = Tensor.From([1, 1, 0, 0, 1, 1], [2, 3]);
        var f1 = new F1Score(threshold: 0.5);
        f1.Update(y, p);
        Assert.That(f1.PerClass, Is.EqualTo(new[] { 2.0 / 3, 2.0 / 3, 1 }).Within(1e-14));
        AssertResult(4.0 / 6, new F1Score(ClassAverage.Binary), Y, P.Reshape(8, 1) + 0.05);
        AssertResult(0.5, new F1Score(ClassAverage.Binary), Y, P);
        AssertResult(0.5, new F1Score(ClassAverage.Binary), Y, Tensor.Stack([1 - P, P], 1));
    }

    [Test]
    public void The_area_is_the_part_of_pairs_in_the_right_order_with_ties_counted_half([Values] bool weighted)
    {
        var random = new RandomGenerator(9);
        // Twenty different scores on two hundred elements: many ties.
        Tensor p = Tensor.RandomIntegers([200], 0, 20, random).Cast(DType.Float64) * 0.05;
        Tensor y = Tensor.RandomBernoulli([200], 0.4, random, DType.Float64), w = Tensor.RandomUniform([200], 0, 2, random, DType.Float64);
        double pairs = 0, right = 0;
        for (int i = 0; i < 200; i++)
        {
            for (int j = 0; j < 200; j++)
            {
                if (y.ElementAt(i) == 0 || y.ElementAt(j) == 1) continue;
                double weight = weighted ? w.ElementAt(i) * w.ElementAt(j) : 1, a = p.ElementAt(i), b = p.ElementAt(j);
                pairs += weight;
                right += weight * (a > b ? 1 : a == b ? 0.5 : 0);
            }
        }
        AssertResult(right / pairs, new AUC(), y, p, weighted ? w : null);
        AssertResult(right / pairs, new AUC(), y.Reshape(100, 2), p.Reshape(100, 2), weighted ? w.Reshape(100, 2) : null);
    }

    [Test]
    public void Orders_that_are_perfect_and_turned_round_have_area_1_and_0()
    {
        AssertResult(1, new AUC(), Tensor.From(0, 0, 1, 1), Tensor.From(0.1, 0.2, 0.3, 0.4));
        AssertResult(0, new AUC(), Tensor.From(1, 1, 0, 0), Tensor.From(0.1, 0.2, 0.3, 0.4));
        AssertResult(0.5, new AUC(), Tensor.From(1, 1, 0, 0), Tensor.From(0.5, 0.5, 0.5, 0.5));
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        foreach (Metric metric in new Metric[] { new Precision(), new Recall(), new AUC(), new F1Score() })
        {
            string name = metric.GetType().Name;
            AssertRefused<ShapeException>(() => metric.Update(Tensor.Ones([2, 2]), Tensor.Ones([3, 3])), name, "[2, 2]", "[3, 3]");
            AssertRefused<DTypeException>(() => metric.Update(Tensor.From(1), Tensor.From(1)), name, "Int32");
            AssertRefused<ShapeException>(() => metric.Update(Y, P, Tensor.Ones([3])), name, "sample weights of shape [3]");
            Assert.That(metric.Result, Is.Zero);
        }
        AssertRefused<ValueException>(() => new Precision(topK: 0), "Precision: topK is 0");
        AssertRefused<ValueException>(() => new Recall(classId: -1), "Recall: classId is -1");
        AssertRefused<ValueException>(() => new Recall(double.NaN), "threshold is NaN");
        AssertRefused<ValueException>(() => new Precision(classId: 3).Update(Tensor.Ones([2, 3]), Tensor.Ones([2, 3])), "classId 3",
            "[2, 3]");
        AssertRefused<ShapeException>(() => new Precision(topK: 1).Update(Y, P), "topK", "[8]");
        AssertRefused<ValueException>(() => new F1Score(threshold: 0), "F1Score: threshold is 0");
        AssertRefused<ValueException>(() => new F1Score((ClassAverage)7), "average is 7");
        AssertRefused<ShapeException>(() => new F1Score(ClassAverage.Binary).Update(Tensor.From(1, 2), Tensor.Ones([2, 3])), "binary",
            "[2, 3]");
        AssertRefused<ValueException>(() => new F1Score().Update(Tensor.From(1, 5), Tensor.Ones([2, 3])), "label 1 is 5");
        AssertRefused<DTypeException>(() => new F1Score().Update(Tensor.From(1.0, 2), Tensor.Ones([2, 3])), "labels of type Float64");
        var f1 = new F1Score();
        f1.Update(Tensor.From(1, 2), Tensor.Ones([2, 3]));
        AssertRefused<ShapeException>(() => f1.Update(Tensor.From(1, 2), Tensor.Ones([2, 4])), "batches of 3 classes");
        AssertRefused<ValueException>(() => new AUC().Update(Tensor.From(0, 1), Tensor.From(0.5, double.NaN)), "score 1", "NaN");
    }
}
