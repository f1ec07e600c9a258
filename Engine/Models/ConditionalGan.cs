using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <summary>A generative adversarial network that is told what to make: both networks see a label. F-N11, F-N12.</summary>
/// <remarks>
/// Mirza and Osindero 2014. The label's embedding e(y) stands beside the latent point, so the generator takes [latentSize +
/// embeddingSize] numbers. The discriminator sees another embedding beside the sample: of a vector as further elements, of an image
/// [H, W, C] as one further channel, a plane that a Dense layer makes of it. With <c>auxiliaryClassifier</c> (Odena, Olah and Shlens 2017)
/// the discriminator sees the sample alone and gives 1 + classes numbers, a score and the logits of the classes, whose cross-entropy joins
/// both losses.
/// </remarks>
public sealed class ConditionalGan : AdversarialModel
{
    private readonly Model generatorNet;
    private readonly Model discriminatorNet;

    /// <summary>Joins two networks, and adds the embeddings of the labels.</summary>
    /// <param name="generator">Makes samples of [latentSize + embeddingSize].</param>
    /// <param name="discriminator">Gives logits for a sample with its label beside it, or, with an auxiliary classifier, 1 + classes
    /// numbers for a sample.</param>
    /// <param name="latentSize">The length of a latent point.</param>
    /// <param name="classes">The number of labels, 0 to classes − 1; at least 2.</param>
    /// <param name="embeddingSize">The length of a label's embedding; 50 by default.</param>
    /// <param name="auxiliaryClassifier">Whether the discriminator names the class instead of seeing it; false by default.</param>
    /// <param name="classWeight">How much the classes' cross-entropy counts beside the adversarial loss; 1 by default.</param>
    /// <param name="name">The model's name; <c>conditional_gan</c> by default.</param>
    /// <exception cref="ShapeException">A network takes or gives another shape.</exception>
    /// <exception cref="ValueException">A number is out of its range.</exception>
    public ConditionalGan(
        Model generator,
        Model discriminator,
        int latentSize,
        int classes,
        int embeddingSize = 50,
        bool auxiliaryClassifier = false,
        double classWeight = 1,
        string? name = null)
        : base(generator, discriminator, latentSize, name)
    {
        if (classes < 2) throw Fail.Value(Path, $"classes is {classes}", "give at least 2");
        LayerCheck.Positive(Path, "embeddingSize", embeddingSize);
        if (!(double.IsFinite(classWeight) && classWeight >= 0))
            throw Fail.Value(Path, $"classWeight is {classWeight}", "give a finite number, 0 or more");
        (Classes, EmbeddingSize, HasAuxiliaryClassifier, ClassWeight) = (classes, embeddingSize, auxiliaryClassifier, classWeight);
        CheckLatent(Shape.Create([latentSize + embeddingSize]));
        var latent = SymbolicTensor.Input(Shape.Create([latentSize]), LatentType);
        var label = SymbolicTensor.Input([], DType.Int32);
        SymbolicTensor samples = generator.Apply(new Concatenate().Apply(latent, Embed(label, 1)));
        generatorNet = new Model([latent, label], [samples], "generator_of_labels");
        discriminatorNet = auxiliaryClassifier ? discriminator : Seeing(discriminator, samples.Shape, samples.DType);
        var (point, wanted) = (SymbolicTensor.Input(Shape.Create([latentSize]), LatentType), SymbolicTensor.Input([], DType.Int32));
        SymbolicTensor made = generatorNet.Apply(point, wanted);
        Compose([point, wanted], made, auxiliaryClassifier ? [] : [wanted]);
        if (!auxiliaryClassifier || OutputShapes[0] == Shape.Create([1 + classes])) return;
        throw Fail.Shape(Path, $"the discriminator gives {OutputShapes[0]}, where [{1 + classes}] is wanted: a score and {classes} logits",
            $"end the discriminator with new Dense({1 + classes})");
    }

    /// <summary>The number of labels.</summary>
    public int Classes { get; }

    /// <summary>The length of a label's embedding.</summary>
    public int EmbeddingSize { get; }

    /// <summary>Whether the discriminator names the class instead of seeing it.</summary>
    public bool HasAuxiliaryClassifier { get; }

    /// <summary>How much the classes' cross-entropy counts beside the adversarial loss.</summary>
    public double ClassWeight { get; }

    /// <inheritdoc/>
    private protected override Model GeneratorNet => generatorNet;

    /// <inheritdoc/>
    private protected override Model DiscriminatorNet => discriminatorNet;

