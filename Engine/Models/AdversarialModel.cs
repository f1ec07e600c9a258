using Engine.Layers;
using Engine.Losses;
using Engine.Optimizers;

namespace Engine.Models;

/// <summary>What generative adversarial networks share: a generator and a discriminator, trained in turns. F-N1, F-N2.</summary>
/// <remarks>
/// Goodfellow et al. 2014. As a layer it is their composition, z → D(G(z)). The two are models of their own: <see cref="Generator"/> and
/// <see cref="Discriminator"/> can be saved, summed up and used alone.
/// </remarks>
public abstract partial class AdversarialModel : Model
{
    private Optimizer? generatorOptimizer;
    private Optimizer? discriminatorOptimizer;
    private bool isTraining;

    private protected AdversarialModel(Model generator, Model discriminator, int latentSize, string? name)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(discriminator);
        if (latentSize < 1) throw Fail.Value(Path, $"latentSize is {latentSize}", "give at least 1");
        if (ReferenceEquals(generator, discriminator))
            throw Fail.Value(Path, "one model was given as generator and discriminator", "give two");
        (Generator, Discriminator, LatentSize) = (generator, discriminator, latentSize);
        generator.NameBy("generator");
        discriminator.NameBy("discriminator");
    }

    /// <summary>G, which makes samples of latent points.</summary>
    public Model Generator { get; }

    /// <summary>D, which scores samples: the larger, the more real.</summary>
    public Model Discriminator { get; }

    /// <summary>The length of a latent point z; its numbers are drawn from N(0, 1).</summary>
    public int LatentSize { get; }

    /// <summary>What changes the generator; null before <c>Compile</c>.</summary>
    public Optimizer? GeneratorOptimizer => generatorOptimizer;

    /// <summary>What changes the discriminator; null before <c>Compile</c>.</summary>
    public Optimizer? DiscriminatorOptimizer => discriminatorOptimizer;

    /// <summary>The generator's optimizer, for reports that name one. Callbacks that change the learning rate change both.</summary>
    public override Optimizer? Optimizer => generatorOptimizer;

    /// <summary>What the two make small; <see cref="GanLoss.NonSaturating"/> by default.</summary>
    public GanLoss AdversarialLoss { get; private set; } = GanLoss.NonSaturating;

    /// <summary>How many steps the discriminator takes for one of the generator's, each on a batch of its own.</summary>
    public int DiscriminatorSteps { get; private set; } = 1;

    /// <summary>λ of the gradient penalty, F-N7; 0 for none.</summary>
    public double GradientPenalty { get; private set; }

    /// <summary>γ of the R1 penalty, F-N8; 0 for none.</summary>
    public double R1Penalty { get; private set; }

    /// <summary>The standard deviation of the noise on what the discriminator sees, for each step.</summary>
    public LearningRateSchedule InstanceNoise { get; private set; } = 0.0;

    /// <inheritdoc/>
    internal override IReadOnlyList<TrainedPart> TrainedParts => generatorOptimizer is null
        ? []
        :
        [
            new TrainedPart($"generator_{TrainedPart.KeyEnd}", generatorOptimizer, GeneratorNet.Variables),
            new TrainedPart($"discriminator_{TrainedPart.KeyEnd}", discriminatorOptimizer!, DiscriminatorNet.Variables),
        ];

    /// <summary>The type of latent points: the generator's.</summary>
    private protected DType LatentType => Generator.Graph?.Inputs[0].DType ?? DType.Float32;

    /// <summary>G as it is trained, with what a subclass puts before it.</summary>
    private protected abstract Model GeneratorNet { get; }

    /// <summary>D as it is trained, with what a subclass puts before it.</summary>
    private protected abstract Model DiscriminatorNet { get; }

    /// <summary>Sets how the two networks are trained.</summary>
    /// <remarks>
    /// A moving average of the generator (Yazıcı et al. 2019) is its optimizer's: <c>new Adam(2e-4) { UseEma = true, EmaMomentum = 0.999
    /// }</c>; samples are made with it, during training too. Weight clipping is a constraint of the discriminator's layers,
    /// <see cref="WeightClipping"/>. Both penalties and the noise may be combined with every loss.
    /// </remarks>
    /// <param name="generatorOptimizer">Changes the generator.</param>
    /// <param name="discriminatorOptimizer">Changes the discriminator; another object than the generator's.</param>
    /// <param name="loss">What the two make small; <see cref="GanLoss.NonSaturating"/> by default.</param>
    /// <param name="discriminatorSteps">How many steps the discriminator takes for one of the generator's; 1 by default. Each takes a
    /// batch.</param>
    /// <param name="gradientPenalty">λ: λE[(‖∇D(x̂)‖ − 1)²] joins the discriminator's loss, x̂ between real and generated samples
    /// (Gulrajani et al. 2017, who take 10). F-N7. 0, none, by default.</param>
    /// <param name="r1Penalty">γ: ½γE[‖∇D(x)‖²] joins the discriminator's loss, x real (Mescheder, Geiger and Nowozin 2018). F-N8. 0, none,
    /// by default.</param>
    /// <param name="instanceNoise">The standard deviation of normal noise on all that the discriminator sees in training (Sønderby et al.
    /// 2017): a number, or a schedule that gives one for each step. 0, none, by default.</param>
    /// <exception cref="ValueException">A number is out of its range, or one optimizer was given for both.</exception>
    public void Compile(
        Optimizer generatorOptimizer,
        Optimizer discriminatorOptimizer,
        GanLoss? loss = null,
        int discriminatorSteps = 1,
        double gradientPenalty = 0,
        double r1Penalty = 0,
        LearningRateSchedule? instanceNoise = null)
    {
        ArgumentNullException.ThrowIfNull(generatorOptimizer);
        ArgumentNullException.ThrowIfNull(discriminatorOptimizer);
        string where = $"{Path}: Compile";
        if (ReferenceEquals(generatorOptimizer, discriminatorOptimizer))
            throw Fail.Value(where, "one optimizer was given for both networks", "make two: each counts its own steps");
        if (discriminatorSteps < 1) throw Fail.Value(where, $"discriminatorSteps is {discriminatorSteps}", "give at least 1");
        RequireNotNegative(where, "gradientPenalty", gradientPenalty);
        RequireNotNegative(where, "r1Penalty", r1Penalty);
        if (instanceNoise is ConstantLearningRate constant) RequireNotNegative(where, "instanceNoise", constant.LearningRate);
        (this.generatorOptimizer, this.discriminatorOptimizer) = (generatorOptimizer, discriminatorOptimizer);
        AdversarialLoss = loss ?? GanLoss.NonSaturating;
        (DiscriminatorSteps, GradientPenalty, R1Penalty) = (discriminatorSteps, gradientPenalty, r1Penalty);
        InstanceNoise = instanceNoise ?? 0.0;
    }

    /// <summary>Draws latent points, z ~ N(0, 1).</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The seed; the same one gives the same points.</param>
    /// <returns>[count, <see cref="LatentSize"/>], a tensor that no scope owns.</returns>
    /// <exception cref="ValueException">The count is below 1.</exception>
    public Tensor SampleLatent(int count, ulong seed = RandomGenerator.DefaultSeed) =>
        LatentPoints.Sample(Path, count, LatentSize, seed, LatentType);

    /// <summary>Points on the way from one latent point to another.</summary>
    /// <remarks>On the sphere by default, zᵢ = (sin((1 − t)ω)·a + sin(tω)·b)/sin ω with ω the angle between a and b, since normal points of
    /// many dimensions lie near one (White 2016); or straight, (1 − t)a + tb.</remarks>
    /// <param name="from">a, [<see cref="LatentSize"/>].</param>
    /// <param name="to">b, [<see cref="LatentSize"/>].</param>
    /// <param name="steps">How many points, both ends included; at least 2.</param>
    /// <param name="spherical">Whether the way keeps to the sphere; true by default.</param>
    /// <returns>[steps, <see cref="LatentSize"/>], a tensor that no scope owns.</returns>
    /// <exception cref="ShapeException">An end has another shape.</exception>
    /// <exception cref="ValueException">Fewer than 2 steps.</exception>
    public Tensor InterpolateLatent(Tensor from, Tensor to, int steps = 8, bool spherical = true) =>
        LatentPoints.Between(Path, from, to, steps, spherical, LatentSize, LatentType);

    /// <summary>Runs something with the generator's moving average in its place, where its optimizer keeps one.</summary>
    private protected Tensor WithAverage(Func<Tensor> make)
    {
        if (!isTraining || generatorOptimizer is not { UseEma: true } optimizer) return make();
        IReadOnlyList<Variable> variables = GeneratorNet.TrainableVariables;
        bool changed = optimizer.TakeAverages(variables);
        try
        {
            return make();
        }
        finally
        {
            if (changed) optimizer.ResumeVariableValues(variables);
        }
    }

    /// <summary>Takes over the composition of the two networks as the graph.</summary>
    private protected void Compose(IReadOnlyList<SymbolicTensor> inputs, SymbolicTensor samples, IReadOnlyList<SymbolicTensor> conditions)
    {
        SymbolicTensor scores = DiscriminatorNet.Apply([samples, .. conditions]);
        SetGraph(new ModelGraph(Path, inputs, [scores]));
    }

    private protected void CheckLatent(Shape wanted)
    {
        if (Generator.InputShapes is not [var given, ..] || given == wanted) return;
        throw Fail.Shape(Path, $"the generator takes {given}, and with latentSize {LatentSize} it would get {wanted}",
            $"begin the generator with new Input({wanted[0]}), or give the latentSize that it was made for");
    }

    private static void RequireNotNegative(string where, string parameter, double value)
    {
        if (!(double.IsFinite(value) && value >= 0)) throw Fail.Value(where, $"{parameter} is {value}", "give a finite number, 0 or more");
    }
}
