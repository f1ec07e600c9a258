using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Models;

[NonParallelizable]
public class GanTests
{
    private static byte[] Bytes(IEnumerable<Variable> variables) => [.. variables.SelectMany(variable => variable.Bytes().ToArray())];

    [Test]
    public void The_two_networks_are_named_by_their_roles_and_composed()
    {
        Gan gan = TinyGans.Compiled();
        Assert.That(gan.Layers.Select(layer => layer.Name), Is.EqualTo(new[] { "generator", "discriminator" }));
        Assert.That(gan.Variables[0].Name, Is.EqualTo("generator/dense/kernel"));
        Assert.That((gan.InputShapes[0].ToString(), gan.OutputShapes[0].ToString(), gan.LatentSize), Is.EqualTo(("[3]", "[1]", 3)));
        Tensor z = gan.SampleLatent(4);
        AssertClose(gan.Predict(z), [4, 1], Values(gan.Discriminator.Predict(gan.Generator.Predict(z))));
        Assert.That(gan.Summary(), Does.Contain("generator").And.Contain("discriminator"));
        var named = new Gan(new Sequential("maker", new Input(3), new Dense(2)), TinyGans.Discriminator(), 3, name: "points");
        Assert.That((named.Path, named.Generator.Name), Is.EqualTo(("Gan \"points\"", "maker")));
    }

    [Test]
    public void A_step_is_the_two_printed_losses_and_their_optimizers_steps()
    {
        // Without dropout and normalisation the step can be written out by hand.
        var generator = new Sequential(new Input(2), new Dense(2));
        var discriminator = new Sequential(new Input(2), new Dense(4, Activation.Tanh), new Dense(1));
        var gan = new Gan(generator, discriminator, 2);
        gan.Compile(new SGD(0.1), new SGD(0.2));
        Tensor x = TinyGans.Points(6);
        Variable[] g = [.. generator.Variables.Select(Copy)], d = [.. discriminator.Variables.Select(Copy)];
        static Variable Copy(Variable variable) => new(variable);
        static Tensor Make(Variable[] g, Tensor z) => z.MatMul(g[0]) + g[1];
        static Tensor Score(Variable[] d, Tensor x) => (x.MatMul(d[0]) + d[1]).Tanh().MatMul(d[2]) + d[3];
        Tensor z = Tensor.RandomNormal([6, 2], 0, 1, new RandomGenerator().Split("gan").Split(0ul).Split(0ul).Split("latent"));
        double wantedD, wantedG;
        using (var tape = new GradientTape(watch: d))
        {
            Tensor loss = -Score(d, x).Sigmoid().Log().Mean() - (1 - Score(d, Make(g, z)).Sigmoid()).Log().Mean();
            wantedD = loss.ToScalar();
            new SGD(0.2).Apply(tape.Gradients(loss, d));
        }

        using (var tape = new GradientTape(watch: g))
        {
            Tensor loss = -Score(d, Make(g, z)).Sigmoid().Log().Mean();
            wantedG = loss.ToScalar();
            new SGD(0.1).Apply(tape.Gradients(loss, g));
        }

        (double? generatorLoss, double discriminatorLoss) = gan.TrainOnBatch(x);
        Assert.That(discriminatorLoss, Is.EqualTo(wantedD).Within(1e-5));
        Assert.That(generatorLoss, Is.EqualTo(wantedG).Within(1e-5), "the generator goes against the discriminator after its step");
        for (int i = 0; i < g.Length; i++) AssertClose(generator.Variables[i], g[i].Shape, Values(g[i]));
        for (int i = 0; i < d.Length; i++) AssertClose(discriminator.Variables[i], d[i].Shape, Values(d[i]));
        Assert.That(gan.Step, Is.EqualTo(1));
    }

