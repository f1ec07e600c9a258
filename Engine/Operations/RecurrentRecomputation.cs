using System.Numerics;
using System.Numerics.Tensors;

namespace Engine;

/// <summary>A recurrent formula over a long sequence that keeps the state of every k-th step alone.</summary>
/// <remarks>
/// The sequence is run in segments of k steps. The gradient runs each once more, from its first state, with all that its own gradient
/// needs, the last segment first: memory for k steps and the states between segments, for one more forward pass. Griewank and Walther,
/// <em>Evaluating Derivatives</em>, 2008, chapter 12.
/// </remarks>
internal sealed class RecurrentRecomputation
{
    private readonly RecurrentFormula formula;
    private readonly RecurrentOperands operands;
    private readonly bool sequences;
    private readonly bool backwards;
    private readonly bool zeroOutputs;
    private readonly int every;
    private readonly Segment[] segments;

    private RecurrentRecomputation(
        RecurrentFormula formula, in RecurrentOperands operands, bool sequences, bool backwards, bool zeroOutputs, int every)
    {
        (this.formula, this.operands, this.sequences) = (formula, operands, sequences);
        (this.backwards, this.zeroOutputs, this.every) = (backwards, zeroOutputs, every);
        segments = new Segment[(operands.Input.Shape[1] + every - 1) / every];
    }

    /// <summary>Runs the formula over the sequence, as <see cref="RecurrentOperation.Run"/> with a number of steps more.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="operands">What it works on; all of one type.</param>
    /// <param name="returnSequences">Whether every step's output is wanted, not the last alone.</param>
    /// <param name="backwards">Whether the steps are taken last to first; outputs come in the order of the steps.</param>
    /// <param name="zeroOutputs">Whether outputs at masked steps are 0, not the last one before.</param>
    /// <param name="every">From one state that is kept to the next, at least 1.</param>
    /// <param name="composed">The same from operations: the output, the last state and, where there is one, the last cell.</param>
    /// <returns>The output, the last state, and the last cell, null where there is none.</returns>
    public static (Tensor Output, Tensor State, Tensor? Cell) Run(
        RecurrentFormula formula,
        RecurrentOperands operands,
        bool returnSequences,
        bool backwards,
        bool zeroOutputs,
        int every,
        Func<Tensor[]> composed)
    {
        Tensor[] inputs = operands.Differentiable;
        if (operands.Input.Rank != 3 || operands.Input.Shape[1] <= every || !GradientTape.WouldRecord(inputs))
            return RecurrentOperation.Run(formula, operands, returnSequences, backwards, zeroOutputs, composed);
        var run = new RecurrentRecomputation(formula, operands, returnSequences, backwards, zeroOutputs, every);
        (Tensor output, Tensor state, Tensor? cell) = run.Forward();
        Tensor[] outputs = cell is null ? [output, state] : [output, state, cell];
        GradientTape.Record("recurrence", outputs, inputs, (dys, needed) =>
            RecurrentOperation.IsFollowed(dys) || GradientTape.WouldRecord(inputs)
            ? Tensor.Pullback(composed, inputs, dys)
            : run.Gradients(dys, inputs, needed));
        return (output, state, cell);
    }

    private (Tensor Output, Tensor State, Tensor? Cell) Forward()
    {
        using IDisposable pause = GradientTape.StopRecording();
        Tensor x = operands.Input;
        int batch = x.Shape[0], steps = x.Shape[1], units = operands.Recurrent.Shape[0];
        Shape each = [batch, units];
        Tensor output = Tensor.Empty(sequences ? [batch, steps, units] : each, x.DType);
        Tensor? begun = operands.Mask is null ? null : Tensor.Zeros([batch], DType.Bool);
        Tensor? state = operands.State, cell = operands.Cell;
        for (int i = 0; i < segments.Length; i++)
        {
            int first = i * every, count = Math.Min(every, steps - first);
            Tensor nextState = Tensor.Empty(each, x.DType);
            Tensor? nextCell = HasCell ? Tensor.Empty(each, x.DType) : null;
            Tensor? nextBegun = begun is null ? null : Tensor.Empty([batch], DType.Bool);
            segments[i] = new Segment(backwards ? steps - first - count : first, count, first, state, cell, begun);
            using (new TensorScope())
            {
                RecurrentOperands part = Part(segments[i]);
                (Tensor y, Tensor h, Tensor? c) = RecurrentOperation.Run(formula, part, sequences, backwards, zeroOutputs, NoTape);
                if (sequences) Place(y, output, first);
                else if (i == segments.Length - 1) Copy(y, output);
                Copy(h, nextState);
                if (nextCell is not null) Copy(c!, nextCell);
                if (nextBegun is not null) Begin(begun!, part.Mask!, nextBegun);
            }

            (state, cell, begun) = (nextState, nextCell, nextBegun);
        }

        return (output, state!, cell);
    }

