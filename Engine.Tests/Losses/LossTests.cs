using Engine.Losses;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Losses;

/// <summary>Losses against their formulas in double, and against PyTorch.</summary>
public class LossTests
{
    [Test]
    public void Mean_squared_error_is_its_formula()
    {
        foreach (DType dtype in Floats)
        foreach (Shape shape in new Shape[] { [4, 3], [1, 1], [2, 3, 5] })
        {
            Tensor y = Normal(shape, dtype, 1), p = Normal(shape, dtype, 2);
            int last = shape[^1];
            Shape rows = shape.Remove(-1);
            AssertClose(new MeanSquaredError().PerSample(y, p), rows, Map(rows, at =>
                Enumerable.Range(0, last).Average(k => Math.Pow(At(y, [.. at, k]) - At(p, [.. at, k]), 2))));
            double mean = Values(y).Zip(Values(p), (a, b) => (a - b) * (a - b)).Average();
            AssertClose(new MeanSquaredError().Compute(y, p), [], [mean]);
        }
    }

    [Test]
    public void A_target_of_N_fits_a_prediction_of_N_by_1_and_integers_are_converted()
    {
        Tensor p = Tensor.From<float>([1, 2, 3], [3, 1]);
        Tensor y = Tensor.From(2, 2, 5);
        Assert.That(new MeanSquaredError().Compute(y, p).ToScalar(), Is.EqualTo((1 + 0 + 4) / 3.0).Within(1e-6));
        Assert.That(new MeanSquaredError().PerSample(y.Reshape(3, 1), p.Reshape(3)).ToArray<float>(), Is.EqualTo(new[] { 1f, 0, 4 }));
    }

    [Test]
    public void Categorical_cross_entropy_is_its_formula([Values(0, 0.2)] double smoothing)
    {
        foreach (DType dtype in Floats)
        foreach (Shape shape in new Shape[] { [5, 4], [2, 3, 6] })
        {
            Tensor logits = 2 * Normal(shape, dtype, 3);
            Tensor targets = Normal(shape, dtype, 4).Softmax();
            Shape rows = shape.Remove(-1);
            int classes = shape[^1];
            double[] expected = Map(rows, at =>
            {
                double logSum = Math.Log(Enumerable.Range(0, classes).Sum(k => Math.Exp(At(logits, [.. at, k]))));
                return Enumerable.Range(0, classes).Sum(k =>
                    -(At(targets, [.. at, k]) * (1 - smoothing) + smoothing / classes) * (At(logits, [.. at, k]) - logSum));
            });
            AssertClose(new CategoricalCrossentropy(fromLogits: true, smoothing).PerSample(targets, logits), rows, expected);
            AssertClose(new CategoricalCrossentropy(labelSmoothing: smoothing).PerSample(targets, logits.Softmax()), rows, expected);
            AssertClose(
                new CategoricalCrossentropy(labelSmoothing: smoothing).PerSample(targets, logits.Softmax().Detach()),
                rows,
                expected);
        }
    }

    [Test]
    public void Sparse_cross_entropy_is_the_negative_logarithm_of_the_labels_probability()
    {
        foreach (DType dtype in Floats)
        {
            Tensor logits = 2 * Normal([4, 3, 5], dtype, 3);
            Tensor labels = Tensor.RandomIntegers([4, 3], 0, 5, new RandomGenerator(8));
            Tensor p = Normal([4, 3, 5], dtype, 3).Softmax().Detach();
            double[] fromLogits = Map([4, 3], at =>
                Math.Log(Enumerable.Range(0, 5).Sum(k => Math.Exp(At(logits, [.. at, k])))) - At(logits, [.. at, (int)At(labels, at)]));
            double[] fromProbabilities = Map([4, 3], at => -Math.Log(At(p, [.. at, (int)At(labels, at)])));
            AssertClose(new SparseCategoricalCrossentropy(fromLogits: true).PerSample(labels, logits), [4, 3], fromLogits);
            AssertClose(new SparseCategoricalCrossentropy().PerSample(labels, logits.Softmax()), [4, 3], fromLogits);
            AssertClose(new SparseCategoricalCrossentropy().PerSample(labels, p), [4, 3], fromProbabilities);
            AssertClose(new SparseCategoricalCrossentropy().Compute(labels, p), [], [fromProbabilities.Average()]);
        }
    }

