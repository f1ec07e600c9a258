using Engine.Optimizers;
using Engine.Tests.Reference;

namespace Engine.Tests.Optimizers;

/// <summary>Twenty steps of every optimizer and option against stored values of Keras' formulas, and the state that goes on.</summary>
public class KerasStepsTests
{
    private static readonly double[] Start = [0.5, -1, 2, 0, -0.25, 3, -2];
    private static readonly LearningRateSchedule Decaying = new ExponentialDecay(0.1, 3, 0.9);

    private static readonly (string Name, Func<Optimizer> Make)[] Cases =
    [
        ("adam", () => new Adam(0.02)),
        ("adam_amsgrad", () => new Adam(0.02, 0.8, 0.9, 1e-3, amsgrad: true)),
        ("adamw", () => new AdamW(0.02)),
        ("rmsprop", () => new RMSprop(0.02)),
        ("rmsprop_momentum", () => new RMSprop(0.02, momentum: 0.6)),
        ("rmsprop_centered", () => new RMSprop(0.02, centered: true)),
        ("rmsprop_full", () => new RMSprop(0.02, 0.8, 0.6, 1e-3, true)),
        ("adagrad", () => new Adagrad(0.02)),
        ("adagrad_full", () => new Adagrad(0.02, 0.3, 1e-2, 0.2)),
        ("adadelta", () => new Adadelta(0.02)),
        ("adadelta_full", () => new Adadelta(1, 0.8, 1e-2, 0.2)),
        ("adamax", () => new Adamax(0.02)),
        ("adamax_full", () => new Adamax(0.02, 0.8, 0.9, 1e-2, 0.2)),
        ("nadam", () => new Nadam(0.02)),
        ("nadam_full", () => new Nadam(0.02, 0.8, 0.9, 1e-2, 0.2)),
        ("lion", () => new Lion(0.02)),
        ("lion_full", () => new Lion(0.02, 0.7, 0.8, 0.2)),
        ("clip_value", () => new Adagrad(0.02) { ClipValue = 0.4 }),
        ("clip_norm", () => new Adagrad(0.02) { ClipNorm = 0.9 }),
        ("global_clip_norm", () => new Adagrad(0.02) { GlobalClipNorm = 1.1 }),
        ("sgd_clip_norm", () => new SGD(0.02) { ClipNorm = 0.9 }),
        ("undecayed", () => Undecayed(new SGD(0.02, weightDecay: 0.3), ["front"])),
        ("accumulated", () => new Adam(0.02) { GradientAccumulationSteps = 3 }),
        ("accumulated_clip_norm", () => new Nadam(0.02, weightDecay: 0.1) { GradientAccumulationSteps = 4, ClipNorm = 0.5 }),
        ("accumulated_schedule", () => new SGD(Decaying) { GradientAccumulationSteps = 2 }),
        ("ema", () => new Adam(0.02) { UseEma = true, EmaMomentum = 0.7 }),
        ("ema_overwrite", () => new SGD(0.02) { UseEma = true, EmaMomentum = 0.9, EmaOverwriteFrequency = 6 }),
        ("ema_accumulated", () => new SGD(0.02) { UseEma = true, EmaMomentum = 0.8, GradientAccumulationSteps = 3 }),
        ("schedule", () => new Adam(Decaying, weightDecay: 0.05)),
    ];

    private static IEnumerable<string> Names => Cases.Select(c => c.Name);

