namespace Engine.Tests.Autodiff;

public class GradientTapeTests
{
    private static Tensor Scalar(double value) => Tensor.Scalar(value, DType.Float64);

    private static Tensor X() => Tensor.From<double>([1, 2, 3], [3]);

    [Test]
    public void Nested_tapes_give_derivatives_to_the_third_order()
    {
        Tensor p = Scalar(2);
        using var outer = new GradientTape();
        outer.Watch(p);
        Tensor second;
        using (var middle = new GradientTape())
        {
            middle.Watch(p);
            Tensor first;
            using (var inner = new GradientTape())
            {
                inner.Watch(p);
                first = inner.Gradient(p * p * p * p, p);
            }
            Assert.That(first.ToScalar(), Is.EqualTo(32));
            second = middle.Gradient(first, p);
        }
        Assert.That(second.ToScalar(), Is.EqualTo(48));
        Assert.That(outer.Gradient(second, p).ToScalar(), Is.EqualTo(48));
    }

    [Test]
    public void Third_order_of_tanh_is_its_closed_form()
    {
        Tensor p = Scalar(0.4);
        Tensor third = Derivatives.Hessian(x => Derivatives.Jacobian(z => z.Tanh(), x), p);
        double t = Math.Tanh(0.4), s = 1 - t * t;
        Assert.That(third.ToScalar(), Is.EqualTo(s * (4 * t * t - 2 * s)).Within(1e-14));
    }

    [Test]
    public void A_persistent_tape_gives_several_gradients_and_earlier_ones_stay_right()
    {
        Tensor x = X();
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Tensor y = x * x, cubes = (y * x).Sum();
        Tensor first = tape.Gradient(cubes, x);
        double[] expected = [3, 12, 27];
        for (int i = 0; i < 3; i++) Assert.That(tape.Gradient(cubes, x).ToArray<double>(), Is.EqualTo(expected));
        Assert.That(tape.Gradient(y.Sum(), x).ToArray<double>(), Is.EqualTo(new double[] { 2, 4, 6 }));
        Assert.That(first.ToArray<double>(), Is.EqualTo(expected));
    }

    [Test]
    public void Gradients_of_intermediate_results_are_given_with_those_of_inputs()
    {
        Tensor x = X();
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = x * 2, z = y * y;
        Tensor[] gradients = tape.Gradients(z.Sum(), [x, y, z]);
        Assert.That(gradients[0].ToArray<double>(), Is.EqualTo(new double[] { 8, 16, 24 }));
        Assert.That(gradients[1].ToArray<double>(), Is.EqualTo(new double[] { 4, 8, 12 }));
        Assert.That(gradients[2].ToArray<double>(), Is.EqualTo(new double[] { 1, 1, 1 }));
    }

    [Test]
    public void The_target_itself_has_a_gradient_of_one()
    {
        Tensor x = Scalar(3);
        using var tape = new GradientTape();
        tape.Watch(x);
        Assert.That(tape.Gradient(x, x).ToScalar(), Is.EqualTo(1));
    }

