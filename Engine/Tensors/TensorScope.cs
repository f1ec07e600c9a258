namespace Engine;

/// <summary>Owns the memory of the tensors made inside it: they take pooled buffers and give them back when it is disposed.</summary>
/// <remarks>
/// Use it around inference, as <c>Predict</c> does: <c>using var scope = new TensorScope();</c>. A result that must outlive the scope is
/// copied with <see cref="Tensor.Detach"/>. Variables and optimizer state live outside every scope, wherever they were made. A
/// <see cref="GradientTape"/> is such a scope too. A scope belongs to the thread that made it.
/// </remarks>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static Stack<List<Storage>>? spare;

    private readonly ThreadState state = ThreadState.Current;
    private readonly TensorScope? outer;
    private readonly List<Storage> owned;
    private bool disposed;

    /// <summary>Opens a scope on the calling thread.</summary>
    public TensorScope()
    {
        outer = state.Scope;
        state.Scope = this;
        owned = (spare ??= new()).TryPop(out List<Storage>? list) ? list : [];
    }

    /// <summary>The storages made in this scope so far, dead ones included.</summary>
    internal int Count => owned.Count;

    /// <summary>The bytes of the storages that are still alive and hold contents.</summary>
    internal long LivingBytes
    {
        get
        {
            long sum = 0;
            foreach (Storage storage in owned) sum += storage.IsAlive && !storage.IsPending ? storage.ByteLength : 0;
            return sum;
        }
    }

    internal void Own(Storage storage) => owned.Add(storage);

    /// <summary>After a piece of a gradient's work: what was made since <paramref name="first"/> and nothing in flight holds goes back to the pool.</summary>
    internal void ReleaseTransient(int first)
    {
        for (int i = first; i < owned.Count; i++)
        {
            Storage storage = owned[i];
            storage.Transient = true;
            if (storage.GradientHolds == 0) storage.Release();
        }
    }

    /// <summary>Gives the memory of all tensors made in this scope back; using one of them afterwards is an error that says so.</summary>
    /// <exception cref="TapeException">Called on another thread than the scope was made on.</exception>
    public void Dispose()
    {
        if (disposed) return;
        if (state != ThreadState.Current)
            throw Fail.Tape("TensorScope", "it was made on another thread than the one that ends it", "open and dispose a scope on the same thread, with using");
        disposed = true;
        // Scopes that were left open inside this one end with it.
        for (TensorScope? scope = state.Scope; scope is not null; scope = scope.outer)
        {
            if (scope != this) continue;
            for (TensorScope? inner = state.Scope; inner is not null && inner != this; inner = inner.outer) inner.ReleaseAll();
            state.Scope = outer;
            break;
        }
        ReleaseAll();
        if (state.Scope is null) state.CollectYoungGarbage();
    }

    private void ReleaseAll()
    {
        disposed = true;
        foreach (Storage storage in owned) storage.Release();
        owned.Clear();
        if (spare!.Count < 8) spare.Push(owned);
    }
}
