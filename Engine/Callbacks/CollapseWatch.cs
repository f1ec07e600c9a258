using System.Globalization;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Warns when adversarial training goes wrong: the discriminator is right about everything, the samples become alike, or classes
/// are lost. Each warning says what to try.</summary>
/// <remarks>
/// After each epoch it looks at the discriminator's accuracy, at how much samples of fixed latent points differ from each other, and, with a
/// <see cref="SampleEvaluator"/>, at the classes. Training goes on; <see cref="Warnings"/> keeps what was said.
/// </remarks>
public sealed class CollapseWatch : Callback
{
    private readonly SampleEvaluator? evaluator;
    private readonly Action<string> say;
    private readonly List<string> warnings = [];
    private double mostSpread;
    private int mostCovered;

    /// <summary>Creates the callback.</summary>
    /// <param name="evaluator">Names the samples' classes; null for none.</param>
    /// <param name="samples">How many are made and looked at, at least 2; 256 by default.</param>
    /// <param name="accuracy">From which accuracy on the discriminator counts as sure, above 0.5; 0.99 by default.</param>
    /// <param name="spread">Below which part of its largest value the samples' standard deviation counts as lost, 0 to 1; a quarter by
    /// default.</param>
    /// <param name="say">Gets each warning; null to write it to the error output.</param>
    /// <exception cref="ValueException">A number is out of its range.</exception>
    public CollapseWatch(
        SampleEvaluator? evaluator = null, int samples = 256, double accuracy = 0.99, double spread = 0.25, Action<string>? say = null)
    {
        if (samples < 2) throw Fail.Value("CollapseWatch", $"samples is {samples}", "give at least 2");
        if (!(accuracy is > 0.5 and <= 1)) throw Fail.Value("CollapseWatch", $"accuracy is {accuracy}", "give more than 0.5, up to 1");
        if (!(spread is >= 0 and <= 1)) throw Fail.Value("CollapseWatch", $"spread is {spread}", "give a number from 0 to 1");
        (this.evaluator, Samples, Accuracy, Spread) = (evaluator, samples, accuracy, spread);
        this.say = say ?? (line => Console.Error.WriteLine($"warning: {line}"));
    }

    /// <summary>How many samples are looked at.</summary>
    public int Samples { get; }

    /// <summary>From which accuracy on the discriminator counts as sure.</summary>
    public double Accuracy { get; }

    /// <summary>Below which part of its largest value the samples' standard deviation counts as lost.</summary>
    public double Spread { get; }

    /// <summary>What was said since training began.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan)
    {
        if (model is not (Gan or ConditionalGan))
            throw Fail.Model("CollapseWatch", $"{model.Path} is not adversarial", "use it with a Gan or a ConditionalGan");
        warnings.Clear();
        (mostSpread, mostCovered) = (0, 0);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        var gan = (AdversarialModel)model;
        if (gan.DiscriminatorAccuracy >= Accuracy)
        {
            Warn(epoch, $"the discriminator tells {Percent(gan.DiscriminatorAccuracy)} of all samples apart, so the generator learns little",
                "a smaller learning rate or fewer steps for the discriminator, GanLoss.WithLabelSmoothing, instanceNoise, r1Penalty, or "
                + "GanLoss.Wasserstein with gradientPenalty");
        }

        Tensor samples = Make(model);
        double spread = DeviationOf(samples);
        if (spread < Spread * mostSpread)
        {
            Warn(epoch, $"the samples have become alike: their standard deviation is {Percent(spread / mostSpread)} of what it was",
                "smaller learning rates, GanLoss.Wasserstein with gradientPenalty, r1Penalty, a larger batch, or normalisation in the generator");
        }

        mostSpread = Math.Max(mostSpread, spread);
        if (evaluator is null) return;
        int covered = evaluator.Coverage(samples).Covered;
        if (covered < mostCovered)
        {
            Warn(epoch, $"the samples show {covered} of the {mostCovered} classes that they showed before",
                "GanLoss.Wasserstein with gradientPenalty, r1Penalty, a larger batch, or a ConditionalGan");
        }

        mostCovered = Math.Max(mostCovered, covered);
    }

    private Tensor Make(Model model) => model is Gan gan
        ? gan.Generate(Samples, seed: 1)
        : ((ConditionalGan)model).Generate(
            Tensor.From<int>([.. Enumerable.Range(0, Samples).Select(i => i % ((ConditionalGan)model).Classes)]), seed: 1);

    private static double DeviationOf(Tensor samples)
    {
        using var scope = new TensorScope();
        return Math.Sqrt(samples.Variance([0]).Mean().ToScalar());
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    private void Warn(int epoch, string problem, string remedy)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"epoch {epoch + 1}: {problem}. Try {remedy}.");
        warnings.Add(line);
        say(line);
    }
}
