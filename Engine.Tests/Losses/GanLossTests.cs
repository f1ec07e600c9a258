using Engine.Losses;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Losses;

public class GanLossTests
{
    private static readonly double[] Real = [1.5, -0.25, 0, 3], Fake = [-2, 0.5, 1.25];

    private static GanLoss[] All =>
        [GanLoss.NonSaturating, GanLoss.Minimax, GanLoss.LeastSquares, GanLoss.Hinge, GanLoss.Wasserstein];

    private static double D(double logit) => 1 / (1 + Math.Exp(-logit));

    private static double Discriminator(string loss, double smoothing) => loss switch
    {
        "non_saturating" or "minimax" =>
            -Real.Average(d => (1 - smoothing) * Math.Log(D(d)) + smoothing * Math.Log(1 - D(d))) - Fake.Average(d => Math.Log(1 - D(d))),
        "least_squares" => 0.5 * Real.Average(d => Math.Pow(d - (1 - smoothing), 2)) + 0.5 * Fake.Average(d => d * d),
        "hinge" => Real.Average(d => Math.Max(0, 1 - d)) + Fake.Average(d => Math.Max(0, 1 + d)),
        _ => Fake.Average() - Real.Average(),
    };

    private static double Generator(string loss) => loss switch
    {
        "non_saturating" => -Fake.Average(d => Math.Log(D(d))),
        "minimax" => Fake.Average(d => Math.Log(1 - D(d))),
        "least_squares" => 0.5 * Fake.Average(d => Math.Pow(d - 1, 2)),
        _ => -Fake.Average(),
    };

    [TestCaseSource(nameof(All))]
    public void A_loss_is_its_two_formulas(GanLoss loss)
    {
        Tensor real = Tensor.From<double>(Real, [4, 1]), fake = Tensor.From<double>(Fake, [3, 1]);
        Assert.That(loss.Generator(fake).ToScalar(), Is.EqualTo(Generator(loss.Name)).Within(1e-12));
        Assert.That(loss.Discriminator(real, fake).ToScalar(), Is.EqualTo(Discriminator(loss.Name, 0)).Within(1e-12));
        Assert.That(loss.ToString(), Is.EqualTo(loss.Name));
    }

    [Test]
    public void Smoothing_lowers_the_target_of_real_samples_alone()
    {
        Tensor real = Tensor.From<double>(Real), fake = Tensor.From<double>(Fake);
        foreach (GanLoss loss in (GanLoss[])[GanLoss.NonSaturating, GanLoss.Minimax, GanLoss.LeastSquares])
        {
            GanLoss smoothed = loss.WithLabelSmoothing(0.1);
            Assert.That(smoothed.Discriminator(real, fake).ToScalar(), Is.EqualTo(Discriminator(loss.Name, 0.1)).Within(1e-12));
            Assert.That(smoothed.Generator(fake).ToScalar(), Is.EqualTo(loss.Generator(fake).ToScalar()));
            Assert.That((smoothed.LabelSmoothing, loss.LabelSmoothing), Is.EqualTo((0.1, 0.0)));
        }
    }

    [Test]
    public void Logits_of_any_size_have_finite_losses_and_gradients([ValueSource(nameof(All))] GanLoss loss, [Values] bool single)
    {
        DType dtype = single ? DType.Float32 : DType.Float64;
        foreach (double size in new[] { 1e4, -1e4 })
        {
            Tensor real = Tensor.Full([2, 1], size, dtype), fake = Tensor.Full([2, 1], -size, dtype);
            using var tape = new GradientTape(persistent: true);
            tape.Watch(real);
            tape.Watch(fake);
            Tensor generator = loss.Generator(fake), discriminator = loss.Discriminator(real, fake);
            Assert.That((double.IsFinite(generator.ToScalar()), double.IsFinite(discriminator.ToScalar())), Is.EqualTo((true, true)));
            Tensor[] gradients = [tape.Gradient(generator, fake), tape.Gradient(discriminator, fake), tape.Gradient(discriminator, real)];
            foreach (Tensor gradient in gradients) Assert.That(Values(gradient), Is.All.Matches<double>(double.IsFinite));
        }

        // A sure discriminator is right for nothing, and wrong for its logit.
        if (loss != GanLoss.NonSaturating) return;
        Tensor sure = Tensor.Full([1], 1e4, dtype);
        Assert.That(loss.Discriminator(sure, -sure).ToScalar(), Is.Zero);
        Assert.That(loss.Discriminator(-sure, sure).ToScalar(), Is.EqualTo(2e4).Within(1e-2));
    }

    [Test]
    public void Penalties_on_slopes_have_closed_forms_for_a_linear_critic()
    {
        Tensor weights = Tensor.From<double>([3, 4], [2, 1]), x = Normal([5, 2]);
        Assert.That(CriticPenalty.OneCentered(points => points.MatMul(weights), x).ToScalar(), Is.EqualTo(16).Within(1e-9));
        Assert.That(CriticPenalty.ZeroCentered(points => points.MatMul(weights), x).ToScalar(), Is.EqualTo(12.5).Within(1e-12));
        Tensor between = CriticPenalty.Between(Tensor.Ones([50, 2, 2]), Tensor.Zeros([50, 2, 2]), new RandomGenerator(4));
        float[] each = between.ToArray<float>();
        for (int i = 0; i < 50; i++) Assert.That(each[(4 * i)..(4 * i + 4)], Is.All.EqualTo(each[4 * i]), "one number for each pair");
        Assert.That((each.Min(), each.Max(), each.Distinct().Count()), Is.Not.EqualTo((0f, 1f, 1)));
        Assert.That(each, Is.All.InRange(0, 1));
        Assert.That(each.Distinct().Count(), Is.GreaterThan(40));
    }

    [Test]
    public void A_penalty_inside_a_tape_has_the_closed_form_of_its_gradient()
    {
        // ∂(‖w‖ − 1)²/∂w = 2(‖w‖ − 1)·w/‖w‖ for the critic x·w.
        var weights = new Variable(Tensor.From<double>([3, 4], [2, 1]));
        using var tape = new GradientTape();
        Tensor penalty = CriticPenalty.OneCentered(points => points.MatMul(weights), Normal([5, 2]));
        AssertClose(tape.Gradient(penalty, weights), [2, 1], [2 * 4 * 0.6, 2 * 4 * 0.8]);
    }

    [Test]
    public void Bad_input_is_named()
    {
        Errors.Assert<ValueException>(() => GanLoss.Minimax.WithLabelSmoothing(1), "GanLoss minimax", "labelSmoothing is 1", "less than 1");
        Errors.Assert<ValueException>(() => GanLoss.Hinge.WithLabelSmoothing(0.1), "GanLoss hinge", "no targets");
        Errors.Assert<DTypeException>(() => GanLoss.Hinge.Generator(Tensor.Arange(3)), "GanLoss hinge", "Int32");
        Errors.Assert<ShapeException>(() => GanLoss.Hinge.Generator(Tensor.Zeros([0, 1])), "fakeLogits of shape [0, 1]");
        Errors.Assert<ShapeException>(() => GanLoss.Hinge.Discriminator(Tensor.Zeros([0]), Tensor.Zeros([1])), "realLogits of shape [0]");
        Errors.Assert<ShapeException>(
            () => CriticPenalty.Between(Tensor.Zeros([2, 1]), Tensor.Zeros([3, 1]), new RandomGenerator()), "[2, 1]", "[3, 1]");
        Errors.Assert<ShapeException>(() => CriticPenalty.OneCentered(x => x, Tensor.Zeros([0, 2])), "points of shape [0, 2]");
    }
}
