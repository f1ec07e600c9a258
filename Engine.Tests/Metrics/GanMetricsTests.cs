using Engine.Metrics;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Metrics;

public class GanMetricsTests
{
    private static (double[] Mean, double[,] Covariance) Moments(Tensor x)
    {
        (int n, int d) = (x.Shape[0], x.Shape[1]);
        double[] mean = [.. Enumerable.Range(0, d).Select(j => Enumerable.Range(0, n).Average(i => At(x, i, j)))];
        var covariance = new double[d, d];
        for (int a = 0; a < d; a++)
        {
            for (int b = 0; b < d; b++)
                covariance[a, b] = Enumerable.Range(0, n).Sum(i => (At(x, i, a) - mean[a]) * (At(x, i, b) - mean[b])) / (n - 1);
        }

        return (mean, covariance);
    }

    [Test]
    public void The_Frechet_distance_has_its_closed_form_in_two_dimensions()
    {
        // tr (AB)^½ = √(tr AB + 2√(det A det B)) for 2×2 matrices.
        Tensor real = Normal([40, 2]), made = Normal([30, 2], seed: 2).MatMul(Tensor.From<double>([2, 0.5, -1, 0.7], [2, 2])) + 0.4;
        (double[] m, double[,] a) = Moments(real);
        (double[] k, double[,] b) = Moments(made);
        double product = a[0, 0] * b[0, 0] + a[0, 1] * b[1, 0] + a[1, 0] * b[0, 1] + a[1, 1] * b[1, 1];
        double determinants = (a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]) * (b[0, 0] * b[1, 1] - b[0, 1] * b[1, 0]);
        double wanted = Math.Pow(m[0] - k[0], 2) + Math.Pow(m[1] - k[1], 2) + a[0, 0] + a[1, 1] + b[0, 0] + b[1, 1]
            - 2 * Math.Sqrt(product + 2 * Math.Sqrt(determinants));
        Assert.That(GanMetrics.FrechetDistance(real, made), Is.EqualTo(wanted).Within(1e-9));
        Assert.That(GanMetrics.FrechetDistance(made, real), Is.EqualTo(wanted).Within(1e-9));
        Assert.That(GanMetrics.FrechetDistance(real.Cast(DType.Float32), made.Cast(DType.Float32)), Is.EqualTo(wanted).Within(1e-4));
    }

    [Test]
    public void The_Frechet_distance_of_scaled_and_moved_features_is_their_difference()
    {
        // Equal up to scale s and shift t: ‖(1−s)μ − t‖² + (1 − s)² tr Σ; also where features do not vary at all.
        Tensor x = Tensor.Concat([Normal([50, 6]), Tensor.Zeros([50, 2], DType.Float64)], 1);
        (double[] mean, double[,] covariance) = Moments(x);
        double trace = Enumerable.Range(0, 8).Sum(i => covariance[i, i]);
        double wanted = mean.Sum(m => Math.Pow(-2 * m - 0.5, 2)) + 4 * trace;
        Assert.That(GanMetrics.FrechetDistance(x, x * 3 + 0.5), Is.EqualTo(wanted).Within(1e-8));
        Assert.That(GanMetrics.FrechetDistance(x, x), Is.EqualTo(0).Within(1e-8));
    }

    [Test]
    public void The_inception_score_goes_from_one_to_the_classes()
    {
        Tensor sure = Tensor.Eye(4, dtype: DType.Float64);
        Assert.That(GanMetrics.InceptionScore(sure), Is.EqualTo(4).Within(1e-12));
        Assert.That(GanMetrics.InceptionScore(Tensor.Full([5, 4], 0.25)), Is.EqualTo(1).Within(1e-6));
        Assert.That(GanMetrics.InceptionScore(Tensor.From<double>([1, 0, 1, 0], [2, 2])), Is.EqualTo(1).Within(1e-12));
        Tensor p = Tensor.From<double>([0.7, 0.3, 0.2, 0.8], [2, 2]);
        double wanted = Math.Exp((0.7 * Math.Log(0.7 / 0.45) + 0.3 * Math.Log(0.3 / 0.55) + 0.2 * Math.Log(0.2 / 0.45) + 0.8 * Math.Log(0.8 / 0.55)) / 2);
        Assert.That(GanMetrics.InceptionScore(p), Is.EqualTo(wanted).Within(1e-12));
    }

    [Test]
    public void Precision_and_recall_are_the_scalar_loop()
    {
        Tensor real = Normal([300, 3]), made = Normal([280, 3], seed: 2) * 1.5 + 0.7;
        double Distance(Tensor x, int i, Tensor y, int j) => Enumerable.Range(0, 3).Sum(k => Math.Pow(At(x, i, k) - At(y, j, k), 2));
        double Part(Tensor rows, Tensor set)
        {
            int n = set.Shape[0];
            double[] radii = [.. Enumerable.Range(0, n)
                .Select(i => Enumerable.Range(0, n).Where(j => j != i).Select(j => Distance(set, i, set, j)).Order().ElementAt(2))];
            return Enumerable.Range(0, rows.Shape[0]).Average(i => Enumerable.Range(0, n).Any(j => Distance(rows, i, set, j) <= radii[j]) ? 1 : 0);
        }

        (double precision, double recall) = GanMetrics.PrecisionRecall(real, made);
        Assert.That((precision, recall), Is.EqualTo((Part(made, real), Part(real, made))));
        Assert.That(precision, Is.InRange(0.3, 0.98));
        Assert.That(GanMetrics.PrecisionRecall(real, real), Is.EqualTo((1.0, 1.0)));
        Assert.That(GanMetrics.PrecisionRecall(real, real + 100), Is.EqualTo((0.0, 0.0)));
        // One place of the real ones, many times: precise, and hardly anything is covered.
        (double high, double low) = GanMetrics.PrecisionRecall(real, real[..1] + 1e-3 * Normal([20, 3]));
        Assert.That(high, Is.EqualTo(1));
        Assert.That(low, Is.LessThan(0.02));
    }

    [Test]
    public void Coverage_counts_classes_and_how_even_they_are()
    {
        Tensor p = Tensor.From<double>([0.95, 0.05, 0, 0.6, 0.4, 0, 0.1, 0.9, 0, 0.92, 0.08, 0], [4, 3]);
        ModeCoverage coverage = GanMetrics.Coverage(p);
        Assert.That(coverage.Counts, Is.EqualTo(new[] { 3, 1, 0 }));
        Assert.That((coverage.Covered, coverage.RarestShare, coverage.ConfidentShare), Is.EqualTo((2, 0.0, 0.75)));
        Assert.That(coverage.Evenness, Is.EqualTo(-(0.75 * Math.Log(0.75) + 0.25 * Math.Log(0.25)) / Math.Log(3)).Within(1e-12));
        Assert.That(GanMetrics.Coverage(p, leastShare: 0.5).Covered, Is.EqualTo(1));
        Assert.That(GanMetrics.Coverage(Tensor.Eye(3)), Has.Property("Evenness").EqualTo(1).Within(1e-12).And.Property("Covered").EqualTo(3));
    }

    [Test]
    public void Bad_input_is_named()
    {
        Errors.Assert<ShapeException>(() => GanMetrics.FrechetDistance(Tensor.Zeros([4, 2]), Tensor.Zeros([4, 3])), "[4, 2] and [4, 3]");
        Errors.Assert<ShapeException>(() => GanMetrics.FrechetDistance(Tensor.Zeros([1, 2]), Tensor.Zeros([4, 2])), "at least 2 samples");
        Errors.Assert<ShapeException>(() => GanMetrics.PrecisionRecall(Tensor.Zeros([3, 2]), Tensor.Zeros([4, 2])), "at least 4 samples");
        Errors.Assert<ValueException>(() => GanMetrics.PrecisionRecall(Tensor.Zeros([5, 2]), Tensor.Zeros([5, 2]), 0), "neighbours is 0");
        Errors.Assert<ValueException>(
            () => GanMetrics.FrechetDistance(Tensor.Full([4, 2], double.NaN), Tensor.Zeros([4, 2])), "element 0 of Float32[4, 2] is NaN");
        Errors.Assert<DTypeException>(
            () => GanMetrics.FrechetDistance(Tensor.Zeros([4, 2], DType.Int32), Tensor.Zeros([4, 2], DType.Int32)), "Int32");
        Errors.Assert<ShapeException>(() => GanMetrics.InceptionScore(Tensor.Zeros([3])), "InceptionScore", "[3]");
        Errors.Assert<ShapeException>(() => GanMetrics.Coverage(Tensor.Zeros([0, 3])), "Coverage", "[0, 3]");
        Errors.Assert<ValueException>(() => GanMetrics.Coverage(Tensor.Eye(3), leastShare: 2), "leastShare is 2");
        Errors.Assert<ValueException>(() => GanMetrics.Coverage(Tensor.Eye(3), confidence: -1), "confidence is -1");
    }
}
