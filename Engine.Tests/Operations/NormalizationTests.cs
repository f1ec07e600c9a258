using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Operations;

public class NormalizationTests
{
    // Few channels are read several rows at a time, many in strips; 4096 rows of 64 and 300 of 600 take several chunks.
    private static readonly int[][] Batches =
    [
        [1, 1], [2, 1], [1, 5], [7, 3], [500, 1], [97, 3], [33, 7], [5, 16], [4, 17], [3, 64], [200, 100], [3, 5, 4, 20], [4096, 64],
        [3, 1000], [300, 600], [32, 1111], [20_000, 2],
    ];

    [TestCaseSource(nameof(Batches))]
    public void Batch_normalization_is_its_formula(int[] shape)
    {
        foreach (DType dtype in Floats)
        {
            // A mean of several deviations shows whether digits are lost.
            Tensor x = (Normal(shape) + 5).Cast(dtype), gamma = Normal([shape[^1]], dtype, 2), beta = Normal([shape[^1]], dtype, 3);
            (Tensor y, Tensor mean, Tensor variance) = x.BatchNormalization(gamma, beta, 0.01);
            int channels = shape[^1], n = x.Length / channels;
            double[] values = Values(x), means = new double[channels], variances = new double[channels];
            for (int i = 0; i < values.Length; i++) means[i % channels] += values[i] / n;
            for (int i = 0; i < values.Length; i++) variances[i % channels] += Math.Pow(values[i] - means[i % channels], 2) / n;
            AssertClose(mean, [channels], means);
            AssertClose(variance, [channels], variances);
            AssertClose(y, shape, [.. values.Select((value, i) => At(gamma, i % channels) * (value - means[i % channels])
                / Math.Sqrt(variances[i % channels] + 0.01) + At(beta, i % channels))]);
        }
    }

    [TestCaseSource(nameof(Batches))]
    public void The_gradient_of_batch_normalization_is_its_formula(int[] shape)
    {
        int channels = shape[^1];
        Tensor x = Normal(shape) + 5, gamma = Normal([channels], seed: 2), beta = Normal([channels], seed: 3),
            seed = Normal(shape, seed: 4);
        int n = x.Length / channels;
        using var tape = new GradientTape();
        tape.Watch(x);
        tape.Watch(gamma);
        tape.Watch(beta);
        Tensor[] gradients = tape.Gradients(x.BatchNormalization(gamma, beta).Output, new[] { x, gamma, beta }, seed);
        double[] values = Values(x), dy = Values(seed), mean = new double[channels], variance = new double[channels];
        double[] dgamma = new double[channels], dbeta = new double[channels];
        for (int i = 0; i < values.Length; i++) mean[i % channels] += values[i] / n;
        for (int i = 0; i < values.Length; i++) variance[i % channels] += Math.Pow(values[i] - mean[i % channels], 2) / n;
        double Standard(int i) => (values[i] - mean[i % channels]) / Math.Sqrt(variance[i % channels] + 1e-3);
        for (int i = 0; i < values.Length; i++)
        {
            dgamma[i % channels] += dy[i] * Standard(i);
            dbeta[i % channels] += dy[i];
        }
        AssertNear(gradients[1], dgamma);
        AssertNear(gradients[2], dbeta);
        AssertNear(gradients[0], [.. values.Select((_, i) => At(gamma, i % channels) / Math.Sqrt(variance[i % channels] + 1e-3)
            * (dy[i] - dbeta[i % channels] / n - Standard(i) * dgamma[i % channels] / n))]);
    }

    [Test]
    public void A_mean_of_a_thousand_deviations_costs_no_digits_of_the_variance()
    {
        Tensor x = (Normal([6000, 3]) + 1000).Cast(DType.Float32);
        double[] values = Values(x);
        double mean = 0, variance = 0;
        for (int i = 0; i < values.Length; i += 3) mean += values[i] / 6000;
        for (int i = 0; i < values.Length; i += 3) variance += Math.Pow(values[i] - mean, 2) / 6000;
        (_, Tensor means, Tensor variances) = x.BatchNormalization();
        Assert.That(At(means, 0), Is.EqualTo(mean).Within(2e-4));
        // A rounded mean near 1000 is off by up to 3e-5, and that enters once for each difference between the means of two blocks.
        Assert.That(At(variances, 0), Is.EqualTo(variance).Within(1e-5));
    }

