using Engine.Data;
using Engine.Layers;
using Engine.Losses;

namespace Engine.Models;

/// <content>The steps of the two networks, in turns.</content>
public abstract partial class AdversarialModel
{
    private const string GeneratorLossName = "generator_loss", DiscriminatorLossName = "discriminator_loss";

    private IReadOnlyList<Variable> generatorVariables = [];
    private IReadOnlyList<Variable> discriminatorVariables = [];
    private bool measuresGradients;

    /// <summary>The part of the samples of the last epoch, or of the epoch under way, real and generated ones counted alike, that the
    /// discriminator told apart: 0.5 is guessing. NaN before training.</summary>
    /// <remarks>A sample counts as taken for real where its logit is above 0; a Wasserstein critic's scores have no such zero.</remarks>
    public double DiscriminatorAccuracy { get; private set; } = double.NaN;

    /// <summary>The length of each network's gradients in its last step of an epoch; NaN before. One that grows without end or goes to 0
    /// tells which network stopped learning.</summary>
    public (double Generator, double Discriminator) GradientNorms { get; private set; } = (double.NaN, double.NaN);

    private protected History Train(
        Dataset data,
        int epochs,
        int batchSize,
        bool shuffle,
        ulong? seed,
        IReadOnlyList<Callback>? callbacks,
        int initialEpoch,
        Verbosity verbose)
    {
        CheckTraining(data, epochs, batchSize, initialEpoch);
        if ((data.Count + batchSize - 1) / batchSize < DiscriminatorSteps)
        {
            throw Fail.Value($"{Path}: Fit",
                $"{data.Count} samples in batches of {batchSize} are fewer batches than discriminatorSteps, {DiscriminatorSteps}",
                "use smaller batches or fewer discriminatorSteps, so that the generator is trained in every epoch");
        }

        if (seed is { } wanted) Seed = wanted;
        using var reader = new TrainingReader(TrainingData.Of(data, null), null, batchSize, shuffle ? Seed : null);
        reader.Start(0);
        CheckFirst(reader.Next()!, verbose);
        var plan = new TrainingPlan(initialEpoch, epochs, reader.BatchCount, reader.SampleCount, batchSize);
        ResumeTraining();
        isTraining = true;
        try
        {
            return RunEpochs(
                plan,
                callbacks ?? [],
                TrainingProgress.For(verbose, data.FeatureShape.Rank == 3),
                (epoch, listeners) => TrainEpoch(reader, epoch, listeners),
                () =>
                {
                    generatorOptimizer!.FinalizeVariableValues(generatorVariables);
                    discriminatorOptimizer!.FinalizeVariableValues(discriminatorVariables);
                });
        }
        finally
        {
            isTraining = false;
        }
    }

    /// <summary>One step outside <c>Fit</c>.</summary>
    private protected (double? Generator, double Discriminator) TrainOnce(Tensor features, Tensor? labels)
    {
        var data = new Dataset(features, labels);
        CheckTraining(data, 1, 1, 0);
        using TrainingReader? reader =
            data.FeatureType == features.DType ? null : new TrainingReader(TrainingData.Of(data, null), null, data.Count, null);
        reader?.Start(0);
        // Only bytes need a batch of their own, scaled; other samples are used where they lie.
        Batch batch = reader?.Next() ?? new Batch([features], labels is null ? [] : [labels], [null]);
        if (generatorVariables.Count == 0 || features.Shape.Remove(0) != checkedShape) CheckFirst(batch, Verbosity.Silent);
        ResumeTraining();
        measuresGradients = false;
        var right = new RightAnswers();
        (double? generator, double discriminator) = TakeStep(batch, right);
        DiscriminatorAccuracy = right.Share;
        return (generator, discriminator);
    }

    /// <summary>What G makes of latent points, with the inputs that a subclass adds.</summary>
    private protected abstract Tensor RunGenerator(Tensor latent, Tensor? labels, bool training);

    /// <summary>What D says of samples, with the inputs that a subclass adds.</summary>
    private protected abstract Tensor RunDiscriminator(Tensor samples, Tensor? labels, bool training);

    /// <summary>The scores in D's output.</summary>
    private protected virtual Tensor Scores(Tensor output) => output;

    /// <summary>What D's output besides the scores adds to the loss; null for nothing.</summary>
    private protected virtual Tensor? OtherLoss(Tensor output, Tensor? labels) => null;

