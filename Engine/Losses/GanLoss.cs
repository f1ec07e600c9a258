namespace Engine.Losses;

/// <summary>What the two networks of a generative adversarial network make small, from logits: a discriminator's scores before any
/// sigmoid. F-N1 to F-N6.</summary>
/// <remarks>
/// D(x) = σ(d) is the probability that x is real. Logarithms of it are computed as softplus, −ln σ(d) = ln(1 + e^−d), which is finite for
/// logits of any size. All means go over all scores, so a discriminator may score patches. Goodfellow et al. 2014; Mao et al. 2017; Lim and
/// Ye 2017; Arjovsky, Chintala and Bottou 2017.
/// </remarks>
public sealed class GanLoss
{
    private readonly Func<Tensor, Tensor> generator;
    private readonly Func<Tensor, double, Tensor> real;
    private readonly Func<Tensor, Tensor> fake;
    private readonly bool hasTargets;

    private GanLoss(
        string name,
        Func<Tensor, Tensor> generator,
        Func<Tensor, double, Tensor> real,
        Func<Tensor, Tensor> fake,
        bool hasTargets,
        double labelSmoothing = 0)
    {
        (Name, this.generator, this.real, this.fake) = (name, generator, real, fake);
        (this.hasTargets, LabelSmoothing) = (hasTargets, labelSmoothing);
    }

    /// <summary>L_G = −E[ln D(G(z))] (F-N1), L_D = −E[ln D(x)] − E[ln(1 − D(G(z)))] (F-N2).</summary>
    public static GanLoss NonSaturating { get; } =
        new("non_saturating", d => (-d).Softplus().Mean(), RealEntropy, FakeEntropy, hasTargets: true);

    /// <summary>L_G = E[ln(1 − D(G(z)))] (F-N3), which saturates while the discriminator is sure; L_D as <see cref="NonSaturating"/>.</summary>
    public static GanLoss Minimax { get; } = new("minimax", d => -d.Softplus().Mean(), RealEntropy, FakeEntropy, hasTargets: true);

    /// <summary>L_G = ½E[(d(G(z)) − 1)²], L_D = ½E[(d(x) − 1)²] + ½E[d(G(z))²]. F-N4.</summary>
    public static GanLoss LeastSquares { get; } = new(
        "least_squares",
        d => (d - 1).Square().Mean() * 0.5,
        (d, smoothing) => (d - (1 - smoothing)).Square().Mean() * 0.5,
        d => d.Square().Mean() * 0.5,
        hasTargets: true);

    /// <summary>L_G = −E[d(G(z))], L_D = E[max(0, 1 − d(x))] + E[max(0, 1 + d(G(z)))]. F-N5.</summary>
    /// <remarks>The derivative at the kink is 0.</remarks>
    public static GanLoss Hinge { get; } =
        new("hinge", d => -d.Mean(), (d, _) => (1 - d).ReLU().Mean(), d => (1 + d).ReLU().Mean(), hasTargets: false);

    /// <summary>L_G = −E[d(G(z))], L_D = E[d(G(z))] − E[d(x)]: the critic's estimate of −W(x, G(z)). F-N6.</summary>
    /// <remarks>It needs a bound on the critic's slope: a gradient penalty, weight clipping or spectral normalisation.</remarks>
    public static GanLoss Wasserstein { get; } = new("wasserstein", d => -d.Mean(), (d, _) => -d.Mean(), d => d.Mean(), hasTargets: false);

    /// <summary>The name, as <c>non_saturating</c>.</summary>
    public string Name { get; }

    /// <summary>s: the discriminator's target for real samples is 1 − s; 0 by default. See <see cref="WithLabelSmoothing"/>.</summary>
    public double LabelSmoothing { get; }

    /// <summary>The same loss with 1 − s as the discriminator's target for real samples. Salimans et al. 2016 (one-sided).</summary>
    /// <param name="labelSmoothing">s, 0 or more and below 1.</param>
    /// <returns>Another loss.</returns>
    /// <exception cref="ValueException">s lies outside [0, 1), or the loss has no targets, as Hinge and Wasserstein.</exception>
    public GanLoss WithLabelSmoothing(double labelSmoothing)
    {
        if (!(labelSmoothing is >= 0 and < 1))
            throw Fail.Value($"GanLoss {Name}", $"labelSmoothing is {labelSmoothing}", "give 0 or more and less than 1");
        if (!hasTargets && labelSmoothing > 0)
        {
            throw Fail.Value($"GanLoss {Name}", $"labelSmoothing is {labelSmoothing}, and this loss has no targets to smooth",
                "leave it out, or use NonSaturating, Minimax or LeastSquares");
        }

        return new GanLoss(Name, generator, real, fake, hasTargets, labelSmoothing);
    }

    /// <summary>L_G, the generator's loss.</summary>
    /// <param name="fakeLogits">d(G(z)): the discriminator's scores of generated samples.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="DTypeException">The scores are not floating point.</exception>
    /// <exception cref="ShapeException">There are no scores.</exception>
    public Tensor Generator(Tensor fakeLogits) => generator(Checked("fakeLogits", fakeLogits));

    /// <summary>L_D, the discriminator's loss.</summary>
    /// <param name="realLogits">d(x): its scores of real samples.</param>
    /// <param name="fakeLogits">d(G(z)): its scores of generated samples; their number may differ.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="DTypeException">The scores are not floating point, or of two types.</exception>
    /// <exception cref="ShapeException">There are no scores.</exception>
    public Tensor Discriminator(Tensor realLogits, Tensor fakeLogits) =>
        real(Checked("realLogits", realLogits), LabelSmoothing) + fake(Checked("fakeLogits", fakeLogits));

    /// <summary>The name.</summary>
    /// <returns>As <see cref="Name"/>.</returns>
    public override string ToString() => Name;

    /// <summary>−(1 − s)·ln σ(d) − s·ln(1 − σ(d)) = softplus(−d) + s·d.</summary>
    private static Tensor RealEntropy(Tensor d, double smoothing) =>
        smoothing == 0 ? (-d).Softplus().Mean() : ((-d).Softplus() + smoothing * d).Mean();

    private static Tensor FakeEntropy(Tensor d) => d.Softplus().Mean();

    private Tensor Checked(string parameter, Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits, parameter);
        Fail.UnlessFloat($"GanLoss {Name}", logits);
        if (logits.Length == 0)
            throw Fail.Shape($"GanLoss {Name}", $"{parameter} of shape {logits.Shape}", "give at least one score");
        return logits;
    }
}
