namespace Engine.Tests.Autodiff;

/// <summary>Every misuse is a TapeException that says what to do.</summary>
public class TapeMisuseTests
{
    private static Tensor X() => Tensor.From<double>([1, 2, 3], [3]);

    private static void Expect(Action misuse, string problem, string remedy) =>
        Assert.That(misuse, Throws.TypeOf<TapeException>().With.Message.Contains(problem).And.Message.Contains(remedy));

    [Test]
    public void A_gradient_after_the_block_says_to_take_it_inside()
    {
        Tensor x = X();
        GradientTape tape;
        Tensor y;
        using (tape = new GradientTape())
        {
            tape.Watch(x);
            y = x.Sum();
        }
        Expect(() => tape.Gradient(y, x), "the tape's block has ended", "take gradients inside the using block: unlike in Keras");
        Expect(() => tape.Watch(x), "the tape's block has ended", "inside the using block");
    }

    [Test]
    public void Reading_a_tensor_after_its_block_says_to_use_it_inside_or_detach_it()
    {
        Tensor y, kept;
        using (new GradientTape())
        {
            y = X() * 2;
            kept = y.Detach();
        }
        Assert.That(y.IsAlive, Is.False);
        Expect(() => y.AsSpan<double>(), "has ended, and its memory was given back", "keep a copy with Detach()");
        Expect(() => _ = y + 1, "has ended", "unlike in Keras");
        Expect(() => _ = y.ToString(), "has ended", "Detach()");
        Assert.That(kept.ToArray<double>(), Is.EqualTo(new double[] { 2, 4, 6 }));
    }

    [Test]
    public void A_target_that_was_not_recorded_says_to_watch_first()
    {
        Tensor x = X();
        using var tape = new GradientTape(persistent: true);
        Tensor before = x.Sum();
        tape.Watch(x);
        Expect(() => tape.Gradient(before, x), "the target was not recorded", "Watch the inputs before they are used");
        Tensor cut = (x.StopGradient() * 2).Sum();
        Expect(() => tape.Gradient(cut, x), "the target was not recorded", "StopGradient or Detach");
        Tensor count = x.ArgMax();
        Expect(() => tape.Gradient(count, x), "the target was not recorded", "Watch");
    }

    [Test]
    public void A_target_with_several_elements_and_no_seed_says_to_reduce_it()
    {
        Tensor x = X();
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Tensor y = x * x;
        Expect(() => tape.Gradient(y, x), "shape [3] with 3 elements and no seed", "Mean(), or pass seed");
        Expect(() => tape.Gradient(y, x, Tensor.Ones([2], DType.Float64)), "a seed Float64[2] for a target Float64[3]", "of the target's shape");
        Expect(() => tape.Gradient(y, x, Tensor.Ones([3])), "a seed Float32[3] for a target Float64[3]", "shape and type");
        Assert.That(tape.Gradient(y, x, X()).ToArray<double>(), Is.EqualTo(new double[] { 2, 8, 18 }));
    }

    [Test]
    public void A_saved_input_changed_before_the_gradient_says_to_work_on_a_copy()
    {
        Tensor x = X();
        var w = new Variable(X(), "w");
        using (var tape = new GradientTape())
        {
            tape.Watch(x);
            Tensor y = (x * x).Sum();
            x.AsWritableSpan<double>()[0] = 5;
            Expect(() => tape.Gradient(y, x), "gradient of multiply: a tensor of shape [3] that it saved was changed", "or work on a copy (Detach)");
        }
        using (var tape = new GradientTape())
        {
            Tensor y = (w * w).Sum();
            w.Assign(w + 1);
            Expect(() => tape.Gradient(y, w), "was changed after it was used", "take the gradient before writing to the tensor or assigning the variable");
        }
        // A part or a reshape shares the memory, so a change through it is noticed too.
        using (var tape = new GradientTape())
        {
            tape.Watch(x);
            Tensor y = (x * x).Sum();
            x.Reshape(3, 1).AsWritableSpan<double>()[1] = 7;
            Expect(() => tape.Gradient(y, x), "was changed", "Detach");
        }
    }

    [Test]
    public void A_changed_tensor_that_no_gradient_reads_is_fine()
    {
        var w = new Variable(X(), "w");
        Tensor indices = Tensor.From<int>([2, 0]);
        (Func<Tensor, Tensor> Function, double[] Gradient)[] cases =
        [
            (v => X() + v, [1, 1, 1]), (v => X() - v, [-1, -1, -1]), (v => -v, [-1, -1, -1]), (v => 3 * v + 1, [3, 3, 3]),
            (v => v.Reshape(3, 1).Transpose(), [1, 1, 1]), (v => v[1..], [0, 1, 1]), (v => v.BroadcastTo([2, 3]), [2, 2, 2]),
            (v => v.Gather(indices), [1, 0, 1]), (v => v.Mean(), [1 / 3.0, 1 / 3.0, 1 / 3.0]), (v => v.Cast(DType.Float32), [1, 1, 1]),
        ];
        for (int i = 0; i < cases.Length; i++)
        {
            using var tape = new GradientTape();
            Tensor y = cases[i].Function(w).Sum();
            w.Assign(w + 1);
            Assert.That(tape.Gradient(y, w).ToArray<double>(), Is.EqualTo(cases[i].Gradient).Within(1e-15), $"case {i}");
        }

        // What another operation reads is still watched, through a reshape too.
        using var later = new GradientTape();
        Tensor product = ((w + 1) * w.Reshape(3)).Sum();
        w.Assign(w + 1);
        Expect(() => later.Gradient(product, w), "gradient of multiply", "was changed");
    }

