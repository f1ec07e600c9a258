namespace Engine.Layers;

/// <content>The whole sequence as one operation.</content>
public abstract partial class RecurrentLayer
{
    /// <summary>Runs the cell's formula over the sequence in one operation where there is one for it, else step by step.</summary>
    /// <remarks>The gradient of the gradient goes through the steps, whose dropout is that of the operation.</remarks>
    private protected (Tensor Output, Tensor[] States) RunFused(Tensor x, Tensor[] states, Tensor? mask, bool training)
    {
        if (Cell is not KernelCell { Formula: { } formula } cell) return RunSteps(x, states, mask, training);
        using var running = new RunningLayer(cell);
        int batch = x.Shape[0];
        if (training && cell.Dropout > 0) x *= cell.InputMask([batch, x.Shape[2]]).ExpandDims(1);
        Tensor? dropout = training && cell.RecurrentDropout > 0 ? cell.StateMask([batch, cell.Units]) : null;
        var operands = new RecurrentOperands(
            x, cell.Kernel, cell.RecurrentKernel, cell.Bias, states[0], states.Length > 1 ? states[1] : null, mask, dropout);
        (Tensor output, Tensor state, Tensor? last) = RecomputeEvery == 0
            ? RecurrentOperation.Run(formula, operands, ReturnSequences, GoBackwards, ZeroOutputForMask, Composed)
            : RecurrentRecomputation.Run(
                formula, operands, ReturnSequences, GoBackwards, ZeroOutputForMask, RecomputeEvery, Composed);
        return (output, last is null ? [state] : [state, last]);

        Tensor[] Composed()
        {
            cell.ResumeSequence(dropout);
            try
            {
                (Tensor y, Tensor[] ends) = RunSteps(x, states, mask, training);
                return [y, .. ends];
            }
            finally
            {
                cell.EndSequence();
            }
        }
    }
}
