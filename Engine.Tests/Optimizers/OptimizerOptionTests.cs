using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Optimizers;

/// <summary>Clipping, gathering, averages, exclusions and schedules: what happens at their edges, and what is refused.</summary>
public class OptimizerOptionTests
{
    [Test]
    public void An_optimizer_of_ones_own_gets_gradients_that_are_gathered_and_clipped()
    {
        var w = new Variable(Tensor.From(0.0, 0, 0), "w");
        var descent = new PlainDescent { GradientAccumulationSteps = 2, ClipValue = 2 };
        descent.Apply(Gradient(w, 1, 10, -1));
        Assert.That(w.ToArray<double>(), Is.All.Zero);
        Assert.That(descent.Iterations, Is.Zero);
        descent.Apply(Gradient(w, 2, 10, -2));
        Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { -1.5, -2, 1.5 }));
        Assert.That(descent.Iterations, Is.EqualTo(1));
        Assert.That(descent.Step, Is.EqualTo(2));
        w.Assign(Tensor.From(0.0, 0, 0));
        new PlainDescent { ClipNorm = 2.5 }.Apply(Gradient(w, 3, 0, -4));
        Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { -1.5, 0, 2 }).Within(1e-15));
    }

    [Test]
    public void Short_gradients_and_gradients_of_zero_are_not_clipped()
    {
        foreach (Func<Optimizer> make in new Func<Optimizer>[]
        {
            () => new SGD(1) { ClipNorm = 10 }, () => new SGD(1) { GlobalClipNorm = 10 }, () => new SGD(1) { ClipValue = 10 },
        })
        {
            var w = new Variable(Tensor.From(0.0, 0, 0), "w");
            make().Apply(Gradient(w, 3, 0.1, -4));
            Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { -3, -0.1, 4 }));
            make().Apply(Gradient(w, 0, 0, 0));
            Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { -3, -0.1, 4 }));
        }
    }

    [Test]
    public void Gradients_whose_squares_overflow_are_clipped_to_their_norm()
    {
        var w = new Variable(Tensor.From<float>([0, 0], [2]), "w");
        new SGD(1) { ClipNorm = 1 }.Apply(new VariableGradients([w], [Tensor.From<float>([3e30f, 4e30f], [2])]));
        Assert.That(w.ToArray<float>(), Is.EqualTo(new[] { -0.6f, -0.8f }).Within(1e-6));
        w.Assign(Tensor.From<float>([0, 0], [2]));
        new SGD(1) { GlobalClipNorm = 1 }.Apply(new VariableGradients([w], [Tensor.From<float>([3e30f, 4e30f], [2])]));
        Assert.That(w.ToArray<float>(), Is.EqualTo(new[] { -0.6f, -0.8f }).Within(1e-6));
    }

    [Test]
    public void A_norm_that_is_not_finite_shows_in_the_variables()
    {
        var w = new Variable(Tensor.From(0.0, 0, 0), "w");
        new SGD(1) { GlobalClipNorm = 1 }.Apply(Gradient(w, 1, double.PositiveInfinity, 1));
        Assert.That(w.ToArray<double>(), Is.All.NaN);
        w.Assign(Tensor.From(0.0, 0, 0));
        new SGD(1) { ClipNorm = 1 }.Apply(Gradient(w, 1, double.NaN, 1));
        Assert.That(w.ToArray<double>(), Is.All.NaN);
    }

    [Test]
    public void What_was_gathered_is_not_lost_when_the_last_batch_does_not_reach_a_variable()
    {
        var a = new Variable(Tensor.From(0.0), "a");
        var b = new Variable(Tensor.From(0.0), "b");
        var untouched = new Variable(Tensor.From(1.0), "untouched");
        var sgd = new SGD(1, weightDecay: 0.5) { GradientAccumulationSteps = 2 };
        sgd.Apply(new VariableGradients([a, b, untouched], [Tensor.From(2.0), Tensor.From(4.0), null]));
        sgd.Apply(new VariableGradients([a, b, untouched], [Tensor.From(6.0), null, null]));
        Assert.That(a.ToArray<double>(), Is.EqualTo(new[] { -4.0 }));
        Assert.That(b.ToArray<double>(), Is.EqualTo(new[] { -2.0 }));
        Assert.That(untouched.ToArray<double>(), Is.EqualTo(new[] { 1.0 }));
        Assert.That(sgd.Slots.Select(slot => slot.ToArray<double>()[0]), Is.All.Zero);
    }

    [Test]
    public void Variables_and_parts_of_names_are_excluded_from_weight_decay()
    {
        string[] names = ["dense/kernel", "dense/bias", "norm/gamma", "other/kernel"];
        Variable[] variables = [.. names.Select(name => new Variable(Tensor.Ones([1]), name))];
        var sgd = new SGD(1, weightDecay: 0.5);
        sgd.ExcludeFromWeightDecay([variables[3]], ["bias", "gamma"]);
        Apply();
        Assert.That(variables.Select(v => v[0].ToScalar()), Is.EqualTo(new[] { 0.5, 1, 1, 1 }));
        sgd.ExcludeFromWeightDecay(names: ["dense"]);
        Apply();
        Assert.That(variables.Select(v => v[0].ToScalar()), Is.EqualTo(new[] { 0.5, 1, 0.5, 0.5 }));
        sgd.ExcludeFromWeightDecay();
        Apply();
        Assert.That(variables.Select(v => v[0].ToScalar()), Is.EqualTo(new[] { 0.25, 0.5, 0.25, 0.25 }));

        void Apply() => sgd.Apply(new VariableGradients(variables, [.. variables.Select(Tensor.ZerosLike)]));
    }

    [Test]
    public void Every_optimizer_excludes_from_its_weight_decay()
    {
        foreach (Optimizer optimizer in new Optimizer[]
        {
            new SGD(0.1, 0.9, weightDecay: 0.5), new Adam(weightDecay: 0.5), new AdamW(), new RMSprop(weightDecay: 0.5),
            new Lion(weightDecay: 0.5), new Adagrad(weightDecay: 0.5), new Adadelta(weightDecay: 0.5), new Adamax(weightDecay: 0.5), new Nadam(weightDecay: 0.5),
        })
        {
            var kernel = new Variable(Tensor.Ones([2]), "kernel");
            var bias = new Variable(Tensor.Ones([2]), "bias");
            optimizer.ExcludeFromWeightDecay([bias]);
            optimizer.Apply(new VariableGradients([kernel, bias], [Tensor.Zeros([2]), Tensor.Zeros([2])]));
            Assert.That(kernel.ToArray<float>(), Is.All.LessThan(1), optimizer.GetType().Name);
            Assert.That(bias.ToArray<float>(), Is.All.EqualTo(1f), optimizer.GetType().Name);
        }
    }

    [Test]
    public void A_schedule_is_asked_for_each_step_and_cannot_be_set()
    {
        var w = new Variable(Tensor.From(0.0), "w");
        var sgd = new SGD(new PiecewiseConstantDecay([0, 1], [1, 0.5, 0.25]));
        Assert.That(sgd.LearningRate, Is.EqualTo(1));
        for (int t = 0; t < 4; t++) sgd.Apply(Gradient(w, 1));
        Assert.That(w[0].ToScalar(), Is.EqualTo(-2));
        Assert.That(sgd.LearningRate, Is.EqualTo(0.25));
        Assert.That(() => sgd.LearningRate = 1, Throws.TypeOf<ValueException>().With.Message.Contains("PiecewiseConstantDecay"));
        Assert.That(new SGD(0.5).Schedule, Is.TypeOf<ConstantLearningRate>());
        var own = new SGD(new Negative());
        Assert.That(() => own.Apply(Gradient(w, 1)),
            Throws.TypeOf<ValueException>().With.Message.Contains("Negative gives the learning rate -1 for step 0"));
        Assert.That(own.Step, Is.Zero);
        Assert.That(w[0].ToScalar(), Is.EqualTo(-2));
    }

    [Test]
    public void Fit_ends_with_the_moving_average_in_the_weights()
    {
        Tensor x = Tensor.RandomNormal([32, 3], 0, 1, new RandomGenerator(1)), y = x.Sum(-1, keepDims: true);
        var model = new Sequential(new Input([3]), new Dense(1));
        var adam = new Adam(0.05) { UseEma = true, EmaMomentum = 0.5 };
        model.Compile(adam, new MeanSquaredError());
        model.Fit(x, y, epochs: 2, batchSize: 8, verbose: Verbosity.Silent);
        Variable average = adam.Slots.First(slot => slot.Name.StartsWith("average/", StringComparison.Ordinal));
        Assert.That(model.TrainableVariables[0].ToArray<float>(), Is.EqualTo(average.ToArray<float>()));
    }

    [Test]
    public void A_gradient_of_another_type_changes_nothing_at_all()
    {
        var a = new Variable(Tensor.Ones([2]), "a");
        var b = new Variable(Tensor.Ones([2]), "b");
        var sgd = new SGD(1);
        Assert.That(
            () => sgd.Apply(new VariableGradients([a, b], [Tensor.Ones([2]), Tensor.Ones([2], DType.Float64)])),
            Throws.TypeOf<DTypeException>().With.Message.Contains("\"b\""));
        Assert.That(a.ToArray<float>(), Is.All.EqualTo(1f));
        Assert.That(sgd.Step, Is.Zero);
    }

    [Test]
    public void Options_and_parameters_outside_their_range_are_refused()
    {
        AssertRefused(() => new SGD { ClipValue = 0 }, "SGD: ClipValue is 0");
        AssertRefused(() => new Adam { ClipNorm = -1 }, "Adam: ClipNorm is -1");
        AssertRefused(() => new Lion { GlobalClipNorm = double.NaN }, "GlobalClipNorm is NaN");
        AssertRefused(() => new SGD { ClipValue = 1, ClipNorm = 1 }, "both ClipValue and ClipNorm");
        AssertRefused(() => new SGD { ClipNorm = 1, GlobalClipNorm = 1 }, "both ClipNorm and GlobalClipNorm");
        AssertRefused(() => new SGD { GlobalClipNorm = 1, ClipValue = 1 }, "both GlobalClipNorm and ClipValue");
        AssertRefused(() => new SGD { GradientAccumulationSteps = 1 }, "GradientAccumulationSteps is 1");
        AssertRefused(() => new SGD { EmaMomentum = 1.1 }, "EmaMomentum is 1.1");
        AssertRefused(() => new SGD { EmaMomentum = double.NaN }, "EmaMomentum");
        AssertRefused(() => new SGD { EmaOverwriteFrequency = 0 }, "EmaOverwriteFrequency is 0");
        AssertRefused(() => { var sgd = new SGD(); sgd.ExcludeFromWeightDecay(names: [""]); return sgd; }, "empty");
        AssertRefused(() => new Adagrad(-1), "Adagrad: learningRate is -1");
        AssertRefused(() => new Adagrad(initialAccumulatorValue: -1), "initialAccumulatorValue is -1");
        AssertRefused(() => new Adagrad(epsilon: 0), "epsilon is 0");
        AssertRefused(() => new Adadelta(rho: 1), "Adadelta: rho is 1");
        AssertRefused(() => new Adadelta(epsilon: -1), "epsilon is -1");
        AssertRefused(() => new Adamax(beta1: 1), "Adamax: beta1 is 1");
        AssertRefused(() => new Adamax(beta2: -1), "beta2 is -1");
        AssertRefused(() => new Adamax(epsilon: 0), "epsilon is 0");
        AssertRefused(() => new Nadam(beta1: 1), "Nadam: beta1 is 1");
        AssertRefused(() => new Nadam(beta2: 1), "beta2 is 1");
        AssertRefused(() => new Nadam(epsilon: 0), "epsilon is 0");
        AssertRefused(() => new Lion(beta1: 1), "Lion: beta1 is 1");
        AssertRefused(() => new Lion(beta2: 1), "beta2 is 1");
        AssertRefused(() => new AdamW(weightDecay: -1), "AdamW: weightDecay is -1");

        static void AssertRefused(Func<object> make, string part) =>
            Assert.That(() => make(), Throws.TypeOf<ValueException>().With.Message.Contains(part));
    }

    private static VariableGradients Gradient(Variable variable, params double[] values) => new([variable], [Tensor.From(values)]);

    private sealed class PlainDescent() : Optimizer(1)
    {
        protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots) =>
            variable.Assign(variable - LearningRate * gradient);
    }

    private sealed class Negative : LearningRateSchedule
    {
        public override double At(long step) => -1;
    }
}
