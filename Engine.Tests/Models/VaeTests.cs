using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Models;

[NonParallelizable]
public class VaeTests
{
    private static Vae Make(double weight = 1)
    {
        var vae = new Vae(
            new Sequential(new Input(6), new Dense(12, Activation.Tanh), new Dense(4)),
            new Sequential(new Dense(12, Activation.Tanh), new Dense(6, Activation.Sigmoid)),
            latentSize: 2,
            divergenceWeight: weight);
        vae.Compile(new Adam(0.02), new BinaryCrossentropy());
        return vae;
    }

    /// <summary>One bright element in six.</summary>
    private static Tensor Bright(int count) =>
        Tensor.OneHot(Tensor.RandomIntegers([count], 0, 6, new RandomGenerator(2)), 6);

    [Test]
    public void The_divergence_is_that_of_two_normal_distributions()
    {
        // −½Σ(1 + ln σ² − μ² − σ²) is ∫ q ln(q/p): summed over a fine grid for one dimension.
        (double mean, double logVariance) = (0.7, -0.4);
        double deviation = Math.Exp(logVariance / 2), sum = 0;
        for (double z = -12; z < 12; z += 1e-3)
        {
            double q = Math.Exp(-Math.Pow((z - mean) / deviation, 2) / 2) / (deviation * Math.Sqrt(2 * Math.PI));
            double lnRatio = -Math.Pow((z - mean) / deviation, 2) / 2 - Math.Log(deviation) + z * z / 2;
            sum += q * lnRatio * 1e-3;
        }

        Tensor at = Tensor.From<double>([mean], [1, 1]), variance = Tensor.From<double>([logVariance], [1, 1]);
        Assert.That(LatentSampling.Divergence(at, variance).ToScalar(), Is.EqualTo(sum).Within(1e-6));
        Assert.That(LatentSampling.Divergence(Tensor.Zeros([3, 2]), Tensor.Zeros([3, 2])).ToScalar(), Is.Zero);
    }

    [Test]
    public void Latent_points_are_drawn_about_their_means_in_training_alone()
    {
        var layer = new LatentSampling();
        Tensor x = Tensor.Concat([Tensor.Full([4000, 1], 3), Tensor.Full([4000, 1], Math.Log(0.25))], 1);
        Assert.That(layer.Apply(x).ToArray<float>(), Is.All.EqualTo(3f));
        Tensor drawn = layer.Apply(x, training: true);
        Assert.That(drawn.Shape.ToString(), Is.EqualTo("[4000, 1]"));
        Assert.That(drawn.Mean().ToScalar(), Is.EqualTo(3).Within(0.03));
        Assert.That(drawn.StandardDeviation().ToScalar(), Is.EqualTo(0.5).Within(0.02));
    }

    [Test]
    public void The_loss_is_the_reconstruction_and_the_divergence_for_each_element()
    {
        Vae vae = Make(weight: 3);
        Tensor x = Bright(20), encoded = vae.Encoder.Predict(x);
        double reconstruction = new BinaryCrossentropy().Compute(x, vae.Decoder.Predict(encoded[.., ..2])).ToScalar();
        double divergence = LatentSampling.Divergence(encoded[.., ..2], encoded[.., 2..]).ToScalar();
        Assert.That(vae.Evaluate(x, batchSize: 20).Loss, Is.EqualTo(reconstruction + 3 * divergence / 6).Within(1e-6));
    }

    [Test]
    public void It_learns_to_reconstruct_and_to_make_samples()
    {
        Vae vae = Make(weight: 0.2);
        Tensor x = Bright(240);
        double before = vae.Evaluate(x).Loss;
        vae.Fit(x, epochs: 60, batchSize: 32, seed: 1, verbose: Verbosity.Silent);
        Assert.That(vae.Evaluate(x).Loss, Is.LessThan(0.6 * before));
        Assert.That((vae.Encode(x).Shape.ToString(), vae.Generate(7, seed: 3).Shape.ToString()), Is.EqualTo(("[240, 2]", "[7, 6]")));
        Tensor ends = vae.Encode(x[..2]);
        Tensor way = vae.Interpolate(ends[0], ends[1], 4);
        AssertClose(way[..1], [1, 6], Values(vae.Decoder.Predict(ends[..1])));
        Assert.That(way.Shape.ToString(), Is.EqualTo("[4, 6]"));
    }

    [Test]
    public void Bytes_are_scaled_as_features_and_as_targets()
    {
        Vae bytes = Make(), floats = Make();
        var values = new byte[48];
        for (int i = 0; i < values.Length; i++) values[i] = (byte)(i * 5);
        Tensor x = Tensor.From<byte>(values, [8, 6]);
        bytes.Fit(x, epochs: 2, batchSize: 3, verbose: Verbosity.Silent);
        floats.Fit(x.Cast(DType.Float32) / 255, epochs: 2, batchSize: 3, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(bytes), Is.EqualTo(TinyModels.Bits(floats)));
    }

    [Test]
    public void Training_that_goes_on_from_a_file_ends_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        Tensor x = Bright(40);
        Vae whole = Make(), first = Make(), rest = Make();
        whole.Fit(x, 4, batchSize: 16, validationSplit: 0.2, verbose: Verbosity.Silent);
        first.Fit(x, 2, batchSize: 16, validationSplit: 0.2, verbose: Verbosity.Silent);
        first.Save(folder["vae.safetensors"]);
        rest.Load(folder["vae.safetensors"]);
        rest.Fit(x, 4, batchSize: 16, validationSplit: 0.2, initialEpoch: rest.Epoch, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(rest), Is.EqualTo(TinyModels.Bits(whole)));
    }

    [Test]
    public void Networks_that_do_not_fit_are_named()
    {
        Sequential Encoder() => new(new Input(6), new Dense(4));
        Errors.Assert<ModelException>(() => new Vae(new Sequential(new Dense(4)), Encoder(), 2), "encoder does not know its input");
        Errors.Assert<ShapeException>(() => new Vae(Encoder(), new Sequential(new Dense(6)), 3), "gives [4]", "[6]", "Dense(6)");
        Errors.Assert<ShapeException>(() => new Vae(Encoder(), new Sequential(new Dense(5)), 2), "[5]", "[6]");
        Errors.Assert<ValueException>(() => new Vae(Encoder(), new Sequential(new Dense(6)), 0), "latentSize is 0");
        Errors.Assert<ValueException>(() => new Vae(Encoder(), new Sequential(new Dense(6)), 2, -1), "weight is");
        Errors.Assert<ShapeException>(() => new LatentSampling().Apply(Tensor.Zeros([2, 3])), "[batch, 3]", "twice the latent size");
        Vae vae = Make();
        Errors.Assert<ValueException>(() => vae.Generate(0), "0 points");
        Errors.Assert<ShapeException>(() => vae.Interpolate(Tensor.Zeros([3]), Tensor.Zeros([2])), "Float32[2]");
        Errors.Assert<ShapeException>(() => vae.Fit(Tensor.Zeros([4, 5]), verbose: Verbosity.Silent), "[5]", "[6]");
    }
}
