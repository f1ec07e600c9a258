using Engine.Data;

namespace Engine.Layers;

/// <summary>Standardises features by numbers that are known before training: y = (x − mean)/max(√variance, 1e-7). F-B5.</summary>
/// <remarks>
/// Mean and variance are given, or measured by <see cref="Adapt(Tensor)"/>; until then they are 0 and 1. Training does not change them,
/// and they are saved with the model. Inputs that count are converted to the layer's type.
/// </remarks>
public sealed class Normalization : Layer
{
    private const int BatchSize = 256;

    private readonly int[] axis;
    private readonly double[]? givenMean;
    private readonly double[]? givenVariance;
    private Variable? mean;
    private Variable? variance;

    /// <summary>Creates the layer.</summary>
    /// <param name="axis">
    /// The axes that have a mean and a variance for each position, counted with the batch axis as 0; negative from the end, the last by
    /// default. An empty list is one mean and variance for everything.
    /// </param>
    /// <param name="mean">The means, in the order of the axes' positions; null where they are measured. One number counts for all.</param>
    /// <param name="variance">The variances, likewise; given together with the means.</param>
    /// <param name="invert">Whether the inverse is computed, y = x·max(√variance, 1e-7) + mean; false by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>normalization_1</c>.</param>
    /// <param name="dtype">The type of the numbers; by default that of the first input.</param>
    /// <exception cref="ValueException">Mean without variance or the reverse, a negative variance, numbers not finite, or axis
    /// 0.</exception>
    public Normalization(
        int[]? axis = null,
        IReadOnlyList<double>? mean = null,
        IReadOnlyList<double>? variance = null,
        bool invert = false,
        string? name = null,
        DType? dtype = null)
        : base(name, dtype)
    {
        if ((mean is null) != (variance is null))
            throw Fail.Value("Normalization", $"only the {(mean is null ? "variance" : "mean")} was given",
                "give both, or neither and call Adapt");
        if (mean is not null && mean.Any(value => !double.IsFinite(value)))
            throw Fail.Value("Normalization", "a mean is not finite", "give finite numbers");
        if (variance is not null && variance.Any(value => !(double.IsFinite(value) && value >= 0)))
            throw Fail.Value("Normalization", "a variance is negative or not finite", "give finite numbers of 0 or more");
        this.axis = axis is null ? [-1] : [.. axis];
        if (this.axis.Contains(0)) throw Fail.Value("Normalization", "axis 0 is the batch", "name axes of a sample");
        (givenMean, givenVariance, Invert) = (mean?.ToArray(), variance?.ToArray(), invert);
        MadeWith(("axis", axis), ("mean", mean), ("variance", variance), ("invert", invert), ("dtype", dtype));
    }

    /// <summary>The axes as they were given.</summary>
    public IReadOnlyList<int> Axis => axis;

    /// <summary>Whether the inverse is computed.</summary>
    public bool Invert { get; }

    /// <summary>The means, of the shape that broadcasts with a sample.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Mean => LayerCheck.Built(this, mean, "Mean");

    /// <summary>The variances, of the shape that broadcasts with a sample.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable Variance => LayerCheck.Built(this, variance, "Variance");

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => inputShape.Length;

    /// <summary>Measures mean and variance.</summary>
    /// <param name="x">Samples along the first axis, as the layer will get them; integers are taken as they are.</param>
    /// <exception cref="ValueException">There are no samples, or mean and variance were given to the constructor.</exception>
    /// <exception cref="ShapeException">The samples do not fit the layer.</exception>
    public void Adapt(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Adapt(new Dataset(x, scaleBytes: false));
    }

