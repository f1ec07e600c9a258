namespace Engine.Layers;

/// <summary>While it is open, layers on this thread run only to be tried: what remembers from batch to batch does not remember
/// this.</summary>
internal readonly ref struct Trial : IDisposable
{
    private readonly ThreadState state = ThreadState.Current;
    private readonly bool before;

    public Trial()
    {
        before = state.IsTrial;
        state.IsTrial = true;
    }

    public void Dispose() => state.IsTrial = before;
}
