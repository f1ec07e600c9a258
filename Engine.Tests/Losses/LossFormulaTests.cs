using Engine.Losses;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Losses;

/// <summary>Every loss that is a formula of one row of targets and predictions, against the formula in double.</summary>
public class LossFormulaTests
{
    private const double Epsilon = 1e-7;

    private delegate double Formula(double[] y, double[] p);

    private enum Targets
    {
        Normal,
        Positive,
        Signs,
        OneHot,
        Distribution,
        Bits,
    }

    private static readonly (string Name, Loss Loss, Targets Targets, bool Probabilities, Formula Formula)[] Cases =
    [
        ("MeanAbsoluteError", new MeanAbsoluteError(), Targets.Normal, false, (y, p) => Mean(y, p, (a, b) => Math.Abs(a - b))),
        ("MeanAbsolutePercentageError", new MeanAbsolutePercentageError(), Targets.Normal, false,
            (y, p) => 100 * Mean(y, p, (a, b) => Math.Abs(a - b) / Math.Max(Math.Abs(a), Epsilon))),
        ("MeanSquaredLogarithmicError", new MeanSquaredLogarithmicError(), Targets.Normal, false, (y, p) =>
            Mean(y, p, (a, b) => Math.Pow(Math.Log(1 + Math.Max(a, Epsilon)) - Math.Log(1 + Math.Max(b, Epsilon)), 2))),
        ("Huber", new Huber(), Targets.Normal, false, (y, p) => Mean(y, p, (a, b) => HuberOf(b - a, 1))),
        ("Huber 0.3", new Huber(0.3), Targets.Normal, false, (y, p) => Mean(y, p, (a, b) => HuberOf(b - a, 0.3))),
        ("LogCosh", new LogCosh(), Targets.Normal, false, (y, p) => Mean(y, p, (a, b) => Math.Log(Math.Cosh(b - a)))),
        ("Hinge", new Hinge(), Targets.Signs, false, (y, p) => Mean(y, p, (a, b) => Math.Max(0, 1 - a * b))),
        ("Hinge of bits", new Hinge(), Targets.Bits, false, (y, p) => Mean(y, p, (a, b) => Math.Max(0, 1 - (2 * a - 1) * b))),
        ("SquaredHinge", new SquaredHinge(), Targets.Signs, false,
            (y, p) => Mean(y, p, (a, b) => Math.Pow(Math.Max(0, 1 - a * b), 2))),
        ("CategoricalHinge", new CategoricalHinge(), Targets.OneHot, false, (y, p) => Math.Max(
            0, 1 + y.Zip(p, (a, b) => (1 - a) * b).Max() - y.Zip(p, (a, b) => a * b).Sum())),
        ("KLDivergence", new KLDivergence(), Targets.Distribution, true, (y, p) => y.Zip(p, (a, b) =>
        {
            (a, b) = (Math.Clamp(a, Epsilon, 1), Math.Clamp(b, Epsilon, 1));
            return a * Math.Log(a / b);
        }).Sum()),
        ("CosineSimilarity", new CosineSimilarity(), Targets.Normal, false, (y, p) => -Inner(y, p) / Math.Sqrt(Inner(y, y) * Inner(p, p))),
        ("Poisson", new Poisson(), Targets.Positive, true, (y, p) => Mean(y, p, (a, b) => b - a * Math.Log(b + Epsilon))),
        ("BinaryFocalCrossentropy", new BinaryFocalCrossentropy(), Targets.Bits, true,
            (y, p) => Mean(y, p, (a, b) => FocalOf(a, b, 2, null))),
        ("BinaryFocalCrossentropy balanced, gamma 0.5, smoothed", new BinaryFocalCrossentropy(true, 0.4, 0.5, labelSmoothing: 0.2),
            Targets.Bits, true, (y, p) => Mean(y, p, (a, b) => FocalOf(a * 0.8 + 0.1, b, 0.5, 0.4))),
        ("CategoricalFocalCrossentropy", new CategoricalFocalCrossentropy(), Targets.Distribution, true,
            (y, p) => y.Zip(p, (a, b) => -0.25 * a * Math.Pow(1 - b, 2) * Math.Log(b)).Sum()),
        ("CategoricalFocalCrossentropy alphas, smoothed", new CategoricalFocalCrossentropy([0.1, 0.5, 0.9, 2], 1, labelSmoothing: 0.1),
            Targets.OneHot, true, (y, p) => y.Zip(p, (a, b) => -(a * 0.9 + 0.1 / 4) * (1 - b) * Math.Log(b))
                .Zip([0.1, 0.5, 0.9, 2], (x, alpha) => x * alpha).Sum()),
    ];

