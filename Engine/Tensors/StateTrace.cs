namespace Engine;

/// <summary>The states of a recurrent layer after each step of a sequence, in the order in which the steps were taken.</summary>
/// <param name="Place">The layer's place in its model.</param>
/// <param name="Steps">For each step the states.</param>
internal sealed record StateTrace(string Place, List<Tensor[]> Steps)
{
    /// <summary>Whether somebody on this thread asks for states.</summary>
    public static bool IsWanted => ThreadState.Current.StateTraces is not null;

    /// <summary>Begins with a sequence, where states are asked for.</summary>
    public static StateTrace Begin(string place)
    {
        var trace = new StateTrace(place, []);
        ThreadState.Current.StateTraces!.Add(trace);
        return trace;
    }
}
