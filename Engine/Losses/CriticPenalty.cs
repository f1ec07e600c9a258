namespace Engine.Losses;

/// <summary>Penalties on the slope ∇D(x) of a discriminator or critic, by a tape inside the tape of its training step. F-N7, F-N8.</summary>
/// <remarks>
/// For the gradient of a gradient the outer tape records what the inner one computes, so call these inside the tape whose gradients train
/// the critic. D is summed over its outputs, each of which belongs to one sample.
/// </remarks>
public static class CriticPenalty
{
    // Keeps the derivative of a norm finite at 0.
    private const double NormEpsilon = 1e-12;

    /// <summary>E[(‖∇D(x)‖ − 1)²]: the penalty of a Wasserstein critic. F-N7.</summary>
    /// <remarks>Gulrajani et al. 2017, who multiply it by 10. The norm is computed as √(Σ² + 1e-12).</remarks>
    /// <param name="critic">D, from a batch to scores.</param>
    /// <param name="points">x, floating point: as a rule from <see cref="Between"/>.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">There are no points.</exception>
    public static Tensor OneCentered(Func<Tensor, Tensor> critic, Tensor points)
    {
        Tensor slopes = Slopes(critic, points);
        Tensor norms = (slopes.Square().Reshape(points.Shape[0], -1).Sum(-1) + NormEpsilon).Sqrt();
        return (norms - 1).Square().Mean();
    }

    /// <summary>½E[‖∇D(x)‖²]: the R1 penalty on real samples. F-N8.</summary>
    /// <remarks>Mescheder, Geiger and Nowozin 2018.</remarks>
    /// <param name="critic">D, from a batch to scores.</param>
    /// <param name="points">x, floating point: real samples.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">There are no points.</exception>
    public static Tensor ZeroCentered(Func<Tensor, Tensor> critic, Tensor points) =>
        Slopes(critic, points).Square().Sum() * (0.5 / points.Shape[0]);

    /// <summary>Points on the lines between real and generated samples, ε·real + (1 − ε)·fake with ε uniform in [0, 1) for each
    /// pair.</summary>
    /// <param name="real">Real samples.</param>
    /// <param name="fake">As many generated ones.</param>
    /// <param name="random">Gives the ε.</param>
    /// <returns>A tensor of their shape.</returns>
    /// <exception cref="ShapeException">The shapes differ, or there are no samples.</exception>
    public static Tensor Between(Tensor real, Tensor fake, RandomGenerator random)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(fake);
        if (real.Shape != fake.Shape || real.Rank == 0 || real.Length == 0)
            throw Fail.Shape("CriticPenalty.Between", $"real samples {real.Shape} and generated ones {fake.Shape}", "give as many of each");
        var each = new int[real.Rank];
        Array.Fill(each, 1);
        each[0] = real.Shape[0];
        Tensor epsilon = Tensor.RandomUniform(Shape.Create(each), 0, 1, random, real.DType);
        return epsilon * real + (1 - epsilon) * fake;
    }

    private static Tensor Slopes(Func<Tensor, Tensor> critic, Tensor points)
    {
        ArgumentNullException.ThrowIfNull(critic);
        ArgumentNullException.ThrowIfNull(points);
        if (points.Rank == 0 || points.Length == 0)
            throw Fail.Shape("CriticPenalty", $"points of shape {points.Shape}", "give a batch of at least one sample");
        bool nested = ThreadState.Current.Innermost is not null;
        using var tape = new GradientTape(watch: []);
        tape.Watch(points);
        Tensor slopes = tape.Gradient(critic(points).Sum(), points);
        // Inside another tape that one owns the result; what nobody trains with must outlive the tape that made it.
        return nested ? slopes : slopes.Detach();
    }
}
