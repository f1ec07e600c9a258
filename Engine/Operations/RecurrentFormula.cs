using Engine.Kernels;

namespace Engine;

/// <summary>The formulas that <see cref="RecurrentOperation"/> knows.</summary>
/// <param name="Kind">The kernels' name of it.</param>
internal readonly record struct RecurrentFormula(RecurrentKind Kind)
{
    /// <summary>h = tanh(x·W + h·U + b). F-R1.</summary>
    public static RecurrentFormula Tanh => new(RecurrentKind.Tanh);

    /// <summary>h = max(0, x·W + h·U + b). F-R1.</summary>
    public static RecurrentFormula Relu => new(RecurrentKind.Relu);

    /// <summary>h = x·W + h·U + b.</summary>
    public static RecurrentFormula Linear => new(RecurrentKind.Linear);

    /// <summary>Long short-term memory. F-L1, F-L2.</summary>
    public static RecurrentFormula Lstm => new(RecurrentKind.Lstm);

    /// <summary>The same without a cell. F-L3.</summary>
    public static RecurrentFormula CelllessLstm => new(RecurrentKind.CelllessLstm);

    /// <summary>Gated recurrent units. F-U1.</summary>
    public static RecurrentFormula Gru => new(RecurrentKind.Gru);

    /// <summary>The same with the reset gate behind the product.</summary>
    public static RecurrentFormula ResetAfterGru => new(RecurrentKind.ResetAfterGru);

    /// <summary>The old state that remains is reset too. F-U2.</summary>
    public static RecurrentFormula ResetGatedCarryGru => new(RecurrentKind.ResetGatedCarryGru);

    /// <summary>One gate for both. F-U3.</summary>
    public static RecurrentFormula SingleGateGru => new(RecurrentKind.SingleGateGru);
}