    [Test]
    public void Changing_variables_after_the_gradient_was_taken_is_fine()
    {
        var w = new Variable(X(), "w");
        using var tape = new GradientTape();
        Tensor gradient = tape.Gradient((w * w).Sum(), w);
        w.Assign(w - gradient * 0.5);
        Assert.That(w.ToArray<double>(), Is.EqualTo(new double[3]));
    }

    [Test]
    public void Watching_integers_says_to_cast()
    {
        using var tape = new GradientTape();
        Expect(() => tape.Watch(Tensor.Arange(3)), "a tensor of type Int32", "convert it with Cast first");
    }

    [Test]
    public void A_spent_tape_says_to_be_persistent()
    {
        Tensor x = X();
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = x.Sum();
        tape.Gradient(y, x);
        Expect(() => tape.Gradient(y, x), "then spent", "persistent: true");
        Expect(() => tape.Watch(x), "then spent", "Gradients");
    }

    [Test]
    public void A_source_that_is_not_watched_is_named()
    {
        Tensor x = X(), other = X();
        var frozen = new Variable(X(), "moving_mean", trainable: false);
        var unlisted = new Variable(X(), "b");
        using var tape = new GradientTape(persistent: true, watch: []);
        tape.Watch(x);
        Tensor y = (x * other * frozen * unlisted).Sum();
        Expect(() => tape.Gradients(y, [x, other]), "source 1 of shape [3] is not watched", "call Watch on it before it is used");
        Expect(() => tape.Gradient(y, frozen), "the variable \"moving_mean\", is not watched", "must be trainable");
        Expect(() => tape.Gradient(y, unlisted), "the variable \"b\", is not watched", "where watch: names some, among those");
    }

    [Test]
    public void Another_thread_may_not_use_or_end_a_tape_or_scope()
    {
        Tensor x = X();
        using var tape = new GradientTape();
        using var scope = new TensorScope();
        tape.Watch(x);
        Tensor y = x.Sum();
        OnAnotherThread(() =>
        {
            Expect(() => tape.Gradient(y, x), "made on another thread", "use a tape on the thread that made it");
            Expect(() => tape.Watch(X()), "made on another thread", "on the thread that made it");
            Expect(tape.Dispose, "another thread", "open and dispose a tape on the same thread");
            Expect(scope.Dispose, "another thread", "open and dispose a scope on the same thread");
        });
        Assert.That(tape.Gradient(y, x).ToArray<double>(), Is.EqualTo(new double[] { 1, 1, 1 }));
    }

    [Test]
    public void A_gradient_function_that_gives_the_wrong_thing_is_named()
    {
        Tensor x = X();
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Tensor wrongShape = GradientTape.Record("mine", x.Detach().Sum(), (x, dy => dy));
        Expect(() => tape.Gradient(wrongShape, x), "gradient of mine: its gradient function gave Float64[] for an input of Float64[3]", "SumTo");
        Tensor wrongType = GradientTape.Record("mine", x.Detach().Sum(), (x, _ => Tensor.Ones([3])));
        Expect(() => tape.Gradient(wrongType, x), "gave Float32[3] for an input of Float64[3]", "its input's shape and type");
        Tensor wrongCount = x.Detach().Sum();
        GradientTape.Record("mine", [wrongCount], [x], (_, _) => []);
        Expect(() => tape.Gradient(wrongCount, x), "gave 0 gradients for 1 inputs", "return one for each input");
    }

    [Test]
    public void Recording_an_input_as_its_own_output_says_how_to_change_gradients_alone()
    {
        Tensor x = X();
        var w = new Variable(X(), "w");
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = x * 2;
        Expect(() => GradientTape.Record("clip", y, (y, dy => dy.Clip(-1, 1))), "GradientTape.Record of clip", "StopGradient()");
        Expect(() => GradientTape.Record("clip", x, (x, dy => dy)), "already follows", "record a new tensor");
        Expect(() => GradientTape.Record("clip", w, (w, dy => dy)), "already follows", "record a new tensor");
        Tensor clipped = GradientTape.Record("clip", y.StopGradient(), (y, dy => dy.Clip(-1, 1)));
        Assert.That(tape.Gradient((clipped * 5).Sum(), x).ToArray<double>(), Is.EqualTo(new double[] { 2, 2, 2 }));
    }

    private static void OnAnotherThread(ThreadStart work)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.That(failure, Is.Null);
    }
}
