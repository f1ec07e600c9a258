namespace Engine.Layers;

/// <summary>What normalisations with learned factors and shifts share: ε, gamma and beta.</summary>
public abstract class Normalizing : Layer
{
    private readonly WeightRule gammaRule;
    private readonly WeightRule betaRule;
    private Variable? gamma;
    private Variable? beta;

    private protected Normalizing(double epsilon, bool center, bool scale, WeightRule gamma, WeightRule beta, string? name, DType? dtype)
        : base(name, dtype)
    {
        if (!(double.IsFinite(epsilon) && epsilon > 0))
            throw Fail.Value(GetType().Name, $"epsilon is {epsilon}", "give a finite number above 0");
        (Epsilon, Center, Scale, gammaRule, betaRule) = (epsilon, center, scale, gamma, beta);
    }

    /// <summary>ε, which is added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Whether beta is added.</summary>
    public bool Center { get; }

    /// <summary>Whether gamma multiplies.</summary>
    public bool Scale { get; }

    /// <summary>The factors; null for a layer without.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Gamma => Scale ? LayerCheck.Built(this, gamma, "Gamma") : null;

    /// <summary>The shifts; null for a layer without.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable? Beta => Center ? LayerCheck.Built(this, beta, "Beta") : null;

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <summary>Makes gamma and beta.</summary>
    private protected void AddFactors(Shape shape)
    {
        if (Scale) gamma = AddTrainable("gamma", shape, gammaRule);
        if (Center) beta = AddTrainable("beta", shape, betaRule);
    }

    /// <summary>Refuses an axis that a sample does not have; counted with the batch axis as 0.</summary>
    /// <returns>The axis of a sample, counted from 0.</returns>
    private protected static int SampleAxis(int axis, Shape inputShape)
    {
        int index = axis < 0 ? axis + inputShape.Rank : axis - 1;
        if (axis == 0 || (uint)index >= (uint)inputShape.Rank)
            throw Fail.Shape("input", $"axis {axis} of a batch of shape {LayerCheck.BatchOf(inputShape)}",
                "name an axis that the batch has and that is not the batch axis 0");
        return index;
    }

    /// <summary>Refuses another length than the one that gamma and beta are made for.</summary>
    private protected static void CheckLength(int axis, Shape inputShape, int length)
    {
        if (inputShape[axis] == length) return;
        throw Fail.Shape(
            "input",
            $"{inputShape[axis]} channels (shape {LayerCheck.BatchOf(inputShape)}), and the layer was built for {length}",
            "a layer applied twice needs the same channel count each time");
    }
}
