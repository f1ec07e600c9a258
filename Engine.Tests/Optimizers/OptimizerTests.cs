using Engine.Optimizers;
using Engine.Tests.Reference;

namespace Engine.Tests.Optimizers;

/// <summary>Twenty steps of every optimizer against Keras' formulas written out in double, and against PyTorch.</summary>
public class OptimizerTests
{
    private const double Rate = 0.02;
    private static readonly double[] Start = [0.5, -1, 2, 0, -0.25, 3, -2];

    // A step of Keras' formula on one number: θ, g, three slots and the step's number from 1; gives θ.
    private delegate double Formula(double theta, double g, double[] slots, int t);

    private static readonly (string Name, Func<Optimizer> Make, Formula Formula)[] Cases =
    [
        ("sgd", () => new SGD(Rate), (w, g, _, _) => w - Rate * g),
        ("sgd with decay", () => new SGD(Rate, weightDecay: 0.3), (w, g, _, _) => w * (1 - Rate * 0.3) - Rate * g),
        ("momentum", () => new SGD(Rate, 0.9), (w, g, s, _) => w + (s[0] = 0.9 * s[0] - Rate * g)),
        ("nesterov", () => new SGD(Rate, 0.9, nesterov: true), (w, g, s, _) => w + 0.9 * (s[0] = 0.9 * s[0] - Rate * g) - Rate * g),
        ("adam", () => new Adam(Rate), (w, g, s, t) => w - AdamStep(g, s, t, 0.9, 0.999, 1e-7, false)),
        ("adam with all options", () => new Adam(Rate, 0.5, 0.9, 1e-3, amsgrad: true, weightDecay: 0.1),
            (w, g, s, t) => w * (1 - Rate * 0.1) - AdamStep(g, s, t, 0.5, 0.9, 1e-3, true)),
        ("rmsprop", () => new RMSprop(Rate), (w, g, s, _) => w - RmsStep(g, s, 0, 1e-7, false)),
        ("rmsprop centered", () => new RMSprop(Rate, centered: true, epsilon: 1e-3), (w, g, s, _) => w - RmsStep(g, s, 0, 1e-3, true)),
        ("rmsprop with momentum", () => new RMSprop(Rate, momentum: 0.6, weightDecay: 0.2),
            (w, g, s, _) => w * (1 - Rate * 0.2) - RmsStep(g, s, 0.6, 1e-7, false)),
        ("rmsprop with all options", () => new RMSprop(Rate, momentum: 0.6, centered: true),
            (w, g, s, _) => w - RmsStep(g, s, 0.6, 1e-7, true)),
    ];

    private static readonly (string Name, Func<Optimizer> Make)[] TorchCases =
    [
        ("sgd", () => new SGD(0.05)),
        ("sgd_momentum", () => new SGD(0.05, 0.9)),
        ("sgd_nesterov", () => new SGD(0.05, 0.9, nesterov: true)),
        ("adam", () => new Adam(0.02, 0.8, 0.95, 1e-14)),
        ("adam_amsgrad", () => new Adam(0.02, 0.8, 0.95, 1e-14, amsgrad: true)),
        ("adam_decay", () => new Adam(0.02, 0.8, 0.95, 1e-14, weightDecay: 0.3)),
        ("rmsprop", () => new RMSprop(0.02, 0.9, epsilon: 1e-28)),
        ("rmsprop_full", () => new RMSprop(0.02, 0.9, 0.7, 1e-28, centered: true)),
        ("adam_decay", () => new AdamW(0.02, 0.3, 0.8, 0.95, 1e-14)),
        ("adagrad", () => new Adagrad(0.2, 0.1, 1e-28)),
        ("adadelta", () => new Adadelta(0.7, 0.9, 1e-4)),
        ("adamax", () => new Adamax(0.02, 0.8, 0.95, 1e-14)),
    ];

    [TestCase(DType.Float64, 1e-12)]
    [TestCase(DType.Float32, 1e-5)]
    public void Twenty_steps_follow_the_formulas(DType dtype, double tolerance)
    {
        foreach ((string name, Func<Optimizer> make, Formula formula) in Cases)
        {
            double[] expected = [.. Start];
            double[][] slots = [.. Start.Select(_ => new double[3])];
            for (int t = 1; t <= 20; t++)
            {
                for (int i = 0; i < expected.Length; i++) expected[i] = formula(expected[i], Slope(expected[i], i, t), slots[i], t);
            }
            double[] actual = Run(make(), dtype, 20).Cast(DType.Float64).ToArray<double>();
            Assert.That(actual, Is.EqualTo(expected).Within(tolerance), name);
        }
    }

