namespace Engine.Layers;

/// <summary>A rectifier with learned slopes: y = x where x &gt; 0, else alpha ⊙ x. F-B8.</summary>
/// <remarks>He et al. 2015. alpha has a sample's shape, with 1 along the shared axes.</remarks>
public sealed class PReLU : Layer
{
    private readonly WeightRule rule;
    private readonly int[] sharedAxes;
    private Variable? alpha;

    /// <summary>Creates the layer; it is built on first use.</summary>
    /// <param name="alphaInitializer">The slopes' first values; <see cref="Initializer.Zeros"/> by default.</param>
    /// <param name="alphaRegularizer">What the slopes add to the loss; nothing by default.</param>
    /// <param name="alphaConstraint">What the slopes are held to; nothing by default.</param>
    /// <param name="sharedAxes">
    /// The axes along which one slope counts for all positions, counted with the batch axis as 0; none by default. For images one slope a
    /// channel is <c>[1, 2]</c>.
    /// </param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>p_re_lu_1</c>.</param>
    /// <param name="dtype">The type of the slopes; by default that of the first input.</param>
    /// <exception cref="ValueException">The batch axis is named.</exception>
    public PReLU(
        Initializer? alphaInitializer = null,
        Regularizer? alphaRegularizer = null,
        Constraint? alphaConstraint = null,
        int[]? sharedAxes = null,
        string? name = null,
        DType? dtype = null)
        : base(name, dtype)
    {
        this.sharedAxes = sharedAxes is null ? [] : [.. sharedAxes];
        if (this.sharedAxes.Contains(0))
            throw Fail.Value("PReLU", "sharedAxes has 0, the batch, which is always shared", "name axes of a sample");
        rule = new WeightRule(alphaInitializer ?? Initializer.Zeros, alphaRegularizer, alphaConstraint);
        MadeWith(
            ("alphaInitializer", alphaInitializer), ("alphaRegularizer", alphaRegularizer), ("alphaConstraint", alphaConstraint),
            ("sharedAxes", sharedAxes), ("dtype", dtype));
    }

    /// <summary>The shared axes as they were given.</summary>
    public IReadOnlyList<int> SharedAxes => sharedAxes;

    /// <summary>The slopes.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Alpha => LayerCheck.Built(this, alpha, "Alpha");

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        Shape slopes = SlopesShape(inputShape);
        if (ClaimedShape is { } claimed && SlopesShape(claimed) != slopes)
            throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)} for slopes of shape {SlopesShape(claimed)}",
                "give samples of the shape that the layer was built for, or share more axes");
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape) => alpha = AddTrainable("alpha", SlopesShape(inputShape), rule);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Tensor.Where(x > 0, x, Alpha * x);

    private Shape SlopesShape(Shape inputShape)
    {
        Shape batch = inputShape.Insert(0, 1), shape = inputShape;
        foreach (int axis in sharedAxes)
        {
            int at = batch.Axis(axis, "input");
            if (at == 0) throw Fail.Shape("input", $"axis {axis} of a batch of shape {LayerCheck.BatchOf(inputShape)}",
                "name axes of a sample");
            shape = shape.With(at - 1, 1);
        }
        return shape;
    }
}