    [Test]
    public void Layer_normalization_is_its_formula([Values(1, 2, 5, 8, 31, 64, 1000)] int columns, [Values(1, 3, 300)] int rows)
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = (Normal([rows, columns]) * 2 + 3).Cast(dtype), gamma = Normal([columns], dtype, 2),
                beta = Normal([columns], dtype, 3);
            AssertClose(x.LayerNormalization(gamma, beta, 0.01), x.Shape, Normalized(x, columns, gamma, beta, 0.01));
        }
    }

    [Test]
    public void Several_last_axes_are_one_row()
    {
        Tensor x = Normal([3, 2, 4, 5]), gamma = Normal([4, 5], seed: 2);
        AssertClose(x.LayerNormalization(gamma, axes: 2), x.Shape, Normalized(x, 20, gamma, null, 1e-3));
    }

    [TestCase(new[] { 3, 6 }, 2)]
    [TestCase(new[] { 2, 5, 12 }, 3)]
    [TestCase(new[] { 2, 40, 3 }, 3)]
    [TestCase(new[] { 4, 7, 6, 32 }, 8)]
    [TestCase(new[] { 2, 70, 70, 8 }, 1)]
    public void Group_normalization_is_its_formula(int[] shape, int groups)
    {
        foreach (DType dtype in Floats)
        {
            int channels = shape[^1], depth = channels / groups, positions = shape[1..^1].Aggregate(1, (a, b) => a * b);
            Tensor x = (Normal(shape) * 2 + 3).Cast(dtype), gamma = Normal([channels], dtype, 2), beta = Normal([channels], dtype, 3);
            // The groups' values in a row: then it is layer normalisation without factors.
            int[] together = [shape[0], positions, groups, depth];
            Tensor rows = x.Cast(DType.Float64).Reshape(together).Transpose(0, 2, 1, 3);
            double[] normal = Values(Tensor.From<double>(Normalized(rows, positions * depth, null, null, 1e-3), rows.Shape)
                .Transpose(0, 2, 1, 3));
            AssertClose(x.GroupNormalization(groups, gamma, beta), shape,
                [.. normal.Select((value, i) => value * At(gamma, i % channels) + At(beta, i % channels))]);
        }
    }

    [Test]
    public void An_empty_batch_has_no_groups_and_no_rows()
    {
        Assert.That(Tensor.Zeros([0, 3, 4]).GroupNormalization(2).Shape, Is.EqualTo(Shape.Create([0, 3, 4])));
        Assert.That(Tensor.Zeros([0, 4]).LayerNormalization(Tensor.Ones([4])).Shape, Is.EqualTo(Shape.Create([0, 4])));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        Tensor x = Tensor.Zeros([2, 4]);
        Errors.Assert<ShapeException>(() => Tensor.Zeros([3]).BatchNormalization(), "batchNormalization", "[3]", "channels");
        Errors.Assert<ShapeException>(() => Tensor.Zeros([0, 3]).BatchNormalization(), "[0, 3]", "at least one value");
        Errors.Assert<ShapeException>(() => x.BatchNormalization(Tensor.Ones([3])), "gamma of shape [3]", "[2, 4]", "the shape [4]");
        Errors.Assert<DTypeException>(() => x.BatchNormalization(null, Tensor.Ones([4], DType.Float64)), "Float32 and Float64");
        Errors.Assert<DTypeException>(() => x.Cast(DType.Int32).BatchNormalization(), "Int32");
        Errors.Assert<ValueException>(() => x.BatchNormalization(epsilon: 0), "epsilon of 0", "above 0");
        Errors.Assert<ShapeException>(() => x.LayerNormalization(axes: 3), "the last 3 axes", "[2, 4]");
        Errors.Assert<ShapeException>(() => Tensor.Zeros([2, 0]).LayerNormalization(), "[2, 0]", "at least one");
        Errors.Assert<ValueException>(() => x.LayerNormalization(epsilon: double.NaN), "epsilon of NaN");
        Errors.Assert<ValueException>(() => x.GroupNormalization(3), "3 groups of 4 channels", "divisor");
        Errors.Assert<ShapeException>(() => Tensor.Zeros([4]).GroupNormalization(2), "groupNormalization", "[4]");
    }

    private static double[] Normalized(Tensor x, int columns, Tensor? gamma, Tensor? beta, double epsilon)
    {
        double[] values = Values(x), y = new double[values.Length];
        for (int start = 0; start < values.Length; start += columns)
        {
            double mean = 0, variance = 0;
            for (int j = 0; j < columns; j++) mean += values[start + j] / columns;
            for (int j = 0; j < columns; j++) variance += Math.Pow(values[start + j] - mean, 2) / columns;
            for (int j = 0; j < columns; j++)
            {
                double normal = (values[start + j] - mean) / Math.Sqrt(variance + epsilon);
                y[start + j] = normal * (gamma?.ElementAt(j) ?? 1) + (beta?.ElementAt(j) ?? 0);
            }
        }
        return y;
    }

    private static void AssertNear(Tensor actual, double[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.That(actual.ElementAt(i), Is.EqualTo(expected[i]).Within(1e-11 * Math.Max(1, Math.Abs(expected[i]))), $"element {i}");
    }
}
