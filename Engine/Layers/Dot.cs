namespace Engine.Layers;

/// <summary>
/// Products of each sample of one input with that of another, summed along an axis of each: y(n, …, …) = Σₖ a(n, …, k, …)·b(n, …, k, …).
/// F-B11.
/// </summary>
/// <remarks>
/// The output has the axes of the first input and then those of the second, without the two that are summed over; for two vectors it is
/// [N, 1]. With <c>normalize</c> it is the cosine of the angle between the vectors along those axes.
/// </remarks>
public sealed class Dot : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="axes">The axis of both inputs that is summed over, counted with the batch axis as 0; negative from the end.</param>
    /// <param name="normalize">Whether the vectors are brought to length 1 first; false by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>dot_1</c>.</param>
    /// <exception cref="ValueException">The axis is 0, the batch.</exception>
    public Dot(int axes, bool normalize = false, string? name = null)
        : this((axes, axes), normalize, name)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="axes">The axis of the first and that of the second input, counted with the batch axis as 0; negative from the
    /// end.</param>
    /// <param name="normalize">Whether the vectors are brought to length 1 first; false by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>dot_1</c>.</param>
    /// <exception cref="ValueException">An axis is 0, the batch.</exception>
    public Dot((int First, int Second) axes, bool normalize = false, string? name = null)
        : base(name)
    {
        if (axes.First == 0 || axes.Second == 0)
            throw Fail.Value("Dot", $"axes are {axes}, and 0 is the batch", "name an axis of each sample");
        (Axes, IsNormalized) = (axes, normalize);
        MadeWith(("axes", axes), ("normalize", normalize));
    }

    /// <summary>The axes as they were given.</summary>
    public (int First, int Second) Axes { get; }

    /// <summary>Whether the vectors are brought to length 1 first.</summary>
    public bool IsNormalized { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => OutputShape([inputShape]);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        (Shape a, Shape b, _) = Rests(inputShapes);
        Shape shape = a.Concat(b);
        return shape.Rank == 0 ? [1] : shape;
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputShapes)
    {
        (Shape a, Shape b, int length) = Rests(inputShapes);
        return (long)a.Length * b.Length * length;
    }

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes) => Rests(inputShapes);

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x;

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training)
    {
        (Tensor a, Tensor b) = (inputs[0], inputs[1]);
        (Shape left, Shape right, int length) = Rests([a.Shape.Remove(0), b.Shape.Remove(0)]);
        int samples = a.Shape[0];
        Tensor x = AxisLast(a, Axes.First).Reshape(Shape.Create([samples, left.Length, length]));
        Tensor y = AxisLast(b, Axes.Second).Reshape(Shape.Create([samples, right.Length, length]));
        Shape shape = left.Concat(right);
        return x.MatMul(y, transposeB: true).Reshape((shape.Rank == 0 ? Shape.Create([1]) : shape).Insert(0, samples));
    }

    private Tensor AxisLast(Tensor x, int axis)
    {
        int at = x.Shape.Axis(axis, "input");
        Tensor vectors = IsNormalized ? UnitNormalization.Apply(x, [at]) : x;
        if (at == x.Rank - 1) return vectors;
        var order = new List<int>(Enumerable.Range(0, x.Rank));
        order.RemoveAt(at);
        order.Add(at);
        return vectors.Transpose([.. order]);
    }

    /// <summary>The two samples' axes that are not summed over, and the length of the one that is.</summary>
    private (Shape First, Shape Second, int Length) Rests(IReadOnlyList<Shape> inputShapes)
    {
        if (inputShapes.Count != 2) throw Fail.Shape("input", $"{inputShapes.Count} inputs", "this layer takes exactly two");
        (Shape a, Shape b) = (inputShapes[0].Insert(0, 1), inputShapes[1].Insert(0, 1));
        int first = a.Axis(Axes.First, "input"), second = b.Axis(Axes.Second, "input");
        if (first == 0 || second == 0 || a[first] != b[second])
            throw Fail.Shape(
                "input",
                $"batches of shape {LayerCheck.BatchOf(inputShapes[0])} and {LayerCheck.BatchOf(inputShapes[1])} along axes {Axes}",
                "name axes of the samples that have one length");
        return (a.Remove(first).Remove(0), b.Remove(second).Remove(0), a[first]);
    }
}
