namespace Engine.Layers;

/// <summary>Gathers what layers add to the loss while it is open: activity penalties and terms of <c>AddLoss</c>.</summary>
/// <remarks>
/// <c>Fit</c> and <c>Evaluate</c> use it. In a training loop of one's own it is opened inside the tape's block, around the forward pass;
/// inside another one it takes the terms alone. It belongs to the thread that made it.
/// </remarks>
public sealed class LossTerms : IDisposable
{
    private readonly ThreadState state = ThreadState.Current;
    private readonly List<Tensor> terms = [];
    private readonly List<Tensor>? outer;

    /// <summary>Begins to gather on the calling thread.</summary>
    public LossTerms()
    {
        outer = state.LossTerms;
        state.LossTerms = terms;
    }

    /// <summary>Σ of the terms so far.</summary>
    /// <returns>A scalar; null when no layer added any.</returns>
    public Tensor? Sum()
    {
        Tensor? sum = null;
        foreach (Tensor term in terms) sum = sum is null ? term : sum + term.Cast(sum.DType);
        return sum;
    }

    /// <summary>Σ of the terms since the last call, which are counted once.</summary>
    internal Tensor? Take()
    {
        Tensor? sum = Sum();
        terms.Clear();
        return sum;
    }

    /// <summary>Ends the gathering.</summary>
    public void Dispose()
    {
        if (state.LossTerms == terms) state.LossTerms = outer;
    }
}