    [Test]
    public void While_the_discriminator_is_trained_nothing_of_the_generator_changes()
    {
        Gan gan = TinyGans.Compiled(discriminatorSteps: 3);
        Tensor x = TinyGans.Points(8);
        byte[] generator = Bytes(gan.Generator.Variables), discriminator = Bytes(gan.Discriminator.Variables);
        Assert.That(gan.TrainOnBatch(x).GeneratorLoss, Is.Null);
        Assert.That(gan.TrainOnBatch(x).GeneratorLoss, Is.Null);
        Assert.That(Bytes(gan.Generator.Variables), Is.EqualTo(generator), "neither variables nor moving averages");
        Assert.That(Bytes(gan.Discriminator.Variables), Is.Not.EqualTo(discriminator));
        Assert.That(gan.TrainOnBatch(x).GeneratorLoss, Is.Not.Null);
        Assert.That(Bytes(gan.Generator.Variables), Is.Not.EqualTo(generator));
    }

    [Test]
    public void While_the_generator_is_trained_nothing_of_the_discriminator_changes()
    {
        // A discriminator that does not move by itself: what changes it would be the generator's step.
        var gan = new Gan(TinyGans.Generator(), TinyGans.Discriminator(), TinyGans.Latent);
        gan.Compile(new Adam(0.01), new SGD(0));
        Tensor x = TinyGans.Points(8);
        var normalization = (BatchNormalization)gan.Discriminator.Layers[2];
        gan.TrainOnBatch(x);
        var twin = new Gan(TinyGans.Generator(), TinyGans.Discriminator(), TinyGans.Latent);
        twin.Compile(new Adam(0.01), new SGD(0), discriminatorSteps: 2);
        twin.TrainOnBatch(x);
        Assert.That(Bytes(gan.Discriminator.Variables), Is.EqualTo(Bytes(twin.Discriminator.Variables)),
            "the step with the generator's leaves the discriminator as the step without");
        Assert.That(normalization.MovingMean.ToArray<float>(), Has.Some.Not.Zero, "its own step moves the averages");
        Assert.That(Bytes(gan.Generator.Variables), Is.Not.EqualTo(Bytes(twin.Generator.Variables)));
    }

    [Test]
    public void A_held_layer_normalises_by_the_batch_and_keeps_its_averages()
    {
        var model = new Sequential(new Input(3), new BatchNormalization(), new Sequential(new Input(3), new BatchNormalization()));
        Tensor x = Normal([6, 3], DType.Float32) * 3 + 5;
        byte[] before = TinyModels.Bits(model);
        Tensor held;
        using (model.HoldState())
        using (model.Layers[0].HoldState()) held = model.Apply(x, training: true);
        Assert.That(TinyModels.Bits(model), Is.EqualTo(before));
        AssertClose(model.Apply(x, training: true), [6, 3], Values(held));
        Assert.That(TinyModels.Bits(model), Is.Not.EqualTo(before));
    }

    [Test]
    public void The_generator_learns_the_circle()
    {
        Gan gan = TinyGans.Compiled();
        History history = gan.Fit(TinyGans.Points(512), epochs: 30, batchSize: 64, seed: 3, verbose: Verbosity.Silent);
        Assert.That(history.Names, Is.EqualTo(new[] { "generator_loss", "discriminator_loss" }));
        Assert.That((history.Epochs.Count, gan.Step, gan.Epoch), Is.EqualTo((30, 240L, 30)));
        double[] radii = [.. Values(gan.Generate(500, seed: 2).Norm([1]))];
        Assert.That(radii.Average(), Is.EqualTo(1).Within(0.3));
        Assert.That(gan.DiscriminatorAccuracy, Is.InRange(0.3, 0.95));
        Assert.That((gan.GradientNorms.Generator, gan.GradientNorms.Discriminator), Is.Not.EqualTo((0.0, 0.0)));
        Assert.That(gan.GradientNorms.Generator, Is.InRange(1e-6, 100));
        Assert.That(gan.GradientNorms.Discriminator, Is.InRange(1e-6, 100));
    }

