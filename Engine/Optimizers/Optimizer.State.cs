namespace Engine.Optimizers;

/// <content>What a checkpoint holds of an optimizer: its slots, and for averaged variables the values that training goes on from.</content>
public abstract partial class Optimizer
{
    private const string GatheredName = "gradient_accumulator", AverageName = "average", TrainedName = "trained";

    /// <summary>The names of the slots that every variable has once a step has seen it.</summary>
    internal IReadOnlyList<string> SavedNames =>
    [
        .. SlotNames,
        .. GradientAccumulationSteps is null ? (string[])[] : [GatheredName],
        .. UseEma ? (string[])[AverageName] : [],
    ];

    /// <summary>The name of the slot that a variable has besides while it holds its average.</summary>
    internal static string SavedNameWhileAveraged => TrainedName;

    /// <summary>What a checkpoint holds about a variable; nothing when no step has seen it.</summary>
    internal IReadOnlyList<(string Name, Variable Slot)> SavedSlots(Variable variable)
    {
        if (!states.TryGetValue(variable, out State? state)) return [];
        var saved = new List<(string, Variable)>();
        IReadOnlyList<string> names = SlotNames;
        for (int i = 0; i < names.Count; i++) saved.Add((names[i], state.Slots[i]));
        if (state.Gathered is { } sum) saved.Add((GatheredName, sum));
        if (state.Average is { } average) saved.Add((AverageName, average));
        if (HoldsAverage(variable, state)) saved.Add((TrainedName, state.Trained!));
        return saved;
    }

    /// <summary>Takes over what a checkpoint holds about a variable, whose own values are set already.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="values">The slots' values by name; empty when no step had seen the variable.</param>
    internal void RestoreSlots(Variable variable, IReadOnlyDictionary<string, Tensor> values)
    {
        if (values.Count == 0)
        {
            if (states.Remove(variable, out State? forgotten)) slots.RemoveAll(forgotten.Holds);
            return;
        }
        State state = StateOf(variable);
        if (values.ContainsKey(TrainedName)) state.Trained ??= Slot(TrainedName, variable, 0);
        state.AveragedVersion = values.ContainsKey(TrainedName) ? variable.Storage.Version : null;
        foreach ((string name, Variable slot) in SavedSlots(variable)) slot.Assign(values[name]);
    }

    /// <summary>Gives variables that hold their averages the values back that training had come to, unless they were written to
    /// since.</summary>
    internal void ResumeVariableValues(IReadOnlyList<Variable> variables)
    {
        foreach (Variable variable in variables)
        {
            if (!states.TryGetValue(variable, out State? state)) continue;
            if (HoldsAverage(variable, state)) variable.Assign(state.Trained!);
            state.AveragedVersion = null;
        }
    }

    private static bool HoldsAverage(Variable variable, State state) => state.AveragedVersion == variable.Storage.Version;
}
