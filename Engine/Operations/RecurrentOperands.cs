namespace Engine;

/// <summary>What a fused recurrent operation works on, beside the formula.</summary>
/// <param name="Input">x [batch, steps, features].</param>
/// <param name="Kernel">W [features, gates·units].</param>
/// <param name="Recurrent">U [units, gates·units].</param>
/// <param name="Bias">b [gates·units], or [2, gates·units] with the biases of h·U in its second row; null for none.</param>
/// <param name="State">h [batch, units] before the first step; null for zeros.</param>
/// <param name="Cell">c before the first step; null for zeros, or where the formula has none.</param>
/// <param name="Mask">Truth values [batch, steps]; null where all steps count.</param>
/// <param name="Dropout">[batch, units]: what h is multiplied with where it meets U; null for 1.</param>
/// <param name="Begun">[batch]: whether a step counted before the first, so that a masked one repeats its output; null for none.</param>
internal readonly record struct RecurrentOperands(
    Tensor Input, Tensor Kernel, Tensor Recurrent, Tensor? Bias, Tensor? State, Tensor? Cell, Tensor? Mask = null,
    Tensor? Dropout = null, Tensor? Begun = null)
{
    /// <summary>Those with a gradient, in their order.</summary>
    public Tensor[] Differentiable
    {
        get
        {
            var inputs = new List<Tensor>(6) { Input, Kernel, Recurrent };
            if (Bias is not null) inputs.Add(Bias);
            if (State is not null) inputs.Add(State);
            if (Cell is not null) inputs.Add(Cell);
            return [.. inputs];
        }
    }
}
