using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Recurrent layers, which run a sequence in one operation, against <see cref="RNN"/>, which takes their cells step by
/// step.</summary>
public class FusedSequenceTests
{
    private static readonly Initializer Some = Initializer.RandomNormal(0, 0.4);

    private static IEnumerable<TestCaseData> Forms()
    {
        TestCaseData Form(string name, Func<double, RecurrentCell> cell, Func<double, SequenceChoice, RecurrentLayer> layer) =>
            new TestCaseData(cell, layer).SetArgDisplayNames(name);

        yield return Form("SimpleRNN", drop => new SimpleRNNCell(19, biasInitializer: Some, dropout: drop, recurrentDropout: drop),
            (drop, c) => new SimpleRNN(19, biasInitializer: Some, dropout: drop, recurrentDropout: drop, returnSequences: c.All,
                returnState: true, goBackwards: c.Back, zeroOutputForMask: c.Zero, recomputeEvery: c.Every, name: "r"));
        foreach (LstmVariant variant in Enum.GetValues<LstmVariant>())
        {
            yield return Form($"LSTM, {variant}", drop => new LSTMCell(19, variant: variant, dropout: drop, recurrentDropout: drop),
                (drop, c) => new LSTM(19, variant: variant, dropout: drop, recurrentDropout: drop, returnSequences: c.All,
                    returnState: true, goBackwards: c.Back, zeroOutputForMask: c.Zero, recomputeEvery: c.Every, name: "r"));
        }

        foreach (GruVariant variant in Enum.GetValues<GruVariant>())
        {
            foreach (bool after in (bool[])[false, true])
            {
                yield return Form($"GRU, {variant}{(after ? ", reset after" : "")}",
                    drop => new GRUCell(
                        19, biasInitializer: Some, variant: variant, resetAfter: after, dropout: drop, recurrentDropout: drop),
                    (drop, c) => new GRU(19, biasInitializer: Some, variant: variant, resetAfter: after, dropout: drop,
                        recurrentDropout: drop, returnSequences: c.All, returnState: true, goBackwards: c.Back, zeroOutputForMask: c.Zero, recomputeEvery: c.Every,
                        name: "r"));
            }
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void A_layer_gives_what_its_cell_gives_step_by_step(
        Func<double, RecurrentCell> cell, Func<double, SequenceChoice, RecurrentLayer> layer)
    {
        foreach (DType dtype in Floats)
        {
            // Each option is met on and off.
            for (int choice = 0; choice < 8; choice++)
            {
                var options = new SequenceChoice(All: choice % 2 == 0, Back: choice % 4 > 1, Zero: choice > 5, Masked: choice > 3);
                double drop = choice % 3 == 1 ? 0.4 : 0;
                Tensor[] fused = Run(layer(drop, options), options, dtype), steps = Run(new RNN(cell(drop), returnSequences: options.All,
                    returnState: true, goBackwards: options.Back, zeroOutputForMask: options.Zero, name: "r"), options, dtype);
                Assert.That(fused, Has.Length.EqualTo(steps.Length));
                for (int i = 0; i < steps.Length; i++)
                {
                    double largest = Values(steps[i]).Max(Math.Abs), tolerance = dtype == DType.Float32 ? 1e-6 : 1e-12;
                    Assert.That(fused[i].Shape, Is.EqualTo(steps[i].Shape));
                    Assert.That(Values(fused[i]), Is.EqualTo(Values(steps[i])).Within(tolerance * Math.Max(1, largest)),
                        $"{dtype}, {options}, {i}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void Recomputation_gives_the_same(Func<double, RecurrentCell> cell, Func<double, SequenceChoice, RecurrentLayer> layer)
    {
        if (((KernelCell)cell(0)).Formula is null)
        {
            Assert.Throws<ValueException>(() => layer(0, new SequenceChoice(true, false, false, false, Every: 2)));
            return;
        }

        for (int choice = 0; choice < 8; choice++)
        {
            var options = new SequenceChoice(All: choice % 2 == 0, Back: choice % 4 > 1, Zero: choice > 5, Masked: choice > 3);
            double drop = choice % 3 == 1 ? 0.4 : 0;
            Tensor[] kept = Run(layer(drop, options), options, DType.Float64);
            foreach (int every in (int[])[1, 4, 6, 50])
            {
                Tensor[] again = Run(layer(drop, options with { Every = every }), options, DType.Float64);
                for (int i = 0; i < kept.Length; i++)
                    Assert.That(Values(again[i]), Is.EqualTo(Values(kept[i])).Within(1e-11), $"{options}, every {every}, {i}");
            }
        }
    }

    [Test]
    public void Recomputation_takes_the_memory_of_a_segment()
    {
        long kept = Taken(0), again = Taken(8);
        Assert.That(again, Is.LessThan(kept / 3));

        // What the tape's memory holds after the forward pass: the gates of all steps, or states and results alone.
        static long Taken(int every)
        {
            var layer = new LSTM(16, recomputeEvery: every);
            Tensor x = Normal([4, 64, 3], DType.Float32);
            using var tape = new GradientTape();
            tape.Watch(x);
            layer.Apply(x);
            return ThreadState.Current.Scope!.LivingBytes;
        }
    }

    [Test]
    public void One_hot_rows_stay_a_choice_of_rows_when_they_are_recomputed()
    {
        Tensor rows = Tensor.OneHot(Tensor.RandomIntegers([3, 9], 0, 7, new RandomGenerator(1)), 7);
        var layer = new GRU(4, recomputeEvery: 4);
        using var tape = new GradientTape();
        Tensor loss = layer.Apply(rows).Square().Sum();
        tape.Gradients(loss, layer.TrainableVariables);
        Assert.That(rows.Storage.IsPending, Is.True);
    }

    [Test]
    public void Recomputation_that_cannot_be_is_refused()
    {
        Assert.That(Assert.Throws<ValueException>(() => new LSTM(3, recomputeEvery: -1))!.Message, Does.Contain("LSTM").And.Contain("-1"));
        Assert.That(Assert.Throws<ValueException>(() => new GRU(3, Activation.ReLU, recomputeEvery: 5))!.Message,
            Does.Contain("GRU").And.Contain("step by step"));
        Assert.That(Assert.Throws<ValueException>(() => new GRU(3, resetAfter: true, variant: GruVariant.SingleGate, recomputeEvery: 5))!.Message,
            Does.Contain("resetAfter of a variant"));
    }

    [Test]
    public void Second_derivatives_go_through_the_steps_with_the_dropout_of_the_operation()
    {
        var fused = new GRU(4, dropout: 0.3, recurrentDropout: 0.3, returnSequences: true, name: "r");
        var steps = new RNN(new GRUCell(4, dropout: 0.3, recurrentDropout: 0.3), returnSequences: true, name: "r");
        double[][] results = [Curvature(fused), Curvature(steps)];
        Assert.That(results[0], Is.EqualTo(results[1]).Within(1e-11));

        static double[] Curvature(RecurrentLayer layer)
        {
            Tensor x = Normal([3, 5, 2]);
            using var outer = new GradientTape();
            outer.Watch(x);
            Tensor slope;
            using (var inner = new GradientTape())
            {
                inner.Watch(x);
                slope = inner.Gradient(layer.Apply(x, training: true).Square().Sum(), x);
            }
            return Values(outer.Gradient(slope.Square().Sum(), x));
        }
    }

    private static Tensor[] Run(RecurrentLayer layer, SequenceChoice options, DType dtype)
    {
        const int Batch = 35, Steps = 6;
        Tensor x = Normal([Batch, Steps, 3], dtype);
        bool[] counts = [.. Normal([Batch * Steps], seed: 8).ToArray<double>().Select(value => value > -0.4)];
        Tensor masked = options.Masked ? x.WithMask(Tensor.From<bool>(counts, [Batch, Steps])) : x;
        using var tape = new GradientTape();
        tape.Watch(masked);
        Tensor[] outputs = layer.ApplyAll([masked], training: true);
        Tensor loss = outputs[0].Square().Sum();
        for (int i = 1; i < outputs.Length; i++) loss += (outputs[i] * (1.5 * i)).Sum();
        Tensor[] gradients = tape.Gradients(loss * (1.0 / Batch), [masked, .. layer.TrainableVariables]);
        return [.. outputs.Concat(gradients).Select(tensor => tensor.Detach())];
    }

    /// <summary>The options of a run.</summary>
    public sealed record SequenceChoice(bool All, bool Back, bool Zero, bool Masked, int Every = 0);
}
