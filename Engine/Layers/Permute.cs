namespace Engine.Layers;

/// <summary>Puts the axes of each sample into another order: <c>new Permute(2, 1)</c> swaps the two axes behind the batch.</summary>
/// <remarks>As in Keras the axes of a sample are counted from 1, and the batch stays first.</remarks>
public sealed class Permute : Layer
{
    private readonly int[] dims;

    /// <summary>Creates the layer.</summary>
    /// <param name="dims">For each axis of an output sample the input's axis, counted from 1.</param>
    /// <exception cref="ValueException">The numbers are not 1 to n in some order.</exception>
    public Permute(params int[] dims)
        : this(dims, null)
    {
    }

    /// <summary>Creates the layer under a name.</summary>
    /// <param name="dims">For each axis of an output sample the input's axis, counted from 1.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>permute_1</c>.</param>
    /// <exception cref="ValueException">The numbers are not 1 to n in some order.</exception>
    public Permute(int[] dims, string? name)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(dims);
        int[] sorted = [.. dims];
        Array.Sort(sorted);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i] != i + 1)
                throw Fail.Value("Permute", $"dims [{string.Join(", ", dims)}]",
                    $"give the numbers 1 to {dims.Length}, each once: axis 0 is the batch and stays");
        }
        this.dims = [.. dims];
        MadeWith(("dims", dims));
    }

    /// <summary>For each axis of an output sample the input's axis, counted from 1.</summary>
    public IReadOnlyList<int> Dims => dims;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        Shape shape = inputShape;
        for (int i = 0; i < dims.Length; i++) shape = shape.With(i, inputShape[dims[i] - 1]);
        return shape;
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => inputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape) =>
        LayerCheck.Rank(inputShape, dims.Length, $"a batch of samples with {dims.Length} axes");

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Transpose([0, .. dims]);
}
