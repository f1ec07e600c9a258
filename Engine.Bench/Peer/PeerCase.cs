namespace Engine.Bench.Peer;

/// <summary>A case by PyTorch's side's name, and how to set it up.</summary>
/// <param name="Name">The name in torch_bench.py.</param>
/// <param name="Create">Makes the inputs and the work.</param>
/// <param name="Whole">Whether one call is long enough to be measured a few times only.</param>
internal sealed record PeerCase(string Name, Func<PeerWork> Create, bool Whole = false);

/// <summary>One case's work, with the outputs that are held against PyTorch's before anything is timed.</summary>
internal sealed class PeerWork(Action run, Func<IReadOnlyList<Tensor>>? outputs = null, IDisposable? resources = null) : IDisposable
{
    public Action Run { get; } = run;

    /// <summary>Free-standing results in PyTorch's order; null where the peer's are not known (training from random weights).</summary>
    public Func<IReadOnlyList<Tensor>>? Outputs { get; } = outputs;

    public void Dispose() => resources?.Dispose();
}