    [Test]
    public void A_source_that_the_target_does_not_depend_on_has_zeros_and_a_variable_has_none()
    {
        Tensor x = X(), other = Tensor.Ones([2, 2], DType.Float64);
        var used = new Variable(X(), "used");
        var unused = new Variable(X(), "unused");
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        tape.Watch(other);
        Tensor y = (x * used).Sum();
        Assert.That(tape.Gradient(y, other).ToArray<double>(), Is.EqualTo(new double[4]));
        VariableGradients gradients = tape.Gradients(y, [used, unused]);
        Assert.That(gradients.Count, Is.EqualTo(2));
        Assert.That(gradients[0].Gradient!.ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(gradients[1].Gradient, Is.Null);
        Assert.That(gradients.Select(pair => pair.Variable.Name), Is.EqualTo(new[] { "used", "unused" }));
    }

    [Test]
    public void A_watch_list_watches_its_variables_alone()
    {
        var listed = new Variable(X(), "listed");
        var other = new Variable(X(), "other");
        using var tape = new GradientTape(watch: [listed]);
        Assert.That(GradientTape.WouldRecord(other), Is.False);
        Assert.That(GradientTape.WouldRecord(listed), Is.True);
        Assert.That(tape.Gradient((listed * other).Sum(), listed).ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3 }));
    }

    [Test]
    public void A_watched_variable_outside_the_list_or_not_trainable_is_followed()
    {
        var frozen = new Variable(X(), "frozen", trainable: false);
        using var tape = new GradientTape(watch: []);
        tape.Watch(frozen);
        Assert.That(tape.Gradient((frozen * frozen).Sum(), frozen).ToArray<double>(), Is.EqualTo(new double[] { 2, 4, 6 }));
    }

    [Test]
    public void Nothing_is_recorded_while_recording_is_stopped()
    {
        Tensor x = X();
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor constant;
        using (GradientTape.StopRecording())
        {
            constant = x * 10;
            Assert.That(GradientTape.WouldRecord(x), Is.False);
        }
        Assert.That(GradientTape.WouldRecord(x), Is.True);
        Assert.That(tape.Gradient((x * constant).Sum(), x).ToArray<double>(), Is.EqualTo(new double[] { 10, 20, 30 }));
    }

    [Test]
    public void A_tape_ended_while_recording_was_stopped_does_not_come_back()
    {
        var w = new Variable(X(), "w");
        IDisposable pause;
        using (new GradientTape()) pause = GradientTape.StopRecording();
        pause.Dispose();
        Assert.That(GradientTape.WouldRecord(w), Is.False);
        using var tape = new GradientTape();
        Assert.That(tape.Gradient((w * w).Sum(), w).ToArray<double>(), Is.EqualTo(new double[] { 2, 4, 6 }));
    }

    [Test]
    public void Tapes_left_open_end_with_the_one_around_them()
    {
        Tensor x = X();
        GradientTape inner;
        using (new GradientTape())
        {
            inner = new GradientTape();
            inner.Watch(x);
        }
        Assert.That(() => inner.Watch(x), Throws.TypeOf<TapeException>().With.Message.Contains("has ended"));
        Assert.That(GradientTape.WouldRecord(x), Is.False);
        // Memory is owned again by the next tape.
        Tensor made;
        using (new GradientTape()) made = x * 2;
        Assert.That(made.IsAlive, Is.False);
    }

    [Test]
    public void StopGradient_shares_memory_and_Detach_copies_and_both_are_constants()
    {
        Tensor x = X();
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Assert.That(tape.Gradient((x * x.StopGradient()).Sum(), x).ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(tape.Gradient((x * x.Detach()).Sum(), x).ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(x.StopGradient().Storage, Is.SameAs(x.Storage));
        Assert.That(x.Detach().Storage, Is.Not.SameAs(x.Storage));
    }

    [Test]
    public void An_entry_with_several_outputs_gets_null_for_those_that_do_not_matter()
    {
        Tensor x = X();
        var seen = new List<(bool First, bool Second, bool Needed)>();
        (Tensor, Tensor) Both(Tensor t)
        {
            Tensor sine = t.Detach().Sin(), cosine = t.Detach().Cos();
            GradientTape.Record("sinCos", [sine, cosine], [t], (dys, needed) =>
            {
                seen.Add((dys[0] is not null, dys[1] is not null, needed[0]));
                Tensor? dx = dys[0] is { } ds ? ds * cosine : null;
                return [dys[1] is { } dc ? (dx is null ? -dc * sine : dx - dc * sine) : dx];
            });
            return (sine, cosine);
        }
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        (Tensor s, Tensor c) = Both(x);
        Tensor onlySine = tape.Gradient(s.Sum(), x), both = tape.Gradient((s * c).Sum(), x);
        Assert.That(seen, Is.EqualTo(new[] { (true, false, true), (true, true, true) }));
        for (int i = 0; i < 3; i++)
        {
            Assert.That(onlySine.AsSpan<double>()[i], Is.EqualTo(Math.Cos(i + 1)).Within(1e-15));
            Assert.That(both.AsSpan<double>()[i], Is.EqualTo(Math.Cos(2 * (i + 1))).Within(1e-15));
        }
    }

    [Test]
    public void What_is_not_needed_is_not_computed()
    {
        Tensor x = X(), w = X();
        int calls = 0;
        using var tape = new GradientTape();
        tape.Watch(x);
        tape.Watch(w);
        Tensor y = GradientTape.Record("product", (x * w).Detach(), (x, dy => { calls++; return dy * w; }), (w, dy => dy * x));
        tape.Gradient(y.Sum(), w);
        Assert.That(calls, Is.Zero);
    }

    [Test]
    public void A_user_s_own_operation_passes_the_gradient_check_to_second_order()
    {
        static Tensor Cube(Tensor x)
        {
            Tensor y = x.StopGradient() * x.StopGradient() * x.StopGradient();
            return GradientTape.Record("cube", y, (x, dy => dy * (3 * (x * x))));
        }
        Assert.That(GradientCheck.Function(t => Cube(t[0]), [X()]).MaxError, Is.LessThanOrEqualTo(1e-7));
        Assert.That(GradientCheck.Function(t => Cube(t[0]), [X()], order: 2).MaxError, Is.LessThanOrEqualTo(1e-7));
    }

    [Test]
    public void The_gradient_of_a_cast_is_cast_back()
    {
        Tensor x = Tensor.From<float>([1, 2], [2]);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor gradient = tape.Gradient((x.Cast(DType.Float64) * Tensor.From<double>([3, 4], [2])).Sum(), x);
        Assert.That(gradient.ToArray<float>(), Is.EqualTo(new float[] { 3, 4 }));
    }

    [Test]
    public void Two_threads_with_their_own_tapes_on_the_same_variables_do_not_disturb_each_other()
    {
        var w = new Variable(Tensor.From<double>([0.1, 0.2, 0.3, 0.4], [2, 2]), "w");
        double[] Run(double factor)
        {
            double[] result = [];
            for (int i = 0; i < 200; i++)
            {
                using var tape = new GradientTape();
                Tensor y = (w.MatMul(w) * factor).Tanh().Sum();
                double[] gradient = tape.Gradient(y, w).ToArray<double>();
                if (i > 0) Assert.That(gradient, Is.EqualTo(result));
                result = gradient;
            }
            return result;
        }
        double[] alone1 = Run(1), alone2 = Run(2);
        Task<double[]> first = Task.Run(() => Run(1)), second = Task.Run(() => Run(2));
        Task.WaitAll(first, second);
        Assert.That(first.Result, Is.EqualTo(alone1));
        Assert.That(second.Result, Is.EqualTo(alone2));
    }

    [Test]
    public void VariableGradients_refuse_counts_and_shapes_that_differ()
    {
        var w = new Variable(X(), "w");
        Assert.That(() => new VariableGradients([w], []), Throws.TypeOf<ShapeException>().With.Message.Contains("0 gradients for 1 variables"));
        Assert.That(() => new VariableGradients([w], [Tensor.Ones([2])]), Throws.TypeOf<ShapeException>().With.Message.Contains("\"w\""));
    }

    [Test]
    public void The_norm_of_gradients_is_that_of_one_vector()
    {
        var a = new Variable(Tensor.From<double>([3, 0]));
        var b = new Variable(Tensor.From<double>([2]));
        var unused = new Variable(Tensor.From<double>([1]));
        using var tape = new GradientTape();
        VariableGradients gradients = tape.Gradients(a.Square().Sum() * 0.5 + 4 * b.Sum(), [a, b, unused]);
        Assert.That(gradients.Norm(), Is.EqualTo(5).Within(1e-14));
        Assert.That(gradients.Select(pair => pair.Gradient is null), Is.EqualTo(new[] { false, false, true }));
    }
}