    /// <summary>Trains the two networks on samples and labels in memory. See the form for a data set for the details.</summary>
    /// <param name="features">Real samples along the first axis; bytes become numbers in [0, 1].</param>
    /// <param name="labels">Their labels, [N] integers.</param>
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
        Tensor labels,
        int epochs = 1,
        int batchSize = 32,
        bool shuffle = true,
        ulong? seed = null,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        Verbosity verbose = Verbosity.Progress) =>
        Fit(new Dataset(features, labels), epochs, batchSize, shuffle, seed, callbacks, initialEpoch, verbose);

    /// <summary>Trains the two networks in turns. The labels of the generated samples are those of the batch.</summary>
    /// <remarks>The same seed gives the same bits, on any number of threads.</remarks>
    /// <param name="data">Real samples with labels.</param>
    /// <param name="epochs">The epoch before which training ends: how often every sample is used, when it begins at 0.</param>
    /// <param name="batchSize">Samples in a step; the last batch of an epoch has what remains.</param>
    /// <param name="shuffle">Whether the samples come in a new order each epoch.</param>
    /// <param name="seed">Sets <see cref="Model.Seed"/> before anything else; null leaves it.</param>
    /// <param name="callbacks">What is told how training goes.</param>
    /// <param name="initialEpoch">The epoch to begin with, counted from 0, when training goes on.</param>
    /// <param name="verbose">What is shown.</param>
    /// <returns><c>generator_loss</c> and <c>discriminator_loss</c>, epoch by epoch.</returns>
    /// <exception cref="ModelException">As <see cref="Gan.Fit(Dataset, int, int, bool, ulong?, IReadOnlyList{Callback}, int, Verbosity)"/>.
    /// </exception>
    /// <exception cref="ShapeException">The generator's samples and the data have different shapes, or the labels are not [N].</exception>
    /// <exception cref="ValueException">The data set is empty or without labels, a label is out of range, or a number is.</exception>
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
        CheckLabels("Fit", data.LabelShape is null ? null : data.Labels, data.Count);
        return Train(data, epochs, batchSize, shuffle, seed, callbacks, initialEpoch, verbose);
    }

    /// <summary>Takes one step: the discriminator's and, after every <c>discriminatorSteps</c> of them, the generator's.</summary>
    /// <param name="features">A batch of real samples; bytes become numbers in [0, 1].</param>
    /// <param name="labels">Their labels, [N] integers.</param>
    /// <returns>The losses before the step; null for a generator whose turn it is not.</returns>
    /// <exception cref="ModelException">As <c>Fit</c>.</exception>
    /// <exception cref="ShapeException">A shape does not fit.</exception>
    /// <exception cref="ValueException">A label is out of range.</exception>
    public new (double? GeneratorLoss, double DiscriminatorLoss) TrainOnBatch(Tensor features, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(features);
        CheckLabels("TrainOnBatch", labels, features.Rank == 0 ? 0 : features.Shape[0]);
        return TrainOnce(features, labels);
    }

    /// <summary>Makes samples of one label.</summary>
    /// <param name="label">What to make, 0 to classes − 1.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The seed of the latent points.</param>
    /// <returns>[count, …], a tensor that no scope owns.</returns>
    /// <exception cref="ValueException">The label is out of range, or the count below 1.</exception>
    public Tensor Generate(int label, int count, ulong seed = RandomGenerator.DefaultSeed)
    {
        if (count < 1) throw Fail.Value($"{Path}: Generate", $"{count} samples were asked for", "ask for at least 1");
        return Generate(Tensor.Full([count], label, DType.Int32), seed);
    }

    /// <summary>Makes a sample of each label.</summary>
    /// <param name="labels">[N] integers, 0 to classes − 1.</param>
    /// <param name="seed">The seed of the latent points.</param>
    /// <returns>[N, …], a tensor that no scope owns.</returns>
    /// <exception cref="ValueException">A label is out of range, or there are none.</exception>
    /// <exception cref="ShapeException">The labels are not [N].</exception>
    public Tensor Generate(Tensor labels, ulong seed = RandomGenerator.DefaultSeed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Length == 0) throw Fail.Value($"{Path}: Generate", "0 samples were asked for", "give at least one label");
        return Generate(labels, SampleLatent(labels.Length, seed));
    }

    /// <summary>Makes a sample of each label and latent point.</summary>
    /// <param name="labels">[N] integers, 0 to classes − 1.</param>
    /// <param name="latent">[N, latentSize].</param>
    /// <param name="batchSize">Samples computed at a time.</param>
    /// <returns>[N, …], a tensor that no scope owns.</returns>
    /// <exception cref="ValueException">A label is out of range.</exception>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public Tensor Generate(Tensor labels, Tensor latent, int batchSize = 64)
    {
        ArgumentNullException.ThrowIfNull(latent);
        if (latent.Rank != 2 || latent.Shape[1] != LatentSize || latent.Shape[0] == 0)
            throw Fail.Shape($"{Path}: Generate", $"latent points of shape {latent.Shape}, where [n, {LatentSize}] with n of at least 1 is wanted",
                "draw them with SampleLatent");
        CheckLabels("Generate", labels, latent.Shape[0]);
        return WithAverage(() => generatorNet.PredictAll([latent, labels.Cast(DType.Int32)], batchSize)[0]);
    }

    /// <summary>Makes samples of one label on the way from one latent point to another.</summary>
    /// <param name="label">What to make.</param>
    /// <param name="from">Where the way begins, [latentSize].</param>
    /// <param name="to">Where it ends, [latentSize].</param>
    /// <param name="steps">How many samples, both ends included; at least 2.</param>
    /// <param name="spherical">Whether the way keeps to the sphere; see <see cref="AdversarialModel.InterpolateLatent"/>.</param>
    /// <returns>[steps, …], a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">An end has another shape.</exception>
    /// <exception cref="ValueException">The label is out of range, or fewer than 2 steps.</exception>
    public Tensor Interpolate(int label, Tensor from, Tensor to, int steps = 8, bool spherical = true)
    {
        Tensor points = InterpolateLatent(from, to, steps, spherical);
        return Generate(Tensor.Full([steps], label, DType.Int32), points);
    }

    /// <inheritdoc/>
    private protected override Tensor RunGenerator(Tensor latent, Tensor? labels, bool training) =>
        generatorNet.Apply([latent, labels!.Cast(DType.Int32)], training);

    /// <inheritdoc/>
    private protected override Tensor RunDiscriminator(Tensor samples, Tensor? labels, bool training) => HasAuxiliaryClassifier
        ? discriminatorNet.Apply(samples, training)
        : discriminatorNet.Apply([samples, labels!.Cast(DType.Int32)], training);

    /// <inheritdoc/>
    private protected override Tensor Scores(Tensor output) => HasAuxiliaryClassifier ? output[.., ..1] : output;

    /// <inheritdoc/>
    private protected override Tensor? OtherLoss(Tensor output, Tensor? labels) => HasAuxiliaryClassifier
        ? Tensor.SoftmaxCrossEntropy(output[.., 1..], labels!.Cast(DType.Int32)).Mean() * ClassWeight
        : null;

    /// <summary>Embeddings of a length near the given one at first.</summary>
    private SymbolicTensor Embed(SymbolicTensor label, double length) => new Embedding(
        Classes, EmbeddingSize, Initializer.RandomNormal(0, length / Math.Sqrt(EmbeddingSize)), dtype: LatentType).Apply(label);

    /// <summary>A discriminator that sees a label beside the sample.</summary>
    private Model Seeing(Model discriminator, Shape sample, DType dtype)
    {
        var x = SymbolicTensor.Input(sample, dtype);
        var label = SymbolicTensor.Input([], DType.Int32);
        // The discriminator is to mind the label from the first step on; the generator is not to forget its latent point over it.
        SymbolicTensor embedding = Embed(label, Math.Sqrt(EmbeddingSize));
        SymbolicTensor beside = sample.Rank switch
        {
            1 => embedding,
            3 => new Reshape(sample[0], sample[1], 1).Apply(new Dense(sample[0] * sample[1]).Apply(embedding)),
            _ => throw Fail.Shape(Path, $"samples of shape {sample}", "use vectors [n] or images [H, W, C], or an auxiliary classifier"),
        };
        return new Model([x, label], [discriminator.Apply(new Concatenate().Apply(x, beside))], "discriminator_of_labels");
    }

    private void CheckLabels(string method, Tensor? labels, int count)
    {
        string where = $"{Path}: {method}";
        if (labels is null) throw Fail.Value(where, "the data set has no labels", "make it with new Dataset(features, labels)");
        if (labels.Shape != Shape.Create([count]))
            throw Fail.Shape(where, $"labels of shape {labels.Shape} for {count} samples", $"give [{count}] labels");
        if (labels.DType.IsFloatingPoint() || labels.DType == DType.Bool)
            throw Fail.DType(where, $"labels of type {labels.DType}", "give integers, for example from Cast(DType.Int32)");
        int index = 0;
        foreach (int label in labels.Cast(DType.Int32).AsSpan<int>())
        {
            if ((uint)label >= (uint)Classes)
                throw Fail.Value(where, $"label {index} is {label}, and there are {Classes} classes", $"use 0 to {Classes - 1}");
            index++;
        }
    }
}
