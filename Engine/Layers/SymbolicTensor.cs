namespace Engine.Layers;

/// <summary>A place in a functional model's graph: what a layer will give, known by its shape before there are numbers.</summary>
public sealed class SymbolicTensor
{
    internal SymbolicTensor(Layer? layer, IReadOnlyList<SymbolicTensor> inputs, Shape shape, DType dtype, SymbolicTensor[]? outputs = null)
    {
        Outputs = outputs ?? [this];
        Layer = layer;
        Inputs = inputs;
        Shape = shape;
        DType = dtype;
    }

    /// <summary>The shape of one sample, without the batch axis.</summary>
    public Shape Shape { get; }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; }

    /// <summary>The layer that gives it; null for an input.</summary>
    internal Layer? Layer { get; }

    /// <summary>What that layer was applied to.</summary>
    internal IReadOnlyList<SymbolicTensor> Inputs { get; }

    /// <summary>All outputs of that layer's use, this one among them.</summary>
    internal IReadOnlyList<SymbolicTensor> Outputs { get; }

    /// <summary>An input of a functional model.</summary>
    /// <param name="lengths">The shape of one sample: <c>SymbolicTensor.Input(224, 224, 3)</c>.</param>
    /// <returns>The input's place.</returns>
    public static SymbolicTensor Input(params ReadOnlySpan<int> lengths) => Input(Shape.Create(lengths), DType.Float32);

    /// <summary>An input of a functional model, of any type.</summary>
    /// <param name="shape">The shape of one sample.</param>
    /// <param name="dtype">The type of the elements.</param>
    /// <returns>The input's place.</returns>
    public static SymbolicTensor Input(Shape shape, DType dtype) => new(null, [], shape, dtype);
}
