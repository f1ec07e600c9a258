namespace Engine.Layers;

/// <summary>How a recurrent layer goes over a sequence.</summary>
/// <param name="ReturnSequences">Whether every step's output is given.</param>
/// <param name="ReturnState">Whether the last states are given too.</param>
/// <param name="GoBackwards">Whether the steps are taken last to first.</param>
/// <param name="Stateful">Whether a batch begins with the states that the one before ended with.</param>
/// <param name="ZeroOutputForMask">Whether outputs at masked steps are 0.</param>
/// <param name="LearnedInitialState">Whether the states before the first step are learned.</param>
/// <param name="RecomputeEvery">From one state that is kept for the gradient to the next; 0 keeps everything.</param>
internal sealed record SequenceOptions(
    bool ReturnSequences, bool ReturnState, bool GoBackwards, bool Stateful, bool ZeroOutputForMask, bool LearnedInitialState,
    int RecomputeEvery = 0);