    private bool HasCell => formula == RecurrentFormula.Lstm;

    private Tensor?[] Gradients(Tensor?[] dys, Tensor[] inputs, bool[] needed)
    {
        DType dtype = operands.Input.DType;
        Shape each = [operands.Input.Shape[0], operands.Recurrent.Shape[0]];
        int weights = operands.Bias is null ? 3 : 4;
        var results = new Tensor?[inputs.Length];
        for (int i = 0; i < weights; i++)
        {
            if (needed[i]) results[i] = Tensor.Zeros(inputs[i].Shape, dtype);
        }

        Tensor dstate = Tensor.Zeros(each, dtype), dcell = Tensor.Zeros(each, dtype);
        if (dys[1] is { } last) Copy(last, dstate);
        if (dys.Length > 2 && dys[2] is { } lastCell) Copy(lastCell, dcell);
        for (int i = segments.Length - 1; i >= 0; i--)
        {
            using var scope = new TensorScope();
            Back(segments[i], i == segments.Length - 1, dys[0], dstate, dcell, results);
        }

        int next = weights;
        if (operands.State is not null) results[next++] = dstate;
        if (operands.Cell is not null) results[next] = dcell;
        return results;
    }

    /// <summary>Adds a segment's gradients to those of the weights, places that of its input and carries those of the states back.</summary>
    private void Back(Segment segment, bool isLast, Tensor? dy, Tensor dstate, Tensor dcell, Tensor?[] results)
    {
        using var tape = new GradientTape();
        RecurrentOperands part = Part(segment);
        part = part with { State = part.State ?? Tensor.ZerosLike(dstate), Cell = part.Cell ?? (HasCell ? Tensor.ZerosLike(dcell) : null) };
        // An input without a gradient is not followed: one-hot rows stay a choice of rows.
        int first = results[0] is null ? 1 : 0;
        Tensor[] sources = part.Differentiable[first..];
        foreach (Tensor source in sources) tape.Watch(source);
        (Tensor y, Tensor h, Tensor? c) = RecurrentOperation.Run(formula, part, sequences, backwards, zeroOutputs, NoTape);
        Tensor total = (h * dstate).Sum();
        if (c is not null) total += (c * dcell).Sum();
        if (dy is not null && sequences) total += (y * dy[.., segment.Output..(segment.Output + segment.Count)]).Sum();
        else if (dy is not null && isLast) total += (y * dy).Sum();
        Tensor[] gradients = tape.Gradients(total, sources);
        int weights = operands.Bias is null ? 3 : 4;
        if (results[0] is { } dx) Place(gradients[0], dx, segment.First);
        for (int i = 1; i < weights; i++)
        {
            if (results[i] is { } sum) Dispatch.Float(sum.DType, new AddWork(sum, gradients[i - first]));
        }

        Copy(gradients[weights - first], dstate);
        if (HasCell) Copy(gradients[weights - first + 1], dcell);
    }

    private RecurrentOperands Part(Segment segment)
    {
        Range range = segment.First..(segment.First + segment.Count);
        return operands with
        {
            Input = operands.Input.ChosenRows is { } rows
                ? Tensor.OneHot(rows[.., range], operands.Input.Shape[2], operands.Input.DType)
                : operands.Input[.., range],
            Mask = operands.Mask?[.., range], State = segment.State, Cell = segment.Cell,
            Begun = segment.Begun,
        };
    }

    private static Tensor[] NoTape() =>
        throw new EngineException("recurrence: a segment's gradient was differentiated, which no tape can ask for.");

    private static void Copy(Tensor from, Tensor to) => from.Bytes().CopyTo(to.Bytes());

    /// <summary>Steps of every sample into those of a longer sequence.</summary>
    private static void Place(Tensor part, Tensor whole, int first)
    {
        int row = whole.Shape[2] * whole.DType.Size(), length = part.Shape[1] * row;
        for (int n = 0; n < whole.Shape[0]; n++)
            part.Bytes().Slice(n * length, length).CopyTo(whole.Bytes()[((n * whole.Shape[1] + first) * row)..]);
    }

    private static void Begin(Tensor before, Tensor mask, Tensor after)
    {
        int steps = mask.Shape[1];
        for (int n = 0; n < after.Length; n++)
            after.Data<bool>()[n] = before.Data<bool>()[n] || mask.Data<bool>().Slice(n * steps, steps).Contains(true);
    }

    /// <summary>Steps that are run together, and what they begin with.</summary>
    private sealed record Segment(int First, int Count, int Output, Tensor? State, Tensor? Cell, Tensor? Begun);

    private readonly struct AddWork(Tensor sum, Tensor part) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Add(sum.Data<T>(), part.Data<T>(), sum.Data<T>());
    }
}
