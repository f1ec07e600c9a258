namespace Engine.Layers;

/// <summary>What layers share that read each image at random places: in training y(i, j) = x(A·(i, j)), one map A an image. F-X3.</summary>
/// <remarks>
/// The numbers depend on the seed, the layer's place, the training step and the call within it alone, and each image's on its place in the
/// batch: any number of threads gives the same bits. The gradient goes back to the pixels that were read.
/// </remarks>
public abstract class RandomTransform : Layer
{
    private const int MapNumbers = 6;

    private protected RandomTransform(string? name)
        : base(name)
    {
    }

    /// <summary>Random numbers for one image.</summary>
    private protected abstract int Numbers { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return inputShape;
    }

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        LayerCheck.Rank(inputShape, 3, "[batch, height, width, channels]");
        LayerCheck.NotEmpty(inputShape);
    }

    /// <summary>Writes the map of an image [H, W, C]: a column and a row of the result to those that are read.</summary>
    /// <param name="numbers">Uniform in [0, 1).</param>
    /// <param name="image">[H, W, C].</param>
    /// <param name="map">The column's factors of column and row and its constant, then the row's.</param>
    private protected abstract void WriteMap(ReadOnlySpan<double> numbers, Shape image, Span<double> map);

    /// <summary>Draws a map for each image.</summary>
    private protected Tensor Maps(Tensor x)
    {
        Shape image = x.Shape.Remove(0);
        int batch = x.Shape[0];
        Tensor drawn = Tensor.RandomUniform([batch, Numbers], 0, 1, NextRandom(), DType.Float64);
        Tensor maps = Tensor.Empty([batch, MapNumbers], DType.Float64);
        ReadOnlySpan<double> numbers = drawn.Data<double>();
        Span<double> places = maps.Data<double>();
        for (int n = 0; n < batch; n++) WriteMap(numbers.Slice(n * Numbers, Numbers), image, places.Slice(n * MapNumbers, MapNumbers));
        return maps;
    }
}
