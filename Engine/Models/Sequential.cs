using Engine.Layers;

namespace Engine.Models;

/// <summary>A model of layers in a row, each taking what the one before gives.</summary>
/// <remarks>With an <see cref="Input"/> first it is planned at once; without, when it first sees data.</remarks>
public sealed class Sequential : Model
{
    private readonly List<Layer> row = [];

    /// <summary>A row of layers.</summary>
    /// <param name="layers">The layers, first to last; the same one may stand in several places.</param>
    /// <exception cref="ShapeException">A layer does not take what the one before gives.</exception>
    /// <exception cref="ValueException">Two layers were given one name.</exception>
    public Sequential(params ReadOnlySpan<Layer> layers)
        : this(null, layers)
    {
    }

    /// <summary>A row of layers under a name.</summary>
    /// <param name="name">The model's name; null for <c>sequential</c>.</param>
    /// <param name="layers">The layers, first to last.</param>
    /// <exception cref="ShapeException">A layer does not take what the one before gives.</exception>
    /// <exception cref="ValueException">Two layers were given one name.</exception>
    public Sequential(string? name, params ReadOnlySpan<Layer> layers)
        : base(name)
    {
        foreach (Layer layer in layers)
        {
            ArgumentNullException.ThrowIfNull(layer);
            if (layer is Input && row.Count > 0)
                throw Fail.Model(Path, "an Input stands behind other layers", "put it first, or leave it out");
            AddLayer(layer);
            row.Add(layer);
        }

        if (row.Count > 0 && row[0] is Input input) Chain(input.SampleShape, input.InputType);
    }

    private protected override bool IsOwnCode => false;

    private protected override ModelGraph GraphFor(Shape inputShape, DType inputType)
    {
        if (Graph is null && row.Count > 0) Chain(inputShape, inputType);
        return base.GraphFor(inputShape, inputType);
    }

    private void Chain(Shape inputShape, DType inputType)
    {
        SymbolicTensor first = SymbolicTensor.Input(inputShape, inputType), last = first;
        foreach (Layer layer in row) last = layer.Apply(last);
        SetGraph(new ModelGraph(Path, [first], [last]));
    }
}