    [Test]
    public void Twenty_steps_agree_with_PyTorch()
    {
        foreach ((string name, Func<Optimizer> make) in TorchCases)
            TorchReference.AssertEqual(Run(make(), DType.Float64, 20), $"optimizer.{name}", 1e-10);
    }

    [Test]
    public void Step_and_slots_put_into_another_optimizer_go_on_with_the_same_bits()
    {
        foreach ((string name, Func<Optimizer> make, _) in Cases)
        {
            float[] straight = Run(make(), DType.Float32, 20).ToArray<float>();
            Optimizer first = make(), second = make();
            var variable = new Variable(Tensor.From(Start).Cast(DType.Float32), "w");
            Take(first, variable, 1, 9);
            second.Build([variable]);
            Assert.That(second.Slots.Select(slot => slot.Name), Is.EqualTo(first.Slots.Select(slot => slot.Name)), name);
            for (int i = 0; i < first.Slots.Count; i++) second.Slots[i].Assign(first.Slots[i]);
            second.Step = first.Step;
            Take(second, variable, 10, 20);
            Assert.That(variable.ToArray<float>(), Is.EqualTo(straight), name);
        }
    }

    [Test]
    public void Slots_are_named_after_their_variables()
    {
        var adam = new Adam();
        adam.Build([new Variable(Tensor.Zeros([2]), "dense/kernel"), new Variable(Tensor.Zeros([1]), "dense/bias")]);
        Assert.That(
            adam.Slots.Select(slot => slot.Name),
            Is.EqualTo(new[] { "m/dense/kernel", "v/dense/kernel", "m/dense/bias", "v/dense/bias" }));
        Assert.That(adam.Slots.Any(slot => slot.Trainable), Is.False);
        Assert.That(new SGD().Slots, Is.Empty);
    }

    [Test]
    public void Variables_without_gradient_and_frozen_ones_stay()
    {
        var a = new Variable(Tensor.Ones([2]), "a");
        var b = new Variable(Tensor.Ones([2]), "b");
        var frozen = new Variable(Tensor.Ones([2]), "frozen", trainable: false);
        var sgd = new SGD(0.5);
        sgd.Apply(new VariableGradients([a, b, frozen], [Tensor.Ones([2]), null, Tensor.Ones([2])]));
        Assert.That(a.ToArray<float>(), Is.All.EqualTo(0.5f));
        Assert.That(b.ToArray<float>(), Is.All.EqualTo(1f));
        Assert.That(frozen.ToArray<float>(), Is.All.EqualTo(1f));
        Assert.That(sgd.Step, Is.EqualTo(1));
    }

    [Test]
    public void A_step_is_seen_by_tapes_as_a_change_and_is_not_recorded()
    {
        var w = new Variable(Tensor.Ones([2]), "w");
        using var tape = new GradientTape();
        Tensor y = (w * w).Sum();
        new SGD(0.5).Apply(new VariableGradients([w], [Tensor.Ones([2])]));
        Assert.That(() => tape.Gradient(y, w), Throws.TypeOf<TapeException>());
    }

    [Test]
    public void The_learning_rate_can_change_between_steps()
    {
        var w = new Variable(Tensor.Zeros([1], DType.Float64), "w");
        var sgd = new SGD(1);
        sgd.Apply(new VariableGradients([w], [Tensor.Ones([1], DType.Float64)]));
        sgd.LearningRate = 0.25;
        sgd.Apply(new VariableGradients([w], [Tensor.Ones([1], DType.Float64)]));
        Assert.That(w[0].ToScalar(), Is.EqualTo(-1.25));
    }

