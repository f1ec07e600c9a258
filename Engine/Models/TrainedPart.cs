using Engine.Optimizers;

namespace Engine.Models;

/// <summary>An optimizer of a model and what it trains.</summary>
/// <param name="Key">What its texts and tensors are named by in a file: <c>optimizer</c> where a model has one.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Variables">What it trains, and what belongs to that.</param>
internal sealed record TrainedPart(string Key, Optimizer Optimizer, IReadOnlyList<Variable> Variables)
{
    private readonly HashSet<Variable> known = new(Variables, ReferenceEqualityComparer.Instance);

    /// <summary>What the key of every optimizer ends with.</summary>
    public const string KeyEnd = "optimizer";

    public bool Holds(Variable variable) => known.Contains(variable);
}