    [Test]
    public void Labels_may_be_a_column_and_of_any_integer_type()
    {
        Tensor logits = Normal([3, 4]);
        var loss = new SparseCategoricalCrossentropy(fromLogits: true);
        double expected = loss.Compute(Tensor.From(2, 0, 3), logits).ToScalar();
        Assert.That(loss.Compute(Tensor.From<byte>([2, 0, 3], [3, 1]), logits).ToScalar(), Is.EqualTo(expected));
        Assert.That(loss.Compute(Tensor.From(2L, 0L, 3L), logits).ToScalar(), Is.EqualTo(expected));
    }

    [Test]
    public void A_label_that_is_no_class_is_named_with_its_place([Values] bool fromLogits, [Values] bool ignores)
    {
        var loss = new SparseCategoricalCrossentropy(fromLogits, ignores ? -1 : null);
        Tensor x = Tensor.Full([2, 2, 4], 0.25);
        foreach (int label in (int[])[4, -2])
        {
            Operations.Errors.Assert<ValueException>(() => loss.Compute(Tensor.From(1, 2, label, 1).Reshape(2, 2), x),
                fromLogits ? "softmaxCrossEntropy" : "SparseCategoricalCrossentropy", $"label 2 is {label}", "4 classes", "use 0 to 3");
        }
    }

    [Test]
    public void Ignored_labels_count_neither_in_the_sum_nor_in_the_number([Values] bool fromLogits)
    {
        Tensor logits = Normal([4, 3]);
        Tensor x = fromLogits ? logits : logits.Softmax().Detach();
        var loss = new SparseCategoricalCrossentropy(fromLogits, ignoreIndex: -1);
        double[] all = new SparseCategoricalCrossentropy(fromLogits).PerSample(Tensor.From(2, 0, 1, 1), x).ToArray<double>();
        Tensor labels = Tensor.From(2, -1, 1, -1);
        Assert.That(loss.PerSample(labels, x).ToArray<double>(), Is.EqualTo(new[] { all[0], 0, all[2], 0 }).Within(1e-14));
        Assert.That(loss.Compute(labels, x).ToScalar(), Is.EqualTo((all[0] + all[2]) / 2).Within(1e-14));
        Assert.That(loss.Compute(Tensor.From(-1, -1, -1, -1), x).ToScalar(), Is.Zero);
    }

