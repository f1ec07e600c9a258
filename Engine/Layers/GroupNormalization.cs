namespace Engine.Layers;

/// <summary>
/// Group normalisation: y = gamma ⊙ (x − mean)/√(variance + ε) + beta with mean and variance over each sample's positions and a group of
/// neighbouring channels. F-B3.
/// </summary>
/// <remarks>Wu and He 2018. It does the same in training and otherwise. Channels are last: [N, …, channels].</remarks>
public sealed class GroupNormalization : Normalizing
{
    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="groups">The number of groups, a divisor of the channels; -1 for one a channel (instance normalisation). 32 by
    /// default.</param>
    /// <param name="epsilon">ε, above 0; 0.001 by default.</param>
    /// <param name="center">Whether beta is added; true by default.</param>
    /// <param name="scale">Whether gamma multiplies; true by default.</param>
    /// <param name="betaInitializer">beta's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="gammaInitializer">gamma's first values; <see cref="Initializer.Ones"/> by default.</param>
    /// <param name="betaRegularizer">What beta adds to the loss; nothing by default.</param>
    /// <param name="gammaRegularizer">What gamma adds to the loss; nothing by default.</param>
    /// <param name="betaConstraint">What beta is held to; nothing by default.</param>
    /// <param name="gammaConstraint">What gamma is held to; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>group_normalization_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">ε is not above 0, or the groups are neither -1 nor at least 1.</exception>
    public GroupNormalization(
        int groups = 32,
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
        if (groups is 0 or < -1)
            throw Fail.Value("GroupNormalization", $"groups is {groups}", "give at least 1, or -1 for a group for each channel");
        Groups = groups;
        MadeWith(
            ("groups", groups), ("epsilon", epsilon), ("center", center), ("scale", scale), ("betaInitializer", betaInitializer),
            ("gammaInitializer", gammaInitializer), ("betaRegularizer", betaRegularizer), ("gammaRegularizer", gammaRegularizer),
            ("betaConstraint", betaConstraint), ("gammaConstraint", gammaConstraint), ("dtype", dtype));
    }

    /// <summary>The number of groups as it was given; -1 for one a channel.</summary>
    public int Groups { get; }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => 2L * inputShape.Length;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape.Rank == 0) LayerCheck.Rank(inputShape, 1, "[batch, …, channels]");
        if (inputShape[^1] == 0 || (Groups > 0 && inputShape[^1] % Groups != 0))
            throw Fail.Shape("input", $"{inputShape[^1]} channels (shape {LayerCheck.BatchOf(inputShape)}) in {Groups} groups",
                "give a number of groups that divides the channels");
        LayerCheck.NotEmpty(inputShape);
        if (ClaimedShape is { } claimed) CheckLength(inputShape.Rank - 1, inputShape, claimed[^1]);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape) => AddFactors([inputShape[^1]]);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) =>
        x.GroupNormalization(Groups > 0 ? Groups : x.Shape[^1], Gamma, Beta, Epsilon);
}