    private void ResumeTraining()
    {
        generatorVariables = GeneratorNet.TrainableVariables;
        discriminatorVariables = DiscriminatorNet.TrainableVariables;
        if (generatorVariables.Count == 0 || discriminatorVariables.Count == 0)
        {
            throw Fail.Model($"{Path}: Fit",
                $"the {(generatorVariables.Count == 0 ? "generator" : "discriminator")} has no trainable variables",
                "add layers with weights, or set Trainable on some that it has");
        }

        generatorOptimizer!.ResumeVariableValues(generatorVariables);
        discriminatorOptimizer!.ResumeVariableValues(discriminatorVariables);
    }

    /// <summary>One epoch; null when it was cut short.</summary>
    private Dictionary<string, double>? TrainEpoch(TrainingReader reader, int epoch, List<Callback> listeners)
    {
        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        (double generatorSum, double discriminatorSum) = (0, 0);
        (int generated, int seen) = (0, 0);
        var right = new RightAnswers();
        RestartCalls();
        reader.Start(epoch);
        for (int index = 0; reader.Next() is { } batch; index++)
        {
            foreach (Callback listener in listeners) listener.OnBatchBegin(this, index);
            measuresGradients = index >= reader.BatchCount - DiscriminatorSteps;
            (double? generator, double discriminator) = TakeStep(batch, right);
            seen += batch.Count;
            discriminatorSum += batch.Count * discriminator;
            if (generator is { } value)
            {
                // The generator's loss stands first, also where the discriminator has taken steps before.
                if (generated == 0) measured.Clear();
                (generatorSum, generated) = (generatorSum + batch.Count * value, generated + batch.Count);
            }

            DiscriminatorAccuracy = right.Share;
            if (generated > 0) measured[GeneratorLossName] = generatorSum / generated;
            measured[DiscriminatorLossName] = discriminatorSum / seen;
            foreach (Callback listener in listeners) listener.OnBatchEnd(this, index, measured);
            if (StopTraining && index < reader.BatchCount - 1) return null;
        }

        return measured;
    }

    /// <summary>A step of the discriminator and, where it is the last of its row, one of the generator on the same latent points.</summary>
    private (double? Generator, double Discriminator) TakeStep(Batch batch, RightAnswers right)
    {
        Tensor real = batch.Features[0];
        Tensor? labels = batch.FirstLabels;
        RandomGenerator random = NextRandom();
        double deviation = InstanceNoise.At(Step);
        bool trainsGenerator = (Step + 1) % DiscriminatorSteps == 0;
        double? generator = null;
        double discriminator;
        if (!trainsGenerator)
        {
            using var scope = new TensorScope();
            Tensor fake;
            using (GradientTape.StopRecording())
            using (GeneratorNet.HoldState()) fake = RunGenerator(Latent(real, random), labels, training: true);
            discriminator = StepDiscriminator(new Samples(real, fake, labels, deviation, random), right);
        }
        else
        {
            // The generator's pass serves both steps: the discriminator learns from its result, then the tape goes back through it.
            using var tape = new GradientTape(watch: generatorVariables);
            using var terms = new LossTerms();
            Tensor fake = RunGenerator(Latent(real, random), labels, training: true);
            Tensor? added = terms.Sum();
            discriminator = StepDiscriminator(new Samples(real, fake.StopGradient(), labels, deviation, random), right);
            generator = StepGenerator(tape, new Samples(real, fake, labels, deviation, random), added);
        }

        Random.Step++;
        return (generator, discriminator);
    }