    [Test]
    public void Binary_cross_entropy_is_its_formula([Values(0, 0.2)] double smoothing)
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = 2 * Normal([4, 3], dtype, 1), y = Tensor.RandomUniform([4, 3], 0, 1, new RandomGenerator(2), dtype);
            double[] expected = Map([4], at => Enumerable.Range(0, 3).Average(k =>
            {
                double p = 1 / (1 + Math.Exp(-At(x, at[0], k))), t = At(y, at[0], k) * (1 - smoothing) + smoothing / 2;
                return -t * Math.Log(p) - (1 - t) * Math.Log(1 - p);
            }));
            AssertClose(new BinaryCrossentropy(fromLogits: true, smoothing).PerSample(y, x), [4], expected);
            AssertClose(new BinaryCrossentropy(labelSmoothing: smoothing).PerSample(y, x.Sigmoid()), [4], expected);
            AssertClose(new BinaryCrossentropy(labelSmoothing: smoothing).PerSample(y, x.Sigmoid().Detach()), [4], expected);
        }
    }

    [Test]
    public void Unknown_probabilities_are_divided_by_their_sum_and_kept_from_0_and_1_as_in_Keras()
    {
        Tensor p = Tensor.From([2.0, 6.0, 0.0, 0.0, 1.0, 0.0], [2, 3]);
        double[] sparse = new SparseCategoricalCrossentropy().PerSample(Tensor.From(0, 2), p).ToArray<double>();
        Assert.That(sparse[0], Is.EqualTo(-Math.Log(0.25)).Within(1e-14));
        Assert.That(sparse[1], Is.EqualTo(-Math.Log(1e-7)).Within(1e-9));
        double[] dense = new CategoricalCrossentropy().PerSample(Tensor.From([1.0, 0, 0, 0, 1, 0], [2, 3]), p).ToArray<double>();
        Assert.That(dense[0], Is.EqualTo(-Math.Log(0.25)).Within(1e-14));
        Assert.That(dense[1], Is.EqualTo(-Math.Log(1 - 1e-7)).Within(1e-14));
        double[] binary = new BinaryCrossentropy().PerSample(Tensor.From(1.0, 0.0), Tensor.From([0.0, 0.0], [2, 1])).ToArray<double>();
        Assert.That(binary[0], Is.EqualTo(-Math.Log(1e-7)).Within(1e-9));
        Assert.That(binary[1], Is.EqualTo(-Math.Log(1 - 1e-7)).Within(1e-14));
    }

    [TestCase("", 0, null)]
    [TestCase("_smoothed", 0.1, null)]
    [TestCase("_ignored", 0, 2)]
    public void Cross_entropy_and_its_gradient_agree_with_PyTorch(string name, double smoothing, int? ignored)
    {
        Tensor logits = TorchReference.Get("crossentropy.logits"), labels = TorchReference.Get("crossentropy.labels").Cast(DType.Int32);
        using var tape = new GradientTape();
        tape.Watch(logits);
        TorchReference.AssertEqual(logits.Softmax(), "crossentropy.softmax");
        Tensor value = smoothing == 0
            ? new SparseCategoricalCrossentropy(fromLogits: true, ignored).Compute(labels, logits)
            : new CategoricalCrossentropy(true, smoothing).Compute(Tensor.OneHot(labels, 5, DType.Float64), logits);
        TorchReference.AssertEqual(value, $"crossentropy{name}.loss");
        TorchReference.AssertEqual(tape.Gradient(value, logits), $"crossentropy{name}.dlogits");
    }

    [Test]
    public void Binary_cross_entropy_and_its_gradient_agree_with_PyTorch()
    {
        Tensor logits = TorchReference.Get("crossentropy.logits"), targets = TorchReference.Get("binary_crossentropy.targets");
        using var tape = new GradientTape();
        tape.Watch(logits);
        Tensor value = new BinaryCrossentropy(fromLogits: true).Compute(targets, logits);
        TorchReference.AssertEqual(value, "binary_crossentropy.loss");
        TorchReference.AssertEqual(tape.Gradient(value, logits), "binary_crossentropy.dlogits");
    }

    [Test]
    public void Labels_outside_the_classes_are_named([Values] bool fromLogits)
    {
        var loss = new SparseCategoricalCrossentropy(fromLogits);
        Tensor p = Tensor.Ones([3, 4]);
        Assert.That(
            () => loss.Compute(Tensor.From(0, 9, 1), p),
            Throws.TypeOf<ValueException>().With.Message.Match(@"\b1\b.*\b9\b.*\b4\b"));
        Assert.That(
            () => loss.Compute(Tensor.From(0, 1, -5), p),
            Throws.TypeOf<ValueException>().With.Message.Match(@"\b2\b.*-5\b.*\b4\b"));
    }

    [Test]
    public void Targets_that_do_not_fit_are_refused()
    {
        Tensor p = Tensor.Ones([3, 4]);
        Assert.That(
            () => new MeanSquaredError().Compute(Tensor.Ones([4, 3]), p),
            Throws.TypeOf<ShapeException>().With.Message.Contains("target of shape [4, 3] for a prediction of shape [3, 4]"));
        Assert.That(
            () => new CategoricalCrossentropy().Compute(Tensor.From(0, 1, 2), p),
            Throws.TypeOf<ShapeException>().With.Message.Contains("SparseCategoricalCrossentropy"));
        Assert.That(() => new CategoricalCrossentropy().Compute(Tensor.Ones([4]), Tensor.Ones([4])), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => new SparseCategoricalCrossentropy().Compute(Tensor.Zeros([3, 4], DType.UInt8), p),
            Throws.TypeOf<ShapeException>().With.Message.Contains("use CategoricalCrossentropy"));
        Assert.That(
            () => new SparseCategoricalCrossentropy().Compute(Tensor.Ones([3]), p),
            Throws.TypeOf<DTypeException>().With.Message.Contains("Cast(DType.Int32)"));
        Assert.That(
            () => new MeanSquaredError().Compute(Tensor.Ones([2]), Tensor.Ones([2], DType.Int32)),
            Throws.TypeOf<DTypeException>().With.Message.Contains("MeanSquaredError"));
        Assert.That(() => new CategoricalCrossentropy(labelSmoothing: 1.5), Throws.TypeOf<ValueException>().With.Message.Contains("1.5"));
        Assert.That(() => new BinaryCrossentropy(labelSmoothing: -1), Throws.TypeOf<ValueException>().With.Message.Contains("-1"));
    }
}
