using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <summary>A variational autoencoder: an encoder to a distribution of latent points, and a decoder from them. F-N13, F-N14.</summary>
/// <remarks>
/// Kingma and Welling 2014. Trained with a loss that is a mean over a sample's elements, as <c>BinaryCrossentropy</c> or
/// <c>MeanSquaredError</c>, it makes (reconstruction + β·KL)/n small, n the elements of a sample: the negative evidence bound for β = 1, and
/// Higgins et al.'s 2017 form for others. It is a model from samples to samples, compiled, saved and loaded as any other;
/// <see cref="Model.Predict(Tensor, int)"/> gives reconstructions from the means.
/// </remarks>
public sealed class Vae : Model
{
    /// <summary>Joins two networks with the sampling of latent points between them.</summary>
    /// <param name="encoder">Takes samples, begins with an <c>Input</c>, and gives [2·latentSize]: the mean and the log variance.</param>
    /// <param name="decoder">Makes samples of [latentSize].</param>
    /// <param name="latentSize">The length of a latent point.</param>
    /// <param name="divergenceWeight">β, 0 or more; 1 by default.</param>
    /// <param name="name">The model's name; <c>vae</c> by default.</param>
    /// <exception cref="ModelException">The encoder does not know its input.</exception>
    /// <exception cref="ShapeException">The encoder does not give [2·latentSize], or the decoder not the shape of a sample.</exception>
    /// <exception cref="ValueException">A number is out of its range.</exception>
    public Vae(Model encoder, Model decoder, int latentSize, double divergenceWeight = 1, string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        if (latentSize < 1) throw Fail.Value(Path, $"latentSize is {latentSize}", "give at least 1");
        if (encoder.Graph is not { } known)
            throw Fail.Model(Path, "the encoder does not know its input", "begin it with an Input of a sample's shape");
        encoder.NameBy("encoder");
        decoder.NameBy("decoder");
        (Encoder, Decoder, LatentSize, DivergenceWeight) = (encoder, decoder, latentSize, divergenceWeight);
        Shape sample = known.Inputs[0].Shape;
        var x = SymbolicTensor.Input(sample, known.Inputs[0].DType);
        SymbolicTensor encoded = encoder.Apply(x);
        if (encoded.Shape != Shape.Create([2 * latentSize]))
        {
            throw Fail.Shape(Path, $"the encoder gives {encoded.Shape}, where [{2 * latentSize}] is wanted: a mean and a log variance",
                $"end the encoder with new Dense({2 * latentSize})");
        }

        SymbolicTensor made = decoder.Apply(new LatentSampling(divergenceWeight / Math.Max(1, sample.Length)).Apply(encoded));
        if (made.Shape != sample)
            throw Fail.Shape(Path, $"the decoder makes samples of shape {made.Shape}, and the encoder takes {sample}", "let the two agree");
        SetGraph(new ModelGraph(Path, [x], [made]));
    }

    /// <summary>From a sample to the mean and the log variance of its latent point.</summary>
    public Model Encoder { get; }

    /// <summary>From a latent point to a sample.</summary>
    public Model Decoder { get; }

    /// <summary>The length of a latent point.</summary>
    public int LatentSize { get; }

    /// <summary>β, how much the divergence counts.</summary>
    public double DivergenceWeight { get; }

    /// <summary>Trains on samples in memory, which are features and targets at once.</summary>
    /// <param name="features">Samples along the first axis; bytes become numbers in [0, 1].</param>
    /// <param name="epochs">The epoch before which training ends.</param>
    /// <param name="batchSize">Samples in a step.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Model.Seed"/> before anything else; null leaves it.</param>
    /// <param name="validationSplit">The part of the samples to validate on, 0 or more and below 1.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns><c>loss</c> and the metrics, epoch by epoch.</returns>
    /// <exception cref="ModelException">The model is not compiled, or its loss became NaN or infinite.</exception>
    /// <exception cref="ShapeException">The samples do not fit the encoder.</exception>
    /// <exception cref="ValueException">The data set is empty, or a number is out of range.</exception>
    public History Fit(
        Tensor features,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        double validationSplit = 0,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress) => Fit(
            new ReconstructionDataset(new Dataset(features)), epochs, batchSize, shuffle, seed, null, validationSplit, callbacks, initialEpoch,
            verbose);

    /// <summary>Measures loss and metrics on samples that are features and targets at once.</summary>
    /// <param name="features">Samples along the first axis; bytes become numbers in [0, 1].</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>Means over the samples.</returns>
    /// <exception cref="ModelException">The model is not compiled.</exception>
    /// <exception cref="ShapeException">The samples do not fit the encoder.</exception>
    public Evaluation Evaluate(Tensor features, int batchSize = 32) =>
        Evaluate(new ReconstructionDataset(new Dataset(features)), batchSize);

    /// <summary>The means of the latent points of samples.</summary>
    /// <param name="features">Samples along the first axis; bytes become numbers in [0, 1].</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>[n, latentSize], a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">The samples do not fit the encoder.</exception>
    public Tensor Encode(Tensor features, int batchSize = 64) => Encoder.Predict(features, batchSize)[.., ..LatentSize].Detach();

    /// <summary>Makes samples of latent points that a seed gives.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The seed; the same one gives the same samples of the same weights.</param>
    /// <returns>[count, …], a tensor that no scope owns.</returns>
    /// <exception cref="ValueException">The count is below 1.</exception>
    public Tensor Generate(int count, ulong seed = RandomGenerator.DefaultSeed) =>
        Decoder.Predict(LatentPoints.Sample(Path, count, LatentSize, seed, Graph!.Inputs[0].DType), 64);

    /// <summary>Makes samples on the straight way, or on the sphere, from one latent point to another.</summary>
    /// <param name="from">Where the way begins, [latentSize].</param>
    /// <param name="to">Where it ends, [latentSize].</param>
    /// <param name="steps">How many samples, both ends included; at least 2.</param>
    /// <param name="spherical">Whether the way keeps to the sphere; false by default, since means of latent points lie anywhere.</param>
    /// <returns>[steps, …], a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">An end has another shape.</exception>
    /// <exception cref="ValueException">Fewer than 2 steps.</exception>
    public Tensor Interpolate(Tensor from, Tensor to, int steps = 8, bool spherical = false) =>
        Decoder.Predict(LatentPoints.Between(Path, from, to, steps, spherical, LatentSize, Graph!.Inputs[0].DType), 64);
}