    private double StepDiscriminator(Samples samples, RightAnswers right)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        using var tape = new GradientTape(watch: discriminatorVariables);
        Tensor loss = DiscriminatorLoss(samples, right);
        double value = loss.ToScalar();
        if (!double.IsFinite(value)) throw Explain("discriminator", value, samples, () => DiscriminatorLoss(samples, null));
        VariableGradients gradients = tape.Gradients(loss, discriminatorVariables);
        if (measuresGradients) GradientNorms = GradientNorms with { Discriminator = gradients.Norm() };
        discriminatorOptimizer!.Apply(gradients);
        return value;
    }

    /// <summary>Nothing of the discriminator changes: it is not watched, and its moving averages are held.</summary>
    private double StepGenerator(GradientTape tape, Samples samples, Tensor? added)
    {
        using IDisposable hold = DiscriminatorNet.HoldState();
        Tensor loss = GeneratorLoss(samples);
        if (WeightPenalty(generatorVariables) is { } penalty) loss += penalty.Cast(loss.DType);
        if (added is not null) loss += added.Cast(loss.DType);
        double value = loss.ToScalar();
        if (!double.IsFinite(value))
        {
            throw Explain("generator", value, samples, () =>
                GeneratorLoss(samples with { Fake = RunGenerator(Latent(samples.Real, samples.Random), samples.Labels, training: true) }));
        }

        VariableGradients gradients = tape.Gradients(loss, generatorVariables);
        if (measuresGradients) GradientNorms = GradientNorms with { Generator = gradients.Norm() };
        generatorOptimizer!.Apply(gradients);
        return value;
    }

    private Tensor GeneratorLoss(Samples samples)
    {
        Tensor output = RunDiscriminator(Noisy(samples.Fake, samples, "noise on what the generator made"), samples.Labels, training: true);
        Tensor loss = AdversarialLoss.Generator(Scores(output));
        return OtherLoss(output, samples.Labels) is { } other ? loss + other : loss;
    }

    private Tensor DiscriminatorLoss(Samples samples, RightAnswers? right)
    {
        using var terms = new LossTerms();
        Tensor real = Noisy(samples.Real, samples, "noise on real"), fake = Noisy(samples.Fake, samples, "noise on fake");
        Tensor realOutput = null!;
        Tensor Real(Tensor x) => realOutput = RunDiscriminator(x, samples.Labels, training: true);
        Tensor? slope = R1Penalty > 0 ? CriticPenalty.ZeroCentered(x => Scores(Real(x)), real) : null;
        if (slope is null) Real(real);
        Tensor fakeOutput = RunDiscriminator(fake, samples.Labels, training: true);
        Tensor realScores = Scores(realOutput), fakeScores = Scores(fakeOutput);
        right?.Count(realScores, fakeScores);
        Tensor loss = AdversarialLoss.Discriminator(realScores, fakeScores);
        if (OtherLoss(realOutput, samples.Labels) is { } onReal) loss = loss + onReal + OtherLoss(fakeOutput, samples.Labels)!;
        if (slope is not null) loss += R1Penalty * slope;
        if (GradientPenalty > 0) loss += GradientPenalty * SlopeBetween(real, fake, samples);
        if (WeightPenalty(discriminatorVariables) is { } penalty) loss += penalty.Cast(loss.DType);
        return terms.Sum() is { } added ? loss + added.Cast(loss.DType) : loss;
    }

    /// <summary>The penalty on points between the two kinds, which are of neither: they do not count in moving averages. F-N7.</summary>
    private Tensor SlopeBetween(Tensor real, Tensor fake, Samples samples)
    {
        Tensor between = CriticPenalty.Between(real, fake, samples.Random.Split("between"));
        using IDisposable hold = DiscriminatorNet.HoldState();
        return CriticPenalty.OneCentered(x => Scores(RunDiscriminator(x, samples.Labels, training: true)), between);
    }

    private Tensor Latent(Tensor real, RandomGenerator random) =>
        Tensor.RandomNormal([real.Shape[0], LatentSize], 0, 1, random.Split("latent"), real.DType);

    private static Tensor Noisy(Tensor x, Samples samples, string which) => samples.Deviation == 0
        ? x
        : x + Tensor.RandomNormal(x.Shape, 0, samples.Deviation, samples.Random.Split(which), x.DType);

    /// <summary>What a step works on; the same random numbers come again when it is looked at once more.</summary>
    private readonly record struct Samples(Tensor Real, Tensor Fake, Tensor? Labels, double Deviation, RandomGenerator Random);

    /// <summary>Counts what the discriminator tells apart.</summary>
    private sealed class RightAnswers
    {
        private long right;
        private long all;

        public double Share => all == 0 ? double.NaN : (double)right / all;

        public void Count(Tensor realScores, Tensor fakeScores)
        {
            right += Above(realScores) + fakeScores.Length - Above(fakeScores);
            all += realScores.Length + fakeScores.Length;
        }

        private static int Above(Tensor scores)
        {
            int count = 0;
            if (scores.DType == DType.Float64)
            {
                foreach (double score in scores.AsSpan<double>()) count += score > 0 ? 1 : 0;
                return count;
            }

            foreach (float score in scores.AsSpan<float>()) count += score > 0 ? 1 : 0;
            return count;
        }
    }
}