    private static IEnumerable<string> Names => Cases.Select(c => c.Name);

    [TestCaseSource(nameof(Names))]
    public void A_loss_is_its_formula(string name)
    {
        (_, Loss loss, Targets kind, bool probabilities, Formula formula) = Cases.Single(c => c.Name == name);
        foreach (DType dtype in Floats)
        foreach (Shape shape in new Shape[] { [5, 4], [2, 3, 4] })
        {
            Tensor y = Target(kind, shape, dtype), p = Normal(shape, dtype, 7);
            if (probabilities) p = p.Softmax().Detach();
            Shape rows = shape.Remove(-1);
            double[] expected = Map(rows, at => formula(Row(y, at), Row(p, at)));
            AssertClose(loss.PerSample(y, p), rows, expected);
            AssertClose(loss.Compute(y, p), [], [expected.Average()]);
        }
    }

    [Test]
    public void Focal_losses_from_logits_are_those_of_their_probabilities()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = 2 * Normal([6, 4], dtype, 3);
            Tensor bits = Target(Targets.Bits, [6, 4], dtype), y = Target(Targets.OneHot, [6, 4], dtype);
            double[] binary = Values(new BinaryFocalCrossentropy(true, 0.3, 1.5).PerSample(bits, x.Sigmoid().Detach()));
            AssertClose(new BinaryFocalCrossentropy(true, 0.3, 1.5, fromLogits: true).PerSample(bits, x), [6], binary);
            AssertClose(new BinaryFocalCrossentropy(true, 0.3, 1.5).PerSample(bits, x.Sigmoid()), [6], binary);
            double[] categorical = Values(new CategoricalFocalCrossentropy(0.3, 1.5).PerSample(y, x.Softmax().Detach()));
            AssertClose(new CategoricalFocalCrossentropy(0.3, 1.5, fromLogits: true).PerSample(y, x), [6], categorical);
            AssertClose(new CategoricalFocalCrossentropy(0.3, 1.5).PerSample(y, x.Softmax()), [6], categorical);
        }
    }

    [Test]
    public void Without_gamma_and_weights_a_focal_loss_is_the_cross_entropy()
    {
        Tensor x = Normal([5, 3], seed: 2), bits = Target(Targets.Bits, [5, 3], DType.Float64);
        AssertClose(
            new BinaryFocalCrossentropy(gamma: 0, fromLogits: true).PerSample(bits, x),
            [5],
            Values(new BinaryCrossentropy(fromLogits: true).PerSample(bits, x)));
        Tensor y = Target(Targets.Distribution, [5, 3], DType.Float64);
        AssertClose(
            new CategoricalFocalCrossentropy(alpha: 1, gamma: 0, fromLogits: true).PerSample(y, x),
            [5],
            Values(new CategoricalCrossentropy(fromLogits: true).PerSample(y, x)));
    }

    [Test]
    public void Cosine_similarity_goes_along_any_axis_and_a_vector_of_zeros_has_none()
    {
        Tensor y = Normal([3, 4, 2], seed: 1), p = Normal([3, 4, 2], seed: 2);
        double[] expected = Map([3, 2], at => -Enumerable.Range(0, 4).Sum(k => At(y, at[0], k, at[1]) * At(p, at[0], k, at[1]))
            / Math.Sqrt(Enumerable.Range(0, 4).Sum(k => Math.Pow(At(y, at[0], k, at[1]), 2)))
            / Math.Sqrt(Enumerable.Range(0, 4).Sum(k => Math.Pow(At(p, at[0], k, at[1]), 2))));
        AssertClose(new CosineSimilarity(axis: 1).PerSample(y, p), [3, 2], expected);
        AssertClose(new CosineSimilarity(axis: -2).PerSample(y, p), [3, 2], expected);
        Tensor zero = Tensor.Zeros([1, 3]);
        using var tape = new GradientTape();
        tape.Watch(zero);
        Tensor loss = new CosineSimilarity().Compute(Tensor.Ones([1, 3]), zero);
        Assert.That(loss.ToScalar(), Is.Zero);
        Assert.That(tape.Gradient(loss, zero).ToArray<float>().Select(float.IsFinite), Is.All.True);
    }

    [Test]
    public void Extreme_predictions_have_finite_losses_and_gradients()
    {
        (Loss Loss, Tensor Target, float[] Extremes)[] cases =
        [
            (new MeanAbsoluteError(), Tensor.Zeros([1, 2]), [1e38f, -1e38f]),
            (new MeanSquaredLogarithmicError(), Tensor.Ones([1, 2]), [3e38f, -3e38f]),
            (new Huber(), Tensor.Zeros([1, 2]), [1e38f, -1e38f]),
            (new LogCosh(), Tensor.Zeros([1, 2]), [1e38f, -1e38f]),
            (new Hinge(), Tensor.Ones([1, 2]), [1e38f, -1e38f]),
            (new CategoricalHinge(), Tensor.From<float>([1, 0], [1, 2]), [1e38f, -1e38f]),
            (new KLDivergence(), Tensor.From<float>([1, 0], [1, 2]), [0, 1]),
            (new Poisson(), Tensor.From<float>([3, 0], [1, 2]), [0, 1e30f]),
            (new CosineSimilarity(), Tensor.Ones([1, 2]), [1e30f, -1e30f]),
            (new BinaryCrossentropy(true), Tensor.From<float>([1, 0], [1, 2]), [-1e30f, 1e30f]),
            (new BinaryFocalCrossentropy(fromLogits: true), Tensor.From<float>([1, 0], [1, 2]), [-1e30f, 1e30f]),
            (new BinaryFocalCrossentropy(gamma: 0.5, fromLogits: true), Tensor.From<float>([1, 0], [1, 2]), [1e30f, -1e30f]),
            (new BinaryFocalCrossentropy(gamma: 0.5), Tensor.From<float>([1, 0], [1, 2]), [1, 0]),
            (new CategoricalFocalCrossentropy(fromLogits: true), Tensor.From<float>([1, 0], [1, 2]), [-1e30f, 1e30f]),
            (new CategoricalFocalCrossentropy(0.25, 0.5, true), Tensor.From<float>([1, 0], [1, 2]), [1e30f, -1e30f]),
            (new CategoricalFocalCrossentropy(0.25, 0.5), Tensor.From<float>([1, 0], [1, 2]), [0, 1]),
        ];
        foreach ((Loss loss, Tensor target, float[] extremes) in cases)
        {
            Tensor p = Tensor.From<float>(extremes, [1, 2]);
            using var tape = new GradientTape();
            tape.Watch(p);
            Tensor value = loss.Compute(target, p);
            Assert.That(double.IsFinite(value.ToScalar()), Is.True, $"{loss.GetType().Name} {value}");
            Assert.That(tape.Gradient(value, p).ToArray<float>().Select(float.IsFinite), Is.All.True, loss.GetType().Name);
        }
    }

    [Test]
    public void Losses_and_their_gradients_agree_with_PyTorch()
    {
        Tensor y = TorchReference.Get("losses.targets"), p = TorchReference.Get("losses.predictions");
        (string Name, Loss Loss, Tensor Target, Tensor Prediction)[] cases =
        [
            ("l1", new MeanAbsoluteError(), y, p),
            ("huber", new Huber(0.7), y, p),
            ("cosine", new CosineSimilarity(), y, p),
            ("poisson", new Poisson(), y.Exp().Detach(), p.Exp().Detach()),
            ("kl", new KLDivergence(), y.Softmax().Detach(), p.Softmax().Detach()),
        ];
        foreach ((string name, Loss loss, Tensor target, Tensor prediction) in cases)
        {
            using var tape = new GradientTape();
            tape.Watch(prediction);
            Tensor value = loss.Compute(target, prediction);
            TorchReference.AssertEqual(value, $"losses.{name}");
            TorchReference.AssertEqual(tape.Gradient(value, prediction), $"losses.{name}.gradient");
        }
    }

    [Test]
    public void Parameters_outside_their_range_are_refused()
    {
        AssertRefused(() => new Huber(0), "Huber: delta is 0");
        AssertRefused(() => new Huber(double.NaN), "delta");
        AssertRefused(() => new BinaryFocalCrossentropy(alpha: 1.5), "BinaryFocalCrossentropy: alpha is 1.5");
        AssertRefused(() => new BinaryFocalCrossentropy(gamma: -1), "gamma is -1");
        AssertRefused(() => new BinaryFocalCrossentropy(labelSmoothing: 2), "labelSmoothing is 2");
        AssertRefused(() => new CategoricalFocalCrossentropy(alpha: -1), "alpha is -1");
        AssertRefused(() => new CategoricalFocalCrossentropy([]), "alpha is empty");
        AssertRefused(() => new CategoricalFocalCrossentropy(gamma: double.PositiveInfinity), "gamma");
        AssertRefused(() => new CategoricalFocalCrossentropy(labelSmoothing: -1), "labelSmoothing is -1");
        AssertRefused(() => new Huber(1, (LossReduction)9), "Huber: reduction is 9");
        AssertRefused(() => new CosineSimilarity(axis: 2).Compute(Tensor.Ones([2, 3]), Tensor.Ones([2, 3])), "axis 2", "[2, 3]");

        static void AssertRefused(Func<object> make, params string[] parts)
        {
            var refused = Assert.Throws<ValueException>(() => make())!;
            foreach (string part in parts) Assert.That(refused.Message, Does.Contain(part));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Shapes_and_types_that_do_not_fit_are_refused_by_every_loss(string name)
    {
        Loss loss = Cases.Single(c => c.Name == name).Loss;
        string type = loss.GetType().Name;
        Assert.That(
            () => loss.Compute(Tensor.Ones([4, 3]), Tensor.Ones([3, 4])),
            Throws.TypeOf<ShapeException>().With.Message.StartsWith($"{type}: a target of shape [4, 3] for a prediction of shape [3, 4]"));
        Assert.That(
            () => loss.Compute(Tensor.Ones([3, 4]), Tensor.Ones([3, 4], DType.Int32)),
            Throws.TypeOf<DTypeException>().With.Message.StartsWith($"{type}: a tensor of type Int32"));
    }

    [Test]
    public void As_many_focal_weights_as_classes_are_wanted() => Assert.That(
        () => new CategoricalFocalCrossentropy([1, 2, 3]).Compute(Tensor.Ones([2, 4]), Tensor.Ones([2, 4])),
        Throws.TypeOf<ShapeException>().With.Message.Contains("3 weights alpha").And.Message.Contains("[2, 4]"));

    [Test]
    public void Classes_need_an_axis() => Assert.That(
        () => new CategoricalFocalCrossentropy().Compute(Tensor.Ones([4]), Tensor.Ones([4])),
        Throws.TypeOf<ShapeException>().With.Message.Contains("classes"));

    private static Tensor Target(Targets kind, Shape shape, DType dtype) => kind switch
    {
        Targets.Normal => Normal(shape, dtype, 5),
        Targets.Positive => Normal(shape, dtype, 5).Exp().Detach(),
        Targets.Signs => Normal(shape, dtype, 5).Sign(),
        Targets.Bits => (Normal(shape, dtype, 5) > 0).Cast(dtype),
        Targets.OneHot => Tensor.OneHot(Normal(shape, dtype, 5).ArgMax(), shape[^1], dtype),
        _ => Normal(shape, dtype, 5).Softmax().Detach(),
    };

    private static double[] Row(Tensor x, int[] at) => [.. Enumerable.Range(0, x.Shape[^1]).Select(k => At(x, [.. at, k]))];

    private static double Mean(double[] y, double[] p, Func<double, double, double> each) => y.Zip(p, each).Average();

    private static double Inner(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double HuberOf(double e, double delta) =>
        Math.Abs(e) <= delta ? e * e / 2 : delta * Math.Abs(e) - delta * delta / 2;

    private static double FocalOf(double y, double p, double gamma, double? alpha)
    {
        double right = y * p + (1 - y) * (1 - p), weight = alpha is { } a ? y * a + (1 - y) * (1 - a) : 1;
        return -weight * Math.Pow(1 - right, gamma) * (y * Math.Log(p) + (1 - y) * Math.Log(1 - p));
    }
}
