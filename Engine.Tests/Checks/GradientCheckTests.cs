using Engine.Layers;

namespace Engine.Tests.Checks;

public class GradientCheckTests
{
    private static Tensor Normal(Shape shape, ulong seed)
    {
        double[] values = new double[shape.Length];
        new RandomGenerator(seed).FillNormal<double>(values);
        return Tensor.From<double>(values, shape);
    }

    /// <summary>A function whose recorded derivative is wrong by a factor.</summary>
    private static Tensor WrongSquare(Tensor x, double factor)
    {
        Tensor y = (x * x).Detach();
        return GradientTape.Record("wrongSquare", y, (x, dy => dy * x * (2 * factor)));
    }

    [Test]
    public void A_right_gradient_passes_for_every_input()
    {
        GradientReport report = GradientCheck.Function(
            t => (t[0].MatMul(t[1]).Tanh() * t[2]).Sum(), [Normal([3, 4], 1), Normal([4, 5], 2), Normal([5], 3)]);
        Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-7));
        Assert.That(report.Entries.Select(entry => (entry.Input, entry.Checked)), Is.EqualTo(new[] { ("input 0", 12), ("input 1", 20), ("input 2", 5) }));
    }

    [Test]
    public void A_wrong_gradient_is_found_and_its_place_and_values_are_named()
    {
        Tensor x = Tensor.From<double>([1, 2, 30], [3]);
        GradientReport report = GradientCheck.Function(t => WrongSquare(t[0], 1.01).Sum(), [x], name: "wrong square");
        GradientReportEntry worst = report.Entries.Single();
        Assert.That(report.MaxError, Is.EqualTo(0.01 / 1.01).Within(1e-6));
        Assert.That(worst.Analytic / worst.Numeric, Is.EqualTo(1.01).Within(1e-8));
        Assert.That(report.ToString(), Does.Contain("wrong square").And.Contain("input 0").And.Contain(worst.Index));
    }

    [Test]
    public void A_wrong_gradient_of_a_large_input_is_found_along_directions()
    {
        Tensor x = Normal([40, 30], 4);
        Assert.That(GradientCheck.Function(t => t[0].Tanh().Sum(), [x]).MaxError, Is.LessThanOrEqualTo(1e-7));
        GradientReport report = GradientCheck.Function(t => WrongSquare(t[0], 1.001).Sum(), [x]);
        Assert.That(report.MaxError, Is.GreaterThan(1e-4));
        Assert.That(report.Entries[0].Index, Does.StartWith("direction"));
    }

    [Test]
    public void One_wrong_element_among_several_outputs_is_found()
    {
        Tensor mask = Tensor.From<double>([0, 0, 1, 0], [4]);
        GradientReport report = GradientCheck.Function(
            t => GradientTape.Record("almost", (t[0] * 3).Detach(), (t[0], dy => dy * 3 + dy * mask * 0.5)), [Normal([4], 5)]);
        Assert.That(report.Entries[0].Index, Is.EqualTo("[2]"));
        Assert.That(report.MaxError, Is.GreaterThan(1e-3));
    }

    [Test]
    public void A_nan_derivative_is_the_maximal_error()
    {
        GradientReport report = GradientCheck.Function(
            t => GradientTape.Record("nan", t[0].Detach(), (t[0], dy => dy * Tensor.From<double>([1, double.NaN, 1], [3]))), [Normal([3], 5)]);
        Assert.That(report.MaxError, Is.NaN);
        Assert.That(report.Entries[0].Index, Is.EqualTo("[1]"));
        Assert.That(report.MaxError <= 1e-7, Is.False);
    }

    [Test]
    public void Second_order_finds_a_derivative_that_is_right_once_but_not_differentiable()
    {
        Tensor x = Normal([4], 6);
        Assert.That(GradientCheck.Function(t => (t[0] * t[0] * t[0]).Sum(), [x], order: 2).MaxError, Is.LessThanOrEqualTo(1e-7));
        Func<Tensor[], Tensor> cut = t => GradientTape.Record("cut", (t[0] * t[0] * t[0]).Detach(), (t[0], dy => dy * (t[0] * t[0] * 3).Detach()));
        Assert.That(GradientCheck.Function(cut, [x]).MaxError, Is.LessThanOrEqualTo(1e-7));
        Assert.That(GradientCheck.Function(cut, [x], order: 2).MaxError, Is.GreaterThan(0.1));
    }

    [Test]
    public void Second_order_of_a_linear_function_is_zero()
    {
        GradientReport report = GradientCheck.Function(t => t[0] * 3, [Normal([4], 6)], order: 2, linear: true);
        Assert.That(report.MaxError, Is.Zero);
    }

    [Test]
    public void Linear_functions_are_differenced_almost_exactly_over_a_step_of_one()
    {
        GradientReport report = GradientCheck.Function(t => t[0].MatMul(t[1]), [Normal([3, 4], 1), Normal([4, 2], 2)], linear: true);
        Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-13));
    }

    [Test]
    public void Integer_inputs_pass_through_and_inputs_are_not_changed()
    {
        Tensor x = Normal([3], 7), before = x.Detach();
        Tensor mask = Tensor.From<int>([1, 0, 1], [3]);
        GradientReport report = GradientCheck.Function(t => t[0] * t[1].Cast(DType.Float64), [x, mask], linear: true);
        Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-12));
        Assert.That(report.Entries, Has.Count.EqualTo(1));
        Assert.That(x.ToArray<double>(), Is.EqualTo(before.ToArray<double>()));
    }

    [Test]
    public void The_report_fits_eighty_columns()
    {
        GradientReport report = GradientCheck.Function(
            t => (WrongSquare(t[0], -1e7).Sum() * t[1].Sum()), [Normal([2, 3, 2, 2, 2, 2], 1) * 1e5, Normal([2, 300], 9)], name: new string('n', 90));
        string[] lines = report.ToString().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(4));
        Assert.That(lines.Select(line => line.Length), Has.All.LessThanOrEqualTo(80));
    }

    [Test]
    public void Misuse_is_an_error_that_says_what_to_do()
    {
        Assert.That(() => GradientCheck.Function(t => t[0].Sum(), [Tensor.Ones([2])]), Throws.TypeOf<DTypeException>().With.Message.Contains("input 0").And.Message.Contains("Float64"));
        Assert.That(() => GradientCheck.Function(t => t[0].Cast(DType.Float32), [Normal([2], 1)]), Throws.TypeOf<DTypeException>().With.Message.Contains("Float64"));
        Assert.That(() => GradientCheck.Function(t => t[0], [Tensor.Arange(3)]), Throws.TypeOf<DTypeException>().With.Message.Contains("no floating-point input"));
        Assert.That(() => GradientCheck.Function(t => t[0].Tanh(), [Normal([2], 1)], order: 3), Throws.TypeOf<ValueException>().With.Message.Contains("order of 3"));
        Assert.That(() => GradientCheck.Function(t => t[0].Detach(), [Normal([2], 1)]), Throws.TypeOf<TapeException>().With.Message.Contains("not recorded"));
    }

    [Test]
    public void It_runs_inside_an_open_tape_without_recording_there()
    {
        Tensor x = Normal([3], 8);
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Assert.That(GradientCheck.Function(t => t[0].Tanh() * x, [x]).MaxError, Is.LessThanOrEqualTo(1e-7));
        Assert.That(tape.Gradient((x * x).Sum(), x).ToArray<double>(), Is.EqualTo((x * 2).ToArray<double>()));
    }

    [Test]
    public void A_layer_is_checked_with_its_parameters_states_and_dropped_units()
    {
        var layer = new Sampled();
        Tensor x = Normal([4, 3], 1);
        layer.Apply(x);
        double[][] before = [.. layer.Variables.Select(v => v.ToArray<double>())];
        GradientReport report = GradientCheck.Layer(layer, inputShape: [4, 3], new RandomGenerator(2), training: true);
        Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-7), report.ToString());
        Assert.That(report.Entries.Select(entry => entry.Input), Is.EqualTo(new[] { "input 0", "sampled/scale" }));
        Assert.That(report.Name, Is.EqualTo("Sampled \"sampled\""));
        Assert.That(layer.Variables.Select(v => v.ToArray<double>()), Is.EqualTo(before));
        Assert.That(GradientCheck.Layer(layer, inputShape: [4, 3], training: true, order: 2).MaxError, Is.LessThanOrEqualTo(1e-7));
        layer.Trainable = false;
        Assert.That(GradientCheck.Layer(layer, inputShape: [4, 3]).Entries, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_float32_layer_is_refused()
    {
        var layer = new Sampled();
        layer.Apply(Tensor.Ones([2, 3]));
        Assert.That(() => GradientCheck.Layer(layer, inputShape: [4, 3]), Throws.TypeOf<DTypeException>());
    }

    /// <summary>y = x ⊙ scale ⊙ mask ⊙ (1 + calls): random numbers and a state in each call.</summary>
    private sealed class Sampled : Layer
    {
        private Variable? scale, calls;

        protected override void Build(Shape inputShape)
        {
            scale = AddWeight("scale", inputShape, new Ones());
            calls = AddWeight("calls", [], new Ones(), trainable: false);
        }

        protected override Tensor Call(Tensor x, bool training)
        {
            double[] mask = new double[x.Length];
            NextRandom().FillBernoulli(mask.AsSpan(), 0.5, 2.0);
            Tensor y = (x * scale! * Tensor.From<double>(mask, x.Shape).Cast(x.DType) * (1 + calls!.Detach())).Tanh();
            if (training) calls.Assign(calls + 1);
            return y;
        }

        private sealed class Ones : Initializer
        {
            public override Tensor Create(Shape shape, DType dtype, RandomGenerator random) => Tensor.Ones(shape, dtype);
        }
    }
}
