using Engine.Optimizers;
using Engine.Tests.Reference;

namespace Engine.Tests.Optimizers;

/// <summary>Schedules against Keras' formulas and PyTorch.</summary>
public class LearningRateScheduleTests
{
    private static readonly (string Name, LearningRateSchedule Schedule)[] Cases =
    [
        ("piecewise", new PiecewiseConstantDecay([3, 10], [0.1, 0.05, 0.01])),
        ("exponential", new ExponentialDecay(0.1, 4, 0.8)),
        ("exponential_staircase", new ExponentialDecay(0.1, 4, 0.8, staircase: true)),
        ("inverse_time", new InverseTimeDecay(0.1, 4, 0.5)),
        ("inverse_time_staircase", new InverseTimeDecay(0.1, 4, 0.5, staircase: true)),
        ("polynomial", new PolynomialDecay(0.1, 12)),
        ("polynomial_cycle", new PolynomialDecay(0.1, 7, 0.01, 2, cycle: true)),
        ("cosine", new CosineDecay(0.1, 12)),
        ("cosine_warmup", new CosineDecay(0.01, 12, 0.1, 0.2, 5)),
        ("restarts", new CosineDecayRestarts(0.1, 3)),
        ("restarts_equal", new CosineDecayRestarts(0.1, 5, 1, 0.5, 0.05)),
        ("restarts_full", new CosineDecayRestarts(0.1, 4, 1.5, 0.8, 0.1)),
    ];

    private static IEnumerable<string> Names => Cases.Select(c => c.Name);

    [TestCaseSource(nameof(Names))]
    public void A_schedule_is_that_of_Keras(string name) =>
        KerasReference.AssertEqual(Rates(Cases.Single(c => c.Name == name).Schedule, 25), $"schedule.{name}", 1e-14);

    [Test]
    public void One_cycle_and_restarts_are_those_of_PyTorch()
    {
        TorchReference.AssertEqual(Rates(new OneCycle(0.1, 20), 20), "schedule.onecycle", 1e-14);
        TorchReference.AssertEqual(Rates(new OneCycle(0.1, 15, 0.4, 10, 100, linear: true), 15), "schedule.onecycle_linear", 1e-14);
        TorchReference.AssertEqual(Rates(new CosineDecayRestarts(0.1, 3), 25), "schedule.restarts", 1e-14);
    }

    [Test]
    public void A_cycle_ends_low_and_stays_there()
    {
        var cycle = new OneCycle(1, 10);
        Assert.That(cycle.At(0), Is.EqualTo(1.0 / 25));
        Assert.That(cycle.At(2), Is.EqualTo(1));
        Assert.That(cycle.At(9), Is.EqualTo(1.0 / 25 / 1e4).Within(1e-15));
        Assert.That(cycle.At(1000), Is.EqualTo(cycle.At(9)));
        Assert.That(new OneCycle(1, 2, 0.1).At(0), Is.EqualTo(1));
    }

    [Test]
    public void Restarts_come_at_their_steps_however_many_there_are()
    {
        var tripling = new CosineDecayRestarts(1, 1, 3);
        long restart = 0;
        for (long length = 1; length < 1_000_000_000; length *= 3)
        {
            Assert.That(tripling.At(restart), Is.EqualTo(1), $"at {restart}");
            if (restart > 1) Assert.That(tripling.At(restart - 1), Is.LessThan(0.76));
            restart += length;
        }
        Assert.That(new CosineDecayRestarts(1, 7, 1).At(7_000_000_000), Is.EqualTo(1));
    }

    [Test]
    public void A_number_is_a_schedule_that_stays()
    {
        LearningRateSchedule constant = 0.25;
        Assert.That(constant, Is.TypeOf<ConstantLearningRate>());
        Assert.That(constant.At(0) + constant.At(1_000_000), Is.EqualTo(0.5));
        Assert.That(new ConstantLearningRate(0.3).At(4), Is.EqualTo(0.3));
    }

    [Test]
    public void Parameters_outside_their_range_are_refused()
    {
        AssertRefused(() => new ConstantLearningRate(-1), "ConstantLearningRate: learningRate is -1");
        AssertRefused(() => new PiecewiseConstantDecay([1, 2], [1, 2]), "2 values for 2 boundaries");
        AssertRefused(() => new PiecewiseConstantDecay([2, 2], [1, 2, 3]), "boundary 2 after 2");
        AssertRefused(() => new PiecewiseConstantDecay([2], [1, double.NaN]), "a value is NaN");
        AssertRefused(() => new ExponentialDecay(-0.1, 1, 0.5), "ExponentialDecay: initialLearningRate is -0.1");
        AssertRefused(() => new ExponentialDecay(0.1, 0, 0.5), "decaySteps is 0");
        AssertRefused(() => new ExponentialDecay(0.1, 1, 0), "decayRate is 0");
        AssertRefused(() => new InverseTimeDecay(double.PositiveInfinity, 1, 1), "initialLearningRate");
        AssertRefused(() => new InverseTimeDecay(0.1, -3, 1), "decaySteps is -3");
        AssertRefused(() => new InverseTimeDecay(0.1, 3, -1), "decayRate is -1");
        AssertRefused(() => new PolynomialDecay(-1, 3), "PolynomialDecay: initialLearningRate is -1");
        AssertRefused(() => new PolynomialDecay(0.1, 0), "decaySteps is 0");
        AssertRefused(() => new PolynomialDecay(0.1, 3, -1), "endLearningRate is -1");
        AssertRefused(() => new PolynomialDecay(0.1, 3, power: 0), "power is 0");
        AssertRefused(() => new CosineDecay(-1, 3), "CosineDecay: initialLearningRate is -1");
        AssertRefused(() => new CosineDecay(0.1, 0), "decaySteps is 0");
        AssertRefused(() => new CosineDecay(0.1, 3, 1.5), "alpha is 1.5");
        AssertRefused(() => new CosineDecay(0.1, 3, 0, -1, 2), "warmupTarget is -1");
        AssertRefused(() => new CosineDecay(0.1, 3, 0, 0.1, -2), "warmupSteps is -2");
        AssertRefused(() => new CosineDecay(0.1, 3, warmupSteps: 2), "without a warmupTarget");
        AssertRefused(() => new CosineDecayRestarts(-1, 3), "CosineDecayRestarts: initialLearningRate is -1");
        AssertRefused(() => new CosineDecayRestarts(0.1, 0), "firstDecaySteps is 0");
        AssertRefused(() => new CosineDecayRestarts(0.1, 3, 0.5), "tMul is 0.5");
        AssertRefused(() => new CosineDecayRestarts(0.1, 3, 2, 0), "mMul is 0");
        AssertRefused(() => new CosineDecayRestarts(0.1, 3, alpha: -1), "alpha is -1");
        AssertRefused(() => new OneCycle(-1, 3), "OneCycle: maxLearningRate is -1");
        AssertRefused(() => new OneCycle(0.1, 1), "totalSteps is 1");
        AssertRefused(() => new OneCycle(0.1, 9, 1), "warmupFraction is 1");
        AssertRefused(() => new OneCycle(0.1, 9, divFactor: 0), "divFactor is 0");
        AssertRefused(() => new OneCycle(0.1, 9, finalDivFactor: -1), "finalDivFactor is -1");

        static void AssertRefused(Func<object> make, string part) =>
            Assert.That(() => make(), Throws.TypeOf<ValueException>().With.Message.Contains(part));
    }

    private static Tensor Rates(LearningRateSchedule schedule, int steps) =>
        Tensor.From([.. Enumerable.Range(0, steps).Select(step => schedule.At(step))]);
}
