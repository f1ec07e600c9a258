namespace Engine.Layers;

/// <summary>Batch normalisation: y = gamma ⊙ (x − mean)/√(variance + ε) + beta for each channel. F-B1.</summary>
/// <remarks>
/// Ioffe and Szegedy 2015. In training mean and variance are those of the batch, over all axes but the channels', and the moving averages
/// follow: moving ← momentum·moving + (1 − momentum)·batch. Otherwise, and in a layer whose <c>Trainable</c> is false, they are the moving
/// averages, which stay as they are inside <see cref="Layer.HoldState"/>. The variance is that of the values themselves, as in Keras;
/// PyTorch's moving variance is Bessel's estimate. With the channels last it is one pass for the statistics and one for the result; another
/// axis costs two transpositions.
/// </remarks>
public sealed class BatchNormalization : Normalizing
{
    private readonly Initializer movingMeanInitializer;
    private readonly Initializer movingVarianceInitializer;
    private Variable? movingMean;
    private Variable? movingVariance;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="axis">The channels' axis, counted with the batch axis as 0; negative from the end, the last by default.</param>
    /// <param name="momentum">The part of the moving averages that stays, 0 to 1; 0.99 by default.</param>
    /// <param name="epsilon">ε, above 0; 0.001 by default.</param>
    /// <param name="center">Whether beta is added; true by default.</param>
    /// <param name="scale">Whether gamma multiplies; true by default.</param>
    /// <param name="betaInitializer">beta's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="gammaInitializer">gamma's first values; <see cref="Initializer.Ones"/> by default.</param>
    /// <param name="movingMeanInitializer">The moving mean's first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="movingVarianceInitializer">The moving variance's first values; <see cref="Initializer.Ones"/> by default.</param>
    /// <param name="betaRegularizer">What beta adds to the loss; nothing by default.</param>
    /// <param name="gammaRegularizer">What gamma adds to the loss; nothing by default.</param>
    /// <param name="betaConstraint">What beta is held to; nothing by default.</param>
    /// <param name="gammaConstraint">What gamma is held to; nothing by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>batch_normalization_1</c>.</param>
    /// <param name="dtype">The type of the weights; by default that of the first input.</param>
    /// <exception cref="ValueException">ε is not above 0, the momentum lies outside [0, 1], or the axis is 0.</exception>
    public BatchNormalization(
        int axis = -1,
        double momentum = 0.99,
        double epsilon = 1e-3,
        bool center = true,
        bool scale = true,
        Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null,
        Initializer? movingMeanInitializer = null,
        Initializer? movingVarianceInitializer = null,
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
        if (!(momentum is >= 0 and <= 1)) throw Fail.Value("BatchNormalization", $"momentum is {momentum}", "give a number from 0 to 1");
        if (axis == 0) throw Fail.Value("BatchNormalization", "axis is 0, the batch", "name the channels' axis; it is -1 as a rule");
        Axis = axis;
        Momentum = momentum;
        this.movingMeanInitializer = movingMeanInitializer ?? Initializer.Zeros;
        this.movingVarianceInitializer = movingVarianceInitializer ?? Initializer.Ones;
        MadeWith(
            ("axis", axis), ("momentum", momentum), ("epsilon", epsilon), ("center", center), ("scale", scale),
            ("betaInitializer", betaInitializer), ("gammaInitializer", gammaInitializer),
            ("movingMeanInitializer", movingMeanInitializer), ("movingVarianceInitializer", movingVarianceInitializer),
            ("betaRegularizer", betaRegularizer), ("gammaRegularizer", gammaRegularizer), ("betaConstraint", betaConstraint),
            ("gammaConstraint", gammaConstraint), ("dtype", dtype));
    }

    /// <summary>The channels' axis as it was given.</summary>
    public int Axis { get; }

    /// <summary>The part of the moving averages that stays in a training step.</summary>
    public double Momentum { get; }

    /// <summary>The moving mean [channels].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable MovingMean => LayerCheck.Built(this, movingMean, "MovingMean");

    /// <summary>The moving variance [channels].</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable MovingVariance => LayerCheck.Built(this, movingVariance, "MovingVariance");

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => inputShape.Length;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        int axis = SampleAxis(Axis, inputShape);
        if (ClaimedShape is { } claimed) CheckLength(axis, inputShape, claimed[SampleAxis(Axis, claimed)]);
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        Shape channels = [inputShape[SampleAxis(Axis, inputShape)]];
        AddFactors(channels);
        movingMean = AddWeight("moving_mean", channels, movingMeanInitializer, trainable: false);
        movingVariance = AddWeight("moving_variance", channels, movingVarianceInitializer, trainable: false);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        int axis = x.Shape.Axis(Axis, "input");
        Tensor? counts = training && Trainable && x.Mask is { } mask ? OverAll(mask, x.Shape) : null;
        if (axis == x.Rank - 1) return Normalize(x, counts, training);
        var order = new int[x.Rank];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        (order[axis], order[^1]) = (order[^1], order[axis]);
        return Normalize(x.Transpose(order), counts?.Transpose(order), training).Transpose(order);
    }

    private Tensor Normalize(Tensor x, Tensor? counts, bool training)
    {
        if (!training || !Trainable)
        {
            Tensor factor = (MovingVariance + Epsilon).Rsqrt();
            if (Gamma is not null) factor *= Gamma;
            // A copy, so that a tape does not mind when a training step in the same block moves the averages on.
            Tensor shift = -MovingMean * factor;
            return x.MultiplyAdd(factor, Beta is null ? shift : shift + Beta);
        }

        (Tensor y, Tensor mean, Tensor variance) = counts is null ? x.BatchNormalization(Gamma, Beta, Epsilon) : Masked(x, counts);
        if (HoldsState) return y;
        using IDisposable pause = GradientTape.StopRecording();
        MovingMean.Assign(MovingMean * Momentum + mean * (1 - Momentum));
        MovingVariance.Assign(MovingVariance * Momentum + variance * (1 - Momentum));
        return y;
    }

    /// <summary>The formula with mean and variance of what counts alone; of nothing they are 0.</summary>
    private (Tensor Output, Tensor Mean, Tensor Variance) Masked(Tensor x, Tensor counts)
    {
        int[] rows = [.. Enumerable.Range(0, x.Rank - 1)];
        Tensor zero = Tensor.Zeros([], x.DType), number = Tensor.Maximum(counts.Cast(x.DType).Sum(rows), Tensor.Full([], 1, x.DType));
        Tensor mean = Tensor.Where(counts, x, zero).Sum(rows) / number;
        Tensor centred = x - mean, variance = Tensor.Where(counts, centred, zero).Square().Sum(rows) / number;
        Tensor y = centred * (variance + Epsilon).Rsqrt();
        if (Gamma is not null) y *= Gamma;
        return (Beta is null ? y : y + Beta, mean, variance);
    }

    private static Tensor OverAll(Tensor mask, Shape shape)
    {
        Shape aligned = mask.Shape;
        while (aligned.Rank < shape.Rank) aligned = aligned.Insert(aligned.Rank, 1);
        return mask.Reshape(aligned).BroadcastTo(shape);
    }
}
