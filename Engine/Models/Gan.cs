using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <summary>A generative adversarial network: a generator learns to make samples that a discriminator cannot tell from real ones.
/// F-N1, F-N2.</summary>
/// <remarks>
/// Goodfellow et al. 2014. Each step takes a batch x of real samples and as many latent points z ~ N(0, 1). The discriminator's step makes
/// L_D small for D(x) and D(G(z)); then the generator's makes L_G small through the discriminator as it is then. While one network is
/// trained the other normalises by its batch, as in its own steps, and nothing of it changes: neither its variables nor its moving
/// averages.
/// </remarks>
public sealed class Gan : AdversarialModel
{
    /// <summary>Joins two networks, which keep their weights.</summary>
    /// <param name="generator">Makes samples of [latentSize].</param>
    /// <param name="discriminator">Gives logits, without a last sigmoid, for a sample: one, or one for each patch.</param>
    /// <param name="latentSize">The length of a latent point.</param>
    /// <param name="name">The model's name; <c>gan</c> by default.</param>
    /// <exception cref="ShapeException">The generator takes another shape than [latentSize], or the discriminator another than the
    /// generator makes.</exception>
    /// <exception cref="ValueException">latentSize is below 1, or the two are one model.</exception>
    public Gan(Model generator, Model discriminator, int latentSize, string? name = null)
        : base(generator, discriminator, latentSize, name)
    {
        CheckLatent([latentSize]);
        var latent = SymbolicTensor.Input(Shape.Create([latentSize]), LatentType);
        Compose([latent], generator.Apply(latent), []);
    }

    /// <inheritdoc/>
    private protected override Model GeneratorNet => Generator;

    /// <inheritdoc/>
    private protected override Model DiscriminatorNet => Discriminator;

    /// <summary>Trains the two networks on samples in memory. See the form for a data set for the details.</summary>
    /// <param name="features">Real samples along the first axis; bytes become numbers in [0, 1].</param>
    /// <param name="epochs">The epoch before which training ends.</param>
    /// <param name="batchSize">Samples in a step.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Model.Seed"/> before anything else; null leaves it.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns><c>generator_loss</c> and <c>discriminator_loss</c>, epoch by epoch.</returns>
    public History Fit(
        Tensor features,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress) =>
        Fit(new Dataset(features), epochs, batchSize, shuffle, seed, callbacks, initialEpoch, verbose);

    /// <summary>Trains the two networks in turns.</summary>
    /// <remarks>The same seed gives the same bits, on any number of threads. Labels are not used. Ctrl+C ends training after the batch under
    /// way; both networks are whole then.</remarks>
    /// <param name="data">Real samples.</param>
    /// <param name="epochs">The epoch before which training ends: how often every sample is used, when it begins at 0.</param>
    /// <param name="batchSize">Samples in a step; the last batch of an epoch has what remains.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Model.Seed"/> before anything else; null leaves it.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns><c>generator_loss</c> and <c>discriminator_loss</c>, epoch by epoch.</returns>
    /// <exception cref="ModelException">The model is not compiled, a network has nothing to train, the discriminator gives probabilities, or
    /// a loss became NaN or infinite.</exception>
    /// <exception cref="ShapeException">The generator's samples and the data have different shapes.</exception>
    /// <exception cref="ValueException">The data set is empty, or a number is out of range.</exception>
    /// <exception cref="DTypeException">The samples are integers other than bytes.</exception>
    public History Fit(
        Dataset data,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Train(data, epochs, batchSize, shuffle, seed, callbacks, initialEpoch, verbose);
    }

    /// <summary>Takes one step: the discriminator's and, after every <c>discriminatorSteps</c> of them, the generator's.</summary>
    /// <param name="features">A batch of real samples; bytes become numbers in [0, 1].</param>
    /// <returns>The losses before the step; null for a generator whose turn it is not.</returns>
    /// <exception cref="ModelException">As <c>Fit</c>.</exception>
    /// <exception cref="ShapeException">The generator's samples and the data have different shapes.</exception>
    public (double? GeneratorLoss, double DiscriminatorLoss) TrainOnBatch(Tensor features) => TrainOnce(features, null);

    /// <summary>Makes samples of latent points that a seed gives.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The seed; the same one gives the same samples of the same weights.</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>[count, …], a tensor that no scope owns.</returns>
    /// <exception cref="ValueException">The count or the batch size is below 1.</exception>
    public Tensor Generate(int count, ulong seed = RandomGenerator.DefaultSeed, int batchSize = 64) =>
        Generate(SampleLatent(count, seed), batchSize);

    /// <summary>Makes samples of latent points.</summary>
    /// <param name="latent">[n, latentSize].</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>[n, …], a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">The points have another shape.</exception>
    public Tensor Generate(Tensor latent, int batchSize = 64)
    {
        ArgumentNullException.ThrowIfNull(latent);
        if (latent.Rank != 2 || latent.Shape[1] != LatentSize || latent.Shape[0] == 0)
            throw Fail.Shape($"{Path}: Generate", $"latent points of shape {latent.Shape}, where [n, {LatentSize}] with n of at least 1 is wanted",
                "draw them with SampleLatent");
        return WithAverage(() => Generator.Predict(latent, batchSize));
    }

    /// <summary>Makes samples on the way from one latent point to another.</summary>
    /// <param name="from">Where the way begins, [latentSize].</param>
    /// <param name="to">Where it ends, [latentSize].</param>
    /// <param name="steps">How many samples, both ends included; at least 2.</param>
    /// <param name="spherical">Whether the way keeps to the sphere; see <see cref="AdversarialModel.InterpolateLatent"/>.</param>
    /// <returns>[steps, …], a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">An end has another shape.</exception>
    /// <exception cref="ValueException">Fewer than 2 steps.</exception>
    public Tensor Interpolate(Tensor from, Tensor to, int steps = 8, bool spherical = true) =>
        Generate(InterpolateLatent(from, to, steps, spherical));

    /// <inheritdoc/>
    private protected override Tensor RunGenerator(Tensor latent, Tensor? labels, bool training) => Generator.Apply(latent, training);

    /// <inheritdoc/>
    private protected override Tensor RunDiscriminator(Tensor samples, Tensor? labels, bool training) =>
        Discriminator.Apply(samples, training);
}
