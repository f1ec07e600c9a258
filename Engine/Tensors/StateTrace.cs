namespace Engine;

/// <summary>The states of a recurrent layer after each step of a sequence, in the order in which the steps were taken.</summary>
/// <param name="Place">The layer's place in its model.</param>
/// <param name="Steps">For each step the states.</param>
internal sealed record StateTrace(string Place, List<Tensor[]> Steps);
