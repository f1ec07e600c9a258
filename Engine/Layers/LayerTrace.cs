namespace Engine.Layers;

/// <summary>One use of a layer while a model was tried.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Inputs">What it was applied to.</param>
/// <param name="Outputs">What it gave.</param>
internal sealed record LayerUse(Layer Layer, IReadOnlyList<Tensor> Inputs, IReadOnlyList<Tensor> Outputs);

/// <summary>Notes which layers code on this thread applies while it is open, but not the layers inside those.</summary>
internal sealed class LayerTrace : IDisposable
{
    [ThreadStatic]
    private static LayerTrace? current;

    private readonly List<LayerUse> uses = [];
    private readonly LayerTrace? outer = current;

    public LayerTrace() => current = this;

    /// <summary>The uses so far, in their order.</summary>
    public IReadOnlyList<LayerUse> Uses => uses;

    /// <summary>Another trace, or none, takes the place of the one that notes.</summary>
    public static LayerTrace? Exchange(LayerTrace? trace)
    {
        LayerTrace? before = current;
        current = trace;
        return before;
    }

    public void Note(Layer layer, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs) =>
        uses.Add(new LayerUse(layer, [.. inputs], [.. outputs]));

    public void Dispose() => current = outer;
}