    [TestCaseSource(nameof(Names))]
    public void Twenty_steps_are_those_of_Keras(string name)
    {
        foreach ((DType dtype, double tolerance) in new[] { (DType.Float64, 1e-12), (DType.Float32, 1e-5) })
        {
            Optimizer optimizer = Make(name);
            Variable[] variables = Variables(dtype);
            Take(optimizer, variables, 1, 20);
            KerasReference.AssertEqual(Joined(variables), name, tolerance);
            if (!optimizer.UseEma) continue;
            Variable[] averages = [.. optimizer.Slots.Where(slot => slot.Name.StartsWith("average/", StringComparison.Ordinal))];
            KerasReference.AssertEqual(Joined(averages), $"{name}.average", tolerance);
            optimizer.FinalizeVariableValues(variables);
            KerasReference.AssertEqual(Joined(variables), $"{name}.average", tolerance);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Step_and_slots_hold_all_there_is_to_go_on_with_the_same_bits(string name)
    {
        Variable[] straight = Variables(DType.Float32), parted = Variables(DType.Float32);
        Take(Make(name), straight, 1, 20);
        Optimizer first = Make(name), second = Make(name);
        // Seven is in the middle of gathering, whatever the number of batches.
        Take(first, parted, 1, 7);
        second.Build(parted);
        Assert.That(second.Slots.Select(slot => slot.Name), Is.EqualTo(first.Slots.Select(slot => slot.Name)));
        for (int i = 0; i < first.Slots.Count; i++) second.Slots[i].Assign(first.Slots[i]);
        second.Step = first.Step;
        Take(second, parted, 8, 20);
        Assert.That(Joined(parted).ToArray<double>(), Is.EqualTo(Joined(straight).ToArray<double>()));
    }

    [TestCaseSource(nameof(Names))]
    public void Steps_take_no_memory(string name)
    {
        Variable[] variables = [.. Enumerable.Range(0, 100).Select(i => new Variable(Tensor.Ones([3]), $"v{i}"))];
        var gradients = new VariableGradients(variables, [.. variables.Select(Tensor.OnesLike)]);
        Optimizer optimizer = Make(name);
        for (int i = 0; i < 40; i++) optimizer.Apply(gradients);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 12; i++) optimizer.Apply(gradients);
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 12, Is.LessThan(1024));
    }

    [Test]
    public void Slots_are_named_after_what_they_hold()
    {
        var w = new Variable(Tensor.Ones([2]), "w");
        AssertNames(new Adam(amsgrad: true) { UseEma = true, GradientAccumulationSteps = 2 },
            "m/w", "v/w", "v_max/w", "gradient_accumulator/w", "average/w");
        AssertNames(new Adagrad(), "accumulator/w");
        AssertNames(new Adadelta(), "s/w", "d/w");
        AssertNames(new Adamax(), "m/w", "u/w");
        AssertNames(new Nadam(), "m/w", "v/w");
        AssertNames(new Lion(), "m/w");
        AssertNames(new SGD());
        var adagrad = new Adagrad(initialAccumulatorValue: 0.25);
        adagrad.Build([w]);
        Assert.That(adagrad.Slots[0].ToArray<float>(), Is.All.EqualTo(0.25f));

        void AssertNames(Optimizer optimizer, params string[] names)
        {
            optimizer.Build([w]);
            Assert.That(optimizer.Slots.Select(slot => slot.Name), Is.EqualTo(names));
        }
    }

    private static Optimizer Make(string name) => Cases.Single(c => c.Name == name).Make();

    private static SGD Undecayed(SGD optimizer, string[] names)
    {
        optimizer.ExcludeFromWeightDecay(names: names);
        return optimizer;
    }

    private static Variable[] Variables(DType dtype) =>
    [
        new(Tensor.From(Start)[..3].Cast(dtype), "layer/front"),
        new(Tensor.From(Start)[3..].Cast(dtype), "layer/back"),
    ];

    private static Tensor Joined(Variable[] variables) => Tensor.Concat(variables).Cast(DType.Float64);

    /// <summary>Steps by the gradient that keras_reference.py has too.</summary>
    private static void Take(Optimizer optimizer, Variable[] variables, int first, int last)
    {
        for (int t = first; t <= last; t++)
        {
            double[] theta = Joined(variables).ToArray<double>();
            Tensor g = Tensor.From([.. theta.Select((value, i) => (i + 1) * value / 7 + Math.Sin(t + i))]).Cast(variables[0].DType);
            optimizer.Apply(new VariableGradients(variables, [g[..3], g[3..]]));
        }
    }
}
