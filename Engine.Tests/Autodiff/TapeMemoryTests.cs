namespace Engine.Tests.Autodiff;

/// <summary>Who owns the memory of a step, and when it goes back.</summary>
[NonParallelizable]
public class TapeMemoryTests
{
    private static Tensor X() => Tensor.From<double>([1, 2, 3], [3]);

    [Test]
    public void Gradient_buffers_go_back_as_soon_as_they_are_consumed()
    {
        Tensor x = X(), held;
        var gradients = new List<Tensor>();
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = x;
        for (int i = 0; i < 5; i++)
        {
            Tensor input = y;
            y = GradientTape.Record("double", (input.StopGradient() * 2), (input, dy =>
            {
                Tensor dx = dy * 2;
                gradients.Add(dx);
                return dx;
            }));
        }
        held = tape.Gradient(y.Sum(), x);
        Assert.That(gradients.Select(gradient => gradient.IsAlive), Is.EqualTo(new[] { false, false, false, false, true }));
        Assert.That(held.ToArray<double>(), Is.EqualTo(new double[] { 32, 32, 32 }));
        Assert.That(y.IsAlive, Is.True, "what the forward pass made stays until the block ends");
    }

    [Test]
    public void Summed_gradients_give_their_parts_back()
    {
        Tensor x = X();
        var parts = new List<Tensor>();
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor Use() => GradientTape.Record("use", x.StopGradient() * 1, (x, dy =>
        {
            Tensor dx = dy * 3;
            parts.Add(dx);
            return dx;
        }));
        Tensor sum = Use() + Use() + Use();
        Tensor gradient = tape.Gradient(sum.Sum(), x);
        Assert.That(parts.Select(part => part.IsAlive), Has.All.False);
        Assert.That(gradient.ToArray<double>(), Is.EqualTo(new double[] { 9, 9, 9 }));
    }

    [Test]
    public void An_outer_tape_keeps_the_buffers_that_it_recorded()
    {
        Tensor x = X();
        var gradients = new List<Tensor>();
        using var outer = new GradientTape();
        outer.Watch(x);
        Tensor first;
        using (var inner = new GradientTape())
        {
            inner.Watch(x);
            Tensor y = GradientTape.Record("square", x.StopGradient() * x.StopGradient(), (x, dy =>
            {
                Tensor dx = dy * x * 2;
                gradients.Add(dx);
                return dx;
            }));
            first = inner.Gradient(y.Exp().Sum(), x);
        }
        Assert.That(gradients.Select(gradient => gradient.IsAlive), Has.All.True);
        outer.Gradient(first.Sum(), x);
    }

    [Test]
    public void An_alias_keeps_a_buffer_that_several_slots_share()
    {
        Tensor a = X(), b = X();
        using var tape = new GradientTape();
        tape.Watch(a);
        tape.Watch(b);
        // Every gradient on the way is the same memory: sums and reshapes pass dy through.
        Tensor y = ((a + b).Reshape(3, 1) + a.Reshape(3, 1)).Reshape(3) * 2;
        Tensor[] gradients = tape.Gradients(y.Sum(), [a, b]);
        Assert.That(gradients[0].ToArray<double>(), Is.EqualTo(new double[] { 4, 4, 4 }));
        Assert.That(gradients[1].ToArray<double>(), Is.EqualTo(new double[] { 2, 2, 2 }));
    }

    [Test]
    public void A_scope_around_a_whole_loop_does_not_grow()
    {
        var w = new Variable(X(), "w");
        using var scope = new TensorScope();
        int before = scope.Count;
        for (int i = 0; i < 20; i++)
        {
            using var tape = new GradientTape();
            tape.Gradient((w * w).Sum(), w);
        }
        Assert.That(scope.Count, Is.EqualTo(before));
    }

    [Test]
    public void A_scope_inside_a_tape_gives_its_memory_back_before_the_tape()
    {
        Tensor x = X(), inScope, inTape;
        using (var tape = new GradientTape())
        {
            tape.Watch(x);
            using (new TensorScope()) inScope = x * 2;
            inTape = x * 3;
            Assert.That(inScope.IsAlive, Is.False);
            Assert.That(inTape.IsAlive, Is.True);
        }
        Assert.That(inTape.IsAlive, Is.False);
    }

    [Test]
    public void A_tape_inside_a_tape_leaves_its_tensors_to_the_outer_one()
    {
        Tensor made;
        using (new GradientTape())
        {
            using (new GradientTape()) made = X() * 2;
            Assert.That(made.IsAlive, Is.True);
        }
        Assert.That(made.IsAlive, Is.False);
    }

    [Test]
    public void Variables_made_inside_a_scope_or_tape_survive_it()
    {
        Variable inScope, inTape;
        using (new TensorScope()) inScope = new Variable(X() * 2);
        using (new GradientTape()) inTape = new Variable(X() * 3);
        Assert.That(inScope.ToArray<double>(), Is.EqualTo(new double[] { 2, 4, 6 }));
        Assert.That(inTape.ToArray<double>(), Is.EqualTo(new double[] { 3, 6, 9 }));
    }

    [Test]
    public void Scopes_left_open_end_with_the_one_around_them()
    {
        Tensor made;
        using (new TensorScope())
        {
            _ = new TensorScope();
            made = X() * 2;
        }
        Assert.That(made.IsAlive, Is.False);
        Assert.That((X() * 2).IsAlive, Is.True);
        Assert.That(ThreadState.Current.Scope, Is.Null);
    }

    [Test]
    public void Outside_any_scope_a_tensor_is_plain_garbage_collected_memory()
    {
        WeakReference made = Make();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(made.IsAlive, Is.False);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Make() => new(X() * 2);
    }

    [Test]
    public void A_training_step_is_right_under_a_collection_after_every_operation()
    {
        double[] Train(bool collect)
        {
            void Collect()
            {
                if (!collect) return;
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            var random = new RandomGenerator(seed: 3);
            var w = new Variable(Tensor.RandomNormal([4, 5], 0, 1, random, DType.Float64));
            var b = new Variable(Tensor.RandomNormal([5], 0, 1, random, DType.Float64));
            Tensor x = Tensor.RandomNormal([7, 4], 0, 1, random, DType.Float64);
            for (int step = 0; step < 4; step++)
            {
                using var tape = new GradientTape();
                Tensor product = x.MatMul(w);
                Collect();
                Tensor shifted = product + b;
                Collect();
                Tensor squashed = GradientTape.Record("squash", shifted.StopGradient().Tanh(), (shifted, dy =>
                {
                    Collect();
                    Tensor t = shifted.Tanh();
                    Collect();
                    return dy * (1 - t * t);
                }));
                Collect();
                Tensor loss = squashed.Square().Mean();
                Collect();
                VariableGradients gradients = tape.Gradients(loss, [w, b]);
                Collect();
                foreach ((Variable variable, Tensor? gradient) in gradients)
                {
                    variable.Assign(variable - gradient! * 0.1);
                    Collect();
                }
            }
            return [.. w.ToArray<double>(), .. b.ToArray<double>()];
        }
        Assert.That(Train(collect: true), Is.EqualTo(Train(collect: false)));
    }
}