    [Test]
    public void An_optimizer_of_ones_own_writes_its_step_in_operations()
    {
        var w = new Variable(Tensor.From(3.0, -4.0), "w");
        var sign = new SignDescent(0.5);
        using var tape = new GradientTape();
        Tensor loss = (w * w).Sum();
        sign.Apply(tape.Gradients(loss, [w]));
        Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { 2.5, -3.5 }));
        Assert.That(sign.Slots.Single().ToArray<double>(), Is.EqualTo(new[] { 1.0, -1.0 }));
    }

    [Test]
    public void Many_small_variables_take_no_memory_in_a_step()
    {
        Variable[] variables = [.. Enumerable.Range(0, 500).Select(i => new Variable(Tensor.Ones([3]), $"v{i}"))];
        var gradients = new VariableGradients(variables, [.. variables.Select(Tensor.OnesLike)]);
        foreach (Optimizer optimizer in new Optimizer[] { new SGD(0.01, 0.9), new Adam(), new RMSprop() })
        {
            for (int i = 0; i < 40; i++) optimizer.Apply(gradients);
            long before = GC.GetAllocatedBytesForCurrentThread();
            optimizer.Apply(gradients);
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1024), optimizer.GetType().Name);
        }
    }

    [Test]
    public void Rates_outside_their_range_and_other_types_are_refused()
    {
        AssertRefused(() => new SGD(-1), "SGD: learningRate is -1");
        AssertRefused(() => new SGD(double.NaN), "learningRate");
        AssertRefused(() => new SGD(0.1, momentum: 1), "momentum is 1");
        AssertRefused(() => new SGD(0.1, weightDecay: -1), "weightDecay is -1");
        AssertRefused(() => new Adam(beta1: 1), "beta1 is 1");
        AssertRefused(() => new Adam(beta2: -0.1), "beta2 is -0.1");
        AssertRefused(() => new Adam(epsilon: 0), "epsilon is 0");
        AssertRefused(() => new RMSprop(rho: 1), "rho is 1");
        AssertRefused(() => new RMSprop(momentum: -1), "momentum is -1");
        AssertRefused(() => new RMSprop(epsilon: double.PositiveInfinity), "epsilon");
        AssertRefused(() => new SGD().LearningRate = -2, "learningRate is -2");
        AssertRefused(() => new SGD().Step = -2, "Step is -2");
        var w = new Variable(Tensor.Ones([2]), "w");
        Assert.That(
            () => new SGD().Apply(new VariableGradients([w], [Tensor.Ones([2], DType.Float64)])),
            Throws.TypeOf<DTypeException>().With.Message.Contains("\"w\""));

        static void AssertRefused(Func<object> make, string part) =>
            Assert.That(() => make(), Throws.TypeOf<ValueException>().With.Message.Contains(part));
    }

    private static Variable Run(Optimizer optimizer, DType dtype, int steps)
    {
        var variable = new Variable(Tensor.From(Start).Cast(dtype), "w");
        Take(optimizer, variable, 1, steps);
        return variable;
    }

    private static void Take(Optimizer optimizer, Variable variable, int first, int last)
    {
        for (int t = first; t <= last; t++)
        {
            double[] gradient = [.. Enumerable.Range(0, Start.Length).Select(i => Slope(variable.ElementAt(i), i, t))];
            optimizer.Apply(new VariableGradients([variable], [Tensor.From(gradient).Cast(variable.DType)]));
        }
    }

    /// <summary>The gradient of the test's loss, as in torch_reference.py.</summary>
    private static double Slope(double theta, int i, int t) => (i + 1) * theta / 7 + Math.Sin(t + i);

    private static double AdamStep(double g, double[] s, int t, double beta1, double beta2, double epsilon, bool amsgrad)
    {
        s[0] = beta1 * s[0] + (1 - beta1) * g;
        s[1] = beta2 * s[1] + (1 - beta2) * g * g;
        s[2] = Math.Max(s[2], s[1]);
        double rate = Rate * Math.Sqrt(1 - Math.Pow(beta2, t)) / (1 - Math.Pow(beta1, t));
        return rate * s[0] / (Math.Sqrt(amsgrad ? s[2] : s[1]) + epsilon);
    }

    private static double RmsStep(double g, double[] s, double momentum, double epsilon, bool centered)
    {
        s[0] = 0.9 * s[0] + 0.1 * g * g;
        s[1] = 0.9 * s[1] + 0.1 * g;
        double change = Rate * g / Math.Sqrt(s[0] - (centered ? s[1] * s[1] : 0) + epsilon);
        return s[2] = momentum * s[2] + change;
    }

    private sealed class SignDescent(double learningRate) : Optimizer(learningRate)
    {
        protected override IReadOnlyList<string> SlotNames => ["last"];

        protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
        {
            slots[0].Assign(gradient.Sign());
            variable.Assign(variable - LearningRate * slots[0]);
        }
    }
}
