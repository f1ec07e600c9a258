using Engine.Callbacks;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Models;

/// <summary>What a step adds to the two losses and measures, against scalar loops.</summary>
[NonParallelizable]
public class GanStepTests
{
    private const int Batch = 6, Hidden = 4;

    private Sequential generator = null!;
    private Sequential critic = null!;

    [SetUp]
    public void MakeNetworks()
    {
        generator = new Sequential(new Input(2), new Dense(2));
        critic = new Sequential(new Input(2), new Dense(Hidden, Activation.Tanh), new Dense(1));
    }

    /// <summary>d(x) of the critic, and its slope.</summary>
    private (double Score, double[] Slope) At(double x, double y)
    {
        double[] weights = Values(critic.Variables[0]), bias = Values(critic.Variables[1]), last = Values(critic.Variables[2]);
        (double score, double[] slope) = (Values(critic.Variables[3])[0], [0, 0]);
        for (int j = 0; j < Hidden; j++)
        {
            double h = Math.Tanh(x * weights[j] + y * weights[Hidden + j] + bias[j]);
            score += last[j] * h;
            slope[0] += last[j] * (1 - h * h) * weights[j];
            slope[1] += last[j] * (1 - h * h) * weights[Hidden + j];
        }

        return (score, slope);
    }

    private static double Mean(double[] points, Func<double, double, double> of) =>
        Enumerable.Range(0, Batch).Average(i => of(points[2 * i], points[2 * i + 1]));

    private double Score(double[] points) => Mean(points, (x, y) => At(x, y).Score);

    [Test]
    public void Penalties_and_noise_join_the_losses_as_their_formulas()
    {
        var gan = new Gan(generator, critic, 2);
        gan.Compile(new SGD(0), new SGD(0), GanLoss.Wasserstein, gradientPenalty: 3, r1Penalty: 5, instanceNoise: new ExponentialDecay(0.4, 1, 0.5));
        Tensor points = TinyGans.Points(Batch);
        foreach ((ulong step, double deviation) in ((ulong, double)[])[(0, 0.4), (1, 0.2)])
        {
            RandomGenerator random = new RandomGenerator().Split("gan").Split(step).Split(0ul);
            double[] Noisy(Tensor x, string which) => Values(x + Tensor.RandomNormal([Batch, 2], 0, deviation, random.Split(which)));
            Tensor made = generator.Predict(Tensor.RandomNormal([Batch, 2], 0, 1, random.Split("latent")));
            double[] real = Noisy(points, "noise on real"), fake = Noisy(made, "noise on fake");
            double[] epsilon = Values(Tensor.RandomUniform([Batch, 1], 0, 1, random.Split("between")));
            double[] between = [.. Enumerable.Range(0, 2 * Batch).Select(i => epsilon[i / 2] * real[i] + (1 - epsilon[i / 2]) * fake[i])];
            double zeroCentered = Mean(real, (x, y) => At(x, y).Slope.Sum(d => d * d) / 2);
            double oneCentered = Mean(between, (x, y) => Math.Pow(Math.Sqrt(At(x, y).Slope.Sum(d => d * d)) - 1, 2));
            (double? generatorLoss, double discriminatorLoss) = gan.TrainOnBatch(points);
            Assert.That(discriminatorLoss, Is.EqualTo(Score(fake) - Score(real) + 5 * zeroCentered + 3 * oneCentered).Within(1e-5));
            Assert.That(generatorLoss, Is.EqualTo(-Score(Noisy(made, "noise on what the generator made"))).Within(1e-5));
            Assert.That((zeroCentered, oneCentered), Is.Not.EqualTo((0.0, 0.0)));
        }
    }

    [Test]
    public void Weights_penalties_join_the_losses_of_their_networks()
    {
        var penalized = new Sequential(new Input(2), new Dense(2, kernelRegularizer: new L2(0.1)));
        var gan = new Gan(penalized, new Sequential(new Input(2), new Dense(1, kernelRegularizer: new L2(0.3))), 2);
        gan.Compile(new SGD(0), new SGD(0), GanLoss.Wasserstein);
        Tensor points = TinyGans.Points(Batch);
        Tensor made = penalized.Predict(Tensor.RandomNormal([Batch, 2], 0, 1, new RandomGenerator().Split("gan").Split(0ul).Split(0ul).Split("latent")));
        double Squares(Model model) => Values(model.Variables[0]).Sum(w => w * w);
        double real = Values(gan.Discriminator.Predict(points)).Average(), fake = Values(gan.Discriminator.Predict(made)).Average();
        (double? generatorLoss, double discriminatorLoss) = gan.TrainOnBatch(points);
        Assert.That(discriminatorLoss, Is.EqualTo(fake - real + 0.3 * Squares(gan.Discriminator)).Within(1e-5));
        Assert.That(generatorLoss, Is.EqualTo(-fake + 0.1 * Squares(penalized)).Within(1e-5));
    }

