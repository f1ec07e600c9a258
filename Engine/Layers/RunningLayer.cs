namespace Engine.Layers;

/// <summary>Notes which layer runs on this thread, inside which others, so that messages can say so.</summary>
internal readonly ref struct RunningLayer : IDisposable
{
    private readonly ThreadState state = ThreadState.Current;
    private readonly string caller;

    public RunningLayer(Layer layer)
    {
        caller = state.LayerPath;
        state.LayerPath = caller.Length == 0 ? layer.Path : $"{caller} / {layer.Path}";
    }

    public void Dispose() => state.LayerPath = caller;
}