    /// <summary>Measures mean and variance over a data set's features, batch by batch.</summary>
    /// <param name="data">The samples, as batches of them come out: bytes that the data set scales are scaled.</param>
    /// <exception cref="ValueException">There are no samples, or mean and variance were given to the constructor.</exception>
    /// <exception cref="ShapeException">The samples do not fit the layer.</exception>
    public void Adapt(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        string where = $"{Path}: Adapt";
        if (givenMean is not null)
            throw Fail.Value(where, "mean and variance were given to the constructor", "leave them out to measure them");
        if (data.Count == 0) throw Fail.Value(where, "the data set is empty", "give at least one sample");
        Prepare([data.FeatureShape], [data.FeatureType]);
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        using var reader = new BatchReader(data, null, BatchSize, null);
        Tensor center = Tensor.Zeros(Mean.Shape, DType.Float64).Detach(), squares = center.Detach();
        double before = 0;
        reader.Start(0);
        while (reader.Next(out Tensor features, out _))
        {
            using var step = new TensorScope();
            Tensor x = features.Cast(DType.Float64);
            int[] axes = Reduced(data.FeatureShape);
            double rows = (double)x.Length / Math.Max(1, Mean.Length), share = rows / (before + rows);
            Tensor part = x.Mean(axes, keepDims: true), partMean = part.Reshape(center.Shape);
            Tensor distance = partMean - center;
            // The rule of Chan, Golub and LeVeque 1983 for the squares of two sets together.
            squares = (squares + (x - part).Square().SumTo(part.Shape).Reshape(center.Shape) + distance.Square() * (before * share))
                .Detach();
            center = (center + distance * share).Detach();
            before += rows;
        }

        Mean.Assign(center.Cast(DType));
        Variance.Assign((squares / before).Cast(DType));
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        Shape numbers = NumbersShape(inputShape);
        if (ClaimedShape is { } claimed && NumbersShape(claimed) != numbers)
            throw Fail.Shape(
                "input",
                $"a batch of shape {LayerCheck.BatchOf(inputShape)} for a layer that was built for {LayerCheck.BatchOf(claimed)}",
                "give samples of the same lengths along the layer's axes");
        foreach (double[]? given in new[] { givenMean, givenVariance })
        {
            if (given is not null && given.Length != 1 && given.Length != numbers.Length)
                throw Fail.Shape("input", $"a batch of shape {LayerCheck.BatchOf(inputShape)} for {given.Length} means or variances",
                    $"give {numbers.Length} of them, or one for all");
        }
    }

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        Shape shape = NumbersShape(inputShape);
        mean = AddWeight("mean", shape, Initializer.Zeros, trainable: false);
        variance = AddWeight("variance", shape, Initializer.Ones, trainable: false);
        if (givenMean is null) return;
        Set(mean, givenMean);
        Set(variance, givenVariance!);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        Tensor value = x.Cast(DType);
        Tensor deviation = Tensor.Maximum(Variance.Sqrt(), Tensor.Full([], 1e-7, DType));
        return Invert ? value.MultiplyAdd(deviation, Mean) : (value - Mean) / deviation;
    }

    /// <summary>The shape of the numbers: a sample's with 1 along the axes that are measured over.</summary>
    private Shape NumbersShape(Shape inputShape)
    {
        Shape batch = inputShape.Insert(0, 1), shape = inputShape;
        for (int index = 0; index < shape.Rank; index++) shape = shape.With(index, 1);
        foreach (int index in axis)
        {
            int at = batch.Axis(index, "input");
            if (at == 0) throw Fail.Shape("input", $"axis {index} of a batch of shape {LayerCheck.BatchOf(inputShape)}",
                "name axes of a sample");
            shape = shape.With(at - 1, inputShape[at - 1]);
        }

        return shape;
    }

    /// <summary>The axes of a batch that are measured over.</summary>
    private int[] Reduced(Shape inputShape)
    {
        Shape batch = inputShape.Insert(0, 1);
        var kept = new HashSet<int>();
        foreach (int index in axis) kept.Add(batch.Axis(index, "input"));
        return [.. Enumerable.Range(0, batch.Rank).Where(index => !kept.Contains(index))];
    }

    private static void Set(Variable variable, double[] values)
    {
        using var scope = new TensorScope();
        var all = new double[variable.Length];
        for (int i = 0; i < all.Length; i++) all[i] = values[values.Length == 1 ? 0 : i];
        variable.Assign(Tensor.From<double>(all, variable.Shape).Cast(variable.DType));
    }
}
