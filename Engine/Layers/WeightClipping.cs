namespace Engine.Layers;

/// <summary>Weights in [−c, c]: min(max(w, −c), c). F-N9.</summary>
/// <remarks>Arjovsky, Chintala and Bottou 2017 hold the weights of a Wasserstein critic so, to bound its slope.</remarks>
public sealed class WeightClipping : Constraint
{
    /// <summary>Creates the constraint.</summary>
    /// <param name="limit">c, above 0; 0.01 by default, as in the paper.</param>
    /// <exception cref="ValueException">The limit is not a finite number above 0.</exception>
    public WeightClipping(double limit = 0.01)
    {
        if (!(double.IsFinite(limit) && limit > 0))
            throw Fail.Value("WeightClipping", $"limit is {limit}", "give a finite number above 0");
        Limit = limit;
    }

    /// <summary>c, which no weight exceeds.</summary>
    public double Limit { get; }

    internal override Description Description => new("WeightClipping", ("limit", Limit));

    /// <inheritdoc/>
    public override Tensor Apply(Tensor weight) => weight.Clip(-Limit, Limit);
}
