namespace Engine.Layers;

/// <summary>Notes which layer runs on this thread, inside which others, so that messages can say so.</summary>
internal readonly ref struct RunningLayer : IDisposable
{
    private readonly ThreadState state = ThreadState.Current;
    private readonly Layer layer;
    private readonly string caller;
    private readonly LayerTrace? trace;

    public RunningLayer(Layer layer)
    {
        this.layer = layer;
        caller = state.LayerPath;
        state.LayerPath = caller.Length == 0 ? layer.Path : $"{caller} / {layer.Path}";
        trace = LayerTrace.Exchange(null);
    }

    /// <summary>Tells the code that tries a model what the layer made.</summary>
    public void Note(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> outputs) => trace?.Note(layer, inputs, outputs.ToArray());

    public void Dispose()
    {
        LayerTrace.Exchange(trace);
        state.LayerPath = caller;
    }
}