    [Test]
    public void One_seed_gives_one_result_on_any_number_of_threads([Values] bool penalty)
    {
        int before = Parallelism.MaxThreads;
        try
        {
            byte[] Train(int threads)
            {
                Parallelism.MaxThreads = threads;
                Gan gan = TinyGans.Compiled(penalty: penalty ? 1 : 0);
                gan.Fit(TinyGans.Points(80), epochs: 2, batchSize: 32, seed: 8, verbose: Verbosity.Silent);
                return TinyModels.Bits(gan);
            }

            byte[] one = Train(1);
            Assert.That(Train(1), Is.EqualTo(one));
            Assert.That(Train(3), Is.EqualTo(one));
        }
        finally
        {
            Parallelism.MaxThreads = before;
        }
    }

    [Test]
    public void Training_that_goes_on_from_a_file_ends_with_the_same_bits([Values(1, 3)] int discriminatorSteps, [Values] bool average)
    {
        using var folder = new TemporaryFolder();
        Tensor x = TinyGans.Points(70);
        Gan Make() => TinyGans.Compiled(discriminatorSteps: discriminatorSteps, average: average, penalty: average ? 0.5 : 0);
        Gan whole = Make(), rest = Make(), first = Make();
        History all = whole.Fit(x, 4, batchSize: 16, seed: 9, callbacks: [new Saver(folder["gan.safetensors"])], verbose: Verbosity.Silent);
        rest.Load(folder["gan.safetensors"]);
        Assert.That((rest.Epoch, rest.Seed, rest.GeneratorOptimizer!.Step > 0), Is.EqualTo((2, 9ul, true)));
        History after = rest.Fit(x, 4, batchSize: 16, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
        AssertSame(rest, whole);
        foreach (string name in all.Names) Assert.That(after[name], Is.EqualTo(all[name].Skip(2)), name);

        first.Fit(x, 2, batchSize: 16, seed: 9, verbose: Verbosity.Silent);
        first.Save(folder["end.safetensors"]);
        rest.Load(folder["end.safetensors"]);
        Assert.That(TinyModels.Bits(rest), Is.EqualTo(TinyModels.Bits(first)));
        rest.Fit(x, 4, batchSize: 16, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
        AssertSame(rest, whole);
    }

    private static void AssertSame(Gan gan, Gan wanted)
    {
        Assert.That(TinyModels.Bits(gan), Is.EqualTo(TinyModels.Bits(wanted)));
        foreach (Func<Gan, Optimizer> of in (Func<Gan, Optimizer>[])[one => one.GeneratorOptimizer!, one => one.DiscriminatorOptimizer!])
        {
            Assert.That(of(gan).Slots.ToDictionary(slot => slot.Name, slot => Bytes([slot])),
                Is.EqualTo(of(wanted).Slots.ToDictionary(slot => slot.Name, slot => Bytes([slot]))));
            Assert.That(of(gan).Step, Is.EqualTo(of(wanted).Step));
        }
    }

    [Test]
    public void A_network_is_saved_as_it_would_be_alone()
    {
        using var folder = new TemporaryFolder();
        Gan gan = TinyGans.Compiled();
        gan.Fit(TinyGans.Points(32), batchSize: 16, verbose: Verbosity.Silent);
        gan.Generator.Save(folder["generator.safetensors"], weightsOnly: true);
        Sequential alone = TinyGans.Generator();
        alone.Load(folder["generator.safetensors"]);
        Assert.That(TinyModels.Bits(alone), Is.EqualTo(TinyModels.Bits(gan.Generator)));
        gan.Save(folder["weights.safetensors"], weightsOnly: true);
        Gan other = TinyGans.Compiled();
        other.Load(folder["weights.safetensors"]);
        Assert.That(TinyModels.Bits(other), Is.EqualTo(TinyModels.Bits(gan)));
    }

    [Test]
    public void The_moving_average_makes_the_samples_while_training_goes_on_without_it()
    {
        Gan gan = TinyGans.Compiled(average: true), plain = TinyGans.Compiled();
        var samples = new Sampler();
        gan.Fit(TinyGans.Points(64), 3, batchSize: 16, callbacks: [samples], verbose: Verbosity.Silent);
        plain.Fit(TinyGans.Points(64), 3, batchSize: 16, verbose: Verbosity.Silent);
        Assert.That(Values(gan.Generate(5)), Is.EqualTo(Values(samples.Last)), "the end of Fit leaves the average in place");
        Assert.That(Values(gan.Generate(5)), Is.Not.EqualTo(Values(plain.Generate(5))));
        Assert.That(Bytes(gan.Discriminator.Variables), Is.EqualTo(Bytes(plain.Discriminator.Variables)), "the average trains nothing");
        gan.GeneratorOptimizer!.ResumeVariableValues(gan.Generator.TrainableVariables);
        Assert.That(Bytes(gan.Generator.Variables), Is.EqualTo(Bytes(plain.Generator.Variables)));
    }

    [Test]
    public void Weights_of_a_critic_are_clipped_and_bytes_are_scaled()
    {
        var critic = new Sequential(new Input(2), new Dense(1, kernelConstraint: new WeightClipping(), biasConstraint: new WeightClipping(0.02)));
        var gan = new Gan(new Sequential(new Input(2), new Dense(2, Activation.Sigmoid)), critic, 2);
        gan.Compile(new RMSprop(), new RMSprop(0.1), GanLoss.Wasserstein, discriminatorSteps: 2);
        gan.Fit(Tensor.From<byte>([0, 255, 255, 0, 128, 128, 7, 9], [4, 2]), epochs: 3, batchSize: 2, verbose: Verbosity.Silent);
        Assert.That(critic.Variables[0].ToArray<float>(), Is.All.InRange(-0.01f, 0.01f));
        Assert.That(critic.Variables[1].ToArray<float>(), Is.All.InRange(-0.02f, 0.02f));
        Assert.That(gan.Warnings, Is.Empty, "255 has become 1");
    }

    [Test]
    public void Interpolation_keeps_to_the_sphere_or_to_the_line()
    {
        var gan = new Gan(new Sequential(new Input([3], DType.Float64), new Dense(2)), new Sequential(new Dense(1)), 3);
        Tensor a = Tensor.From<double>([2, 0, 0]), b = Tensor.From<double>([0, 2, 0]);
        Tensor arc = gan.InterpolateLatent(a, b, 3), line = gan.InterpolateLatent(a, b, 5, spherical: false);
        AssertClose(arc, [3, 3], [2, 0, 0, Math.Sqrt(2), Math.Sqrt(2), 0, 0, 2, 0]);
        AssertClose(line, [5, 3], [2, 0, 0, 1.5, 0.5, 0, 1, 1, 0, 0.5, 1.5, 0, 0, 2, 0]);
        AssertClose(gan.InterpolateLatent(a, a, 2), [2, 3], [2, 0, 0, 2, 0, 0]);
        AssertClose(gan.Interpolate(a, b, 3), [3, 2], Values(gan.Generator.Predict(arc)));
        double[] once = Values(gan.SampleLatent(4, seed: 1)), again = Values(gan.SampleLatent(4, seed: 1));
        Assert.That(again, Is.EqualTo(once));
        Assert.That(Values(gan.SampleLatent(4, seed: 2)), Is.Not.EqualTo(once));
        Assert.That(gan.Generate(7, seed: 1, batchSize: 3).Shape.ToString(), Is.EqualTo("[7, 2]"));
    }

    [Test]
    public void An_interruption_leaves_both_networks_whole()
    {
        Gan gan = TinyGans.Compiled();
        History history = gan.Fit(TinyGans.Points(64), 5, batchSize: 16, callbacks: [new Stopper()], verbose: Verbosity.Silent);
        Assert.That((history.Epochs.Count, gan.Step, gan.GeneratorOptimizer!.Step, gan.DiscriminatorOptimizer!.Step),
            Is.EqualTo((1, 6L, 6L, 6L)));
        Assert.That(TinyModels.Bits(gan), Has.Length.GreaterThan(0));
    }

    private sealed class Saver(string path) : Callback
    {
        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
        {
            if (model.Epoch == 2) model.Save(path);
        }
    }

    private sealed class Sampler : Callback
    {
        public Tensor Last { get; private set; } = null!;

        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured) =>
            Last = ((Gan)model).Generate(5);
    }

    private sealed class Stopper : Callback
    {
        public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured) =>
            model.StopTraining = model.Step == 6;
    }
}
