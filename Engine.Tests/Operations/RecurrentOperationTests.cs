using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Operations;

[NonParallelizable]
public class RecurrentOperationTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
        {
            // The options go round with the length, so that each formula meets each of them.
            for (int steps = 1; steps <= 7; steps++)
                yield return new TestCaseData((int)kind, steps).SetArgDisplayNames($"{kind}", $"{steps} steps");
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void A_sequence_follows_the_formula(int kind, int steps)
    {
        foreach (DType dtype in Floats)
        {
            foreach ((int batch, int features, int units) in ((int, int, int)[])[(3, 4, 5), (1, 1, 1), (35, 3, 19), (9, 6, 32)])
            {
                Setting setting = Setting.Of((RecurrentKind)kind, steps, batch, features, units, dtype);
                using var scope = new TensorScope();
                (Tensor y, Tensor state, Tensor? cell) = setting.Run();
                (double[] outputs, double[] lastState, double[] lastCell) = setting.Reference();
                Near(y, [batch, steps, units], outputs);
                Near(state, [batch, units], lastState);
                if (cell is not null) Near(cell, [batch, units], lastCell);
                (Tensor last, _, _) = (setting with { Sequences = false }).Run();
                Near(last, [batch, units], [.. Enumerable.Range(0, batch)
                    .SelectMany(n => outputs[((n * steps + steps - 1) * units)..((n + 1) * steps * units)])]);
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Its_gradients_are_those_of_differences(int kind, int steps)
    {
        foreach ((int batch, int features, int units) in ((int, int, int)[])[(3, 2, 3), (2, 3, 9)])
        {
            Setting setting = Setting.Of((RecurrentKind)kind, steps, batch, features, units, DType.Float64);
            foreach (bool sequences in (bool[])[true, false])
            {
                GradientReport report = GradientCheck.Function(
                    tensors => (setting.With(tensors) with { Sequences = sequences }).Weighted(), setting.Tensors());
                Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-7), report.ToString());
            }
        }
    }

    [Test]
    public void The_gradient_of_the_output_alone_or_of_a_state_alone_is_right()
    {
        foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
        {
            Setting setting = Setting.Of(kind, 4, 2, 3, 3, DType.Float64);
            foreach (int which in (int[])[0, 1, 2])
            {
                if (which == 2 && kind != RecurrentKind.Lstm) continue;
                GradientReport report = GradientCheck.Function(tensors =>
                {
                    (Tensor y, Tensor state, Tensor? cell) = setting.With(tensors).Run();
                    return which == 0 ? y : which == 1 ? state : cell!;
                }, setting.Tensors());
                Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-7), report.ToString());
            }
        }
    }

    [Test]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        int former = WorkerTeam.Size;
        try
        {
            foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
            {
                Setting setting = Setting.Of(kind, 6, 70, 40, 24, DType.Float32);
                WorkerTeam.Size = 1;
                byte[] one = Bits(setting);
                foreach (int threads in (int[])[2, 3, 8])
                {
                    WorkerTeam.Size = threads;
                    Assert.That(Bits(setting).AsSpan().SequenceEqual(one), Is.True, $"{kind}, {threads} threads");
                }
            }
        }
        finally
        {
            WorkerTeam.Size = former;
        }

        static byte[] Bits(Setting setting)
        {
            Tensor[] tensors = setting.Tensors();
            using var tape = new GradientTape();
            foreach (Tensor tensor in tensors) tape.Watch(tensor);
            (Tensor y, Tensor state, _) = setting.With(tensors).Run();
            Tensor[] results = [y, state, .. tape.Gradients(y.Square().Sum() + state.Sum(), tensors)];
            return [.. results.SelectMany(result => MemoryMarshal.AsBytes(result.AsSpan<float>()).ToArray())];
        }
    }

    [Test]
    public void The_gradients_of_a_batch_are_the_sums_of_its_samples()
    {
        foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
        {
            // 40 samples are three groups; 19 units do not fill their registers.
            Tensor x = Normal([40, 5, 3]), bias = Normal(kind == RecurrentKind.ResetAfterGru ? [2, 57] : [19 * Recurrent.Gates(kind)]);
            Tensor kernel = Normal([3, 19 * Recurrent.Gates(kind)]), recurrent = Normal([19, 19 * Recurrent.Gates(kind)]);
            Tensor[] whole = Gradients(x), sums = Gradients(x[..1]);
            for (int n = 1; n < 40; n++)
            {
                Tensor[] one = Gradients(x[n..(n + 1)]);
                for (int i = 0; i < sums.Length; i++) sums[i] += one[i];
            }

            for (int i = 0; i < sums.Length; i++)
                Assert.That(Values(whole[i]), Is.EqualTo(Values(sums[i])).Within(1e-10), $"{kind}, {i}");

            Tensor[] Gradients(Tensor x)
            {
                Tensor[] weights = [kernel, recurrent, bias];
                using var tape = new GradientTape();
                foreach (Tensor weight in weights) tape.Watch(weight);
                Tensor y = Run(kind, new(x * 0.1, kernel * 0.1, recurrent * 0.1, bias * 0.1, null, null)).Output;
                return [.. tape.Gradients(y.Square().Sum(), weights).Select(gradient => gradient.Detach())];
            }
        }
    }

    [Test]
    public void Each_tape_that_saw_a_sequence_gives_its_gradients()
    {
        foreach (Layer layer in (Layer[])[new LSTM(5), new GRU(5), new SimpleRNN(5)])
        {
            Tensor x = Normal([3, 4, 2]);
            using var outer = new GradientTape();
            outer.Watch(x);
            using var tape = new GradientTape();
            tape.Watch(x);
            using var often = new GradientTape(persistent: true);
            often.Watch(x);
            Tensor loss = layer.Apply(x).Square().Sum();
            Tensor first = often.Gradient(loss, x), again = often.Gradient(loss, x);
            Tensor second = outer.Gradient(loss, x), third = tape.Gradient(loss, x);
            Assert.That(Values(again), Is.EqualTo(Values(first)).Within(1e-12), layer.Name);
            Assert.That(Values(second), Is.EqualTo(Values(first)).Within(1e-12), layer.Name);
            Assert.That(Values(third), Is.EqualTo(Values(first)).Within(1e-12), layer.Name);
        }
    }

    [TestCase(512)]
    [TestCase(256)]
    [TestCase(128)]
    [TestCase(0)]
    public void Every_register_width_follows_the_formula(int bits)
    {
        using IDisposable width = SimdWidth.Force(bits);
        foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
        {
            foreach (DType dtype in Floats)
            {
                Setting setting = Setting.Of(kind, 5, 7, 3, 21, dtype);
                Near(setting.Run().Output, [7, 5, 21], setting.Reference().Outputs);
            }
        }
    }

    [Test]
    public void Steps_that_do_not_count_may_hold_anything_and_a_sample_may_have_none_that_counts()
    {
        foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
        {
            Setting setting = Setting.Of(kind, 3, 2, 2, 4, DType.Float64) with { Backwards = false, ZeroOutputs = false };
            RecurrentOperands of = setting.Operands with { Mask = Tensor.From<bool>([false, false, false, false, true, false], [2, 3]) };
            (Tensor y, Tensor state, _) = (setting with { Operands = of }).Run();
            Assert.That(y[0].ToArray<double>(), Is.All.Zero);
            Assert.That(y[1, 0].ToArray<double>(), Is.All.Zero);
            Assert.That(y[1, 2].ToArray<double>(), Is.EqualTo(y[1, 1].ToArray<double>()));
            Assert.That(state[0].ToArray<double>(), Is.EqualTo(of.State is null ? new double[4] : of.State[0].ToArray<double>()));
        }
    }

    [Test]
    public void An_empty_batch_gives_empty_results()
    {
        Tensor x = Normal([0, 3, 2]), kernel = Normal([2, 8]), recurrent = Normal([2, 8]);
        using var tape = new GradientTape();
        tape.Watch(kernel);
        (Tensor y, Tensor state, _) = Run(RecurrentKind.Lstm, new(x, kernel, recurrent, null, null, null));
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([0, 3, 2])));
        Assert.That(state.Shape, Is.EqualTo(Shape.Create([0, 2])));
        Assert.That(tape.Gradient(y.Sum(), kernel).ToArray<double>(), Is.All.Zero);
    }

    [Test]
    public void An_empty_batch_gives_a_bias_no_gradient()
    {
        Tensor x = Normal([0, 3, 2]), kernel = Normal([2, 8]), recurrent = Normal([2, 8]), bias = Normal([8]);
        using var tape = new GradientTape();
        tape.Watch(bias);
        Tensor y = Run(RecurrentKind.Lstm, new(x, kernel, recurrent, bias, null, null)).Output;
        Assert.That(tape.Gradient(y.Sum(), bias).ToArray<double>(), Is.All.Zero);
    }

    [Test]
    public void Operands_that_do_not_fit_are_refused()
    {
        Tensor x = Normal([2, 3, 2]), kernel = Normal([2, 8]), recurrent = Normal([2, 8]);
        RecurrentOperands fitting = new(x, kernel, recurrent, null, null, null);
        Refuses<ShapeException>(fitting with { Input = Normal([2, 2]) }, "recurrence", "[2, 2]", "[batch, steps, features]");
        Refuses<ShapeException>(fitting with { Input = Normal([2, 0, 2]) }, "[2, 0, 2]", "at least one step");
        Refuses<ShapeException>(fitting with { Kernel = Normal([2, 6]) }, "[2, 6]", "4 columns a unit");
        Refuses<ShapeException>(fitting with { Bias = Normal([7]) }, "a bias of shape [7]", "[8]");
        Refuses<ShapeException>(fitting with { State = Normal([3, 2]) }, "a state of shape [3, 2]", "[2, 2]");
        Refuses<ShapeException>(fitting with { Mask = Tensor.Ones([2, 2], DType.Bool) }, "a mask of shape [2, 2]", "[2, 3]");
        Refuses<DTypeException>(fitting with { Mask = Tensor.Ones([2, 3]) }, "a mask of type Float32", "truth values");
        Refuses<DTypeException>(fitting with { Kernel = Normal([2, 8], DType.Float32) }, "Float64 and Float32");

        static void Refuses<TException>(RecurrentOperands operands, params string[] parts)
            where TException : EngineException => Errors.Assert<TException>(() => Run(RecurrentKind.Lstm, operands), parts);
    }

    private static (Tensor Output, Tensor State, Tensor? Cell) Run(RecurrentKind kind, RecurrentOperands operands) =>
        RecurrentOperation.Run(new(kind), operands, returnSequences: true, backwards: false, zeroOutputs: false, NotComposed);

    private static Tensor[] NotComposed() => throw new InvalidOperationException("only a second derivative needs the composed form");

    private static void Near(Tensor actual, Shape shape, double[] expected)
    {
        Assert.That(actual.Shape, Is.EqualTo(shape));
        double tolerance = actual.DType == DType.Float32 ? 2e-6 * Math.Sqrt(shape[^1]) : 1e-12;
        Assert.That(Values(actual), Is.EqualTo(expected).Within(tolerance));
    }

    /// <summary>Operands and options.</summary>
    private sealed record Setting(RecurrentKind Kind, RecurrentOperands Operands, bool Backwards, bool ZeroOutputs, bool Sequences)
    {
        public static Setting Of(RecurrentKind kind, int steps, int batch, int features, int units, DType dtype)
        {
            int columns = Recurrent.Gates(kind) * units, turn = steps + (int)kind;
            Tensor Some(Shape shape, ulong seed, double scale) => (Normal(shape, DType.Float64, seed) * scale).Cast(dtype);
            bool[] mask = [.. Normal([batch * steps], DType.Float64, 9).ToArray<double>().Select(value => value > -0.5)];
            var operands = new RecurrentOperands(
                Some([batch, steps, features], 1, 1),
                Some([features, columns], 2, 0.7),
                Some([units, columns], 3, 0.7 / Math.Sqrt(units)),
                turn % 4 == 3 ? null : Some(kind == RecurrentKind.ResetAfterGru ? [2, columns] : [columns], 4, 0.5),
                turn % 3 == 0 ? null : Some([batch, units], 5, 1),
                turn % 3 == 0 || kind != RecurrentKind.Lstm ? null : Some([batch, units], 6, 1),
                turn % 2 == 0 ? null : Tensor.From<bool>(mask, [batch, steps]),
                turn % 3 == 2 ? Tensor.RandomBernoulli([batch, units], 0.7, new RandomGenerator(7), dtype) * (1 / 0.7) : null);
            return new Setting(kind, operands, Backwards: turn % 5 < 2, ZeroOutputs: turn % 4 == 1, Sequences: true);
        }

        /// <summary>The differentiable operands.</summary>
        public Tensor[] Tensors()
        {
            Tensor?[] all = [Operands.Input, Operands.Kernel, Operands.Recurrent, Operands.Bias, Operands.State, Operands.Cell];
            return [.. all.OfType<Tensor>()];
        }

        /// <summary>Other tensors in place of <see cref="Tensors"/>.</summary>
        public Setting With(Tensor[] tensors)
        {
            int next = 3;
            Tensor? Next(Tensor? former) => former is null ? null : tensors[next++];
            return this with
            {
                Operands = Operands with
                {
                    Input = tensors[0], Kernel = tensors[1], Recurrent = tensors[2], Bias = Next(Operands.Bias),
                    State = Next(Operands.State), Cell = Next(Operands.Cell),
                },
            };
        }

        public (Tensor Output, Tensor State, Tensor? Cell) Run() =>
            RecurrentOperation.Run(new(Kind), Operands, Sequences, Backwards, ZeroOutputs, NotComposed);

        public (double[] Outputs, double[] State, double[] Cell) Reference() =>
            new RecurrentReference(Kind, Operands).Run(Backwards, ZeroOutputs);

        /// <summary>All results in one.</summary>
        public Tensor Weighted()
        {
            (Tensor y, Tensor state, Tensor? cell) = Run();
            Tensor all = Tensor.Concat([y.Reshape(y.Length), state.Reshape(state.Length)], 0);
            return cell is null ? all : Tensor.Concat([all, cell.Reshape(cell.Length)], 0);
        }
    }
}