    [Test]
    public void A_discriminator_may_score_patches_and_their_mean_is_its_loss()
    {
        var images = new Sequential(new Input(3), new Dense(16), new Reshape(4, 4, 1));
        var gan = new Gan(images, new Sequential(new Input(4, 4, 1), new Conv2D(1, 2)), 3);
        gan.Compile(new SGD(0), new SGD(0));
        Tensor real = Tensor.RandomUniform([Batch, 4, 4, 1], 0, 1, new RandomGenerator(1));
        Tensor made = images.Predict(Tensor.RandomNormal([Batch, 3], 0, 1, new RandomGenerator().Split("gan").Split(0ul).Split(0ul).Split("latent")));
        double[] ofReal = Values(gan.Discriminator.Predict(real)), ofMade = Values(gan.Discriminator.Predict(made));
        (double? generatorLoss, double discriminatorLoss) = gan.TrainOnBatch(real);
        static double Softplus(double d) => Math.Log(1 + Math.Exp(d));
        Assert.That(ofReal, Has.Length.EqualTo(Batch * 9));
        Assert.That(discriminatorLoss, Is.EqualTo(ofReal.Average(d => Softplus(-d)) + ofMade.Average(d => Softplus(d))).Within(1e-5));
        Assert.That(generatorLoss, Is.EqualTo(ofMade.Average(d => Softplus(-d))).Within(1e-5));
        Assert.That(gan.DiscriminatorAccuracy,
            Is.EqualTo((ofReal.Count(d => d > 0) + ofMade.Count(d => d <= 0)) / (2.0 * 9 * Batch)).Within(1e-12));
    }

    [Test]
    public void Both_losses_stand_in_one_order_whichever_network_an_epoch_begins_with()
    {
        var gan = new Gan(generator, critic, 2);
        gan.Compile(new SGD(0.01), new SGD(0.01), discriminatorSteps: 3);
        var names = new List<string>();
        gan.Fit(TinyGans.Points(20), epochs: 3, batchSize: 4, verbose: Verbosity.Silent,
            callbacks: [new LambdaCallback(onEpochEnd: (_, measured) => names.Add(string.Join(" ", measured.Keys)))]);
        Assert.That(names, Has.Count.EqualTo(3).And.All.EqualTo("generator_loss discriminator_loss"));
    }

    [Test]
    public void Accuracy_counts_right_answers_and_norms_are_lengths_of_gradients()
    {
        var gan = new Gan(generator, critic, 2);
        gan.Compile(new SGD(0.5), new SGD(0.25));
        Tensor points = TinyGans.Points(Batch);
        (double[] g, double[] d) = (Numbers(generator), Numbers(critic));
        Tensor made = generator.Predict(Tensor.RandomNormal([Batch, 2], 0, 1, new RandomGenerator().Split("gan").Split(0ul).Split(0ul).Split("latent")));
        int right = Values(critic.Predict(points)).Count(score => score > 0) + Values(critic.Predict(made)).Count(score => score <= 0);
        gan.Fit(points, batchSize: Batch, shuffle: false, verbose: Verbosity.Silent);
        Assert.That(gan.DiscriminatorAccuracy, Is.EqualTo(right / (2.0 * Batch)));
        Assert.That(gan.GradientNorms.Generator, Is.EqualTo(Distance(g, Numbers(generator)) / 0.5).Within(1e-5));
        Assert.That(gan.GradientNorms.Discriminator, Is.EqualTo(Distance(d, Numbers(critic)) / 0.25).Within(1e-5));
        Assert.That(gan.GradientNorms.Generator, Is.GreaterThan(1e-3));

        static double[] Numbers(Model model) => [.. model.Variables.SelectMany(variable => Values(variable))];
        static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
    }
}
