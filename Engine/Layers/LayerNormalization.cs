namespace Engine.Layers;

/// <summary>Layer normalisation: y = gamma ⊙ (x − mean)/√(variance + ε) + beta over axes of each sample. F-B2.</summary>
/// <remarks>Ba, Kiros and Hinton 2016. It does the same in training and otherwise. The last axes take one pass; others are moved
/// there.</remarks>
public sealed class LayerNormalization : Normalizing
{
    private readonly int[] axis;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="axis">
    /// The axes that are normalised together, counted with the batch axis as 0; negative from the end, the last by default.
    /// </param>
    /// <param name="epsilon">ε, above 0; 0.001 by default.</param>
    /// <param name="center">Whether beta is added; true by default.</param>
    /// <param name="scale">Whether gamma multiplies; true by default.</param>
    /// <param name="betaInitializer">beta's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="gammaInitializer">gamma's first values; <see cref="Initializer.Ones"/> by default.</param>
    /// <param name="betaRegularizer">What beta adds to the loss; nothing by default.</param>
    /// <param name="gammaRegularizer">What gamma adds to the loss; nothing by default.</param>
    /// <param name="betaConstraint">What beta is held to; nothing by default.</param>
    /// <param name="gammaConstraint">What gamma is held to; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>layer_normalization_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">ε is not above 0, or no axis or the batch axis is named.</exception>
    public LayerNormalization(
        int[]? axis = null,
        double epsilon = 1e-3,
        bool center = true,
        bool scale = true,
        Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null,
        Regularizer? betaRegularizer = null,
        Regularizer? gammaRegularizer = null,
        Constraint? betaConstraint = null,
        Constraint? gammaConstraint = null,
        string? name = null,
        DType? dtype = null)
        : base(
            epsilon,
            center,
            scale,
            new WeightRule(gammaInitializer ?? Initializer.Ones, gammaRegularizer, gammaConstraint),
            new WeightRule(betaInitializer ?? Initializer.Zeros, betaRegularizer, betaConstraint),
            name,
            dtype)
    {
        this.axis = axis is null ? [-1] : [.. axis];
        if (this.axis.Length == 0)
            throw Fail.Value("LayerNormalization", "axis is empty", "name at least one axis, or leave it out for the last");
        if (this.axis.Contains(0)) throw Fail.Value("LayerNormalization", "axis 0 is the batch", "name axes of a sample");
        MadeWith(
            ("axis", axis), ("epsilon", epsilon), ("center", center), ("scale", scale), ("betaInitializer", betaInitializer),
            ("gammaInitializer", gammaInitializer), ("betaRegularizer", betaRegularizer), ("gammaRegularizer", gammaRegularizer),
            ("betaConstraint", betaConstraint), ("gammaConstraint", gammaConstraint), ("dtype", dtype));
    }

    /// <summary>The axes as they were given.</summary>
    public IReadOnlyList<int> Axis => axis;

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => 2L * inputShape.Length;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        int[] axes = SampleAxes(inputShape);
        if (axes.Any(index => inputShape[index] == 0))
            throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)}",
                "give at least one value along each normalised axis");
        if (ClaimedShape is not { } claimed) return;
        int[] known = SampleAxes(claimed);
        for (int i = 0; i < axes.Length; i++) CheckLength(axes[i], inputShape, claimed[known[i]]);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        int[] axes = SampleAxes(inputShape);
        AddFactors(Shape.Create([.. axes.Select(index => inputShape[index])]));
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        int[] axes = SampleAxes(x.Shape.Remove(0));
        var order = new int[x.Rank];
        int kept = 0, last = x.Rank - axes.Length;
        bool moves = false;
        for (int i = 0; i < x.Rank; i++)
        {
            int place = Array.IndexOf(axes, i - 1);
            if (place < 0) order[kept++] = i;
            else order[last + place] = i;
        }

        for (int i = 0; i < order.Length; i++) moves |= order[i] != i;
        if (!moves) return x.LayerNormalization(Gamma, Beta, Epsilon, axes.Length);
        var back = new int[order.Length];
        for (int i = 0; i < order.Length; i++) back[order[i]] = i;
        return x.Transpose(order).LayerNormalization(Gamma, Beta, Epsilon, axes.Length).Transpose(back);
    }

    /// <summary>The axes of a sample, in their order.</summary>
    private int[] SampleAxes(Shape inputShape)
    {
        var axes = new int[axis.Length];
        for (int i = 0; i < axes.Length; i++) axes[i] = SampleAxis(axis[i], inputShape);
        Array.Sort(axes);
        for (int i = 1; i < axes.Length; i++)
        {
            if (axes[i] == axes[i - 1])
                throw Fail.Shape("input", $"axes [{string.Join(", ", axis)}] name one axis of {LayerCheck.BatchOf(inputShape)} twice",
                    "name each axis once");
        }
        return axes;
    }
}
